"""Runs the tests with the lowest versions that pyproject.toml allows, or with another Python.

    make lowest
    python .ci/lowest.py --environment build/lowest       made there once, and used again
    python .ci/lowest.py tests/runtime -x                 what follows goes to pytest
    python .ci/lowest.py --torch 2.7.0                    with that release of torch
    python .ci/lowest.py --newest --python python3.13 --torch none

Unless they are named, the tests are those of what touches another library: the files of tests that import one, and
those of `WHOLE`, whose subject is one that they do not import. What is left out is arithmetic and graphs in dofx's own
code, which no version changes. A test that fails is named as soon as it fails.

torch is the exception: its releases for Linux on PyPI bring gigabytes for a GPU, so the release of constraints.txt is
installed unless `--torch` names one. With `--torch none` the tests are those of the language and of identification,
which need no torch. docs/decisions/versions.md says what was run.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
EXTRAS = ("onnx", "pyro", "plots", "demo", "examples")
PEERS = {"chirho", "onnxruntime", "Pillow", "polars", "PyYAML"}
"""What the tests compare with or hand over to, taken at its lowest too."""
TOOLS = ("pytest>=8.3", "pytest-xdist>=3.6", "hypothesis>=6.100", "mypy", "nbformat", "nbclient", "ipykernel")
WHOLE = (
    "tests/cli/test_answers.py",
    "tests/cli/test_bad_input.py",
    "tests/cli/test_draw.py",
    "tests/export",
    "tests/foreign",
    "tests/grammar",
    "tests/bundle/test_bundle.py",
    "tests/data/test_columns.py",
    "tests/families/test_generators.py",
    "tests/data/test_single_values.py",
    "tests/test_arguments.py",
    "tests/test_readme.py",
)
"""Tests of what dofx does with click, matplotlib, onnx, lark, safetensors, pyarrow and zuko, without importing them."""

IMPORTED = {"scikit-learn": "sklearn", "Pillow": "PIL", "PyYAML": "yaml", "pyro-ppl": "pyro"}
"""The name by which a package is imported, where it is not its own."""

EVERYWHERE = {"numpy", "torch"}
"""Nearly every test imports these."""

ELSEWHERE = ("tests/docs/", "tests/engines/test_ray", "tests/examples/", "tests/studio/")
"""Tests of extras that are not installed here, and of pages."""

WITHOUT_TORCH = (
    "tests/grammar",
    "tests/graph",
    "tests/estimand",
    "tests/network",
    "tests/passes",
    "tests/corpus",
)
NEEDS_TORCH = {"torch", "zuko", "pyro-ppl", "chirho"}


def main() -> int:
    """Make the environment, run the tests in it, and return their exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", default="python3", help="the interpreter; python3 unless given")
    parser.add_argument("--torch", help="a release of torch, or `none`")
    parser.add_argument("--newest", action="store_true", help="the newest versions in place of the lowest")
    parser.add_argument("--environment", type=Path, help="a folder in which the environment stays")
    options, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="dofx-lowest-") as temporary:
        folder = str(options.environment.absolute() if options.environment else temporary)
        python = f"{folder}/bin/python"
        if not Path(python).exists():
            run(options.python, "-m", "venv", folder)
        wanted = requirements(lowest=not options.newest, torch=options.torch != "none")
        pins = Path(folder) / "pins.txt"
        chosen = f"torch=={options.torch}" if options.torch else pinned("torch")
        kept = [] if options.torch == "none" else [chosen]
        pins.write_text("\n".join([*kept, *wanted]) + "\n", encoding="utf-8")
        print("\n".join([*kept, *wanted]), flush=True)
        run(python, "-m", "pip", "install", "--quiet", "-r", pins, *TOOLS)
        tests = rest or (WITHOUT_TORCH if options.torch == "none" else touching(wanted))
        # An old library may warn about a new Python: that is a fault in neither.
        command = [python, "-m", "pytest", "-q", "-o", "filterwarnings=default", "-p", "no:cacheprovider"]
        command += ["-p", "named", "-n", "2", "--dist", "worksteal"]
        command += ["-p", "without_torch"] if options.torch == "none" else []
        outside = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT / '.ci'}"}
        return subprocess.run([*command, *tests], cwd=ROOT, env=outside, check=False).returncode


def requirements(*, lowest: bool, torch: bool) -> list[str]:
    """What pyproject.toml asks for, pinned to its lowest versions or left open; torch itself is left to the caller."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    texts = [*project["dependencies"], *(text for extra in EXTRAS for text in optional[extra])]
    texts += [text for text in optional["dev"] if Requirement(text).name in PEERS]
    names = {Requirement(text).name: Requirement(text) for text in texts}
    left = {"torch"} if torch else NEEDS_TORCH
    return [at_lowest(r) if lowest else str(r) for name, r in sorted(names.items()) if name not in left]


def touching(wanted: Iterable[str]) -> list[str]:
    """The tests of `WHOLE`, and the files of tests that import one of some required packages."""
    names = {Requirement(text).name for text in wanted} - EVERYWHERE
    imported = "|".join(sorted(IMPORTED.get(name, name) for name in names))
    line = re.compile(rf"^\s*(?:import|from) (?:{imported})\b", re.MULTILINE)
    files = sorted(
        path for path in (ROOT / "tests").rglob("test_*.py") if line.search(path.read_text("utf-8"))
    )
    found = [path.relative_to(ROOT).as_posix() for path in files]
    return [*WHOLE, *(path for path in found if not path.startswith((*WHOLE, *ELSEWHERE)))]


def at_lowest(requirement: Requirement) -> str:
    """``numpy>=1.26`` as ``numpy==1.26``, which pip reads as 1.26.0."""
    (bound,) = (s.version for s in requirement.specifier if s.operator in {">=", "=="})
    return f"{requirement.name}=={bound}"


def pinned(name: str) -> str:
    """What constraints.txt holds a package at."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith(f"{name}=="))


def run(*command: object) -> None:
    """Run a command that must not fail."""
    subprocess.run([str(part) for part in command], check=True)


if __name__ == "__main__":
    raise SystemExit(main())
