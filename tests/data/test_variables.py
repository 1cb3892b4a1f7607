"""Types of variables, their text, their inference, and values to tensors and back."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dofx.grammar.diagnostics.diagnostic import Diagnostic, DofxError
from dofx.grammar.syntax.program import TypeSyntax
from dofx.runtime.variables import (
    Finite,
    Image,
    Real,
    Text,
    decode,
    default_dtype,
    encode,
    event_shape,
    infer_type,
    parse_type,
)


def fault_of(action: Any) -> Diagnostic:
    with pytest.raises(DofxError) as raised:
        action()
    (diagnostic,) = raised.value.diagnostics
    return diagnostic


# ── types and their text ──

TEXTS = {
    "bool": Finite((False, True)),
    "category(3)": Finite((0, 1, 2)),
    "category('a', 'b')": Finite(("a", "b")),
    "category(5,)": Finite((5,)),
    "category(-1, 0, 1)": Finite((-1, 0, 1)),
    "category(0.5, 'x', True)": Finite((0.5, "x", True)),
    "category('a, b', \"it's\")": Finite(("a, b", "it's")),
    "real": Real(),
    "real(4)": Real((4,)),
    "real(2, 3)": Real((2, 3)),
    "image(1, 28, 28)": Image(1, 28, 28),
    "image(3, 8, 8, 'uint8')": Image(3, 8, 8, bytes=True),
    "text": Text(),
    "text(80)": Text(80),
}


@pytest.mark.parametrize(("text", "type"), TEXTS.items())
def test_text_and_type(text: str, type: Any) -> None:
    assert parse_type(text) == type
    assert str(type) == text
    assert parse_type(type) is type


def test_spelling_is_free() -> None:
    assert parse_type(" category( true ,false ) ") == Finite((True, False))
    assert parse_type("image(1,2,3)") == Image(1, 2, 3)
    assert parse_type("real()") == Real()


def test_a_type_from_syntax() -> None:
    assert parse_type(TypeSyntax("category", (3,))) == Finite((0, 1, 2))
    assert parse_type(TypeSyntax("category", ("young", "old"))) == Finite(("young", "old"))
    assert parse_type(TypeSyntax("real", (4,))) == Real((4,))


def test_bool_is_not_a_category_of_two() -> None:
    assert parse_type("bool") != parse_type("category(2)")
    assert hash(Finite((False, True))) == hash(parse_type("bool"))


values = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)


@given(st.lists(values, min_size=1, max_size=6, unique=True))
def test_any_states_survive_their_text(states: list[Any]) -> None:
    type = Finite(tuple(states))
    assert parse_type(str(type)) == type


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("reel", "E0401"),
        ("", "E0401"),
        ("real(4", "E0401"),
        ("category(a, b)", "E0401"),
        ("category(1 + 1)", "E0401"),
        ("category()", "E0402"),
        ("category('a', 'a')", "E0402"),
        ("category(1048577)", "E0402"),
        ("bool(2)", "E0402"),
        ("real(0)", "E0402"),
        ("real('a')", "E0402"),
        ("image(1, 28)", "E0402"),
        ("text(0)", "E0402"),
        ("text(80, 2)", "E0402"),
        (7, "E0401"),
    ],
)
def test_what_is_not_a_type(text: Any, code: str) -> None:
    assert fault_of(lambda: parse_type(text)).code == code


def test_a_near_miss_is_named() -> None:
    assert "did you mean `real`?" in fault_of(lambda: parse_type("reel")).help


def test_events() -> None:
    assert [event_shape(t) for t in (Finite((0, 1)), Real((2, 3)), Image(3, 4, 5))] == [(), (2, 3), (3, 4, 5)]
    assert [default_dtype(t) for t in (Finite((0, 1)), Real(), Text())] == [
        torch.int64,
        torch.float32,
        torch.uint8,
    ]
    assert event_shape(Text(80)) == (80,)


def test_text_goes_to_bytes_and_comes_back() -> None:
    texts = ["dry cough", "", "ß → 肺", "dry cough"]
    encoded = encode(Text(20), texts)
    assert (encoded.dtype, tuple(encoded.shape)) == (torch.uint8, (4, 20))
    assert decode(Text(20), encoded).tolist() == texts
    assert decode(Text(20), encode(Text(20), "fever", rows=2)).tolist() == ["fever", "fever"]
    assert torch.equal(encode(Text(20), encoded), encoded)
    assert decode(Text(20), torch.tensor([[200, 65, 0, 66]], dtype=torch.uint8)).tolist() == ["�A"]


# ── inference ──


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ([True, True], "bool"),
        (["b", "a", "b"], "category('a', 'b')"),
        (pd.Series(["b", "a"], dtype="category"), "category('a', 'b')"),
        (
            pd.Series(pd.Categorical(["low", "high"], ["low", "high", "top"], ordered=True)),
            "category('low', 'high')",
        ),
        (pl.Series(["low", "high"], dtype=pl.Enum(["low", "high"])), "category('low', 'high')"),
        (pl.Series(["b", "a"], dtype=pl.Categorical), "category('a', 'b')"),
        (np.array(["b", "a"], dtype=object), "category('a', 'b')"),
        (pa.array(["b", "a"]), "category('a', 'b')"),
        ([2, 0, 2], "category(0, 2)"),
        (np.int8([2, 1, 0] * 2), "category(3)"),
        ([0.0, 1.0], "category(0.0, 1.0)"),
        ([7], "category(7,)"),
        (torch.tensor([0, 1, 1]), "category(2)"),
        (list(range(20)) * 2, str(Finite(tuple(range(20))))),
        (list(range(21)) * 2, "real"),
        ([23_000, 41_000, 18_500], "real"),
        ([0.5, 1.5], "real"),
        ([1.0, 2.0, 2.5], "real"),
        (np.zeros((3, 2)), "real(2)"),
        (pl.Series([[1.0, 2.0], [3.0, 4.0]]), "real(2)"),
        (pl.Series([[1.0, 2.0], [3.0, 4.0]], dtype=pl.Array(pl.Float32, 2)), "real(2)"),
        ([[1.0, 2.0], [3.0, 4.0]], "real(2)"),
        (torch.zeros(3, 1, 4, 5), "image(1, 4, 5)"),
        (np.zeros((3, 1, 4, 5), np.uint8), "image(1, 4, 5, 'uint8')"),
        (pa.array([1, 2, 1]).cast(pa.decimal128(25, 2)), "category(1.0, 2.0)"),
        (pd.Series([1, 2, 1], dtype="Int64"), "category(1, 2)"),
        (pd.Series([True, False], dtype="boolean"), "bool"),
    ],
)
def test_types_are_inferred(column: Any, text: str) -> None:
    found = infer_type(column)
    assert str(found) == text
    shown = decode(found, encode(found, column))
    assert len(shown) == len(column)


def test_states_keep_their_python_type() -> None:
    found = infer_type(np.float32([0, 1, 1]))
    assert isinstance(found, Finite)
    assert [s.__class__ for s in found.states] == [float, float]


@pytest.mark.parametrize(
    ("column", "code"),
    [
        ([1, "a"], "E0404"),
        (pd.Series([1, "a"], dtype=object), "E0404"),
        (pd.Series(pd.to_datetime(["2020-01-01"])), "E0404"),
        (pl.Series([[1.0], [1.0, 2.0]]), "E0404"),
        ([1.0, None], "E0405"),
        (["a", None], "E0405"),
        (pd.Series([True, None], dtype="boolean"), "E0405"),
        (np.array([1, np.inf]), "E0405"),
        (np.zeros((2, 3, 4)), "E0408"),
        ([str(i) for i in range(1_001)], "E0408"),
    ],
)
def test_no_type_can_be_inferred(column: Any, code: str) -> None:
    assert fault_of(lambda: infer_type(column)).code == code


# ── values ──


def test_states_become_numbers_and_come_back() -> None:
    type = parse_type("category('young', 'old')")
    for column in (
        ["old", "young"],
        np.array(["old", "young"]),
        pd.Series(["old", "young"]),
        pa.array(["old", "young"]),
    ):
        encoded = encode(type, column)
        assert encoded.dtype is torch.int64
        assert encoded.tolist() == [1, 0]
        assert decode(type, encoded).tolist() == ["old", "young"]


def test_equal_values_are_the_same_state() -> None:
    assert encode(parse_type("bool"), [1, 0, 1.0]).tolist() == [1, 0, 1]
    assert encode(parse_type("category(2)"), [True, False]).tolist() == [1, 0]
    assert decode(parse_type("bool"), torch.tensor([1, 0])).tolist() == [True, False]


def test_a_tensor_keeps_its_gradient() -> None:
    value = torch.tensor(2.0, requires_grad=True)
    encode(Real(), value, rows=4).sum().backward()
    assert value.grad is not None
    assert value.grad.item() == 4


@pytest.mark.parametrize(
    ("type", "value", "code"),
    [
        ("category('young', 'old')", ["young", "odl"], "E0403"),
        ("category(2)", 2, "E0403"),
        ("category(2)", "1", "E0403"),
        ("real", "1.5", "E0404"),
        ("real", ["1.5", "2"], "E0404"),
        ("real", None, "E0405"),
        ("real", float("nan"), "E0405"),
        ("real", torch.tensor([1.0, torch.inf]), "E0405"),
        ("bool", None, "E0405"),
        ("real", [1.0, 2.0], "E0406"),
        ("real", np.zeros((3, 2)), "E0406"),
        ("real(2)", np.zeros((3, 3)), "E0406"),
        ("bool", np.zeros((3, 2), dtype=bool), "E0406"),
        ("image(1, 2, 2)", np.zeros((3, 2, 2)), "E0406"),
        ("category(2)", [], "E0406"),
        ("real", [], "E0406"),
        ("text(3)", ["a", "four", "b"], "E0407"),
        ("text", [1, 2, 3], "E0404"),
        ("text", ["a", None, "b"], "E0405"),
        ("text", ["a", "b"], "E0406"),
    ],
)
def test_values_that_do_not_fit(type: str, value: Any, code: str) -> None:
    assert fault_of(lambda: encode(parse_type(type), value, rows=3)).code == code


def test_a_stranger_is_placed_and_the_likely_state_named() -> None:
    type = parse_type("category('young', 'old')")
    fault = fault_of(lambda: encode(type, ["old", "yuong", "old", "yuong"], what="variable `age`"))
    assert fault.title == '"yuong" is not a state of variable `age`'
    assert "rows 1 and 3 of 4" in fault.notes
    assert fault.help == ('did you mean "young"?',)


# ── single values ──
