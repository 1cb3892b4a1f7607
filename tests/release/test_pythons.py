"""What newer Pythons changed: dofx's code compiles there without a warning, and imports nothing that they lack."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from faces.imports import imported

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FOLDERS = ("grammar", "compiler", "runtime", "src/dofx")
GONE = {
    "3.12": {"asynchat", "asyncore", "distutils", "imp", "smtpd"},
    "3.13": {
        *(
            "aifc",
            "audioop",
            "cgi",
            "cgitb",
            "chunk",
            "crypt",
            "imghdr",
            "lib2to3",
            "mailcap",
            "msilib",
            "nis",
        ),
        *("nntplib", "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib"),
    },
}
"""The modules of the standard library that a version took out."""
COMPILED = """
import sys, warnings
warnings.simplefilter("error")
for path in sys.stdin.read().splitlines():
    with open(path, encoding="utf-8") as file:
        compile(file.read(), path, "exec")
print(sys.version_info[:2] >= (3, 12))
"""


def interpreter(version: str) -> Path | None:
    """A Python of a version that runs: the one on the path, or one of pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = shutil.which(f"python{version}")
    for python in (*([Path(found)] if found else []), *sorted(pyenv.glob(f"{version}.*/bin/python"))):
        if subprocess.run([python, "-V"], capture_output=True, check=False).returncode == 0:
            return python
    return None


def modules() -> list[Path]:
    """Every module of dofx, once."""
    found = {path.resolve() for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")}
    assert len(found) > 400
    return sorted(found)


def test_nothing_is_imported_that_a_newer_python_lacks() -> None:
    gone = {name for names in GONE.values() for name in names}
    for path in modules():
        assert not imported(path.read_text(encoding="utf-8")) & gone, path


@pytest.mark.parametrize("version", GONE)
def test_every_module_compiles_without_a_warning(version: str) -> None:
    """An escape that stands for nothing, such as in "\\d", is a warning since 3.12 and is to be an error."""
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    paths = "\n".join(map(str, modules()))
    command = [python, "-c", COMPILED]
    run = subprocess.run(command, input=paths, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stderr
    assert run.stdout == "True\n"


def test_classifiers_name_only_what_the_whole_suite_ran_on() -> None:
    """The page on versions has a row for each Python, and says whether all of dofx was tested there or a half."""
    page = (ROOT / "docs" / "decisions" / "versions.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| 3.")]
    tested = {version.strip() for version, what in rows if "everything" in what}
    prefix = "Programming Language :: Python :: 3."
    named = {text.removeprefix(prefix[:-2]) for text in PROJECT["classifiers"] if text.startswith(prefix)}
    assert named == tested
