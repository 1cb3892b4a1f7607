"""The public modules: each name is there, importing them costs nothing, and pages and examples need no others."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FACES = ("dofx", "dofx.engines", "dofx.export", "dofx.foreign", "dofx.generators")
PAGES = [
    page
    for page in (ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*"))
    if page.suffix in (".md", ".py", ".ipynb") and page.name != "from-0.1.md"  # it names what is gone
]


@pytest.mark.parametrize("name", FACES)
def test_each_name_is_there(name: str) -> None:
    face = import_module(name)
    for public in face.__all__:
        assert getattr(face, public) is not None
        assert public in dir(face)
    with pytest.raises(AttributeError, match=rf"module '{name}' has no attribute 'nothing'"):
        _ = face.nothing


def test_importing_them_imports_nothing_heavy() -> None:
    heavy = ["torch", "numpy", "sympy", "networkx", "zuko", "pyro", "ray"]
    script = f"import sys, {', '.join(FACES)}; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_and_examples_need_no_other_name_of_the_runtime(page: Path) -> None:
    assert re.findall(r"dofx\.runtime[\w.]*", page.read_text(encoding="utf-8")) == []


def test_static_imports_and_lazy_ones_are_the_same() -> None:
    for name in FACES[1:]:
        source = Path(import_module(name).__file__ or "").read_text(encoding="utf-8")
        static = set(re.findall(r"^    from (\.[\w.]+) import (\w+) as", source, re.MULTILINE))
        lazy = {
            (home, public) for public, home in re.findall(r'^    "(\w+)": "(\.[\w.]+)"', source, re.MULTILINE)
        }
        assert static == lazy
