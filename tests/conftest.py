"""What a test prints is compared with a golden file; `pytest --update-golden` writes these anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("dofx", deadline=None, max_examples=60)  # a busy machine is no failure
settings.load_profile("dofx")

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """``golden("diagnostics/E0101.txt", text)`` asserts that the file holds the text."""

    def compare(path: str, text: str) -> None:
        file = GOLDEN / path
        text = text.rstrip("\n") + "\n"
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert file.exists(), f"no golden file {path}: run pytest with --update-golden"
        assert text == file.read_text(encoding="utf-8")

    return compare
