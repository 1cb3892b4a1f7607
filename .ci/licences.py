"""Writes docs/licences.md: the licence of each package that dofx needs or can use, as its own metadata states it.

    make licences

The environment must hold the packages, so it is the one of `make test`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "licences.md"
TOOLS = "dev"
"""The extra of what only the tests and checks need: it is not installed with dofx, so it is not listed."""
SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache 2.0 License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache License v2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "PSF": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The MIT License": "MIT",
}
"""How packages name licences in words, and the short name."""
READ = {
    "anywidget": "MIT",
    "mkdocs": "BSD-2-Clause",
    "mkdocs-material": "MIT",
    "mkdocstrings-python": "ISC",
    "resvg-py": "MIT",
    "starlette": "BSD-3-Clause",
    "uvicorn": "BSD-3-Clause",
    "y0": "BSD-3-Clause",
}
"""Licences that a person read: some metadata state none, and some packages are not in the environment of the tests."""


def main() -> None:
    """Write the page."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    core = [named(text) for text in project["dependencies"]]
    extras = {
        name: [named(text) for text in texts] for name, texts in project["optional-dependencies"].items()
    }
    optional = {
        package: ", ".join(
            f"`{extra}`" for extra, packages in extras.items() if package in packages and extra != TOOLS
        )
        for extra, packages in extras.items()
        for package in packages
        if extra != TOOLS and package not in core
    }
    behind = sorted(reached(core) - set(core))
    lines = [
        "# Licences of what dofx stands on",
        "",
        "dofx is under the MIT licence. `make licences` writes this page from what each package states about itself.",
        "Nothing of these packages is copied into dofx.",
        "",
        "## Installed with dofx",
        "",
        *table(("package", "licence"), ((name, licence(name)) for name in sorted(core))),
        "",
        "## Installed with an extra",
        "",
        *table(
            ("package", "licence", "extra"),
            ((name, licence(name), optional[name]) for name in sorted(optional)),
        ),
        "",
        "## What the packages of the first table need",
        "",
        "This is the list for torch's build for the CPU. Builds for a GPU bring libraries of the GPU's maker, under",
        "that maker's licences.",
        "",
        *table(("package", "licence"), ((name, licence(name)) for name in behind)),
    ]
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def named(requirement: str) -> str:
    """The package that a requirement names."""
    return canonicalize_name(Requirement(requirement).name)


def reached(packages: Iterable[str]) -> set[str]:
    """These packages and all that they need, as far as it is installed."""
    found: set[str] = set()
    waiting = list(packages)
    while waiting:
        name = waiting.pop()
        if name in found or (package := installed(name)) is None:
            continue
        found.add(name)
        needs = (Requirement(text) for text in package.requires or ())
        waiting += (
            canonicalize_name(r.name) for r in needs if r.marker is None or r.marker.evaluate({"extra": ""})
        )
    return found


def installed(name: str) -> Distribution | None:
    """A package of this environment."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def licence(name: str) -> str:
    """A package's licence as it states it: an SPDX expression, or else its classifiers or its field `License`."""
    if name in READ:
        return READ[name]
    package = installed(name)
    if package is None:
        raise SystemExit(f"{name} is not installed: run `make licences`, or add its licence to READ")
    stated = package.metadata
    if expression := stated.get("License-Expression"):
        return expression
    classes = [
        c.rpartition(" :: ")[2] for c in stated.get_all("Classifier") or () if c.startswith("License :: ")
    ]
    words = [c for c in classes if c != "OSI Approved"] or [
        (stated.get("License") or "").strip().partition("\n")[0]
    ]
    short = re.sub(r" \(.*\)", "", " and ".join(SPDX.get(word, word) for word in words))
    if not short:
        raise SystemExit(f"{name} does not state its licence: read it, and add it to READ")
    return short


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A table of Markdown."""
    return [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows)]


if __name__ == "__main__":
    main()
