"""Kinds of value, of column and of frame that a caller may hand over by mistake."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import gzip
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from pyarrow import feather

Random = random.Random


class Shade(enum.Enum):
    """Two members."""

    LIGHT = 1
    DARK = "d"


class Opaque:
    """Nothing that a library could know."""

    __slots__ = ()


class Untrue:
    """Has no truth value, as arrays have none."""

    def __bool__(self) -> bool:
        raise ValueError("the truth value is ambiguous")


class Lookup(Mapping[str, Any]):
    """A mapping that is no dict."""

    def __init__(self, items: dict[str, Any]) -> None:
        self.items_held = items

    def __getitem__(self, key: str) -> Any:
        return self.items_held[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.items_held)

    def __len__(self) -> int:
        return len(self.items_held)


def endless_list() -> list[Any]:
    """A list that holds itself."""
    found: list[Any] = []
    found.append(found)
    return found


def endless_dict() -> dict[Any, Any]:
    """A dict that holds itself."""
    found: dict[Any, Any] = {}
    found["x"] = found
    return found


def nested(depth: int) -> list[Any]:
    """Lists in lists."""
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


def word(rng: Random) -> str:
    """A short text, of letters, marks, controls and what Unicode has."""
    alphabet = "xyzab01_ \t\n\"'\\/%,;:.=-+*|(){}[]<>#@!?~^&`é∑′λ中𝒳\u200b\u202e\x00\x1b\ud800"
    return "".join(rng.choice(alphabet) for _ in range(rng.choice((1, 2, 3, 5, 9, 40))))


NUMBERS = (0, 1, -1, 2, 7, 255, 2**31, 2**53 + 1, 2**63, -(2**63), 2**64, 10**30, 10**400)
REALS = (0.0, -0.0, 0.5, 1.0, -1.5, 1e-320, 1e30, 1e308, float("inf"), float("-inf"), float("nan"))

KINDS: dict[str, Callable[[Random], Any]] = {
    "none": lambda _: None,
    "bool": lambda r: r.random() < 0.5,
    "integer": lambda r: r.choice(NUMBERS),
    "real": lambda r: r.choice(REALS),
    "complex": lambda _: 1 + 2j,
    "decimal": lambda r: decimal.Decimal(r.choice(("1.5", "NaN", "sNaN", "Infinity", "1e999"))),
    "fraction": lambda _: fractions.Fraction(1, 3),
    "empty text": lambda _: "",
    "text": word,
    "long text": lambda r: word(r) * 500,
    "bytes": lambda r: r.choice((b"", b"x", b"\xff\x00", bytearray(b"ab"), memoryview(b"abc"))),
    "list": lambda r: [r.choice((None, 1, "x", 2.5, (), [])) for _ in range(r.randrange(4))],
    "tuple": lambda r: tuple(r.choice(("x", "y", 0, None)) for _ in range(r.randrange(4))),
    "set": lambda r: r.choice((set(), {"x"}, {1, "x"}, frozenset({"y", None}))),
    "dict": lambda r: {
        r.choice(("x", "y", 0, None, ("x",))): KINDS[r.choice(PLAIN)](r) for _ in range(r.randrange(3))
    },
    "mapping": lambda _: Lookup({"x": 1, "y": "a"}),
    "endless list": lambda _: endless_list(),
    "endless dict": lambda _: endless_dict(),
    "deep list": lambda r: nested(r.choice((5, 70, 3000))),
    "generator": lambda _: (i for i in ("x", "y")),
    "range": lambda r: range(r.randrange(3)),
    "date": lambda r: r.choice(
        (datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1), datetime.timedelta(1))
    ),
    "member": lambda r: r.choice(tuple(Shade)),
    "class": lambda r: r.choice((int, Opaque, dict, torch.Tensor)),
    "function": lambda r: r.choice((len, word, lambda: 1, KINDS.get)),
    "object": lambda _: Opaque(),
    "untrue": lambda _: Untrue(),
    "path": lambda r: r.choice(
        (Path("no-such-file"), Path(), Path("no/such/folder/file.csv"), PurePosixPath("a.b"))
    ),
    "ellipsis": lambda r: r.choice((..., NotImplemented, slice(1, 2))),
    "numpy scalar": lambda r: r.choice(
        (np.int8(1), np.uint64(2**64 - 1), np.float16(2), np.float32("nan"), np.bool_(1), np.str_("x"))
    ),
    "numpy array": lambda r: array(r),
    "numpy moment": lambda r: r.choice(
        (np.datetime64("NaT"), np.datetime64("2020-01-01"), np.timedelta64(1, "D"))
    ),
    "tensor": lambda r: tensor(r),
    "pandas value": lambda r: r.choice((pd.NA, pd.NaT, pd.Timestamp(0), pd.Series([1, 2]), pd.Index(["x"]))),
    "pandas frame": lambda _: pd.DataFrame({"x": [1, 0], "y": [0, 1]}),
    "arrow": lambda r: r.choice((pa.scalar(1), pa.scalar(None), pa.array([1, None]), pa.table({"x": [1]}))),
    "polars": lambda r: r.choice((pl.Series([1]), pl.DataFrame({"x": [1]}), pl.col("x"))),
    "exception": lambda _: ValueError("x"),
    "module": lambda _: np,
}
PLAIN = ("none", "bool", "integer", "real", "text", "numpy scalar", "object", "list")


def array(rng: Random) -> np.ndarray:
    """An array of some shape and type."""
    shape = rng.choice(((), (0,), (1,), (3,), (4, 2), (2, 0), (1, 1, 1)))
    kind = rng.choice(("i1", "u8", "f2", "f8", "c16", "?", "U3", "S2", "O", "M8[s]", ">i4", "longdouble"))
    return np.zeros(shape, dtype=kind)


def tensor(rng: Random) -> torch.Tensor:
    """A tensor of some shape, type and place."""
    plain = torch.zeros(
        rng.choice(((), (0,), (3,), (2, 2))), dtype=rng.choice((torch.float32, torch.int64, torch.bool))
    )
    return rng.choice(
        (
            lambda: plain,
            lambda: plain.to("meta"),
            lambda: plain.to(torch.bfloat16).requires_grad_(),
            lambda: torch.eye(2).to_sparse(),
            lambda: torch.tensor(float("nan")),
            lambda: plain.to(torch.complex64),
        )
    )()


ROWS = 24
COLUMNS: dict[str, Callable[[Random], Any]] = {
    "bits": lambda r: [r.randrange(2) for _ in range(ROWS)],
    "bools": lambda r: np.array([r.random() < 0.5 for _ in range(ROWS)]),
    "states": lambda r: np.array(
        [r.randrange(3) for _ in range(ROWS)], dtype=r.choice(("i1", "u2", "i8", ">i4", "f4"))
    ),
    "labels": lambda r: [r.choice("abc") for _ in range(ROWS)],
    "numbers": lambda r: [r.gauss(0, 1) for _ in range(ROWS)],
    "wide numbers": lambda r: [r.choice(REALS) for _ in range(ROWS)],
    "huge integers": lambda r: [r.choice(NUMBERS) for _ in range(ROWS)],
    "constant": lambda r: [r.choice((0, 1.5, "a", True))] * ROWS,
    "holes": lambda r: [r.choice((0, 1, None, float("nan"))) for _ in range(ROWS)],
    "mixed": lambda r: [KINDS[r.choice(tuple(KINDS))](r) for _ in range(ROWS)],
    "one kind": lambda r: [KINDS[kind](r) for kind in [r.choice(tuple(KINDS))] for _ in range(ROWS)],
    "texts": lambda r: [word(r) for _ in range(ROWS)],
    "numerals": lambda r: [r.choice(("1,234", "5", "1e3", " 7", "0x1")) for _ in range(ROWS)],
    "vectors": lambda r: np.zeros((ROWS, r.choice((0, 1, 3)))),
    "images": lambda r: np.zeros((ROWS, 1, 4, 4), dtype=r.choice(("u1", "f4", "f8", "?"))),
    "short": lambda r: [0] * r.randrange(ROWS),
    "categorical": lambda r: pd.Categorical([r.choice(("a", "b", None)) for _ in range(ROWS)]),
    "nullable": lambda r: pd.array(
        [r.choice((0, 1, None)) for _ in range(ROWS)], dtype=r.choice(("Int64", "boolean"))
    ),
    "moments": lambda _: pd.date_range("2020", periods=ROWS),
    "dictionary": lambda r: pa.array([r.choice(("a", "b", None)) for _ in range(ROWS)]).dictionary_encode(),
    "null in a dictionary": lambda r: pa.DictionaryArray.from_arrays(
        pa.array([r.randrange(3) for _ in range(ROWS)]), pa.array(["a", "b", None])
    ),
    "arrow list": lambda r: pa.array([[0.0] * r.choice((2, 2, 2, 1)) for _ in range(ROWS)]),
    "arrow nested": lambda _: pa.array([{"a": 1}] * ROWS),
    "decimals": lambda r: pa.array([decimal.Decimal(r.randrange(3)) for _ in range(ROWS)]),
    "chunks": lambda r: pa.chunked_array([[r.randrange(2)] * (ROWS // 2), [0] * (ROWS - ROWS // 2)]),
    "tensor": lambda r: torch.randint(2, (ROWS,), dtype=r.choice((torch.int64, torch.uint8, torch.int32))),
    "masked": lambda _: np.ma.masked_array(np.zeros(ROWS), mask=[True] + [False] * (ROWS - 1)),
    "records": lambda _: np.zeros(ROWS, dtype=[("a", "i4"), ("b", "f8")]),
    "polars": lambda r: pl.Series([r.choice(("a", "b", None)) for _ in range(ROWS)], dtype=pl.Categorical),
    "value": lambda r: KINDS[r.choice(tuple(KINDS))](r),
}


def frame(rng: Random, names: tuple[str, ...]) -> Any:
    """Columns of some kinds in a frame of some library; most columns are what a fit can read."""
    odd, kind = rng.choice(names), rng.choice(tuple(COLUMNS))
    columns = {name: COLUMNS[kind if name == odd else "bits"](rng) for name in names if rng.random() > 0.03}
    if rng.random() < 0.05:
        columns[rng.choice(("extra", "", " x", "x.1", "\x00"))] = [0] * ROWS
    # Objects that hold themselves crash these libraries, before dofx sees them.
    foreign = () if kind in ("mixed", "one kind", "value") else (pd.DataFrame, pl.DataFrame, pa.table)
    make = rng.choice((dict, dict, Lookup, *foreign))
    try:
        return make(columns)
    except Exception:
        return columns  # a library that cannot hold the column: a dict of columns can


def written(rng: Random, folder: Path) -> Path:
    """A file of rows, sometimes after slips: in CSV of several dialects, Parquet or Arrow."""
    columns = {
        name: COLUMNS[rng.choice(("bits", "bits", "labels", "numbers", "numerals"))](rng) for name in "xzy"
    }
    suffix = rng.choice(
        (".csv", ".csv", ".tsv", ".txt", ".csv.gz", ".parquet", ".arrow", ".feather", ".json", "")
    )
    file = folder / f"rows{suffix}"
    if suffix in (".parquet", ".arrow", ".feather"):
        write = pq.write_table if suffix == ".parquet" else feather.write_feather
        write(pa.table(columns), str(file))
    else:
        mark = rng.choice((",", ",", ";", "\t", "|"))
        lines = [
            mark.join(columns),
            *(mark.join(map(str, row)) for row in zip(*columns.values(), strict=True)),
        ]
        text = rng.choice(("\n", "\n", "\r\n", "\r")).join(lines)
        file.write_bytes(
            rng.choice((b"", b"", b"\xef\xbb\xbf")) + text.encode(rng.choice(("utf-8", "utf-8", "utf-16")))
        )
        if suffix == ".csv.gz":
            file.write_bytes(gzip.compress(file.read_bytes()))
    if rng.random() < 0.5:
        known = bytearray(file.read_bytes())
        for _ in range(rng.choice((1, 1, 3))):
            at = rng.randrange(len(known) + 1)
            known[at : at + rng.choice((0, 1, 5))] = rng.choice(
                (b"", b"\x00", b'"', b",", b"\n", b"\xff", b"nan", b"1e999", b"\xe9")
            )
        file.write_bytes(bytes(known))
    return file
