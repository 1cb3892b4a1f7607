"""One value where rows are expected: it stands for all rows, encoded as a column of it would be."""

from typing import Any

import numpy as np
import pytest
import torch

from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.variables import (
    Finite,
    Real,
    encode,
    encoding,
    parse_type,
)


@pytest.mark.parametrize("value", [True, 1, 1.0, np.int64(1), np.array(1), torch.tensor(1)])
def test_a_single_value_fills_all_rows(value: Any) -> None:
    assert encode(parse_type("category(2)"), value, rows=3).tolist() == [1, 1, 1]
    assert encode(Real(), value, rows=3).tolist() == [1, 1, 1]
    assert encode(Real(), value).shape == (1,)


def test_a_single_vector_fills_all_rows() -> None:
    assert encode(Real((2,)), [1.0, 2.0], rows=3).shape == (3, 2)
    assert encode(Real((2,)), [[1.0, 2.0], [3.0, 4.0]], rows=2)[1].tolist() == [3, 4]
    assert encode(parse_type("category('ab', 'c')"), "ab", rows=2).tolist() == [0, 0]


SINGLE: list[Any] = [
    *(
        "a",
        "b",
        "",
        "1",
        True,
        False,
        0,
        1,
        2,
        -1,
        0.0,
        -0.0,
        1.0,
        0.5,
        1e-50,
        3e38,
        3.5e38,
        1e300,
        10**16 + 1,
    ),
    *(2**63 - 1, 2**64, float("nan"), float("inf"), None, np.int64(1), np.float32(0.1), np.bool_(True)),
    *(np.str_("a"), np.array(1), torch.tensor(1), [1], b"a"),
]


def outcome(type: Any, value: Any, rows: int | None) -> Any:
    try:
        encoded = encode(type, value, rows=rows)
    except DofxError as error:
        return str(error)
    return encoded.tolist(), encoded.dtype


@pytest.mark.parametrize("rows", [None, 1, 3])
@pytest.mark.parametrize(
    "type",
    [
        *(Finite(("a", "b")), Finite((False, True)), Finite((0, 1)), Finite((1.0, 0.5))),
        *(Finite((np.float32(0.1).item(), "x", True)), Real(), Real((1,))),
    ],
    ids=str,
)
def test_a_single_value_is_encoded_as_a_column_of_it(
    type: Any, rows: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = [outcome(type, value, rows) for value in SINGLE]
    monkeypatch.setattr(encoding, "encode_single", lambda *_: None)
    assert at_once == [outcome(type, value, rows) for value in SINGLE]


def test_a_plain_value_needs_no_column(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(encoding, "as_column", never)
    assert encode(Finite(("a", "b")), "b", rows=2).tolist() == [1, 1]
    assert encode(Finite((False, True)), np.True_).tolist() == [1]
    assert encode(Real(), 0.25, rows=2).tolist() == [0.25, 0.25]
