"""Values of every kind that a person, or a careless program, may pass as a column or as an input's value."""

import gc
import warnings
from array import array
from collections import UserList, UserString, deque
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import torch


class Colour(StrEnum):
    """A string and not quite one."""

    RED = "red"
    BLUE = "blue"


class Endless:
    """What NumPy takes for a sequence, and which holds itself."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, place: int) -> "Endless":
        return self


class Broken(Sequence[int]):
    """A sequence that fails when its length is asked for."""

    def __len__(self) -> int:
        raise ValueError("no length")

    def __getitem__(self, place: Any) -> Any:
        raise OSError("no items")


class Raising:
    """An array that fails when it is asked for."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise KeyError("no array")


class Shapeless:
    """What has no number of axes to speak of."""

    @property
    def ndim(self) -> int:
        raise RuntimeError("no axes")


def nested(depth: int) -> list[Any]:
    """A list in a list in a list."""
    outer: list[Any] = [1]
    gc.disable()  # which walks all of it, over and over
    for _ in range(depth):
        outer = [outer]
    gc.enable()
    return outer


def nested_tuples(depth: int) -> tuple[Any, ...]:
    """A tuple in a tuple in a tuple."""
    outer: tuple[Any, ...] = (1,)
    gc.disable()
    for _ in range(depth):
        outer = (outer,)
    gc.enable()
    return outer


def itself() -> list[Any]:
    """A list that holds itself."""
    own: list[Any] = [1]
    own.append(own)
    return own


def itself_in_a_dict() -> list[Any]:
    """A dictionary that holds itself, in a list."""
    own: dict[str, Any] = {}
    own["a"] = own
    return [own, own]


def itself_in_an_array() -> np.ndarray:
    """An array of objects that holds itself."""
    own = np.empty(2, dtype=object)
    own[0] = own
    own[1] = 1
    return own


def many_times_over(width: int, depth: int) -> list[Any]:
    """Few lists that stand for very many values."""
    outer: list[Any] = [0.0] * width
    for _ in range(depth):
        outer = [outer] * width
    return outer


def objects(*values: Any) -> np.ndarray:
    """An array of objects."""
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def counted() -> Iterator[int]:
    """A generator."""
    yield 0
    yield 1


def dictionary(codes: list[Any], entries: Any) -> pa.Array:
    """An Arrow dictionary array."""
    return pa.DictionaryArray.from_arrays(pa.array(codes), entries)


def prototype(*rows: torch.Tensor) -> torch.Tensor:
    """A nested tensor of the older layout, of which torch warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.nested.nested_tensor(list(rows))


def lazy() -> pl.LazyFrame:
    """A lazy frame that fails when it is collected."""
    return pl.scan_csv("no such file.csv")


_NUMPY = [np.dtype(kind) for kind in "?bBhHiIlLefdgFDSUVO"] + [np.dtype("M8[s]"), np.dtype("m8[s]")]

KINDS: dict[str, Callable[[], Any]] = {
    "list": lambda: [0, 1],
    "tuple": lambda: (0, 1),
    "floats": lambda: [0.5, 1.5],
    "bools": lambda: [True, False],
    "strings": lambda: ["a", "b"],
    "empty": list,
    "empty lists": lambda: [[], []],
    "nones": lambda: [None, None],
    "mixed": lambda: [1, "a"],
    "bool among ints": lambda: [True, 2],
    "int among floats": lambda: [2**60 + 1, 0.5],
    "nan": lambda: [float("nan"), 1.0],
    "infinity": lambda: [float("inf"), 1.0],
    "huge ints": lambda: [10**30, 1],
    "huge float": lambda: [1e300, 1.0],
    "surrogates": lambda: ["\ud800", "a"],
    "bytes": lambda: [b"a", b"b"],
    "complex": lambda: [1j, 2.0],
    "decimals": lambda: [Decimal("0.5"), Decimal("NaN")],
    "fractions": lambda: [Fraction(1, 2), Fraction(1, 3)],
    "dates": lambda: [date(2020, 1, 1), datetime(2020, 1, 1)],
    "enums": lambda: [Colour.RED, Colour.BLUE],
    "functions": lambda: [len, max],
    "classes": lambda: [int, str],
    "sets": lambda: [{1}, {2}],
    "dicts": lambda: [{"a": 1}, {"a": 2}],
    "namespaces": lambda: [SimpleNamespace(a=1), SimpleNamespace(a=2)],
    "lists": lambda: [[1.0, 2.0], [3.0, 4.0]],
    "unequal lists": lambda: [[1.0], [2.0, 3.0]],
    "lists of strings": lambda: [["a"], ["b"]],
    "lists with holes": lambda: [[1.0, None], [2.0, 3.0]],
    "images": lambda: [[[[0, 1]]], [[[2, 3]]]],
    "five deep": lambda: nested(4),
    "deep": lambda: nested(30_000),
    "deep tuples": lambda: nested_tuples(30_000),
    "itself": itself,
    "itself below": lambda: [[1], itself()],
    "itself in a dict": itself_in_a_dict,
    "itself in an array": itself_in_an_array,
    "deep in an array": lambda: objects(nested(30_000), 1),
    "deep in a series": lambda: pd.Series([nested(30_000), 1]),
    "itself in a series": lambda: pd.Series([itself(), itself()]),
    "itself in polars": lambda: pl.Series([itself_in_an_array(), 1], dtype=pl.Object),
    "many times over": lambda: many_times_over(10_000, 3),
    "many in a tuple": lambda: tuple(many_times_over(10_000, 3)),
    "set": lambda: {0, 1},
    "dict": lambda: {0: 1},
    "dict of itself": lambda: itself_in_a_dict()[0],
    "range": lambda: range(2),
    "endless range": lambda: range(10**18),
    "deque": lambda: deque([0, 1]),
    "user list": lambda: UserList([0, 1]),
    "user string": lambda: UserString("ab"),
    "buffer": lambda: array("d", [0.5, 1.5]),
    "memory": lambda: memoryview(b"ab"),
    "raw bytes": lambda: b"ab",
    "bytearray": lambda: bytearray(b"ab"),
    "generator": counted,
    "iterator": lambda: iter([0, 1]),
    "endless": Endless,
    "endless cells": lambda: [Endless(), Endless()],
    "broken": Broken,
    "broken cells": lambda: [Broken(), Broken()],
    "raising": Raising,
    "raising cells": lambda: [Raising(), Raising()],
    "shapeless": Shapeless,
    "mock": MagicMock,
    "mocks": lambda: [MagicMock(), MagicMock()],
    "None": lambda: None,
    "string": lambda: "a",
    "int": lambda: 1,
    "huge int": lambda: 10**400,
    "float": lambda: 0.5,
    "nan alone": lambda: float("nan"),
    "bool": lambda: True,
    "complex alone": lambda: 1j,
    "decimal": lambda: Decimal("0.5"),
    "fraction": lambda: Fraction(1, 2),
    "date": lambda: date(2020, 1, 1),
    "class": lambda: int,
    "function": lambda: len,
    "object": object,
    "NA": lambda: pd.NA,
    "NaT": lambda: pd.NaT,
    "ellipsis": lambda: ...,
    "masked": lambda: np.ma.masked_array([0.5, 1.5], mask=[True, False]),
    "masked alone": lambda: np.ma.masked,
    "structured": lambda: np.array([(1, 2.0), (3, 4.0)], dtype=[("a", "i4"), ("b", "f8")]),
    "matrix": lambda: np.ones((2, 2)),
    "five axes": lambda: np.ones((2, 1, 1, 1, 1)),
    "no columns": lambda: np.ones((2, 0)),
    "2D strings": lambda: np.array([["a"], ["b"]]),
    "2D objects": lambda: np.array([[1, "a"], [None, 2.0]], dtype=object),
    "0D": lambda: np.array(1.0),
    "0D string": lambda: np.array("a"),
    "0D object": lambda: np.array({"a": 1}, dtype=object),
    "numpy strings": lambda: np.array(["a", "b"], dtype=np.dtypes.StringDType()),
    "big endian": lambda: np.array([0.5, 1.5], ">f8"),
    "uint64": lambda: np.array([2**64 - 1, 0], "u8"),
    "uint64 alone": lambda: np.uint64(2**64 - 1),
    "objects": lambda: objects(0, 1),
    "objects with none": lambda: objects(None, 1),
    "objects of arrays": lambda: objects(np.ones(2), np.ones(3)),
    "objects of tensors": lambda: objects(torch.ones(2), torch.ones(2)),
    **{f"numpy {kind}": lambda kind=kind: np.zeros(2, kind) for kind in _NUMPY},
    **{f"numpy {kind} alone": lambda kind=kind: np.zeros((), kind)[()] for kind in _NUMPY},
    "series": lambda: pd.Series([0, 1]),
    "series of objects": lambda: pd.Series([1, "a", None]),
    "series of huge ints": lambda: pd.Series([10**30, 1], dtype=object),
    "series of dates": lambda: pd.Series(pd.to_datetime(["2020", "2021"])).dt.date,
    "series of times": lambda: pd.Series(pd.to_datetime(["2020", "2021"])),
    "series of zones": lambda: pd.Series(pd.to_datetime(["2020", "2021"], utc=True)),
    "series of periods": lambda: pd.Series(pd.period_range("2020", periods=2)),
    "series of surrogates": lambda: pd.Series(["\ud800", "a"], dtype=object),
    "series of tensors": lambda: pd.Series([torch.ones(2), torch.ones(2)]),
    "series of bf16": lambda: pd.Series([torch.ones((), dtype=torch.bfloat16)] * 2, dtype=object),
    "series of grad": lambda: pd.Series([torch.ones(2, requires_grad=True)] * 2),
    "series of complex": lambda: pd.Series([1j, 2j]),
    "series of lists": lambda: pd.Series([[1.0], [2.0]]),
    "nullable": lambda: pd.Series([1, None], dtype="Int64"),
    "sparse series": lambda: pd.Series(pd.arrays.SparseArray([0, 1])),
    "categorical": lambda: pd.Series(["a", "b"], dtype="category"),
    "categorical with none": lambda: pd.Series(["a", None], dtype="category"),
    "categorical of tuples": lambda: pd.Series(pd.Categorical([(1, 2), (3, 4)])),
    "categorical of mixed": lambda: pd.Series(pd.Categorical(["a", 1])),
    "cut": lambda: pd.cut(pd.Series([0.5, 1.5]), 2),
    "index": lambda: pd.Index([0, 1]),
    "multi-index": lambda: pd.MultiIndex.from_tuples([(0, 1), (1, 2)]),
    "frame": lambda: pd.DataFrame({"a": [0, 1]}),
    "polars": lambda: pl.Series([0, 1]),
    "polars with none": lambda: pl.Series(["a", None]),
    "polars categories": lambda: pl.Series(["a", "b"], dtype=pl.Categorical),
    "polars lists": lambda: pl.Series([[1.0], [2.0, 3.0]]),
    "polars structs": lambda: pl.Series([{"a": 1}, {"a": 2}]),
    "polars objects": lambda: pl.Series([object(), object()], dtype=pl.Object),
    "polars uint64": lambda: pl.Series([2**64 - 1, 0], dtype=pl.UInt64),
    "polars frame": lambda: pl.DataFrame({"a": [0, 1]}),
    "polars expression": lambda: pl.col("a"),
    "lazy": lazy,
    "arrow": lambda: pa.array([0, 1]),
    "arrow chunks": lambda: pa.chunked_array([[0], [1]]),
    "arrow null": lambda: pa.nulls(2),
    "arrow table": lambda: pa.table({"a": [0, 1]}),
    "arrow scalar": lambda: pa.scalar("a"),
    "arrow list scalar": lambda: pa.scalar([1, 2]),
    "arrow lists": lambda: pa.array([[1.0], [2.0]]),
    "arrow deep lists": lambda: pa.array([[[[[1.0]]]]]),
    "arrow structs": lambda: pa.array([{"a": 1}, {"a": 2}]),
    "arrow map": lambda: pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
    "arrow times": lambda: pa.array([0, 1], pa.timestamp("s")),
    "arrow decimals": lambda: pa.array([Decimal("0.5"), Decimal("1.5")]),
    "arrow view": lambda: pa.array(["a", "b"], pa.string_view()),
    "arrow runs": lambda: pa.RunEndEncodedArray.from_arrays(pa.array([2], pa.int32()), pa.array([1.0])),
    "arrow runs with none": lambda: pa.RunEndEncodedArray.from_arrays([1, 2], pa.array(["a", None])),
    "arrow tensors": lambda: pa.FixedShapeTensorArray.from_numpy_ndarray(np.ones((2, 1, 2))),
    "arrow bools of 8 bits": lambda: pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0], pa.int8())),
    "arrow identifiers": lambda: pa.array([b"0123456789abcdef"] * 2, pa.uuid()),
    "arrow list views": lambda: pa.array([[1.0], [2.0]], pa.list_view(pa.float64())),
    "arrow uint64": lambda: pa.array([2**64 - 1, 0], pa.uint64()),
    "dictionary": lambda: dictionary([0, 1], ["a", "b"]),
    "dictionary with none": lambda: dictionary([0, 1], pa.array(["a", None])),
    "dictionary with nan": lambda: dictionary([0, 1], pa.array([0.5, float("nan")])),
    "dictionary with infinity": lambda: dictionary([0, 1], pa.array([0.5, float("inf")])),
    "dictionary without": lambda: dictionary([0, None], pa.array(["a", "b"])),
    "dictionary twice": lambda: dictionary([0, 1], pa.array(["a", "a"])),
    "dictionary of bytes": lambda: dictionary([0, 1], pa.array([b"a", b"b"])),
    "dictionary of times": lambda: dictionary([0, 1], pa.array([0, 1], pa.timestamp("s"))),
    "dictionary of lists": lambda: dictionary([0, 1], pa.array([[1], [2]])),
    "dictionary of uint64": lambda: dictionary([0, 1], pa.array([2**64 - 1, 0], pa.uint64())),
    "tensor": lambda: torch.tensor([0, 1]),
    "tensor alone": lambda: torch.tensor(1.0),
    "tensor of grad": lambda: torch.ones(2, requires_grad=True),
    "tensor of nan": lambda: torch.tensor([torch.nan, 1.0]),
    **{
        f"tensor {dtype}": lambda dtype=dtype: torch.zeros(2, dtype=dtype)
        for dtype in (torch.bool, torch.uint8, torch.uint16, torch.uint64, torch.bfloat16, torch.float16)
    },
    "tensor float8": lambda: torch.zeros(2, dtype=torch.float32).to(torch.float8_e4m3fn),
    "tensor complex": lambda: torch.ones(2, dtype=torch.complex64),
    "tensor conjugate": lambda: torch.ones(2, dtype=torch.complex64).conj(),
    "tensor negative": lambda: torch.ones(2, dtype=torch.complex64).conj().imag,
    "tensor sparse": lambda: torch.ones(2).to_sparse(),
    "tensor meta": lambda: torch.ones(2, device="meta"),
    "tensor nested": lambda: prototype(torch.ones(2), torch.ones(3)),
    "tensor jagged": lambda: torch.nested.as_nested_tensor([torch.ones(2)] * 2, layout=torch.jagged),
    "tensor of no rows": lambda: torch.ones(0),
    "tensors": lambda: [torch.tensor(0.5), torch.tensor(1.5)],
    "tensors of grad": lambda: [torch.ones(2, requires_grad=True)] * 2,
    "tensors of bf16": lambda: [torch.ones(2, dtype=torch.bfloat16)] * 2,
    "tensors of shapes": lambda: [torch.ones(2), torch.ones(3)],
    "tensor nested in a list": lambda: [prototype(torch.ones(2))],
}
