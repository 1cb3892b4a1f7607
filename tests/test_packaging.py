"""The wheel holds the whole tree as one package, `dofx`, and nothing else.

In a checkout that lost its symbolic links it would hold next to nothing, silently.
"""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("grammar", "compiler", "runtime")
DATA = {"dofx/py.typed", "dofx/grammar/causal.lark", "dofx/grammar/tables.json"}


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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    pytest.importorskip("setuptools")
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    # Not in the tree itself, because setuptools writes beside what it builds.
    shutil.copytree(ROOT / "src", source / "src", symlinks=True, ignore=shutil.ignore_patterns("*.egg-info"))
    for name in ("pyproject.toml", "README.md", "LICENSE", *FOLDERS):
        (source / name).symlink_to(ROOT / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    run = subprocess.run([*command, "--wheel-dir", out, source], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    (file,) = out.glob("dofx-*.whl")
    with zipfile.ZipFile(file) as archive:
        return set(archive.namelist())


def test_the_links_are_links() -> None:
    for folder in FOLDERS:
        link = ROOT / "src" / "dofx" / folder
        assert link.is_symlink()
        assert link.resolve() == ROOT / folder


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
