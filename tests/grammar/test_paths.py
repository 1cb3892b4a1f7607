"""Whatever is given as a path, to whatever takes one: a path, or a diagnostic."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dofx
from dofx import DofxError, Sampler
from dofx.grammar.edge.files import absent, path_of
from dofx.runtime.export import load_aoti, read_signature
from dofx.runtime.training.settings import FitSettings

ODD: dict[str, Any] = {
    "none": None,
    "number": 3,
    "bytes": b"rows.csv",
    "list": ["rows.csv"],
    "empty": "",
    "nul": "a\0b",
    "surrogate": "a\ud800b",
    "long": "n" * 300,
    "deep": "/".join(["n" * 200] * 40),
    "escape": "\x1b]0;title\x07" + "n" * 300,
    "inside a file": Path(__file__) / "inside",
}


@pytest.fixture(scope="module")
def sampler() -> Sampler:
    rows = {"x": np.array([0, 1] * 20), "y": np.array([0, 1, 1, 1] * 10)}
    return dofx.compile("P(y | do(x))", "x -> y").fit(rows)


ROWS = {"x": [0, 1] * 20, "y": [0, 1, 1, 1] * 10}

TAKERS: dict[str, Callable[[Sampler, Any], object]] = {
    "save": lambda sampler, path: sampler.save(path),
    "load": lambda sampler, path: dofx.load(path),
    "export": lambda sampler, path: sampler.export(path, "pt2"),
    "sample_to": lambda sampler, path: sampler.sample_to(path, 2, do={"x": 0}),
    "cache": lambda sampler, path: dofx.compile("P(y)", "y").fit(ROWS, cache=path),
    "sheets": lambda sampler, path: dofx.compile("P(y)", "y").fit(ROWS, settings=FitSettings(sheets=path)),
    "data": lambda sampler, path: dofx.compile("P(y)", "y").fit(path),
    "links": lambda sampler, path: sampler.links(path),
    "judge": lambda sampler, path: dofx.judge("x -> y", path),
    "signature": lambda sampler, path: read_signature(path),
    "aoti": lambda sampler, path: load_aoti(path),
}
MAY_BE_NONE = ("cache", "sheets", "links")


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("taker", TAKERS)
def test_whatever_is_no_path_is_a_diagnostic(taker: str, odd: str, sampler: Sampler) -> None:
    if odd == "none" and taker in MAY_BE_NONE:
        return
    with pytest.raises(DofxError) as error:
        TAKERS[taker](sampler, ODD[odd])
    assert "\x1b" not in str(error.value)


@pytest.mark.parametrize("odd", [name for name, path in ODD.items() if isinstance(path, (str, Path))])
@pytest.mark.parametrize("read", [dofx.compile, dofx.graph])
def test_whatever_is_no_file_of_text_is_a_diagnostic(read: Callable[[Path], object], odd: str) -> None:
    with pytest.raises(DofxError):
        read(Path(ODD[odd]))


@pytest.mark.parametrize("odd", [name for name in ODD if name != "inside a file"])
def test_the_gate_says_what_is_wrong(odd: str) -> None:
    with pytest.raises(DofxError) as error:
        path_of(ODD[odd])
    (found,) = error.value.diagnostics
    assert found.code == "E0801"
    assert len(found.title) < 120
    assert found.notes or found.help


def test_a_link_to_nothing_is_called_one(tmp_path: Path) -> None:
    link = tmp_path / "rows.csv"
    for target in (tmp_path / "gone.csv", link):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        assert absent(link, (".csv",), "rows").title.endswith("is a link to a file that does not exist")
