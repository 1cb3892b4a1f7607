"""The wheel holds the whole tree as one package, `dofx`, and nothing else.

A checkout that lost its symbolic links, which would make a wheel with next to nothing in it, is refused.
"""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("grammar", "compiler", "runtime")
DATA = {
    "dofx/py.typed",
    "dofx/grammar/reading/causal.lark",
    "dofx/grammar/reading/tables.json",
    "dofx/desk/page/page.html",
}


def tracked_modules() -> set[str]:
    """Every module of the tree, by its path in the wheel."""
    modules = {f"dofx/{path.relative_to(ROOT / 'src' / 'dofx')}" for path in own_files()}
    for folder in FOLDERS:
        modules |= {f"dofx/{path.relative_to(ROOT)}" for path in (ROOT / folder).rglob("*.py")}
    return modules


def own_files() -> list[Path]:
    """The face: what lies in src/dofx itself, not behind its links."""
    face = ROOT / "src" / "dofx"
    return [p for p in face.rglob("*.py") if p.relative_to(face).parts[0] not in FOLDERS]


def checkout(folder: Path) -> Path:
    """A copy of what the build reads: setuptools writes beside what it builds, so not in the tree itself."""
    shutil.copytree(ROOT / "src", folder / "src", symlinks=True, ignore=shutil.ignore_patterns("*.egg-info"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", *FOLDERS):
        (folder / name).symlink_to(ROOT / name)
    return folder


def build(source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    return subprocess.run([*command, "--wheel-dir", out, source], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    pytest.importorskip("setuptools")
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    page = checkout(source) / "src" / "dofx" / "desk" / "page"
    page.mkdir(exist_ok=True)
    (page / "page.html").write_text("what `make dist` puts there", encoding="utf-8")
    run = build(source, out)
    assert run.returncode == 0, run.stderr
    (file,) = out.glob("dofx-*.whl")
    with zipfile.ZipFile(file) as archive:
        return set(archive.namelist())


def test_the_links_are_links() -> None:
    for folder in FOLDERS:
        link = ROOT / "src" / "dofx" / folder
        assert link.is_symlink()
        assert link.resolve() == ROOT / folder


@pytest.mark.parametrize("lost", [FOLDERS, ("compiler",)], ids=["all", "one"])
def test_a_checkout_without_links_is_refused(lost: tuple[str, ...], tmp_path: Path) -> None:
    pytest.importorskip("setuptools")
    source, out = tmp_path / "source", tmp_path / "wheel"
    checkout(source)
    for folder in lost:  # what git writes where it may not make links: a file with the link's text
        link = source / "src" / "dofx" / folder
        text = str(link.readlink())
        link.unlink()
        link.write_text(text, encoding="utf-8")
    run = build(source, out)
    assert run.returncode != 0
    assert "dofx cannot be built from this checkout" in run.stderr
    assert all(f"src/dofx/{folder}" in run.stderr for folder in lost)
    assert not list(out.glob("*.whl"))


def test_the_wheel_holds_every_module(wheel: set[str]) -> None:
    assert {name for name in wheel if name.endswith(".py")} == tracked_modules()


def test_the_wheel_holds_its_data(wheel: set[str]) -> None:
    assert wheel >= DATA


def test_the_wheel_installs_one_package(wheel: set[str]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"dofx"}


def test_every_folder_of_modules_is_a_package() -> None:
    modules = tracked_modules()
    folders = {str(Path(name).parent) for name in modules}
    assert {folder for folder in folders if f"{folder}/__init__.py" not in modules} == set()
