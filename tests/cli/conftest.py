"""The folder that the command line's tests run in."""

from pathlib import Path

import pytest

from faces.shop import break_bundle, dofx, stock


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    stock(folder)
    data = str(folder / "rows.csv")
    assert dofx("fit", folder / "good.cq", "--data", data, "-o", folder / "bundle").exit_code == 0
    break_bundle(folder / "bundle")
    return folder


@pytest.fixture
def shop(stocked: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, as the working directory. A test leaves in it what it found."""
    monkeypatch.chdir(stocked)
    return stocked
