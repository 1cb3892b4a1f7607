"""Columns with holes, of every kind, as they are read: which rows show a value, and what its type is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch

from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.data.dataset import Dataset, read_data


@pytest.mark.parametrize(
    "column",
    [
        [1.5, None, 2.5],
        [1.5, float("nan"), 2.5],
        np.array([1.5, np.nan, 2.5]),
        np.ma.masked_array([1.5, 9.0, 2.5], [False, True, False]),
        torch.tensor([1.5, torch.nan, 2.5]),
        pd.Series([1.5, None, 2.5]),
        pd.Series([1.5, None, 2.5], dtype="Float64"),
        pd.Series([1.5, None, 2.5], dtype=object),
        pl.Series([1.5, None, 2.5]),
        pl.Series([1.5, float("nan"), 2.5]),
        pa.chunked_array([[1.5, None], [2.5]]),
    ],
)
def test_holes_of_every_kind_of_column(column: Any) -> None:
    read = read_data({"x": column, "y": [0.5, 1.5, 2.5]}, ["x", "y"], holes=True)
    assert read.partial["x"].shown.tolist() == [True, False, True]
    assert read.showing(["x"], ["x", "y"])["x"].tolist() == [1.5, 2.5]
    assert read.showing(["x"], ["x", "y"])["y"].tolist() == [0.5, 2.5]
    assert read["y"].tolist() == [0.5, 1.5, 2.5]
    with pytest.raises(DofxError):
        read["x"]
    with pytest.raises(DofxError):
        read_data({"x": column}, ["x"])


@pytest.mark.parametrize(
    ("column", "type"),
    [
        (pd.Series(["a", None, "b", "a"], dtype="category"), "category('a', 'b')"),
        (["a", None, "b", "a"], "category('a', 'b')"),
        ([True, None, False, True], "bool"),
        (pd.Series([True, None, False, True], dtype="boolean"), "bool"),
        ([0, None, 1, 0], "category(2)"),
        ([[0.5, 1.5], None, [2.5, 3.5], [4.5, 5.5]], "real(2)"),
        (np.array([[0.5, 1.5], [np.nan, 1.0], [2.5, 3.5], [4.5, 5.5]]), "real(2)"),
    ],
)
def test_types_are_those_of_the_rows_that_show_a_value(column: Any, type: str) -> None:
    read = read_data({"x": column}, ["x"], holes=True)
    assert str(read.types["x"]) == type
    assert read.partial["x"].shown.tolist() == [True, False, True, True]


def test_infinity_is_no_hole() -> None:
    with pytest.raises(DofxError, match="E0405"):
        read_data({"x": [1.0, float("inf"), None]}, ["x"], holes=True)


def test_data_sets_take_rows_with_their_holes() -> None:
    data = read_data({"x": [0.5, None, 2.5]}, ["x"], holes=True).take(torch.tensor([1, 2, 2]))
    assert data.partial["x"].shown.tolist() == [False, True, True]
    assert isinstance(data, Dataset)
    assert data.fingerprint != read_data({"x": [0.5, 2.5, 2.5]}, ["x"]).fingerprint
