"""Builds the source distribution and the wheel, installs each on its own, and plays README there.

    make dist

Each goes into a new environment in a temporary folder, so that nothing of the repository is in reach. README's blocks
must print what README shows. What was built stays in ``dist/``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
PLAYER = ROOT / "tests" / "support" / "pages.py"
OUTSIDE = {
    name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
}
"""The environment of a person who has never seen the repository: no path leads to its code."""


def main() -> None:
    """Build both, try both."""
    shutil.rmtree(DIST, ignore_errors=True)
    run(sys.executable, "-m", "build", "--outdir", DIST, ROOT)
    for artefact in sorted(DIST.iterdir()):
        started = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="dofx-") as folder:
            play(artefact, Path(folder))
        print(
            f"{artefact.name}: installed and played README in {time.perf_counter() - started:.0f} s",
            flush=True,
        )


def play(artefact: Path, folder: Path) -> None:
    """Install an artefact in a new environment and play README with it."""
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    # torch first and pinned: left to itself pip takes the build with CUDA, gigabytes that README does not need.
    install = (
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-c",
        ROOT / "constraints.txt",
    )
    run(*install, "torch", cwd=folder)
    run(*install, f"{artefact}[plots]", cwd=folder)
    shutil.copy(ROOT / "README.md", folder)
    shutil.copy(PLAYER, folder)
    run(python, "-I", "pages.py", "README.md", cwd=folder)


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command; if it fails, so does the build."""
    subprocess.run([str(part) for part in command], cwd=cwd, env=OUTSIDE, check=True)


if __name__ == "__main__":
    main()
