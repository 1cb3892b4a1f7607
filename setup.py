"""Stops the build in a checkout that lost its symbolic links.

Everything else about the package is in pyproject.toml. ``src/dofx`` reaches the rest of the tree through three links
(docs/decisions/packaging.md). Without them setuptools would build a wheel with next to nothing in it, and say nothing.
"""

from pathlib import Path

from setuptools import setup

PACKAGE = Path(__file__).parent / "src" / "dofx"
lost = [name for name in ("grammar", "compiler", "runtime") if not (PACKAGE / name / "__init__.py").is_file()]
if lost:
    links = ", ".join(f"src/dofx/{name}" for name in lost)
    raise SystemExit(
        f"dofx cannot be built from this checkout: {links} should be symbolic links to folders, and are not.\n"
        "Clone with `git clone -c core.symlinks=true`; Windows needs its developer mode for that. "
        "Or build from the source distribution (dofx-*.tar.gz), which needs no links."
    )
setup()
