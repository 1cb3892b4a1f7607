"""Columns as arrays of other libraries have them, and numbers that float32 cannot tell apart."""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
import torch

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.data.dataset import read_data
from dofx.runtime.variables import Real, encode

NUMBERS = np.array([0.5, 1.25, -3.0, 0.75, 2.5, 8.0])


def code_of(values: Any, **options: Any) -> str:
    with pytest.raises(DofxError) as raised:
        read_data({"y": values}, ["y"], **options)
    return raised.value.diagnostics[0].code


@pytest.mark.parametrize(
    "values",
    [
        np.repeat(NUMBERS, 2)[::-2][::-1],
        NUMBERS.astype(">f8"),
        NUMBERS.astype(">f4"),
        NUMBERS.astype(np.longdouble),
        NUMBERS.astype(np.float16),
        np.ma.masked_array(NUMBERS, mask=False),
        torch.tensor(NUMBERS).bfloat16(),
        torch.tensor(NUMBERS).to_sparse(),
        torch.tensor(NUMBERS, requires_grad=True),
        [Decimal(str(number)) for number in NUMBERS],
    ],
    ids=str,
)
def test_numbers_are_read_however_they_lie_in_memory(values: Any) -> None:
    data = read_data({"y": values}, ["y"])
    assert data["y"].tolist() == NUMBERS.tolist()
    assert encode(Real(), values, rows=len(NUMBERS)).tolist() == NUMBERS.tolist()


def test_zero_is_one_state() -> None:
    assert str(read_data({"y": [0.0, -0.0, 1.0, -0.0]}, ["y"]).types["y"]) == "category(0.0, 1.0)"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({0: 1.5, 1: 2.5}, "E0404"),
        ({1.0, 2.0}, "E0404"),
        ([1j, 2j], "E0404"),
        ([np.zeros(1, "M8[s]"), np.zeros(1, "i1")], "E0404"),  # Arrow ends the interpreter over it
        ([np.zeros((1, 1), "m8[s]"), np.array(["a"])], "E0404"),
        ([[np.zeros(1, "M8[s]")], [np.zeros(1)]], "E0404"),
        ([np.zeros(2, "V4"), np.zeros(2)], "E0404"),
        (torch.zeros(3, device="meta"), "E0404"),
        (torch.nested.as_nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged), "E0404"),
        ([10**30, 1], "E0407"),
        (["\ud800", "a"], "E0407"),
        (NUMBERS * 1e300, "E0407"),
    ],
    ids=str,
)
def test_what_is_no_column_is_reported(values: Any, code: str) -> None:
    assert code_of(values) == code


@pytest.mark.parametrize(
    "numbers",
    [
        np.r_[1e9 + np.arange(99), 0.0],
        1e9 + NUMBERS,
        1_700_000_000 + np.arange(50),
        10**17 + np.arange(50),
        2**60 + np.arange(50),
        NUMBERS * 1e35,
        NUMBERS * 1e-35,
    ],
)
def test_numbers_that_float32_cannot_tell_apart_are_not_learned_from(numbers: np.ndarray) -> None:
    """Generators used to be trained on what rounding had left, and answered with that."""
    rows = {"x": np.arange(len(numbers)) % 2 == 0, "y": numbers}
    with pytest.raises(DofxError) as raised:
        dofx.compile("P(y | do(x))", "x -> y").fit(rows, epochs=0, progress=False)
    assert raised.value.diagnostics[0].code == "E0407"
    assert read_data(rows, ["y"]).rows == len(numbers)  # which another time was learned from


@pytest.mark.parametrize(
    "numbers",
    [
        NUMBERS * 1e9,
        NUMBERS * 1e-9,
        0.1 + 1e-17 * NUMBERS,
        1e9 + 1e6 * NUMBERS,
        np.array([2**62, -(2**62), 0, 1, 2, 3]),
    ],
)
def test_numbers_that_float32_holds_are_learned_from(numbers: np.ndarray) -> None:
    assert code_of(numbers[:0]) == "E0506"
    assert read_data({"y": numbers}, ["y"], learned=True).rows == 6


def test_a_number_beyond_float32_is_no_value_of_an_input() -> None:
    sampler = dofx.compile("P(y | do(x))", "x -> y", variables={"y": "bool", "x": "real"})
    sampler.fit({"x": NUMBERS, "y": NUMBERS > 0.6}, epochs=0, progress=False)
    for value in (1e39, torch.tensor(1e39, dtype=torch.float64), np.array([1e39])):
        with pytest.raises(DofxError) as raised:
            sampler.sample(1, do={"x": value})
        assert raised.value.diagnostics[0].code == "E0407"
