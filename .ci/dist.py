"""Builds the source distribution and the wheel, installs each on its own, plays README there and opens the studio.

    make dist

Both hold the studio's page, so that `dofx studio` needs no node. Each goes into a new environment in a temporary
folder, so that nothing of the repository is in reach. README's blocks must print what README shows, and the studio must
serve its page and answer a question. What was built stays in ``dist/``.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
PAGE = ROOT / "build" / "studio"
PACKED = ROOT / "src" / "dofx" / "desk" / "page"
"""Where the package holds the page; a checkout has it only while this runs."""

PLAYER = ROOT / "tests" / "support" / "faces" / "pages.py"
OUTSIDE = {
    name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
}
"""The environment of a person who has never seen the repository: no path leads to its code."""


def main() -> None:
    """Build both, try both."""
    shutil.rmtree(DIST, ignore_errors=True)
    PACKED.mkdir(exist_ok=True)
    try:
        for name in ("page.html", "licences.txt"):
            shutil.copy(PAGE / name, PACKED)
        run(sys.executable, "-m", "build", "--outdir", DIST, ROOT)
    finally:
        shutil.rmtree(PACKED)
    for artefact in sorted(DIST.iterdir()):
        started = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="dofx-") as folder:
            play(artefact, Path(folder))
        print(
            f"{artefact.name}: installed, played README and opened the studio in {time.perf_counter() - started:.0f} s",
            flush=True,
        )


def play(artefact: Path, folder: Path) -> None:
    """Install an artefact in a new environment, play README with it and open the studio."""
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
    run(*install, f"{artefact}[plots,studio]", cwd=folder)
    shutil.copy(ROOT / "README.md", folder)
    shutil.copy(PLAYER, folder)
    run(python, "-I", "pages.py", "README.md", cwd=folder)
    open_studio(python.with_name("dofx"), folder)


def open_studio(dofx: Path, folder: Path) -> None:
    """Start the studio as a person does, take its page, ask it a question and interrupt it."""
    command = [str(dofx), "studio", "--no-open"]
    with subprocess.Popen(command, cwd=folder, env=OUTSIDE, stdout=subprocess.PIPE, text=True) as studio:
        try:
            assert studio.stdout is not None
            address = studio.stdout.readline().split()[-1]
            with urllib.request.urlopen(address) as page:
                assert b"<title>dofx studio" in page.read()
            question = {"do": "look", "text": "graph { x -> m -> y; x <-> y }  query q = P(y | do(x))"}
            with urllib.request.urlopen(f"{address}compiler", json.dumps(question).encode()) as answer:
                (asked,) = json.load(answer)["value"]["questions"]
            assert asked["verdict"] == "identified", asked
        finally:
            studio.send_signal(signal.SIGINT)
    assert studio.returncode == 0, "the studio did not end as it should"


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command; if it fails, so does the build."""
    subprocess.run([str(part) for part in command], cwd=cwd, env=OUTSIDE, check=True)


if __name__ == "__main__":
    main()
