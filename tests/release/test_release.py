"""What a release needs agrees with itself: versions, citation, licences, and what the demo is given."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import dofx
from dofx.grammar.edge.libraries import EXTRAS
from faces.imports import imported

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NAME = re.compile(r"[\w.-]+")
INSTALL = re.compile(r"(pip install [^`\n\[]*)\[([\w,{}]+)\]")


def packages(requirements: list[str]) -> set[str]:
    """The names of the packages, as pip compares them."""
    return {re.sub(r"[-_.]+", "-", NAME.match(text)[0]).lower() for text in requirements}  # type: ignore[index]


def test_one_version_is_named_everywhere() -> None:
    version = PROJECT["version"]
    assert dofx.__version__ == version
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {version}\n" in citation
    heads = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert version in [head.rstrip(",") for head in heads]


def test_the_citation_is_valid() -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed: pip install PyYAML")
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()  # what the format demands
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert citation["license"] == PROJECT["license"]
    assert all(person.keys() & {"name", "family-names"} for person in citation["authors"])
    for work in citation["references"]:
        assert {"type", "title", "authors"} <= work.keys()
        assert all(person.keys() & {"name", "family-names"} for person in work["authors"])


def test_every_licence_is_listed() -> None:
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| ([\w.-]+) \| ([^|]+) \|", page, flags=re.MULTILINE))
    extras = [
        text for name, texts in PROJECT["optional-dependencies"].items() if name != "dev" for text in texts
    ]
    assert packages(PROJECT["dependencies"] + extras) - listed.keys() == set(), "run `make licences`"
    assert all(listed.values())


def test_classifiers_name_the_lowest_python() -> None:
    lowest = PROJECT["requires-python"].removeprefix(">=")
    assert f"Programming Language :: Python :: {lowest}" in PROJECT["classifiers"]


def test_the_demo_is_given_all_that_it_imports() -> None:
    """`make demo` installs the extra `demo`, and not what only the tests need."""
    found: set[str] = set()
    waiting = ["demo"]
    read: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in read:
            continue
        read.add(name)
        for module in imported((ROOT / "examples" / f"{name}.py").read_text(encoding="utf-8")):
            if (ROOT / "examples" / f"{module}.py").exists():
                waiting.append(module)
            elif module not in sys.stdlib_module_names and module != "dofx":
                found.add(module.replace("_", "-"))
    assert {"lalonde", "hidden"} <= read
    assert found - packages(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["demo"]) == set()


def test_every_hint_to_install_works_from_a_clone() -> None:
    """Dofx is installed from its repository: an extra of a name that no index knows would be advice that fails."""
    extras = PROJECT["optional-dependencies"]
    for module, extra in EXTRAS.items():
        assert any(package.split("-")[0] == module for package in packages(extras[extra])), module
    text = (path for pattern in ("*.py", "*.md") for path in ROOT.rglob(pattern) if ".venv" not in path.parts)
    for path in text:
        for command, names in INSTALL.findall(path.read_text(encoding="utf-8")):
            assert command.startswith("pip install -e '."), f"{path}: {command}"
            assert set(names.split(",")) <= extras.keys() | {"{extra}"}, f"{path}: {command}"
