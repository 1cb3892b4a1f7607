"""Samples: tensors in the data's own numbers, frames in the data's own states."""

import builtins

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.data.samples import Samples
from dofx.runtime.variables import Finite, Image, Real

ROWS = 8
STATES = torch.tensor([0, 1, 1, 0, 1, 0, 0, 1])
TYPES = {
    "count": Finite((3, 5)),
    "flag": Finite((False, True)),
    "half": Finite((0.5, 1.5)),
    "mood": Finite(("bad", "good")),
    "odd": Finite((1, "many")),
    "age": Real(),
    "point": Real((3,)),
    "scan": Image(1, 2, 2),
}
ENCODED = {
    **dict.fromkeys(("count", "flag", "half", "mood", "odd"), STATES),
    "age": torch.linspace(0, 7, ROWS),
    "point": torch.arange(ROWS * 3.0).reshape(ROWS, 3),
    "scan": torch.arange(ROWS * 4.0).reshape(ROWS, 1, 2, 2),
}


@pytest.fixture
def samples() -> Samples:
    return Samples(ENCODED, TYPES, seed=42)


def test_tensors_hold_the_datas_own_numbers(samples: Samples) -> None:
    assert samples["count"][:2].tolist() == [3, 5]
    assert samples["flag"].dtype is torch.bool
    assert samples["half"][:2].tolist() == [0.5, 1.5]
    assert torch.equal(samples["mood"], STATES)
    assert torch.equal(samples["scan"], ENCODED["scan"])
    assert samples.states == {"mood": ("bad", "good"), "odd": (1, "many")}


def test_it_is_a_mapping(samples: Samples) -> None:
    assert list(samples) == list(TYPES)
    assert len(samples) == len(TYPES)
    assert samples.rows == ROWS
    assert "age" in samples
    assert "x" not in samples
    assert samples == samples
    assert samples != Samples(ENCODED, TYPES, seed=42)
    with pytest.raises(KeyError):
        samples["x"]


def test_to_pandas(samples: Samples) -> None:
    frame = samples.to_pandas()
    assert isinstance(frame, pd.DataFrame)
    assert frame["mood"].tolist()[:3] == ["bad", "good", "good"]
    assert frame["odd"].tolist()[:2] == [1, "many"]
    assert frame["flag"].dtype == bool
    np.testing.assert_array_equal(frame["scan"][1], ENCODED["scan"][1].numpy())


def test_to_arrow_and_polars(samples: Samples) -> None:
    table = samples.to_arrow()
    assert table.column("mood").to_pylist()[:2] == ["bad", "good"]
    assert table.column("odd").to_pylist()[:2] == ["1", "many"]  # a column has one type
    assert table.column("point").to_pylist()[1] == [3.0, 4.0, 5.0]
    assert table.column("scan").to_pylist()[1] == [[[4.0, 5.0], [6.0, 7.0]]]
    frame = samples.to_polars()
    assert isinstance(frame, pl.DataFrame)
    assert frame["count"].to_list()[:2] == [3, 5]
    assert frame["point"].to_list()[1] == [3.0, 4.0, 5.0]


def test_a_missing_library_is_named(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(name: str, *args: object) -> object:
        raise ImportError(name)

    monkeypatch.setattr("dofx.grammar.edge.libraries.import_module", without)
    with pytest.raises(DofxError, match="pip install polars") as error:
        samples.to_polars()
    assert error.value.diagnostics[0].code == "E0429"
    assert builtins.len(samples) == len(TYPES)


def test_text(samples: Samples) -> None:
    text = repr(samples)
    assert text.splitlines()[0].split() == list(TYPES)
    assert "good" in text
    assert text.endswith("…\n8 rows, seed 42")
    html = samples._repr_html_()
    assert html.startswith("<table><caption>8 rows, seed 42</caption>")
    assert '<th title="category(&#x27;bad&#x27;, &#x27;good&#x27;)">mood</th>' in html
    assert "<b>" not in Samples({"a": STATES}, {"a": Finite(("<b>", "c"))}, 0)._repr_html_()
