"""Odd values in place of an argument."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

import dofx


class Hostile:
    """Raises whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __len__(self) -> int:
        raise ValueError("len")

    def __bool__(self) -> bool:
        raise ValueError("bool")

    def __eq__(self, other: object) -> bool:
        raise ValueError("eq")

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        raise ValueError("repr")


ODD: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "true": lambda: True,
    "negative": lambda: -1,
    "zero": lambda: 0,
    "three": lambda: 3,
    "fraction": lambda: 1.5,
    "nan": lambda: float("nan"),
    "infinite": lambda: float("inf"),
    "complex": lambda: 1j,
    "large": lambda: 10**30,
    "empty text": lambda: "",
    "word": lambda: "nope",
    "name": lambda: "x",
    "nul": lambda: "a\0b",
    "surrogate": lambda: "\ud800",
    "bytes": lambda: b"x",
    "empty list": list,
    "names": lambda: ["x"],
    "unknown names": lambda: ["nope"],
    "nested list": lambda: [[["x"]]],
    "tuple": lambda: ("x", 1),
    "empty dict": dict,
    "dict of a name": lambda: {"x": 1},
    "dict of a list": lambda: {"x": [[]]},
    "dict of an unknown name": lambda: {"nope": 1},
    "dict of a number": lambda: {1: 1},
    "dict of none": lambda: {"x": None},
    "set": lambda: {"x"},
    "range": lambda: range(3),
    "object": object,
    "hostile": Hostile,
    "function": lambda: lambda *_: None,
    "class": lambda: dict,
    "array": lambda: np.array([1.0, 2.0]),
    "array of objects": lambda: np.array([object(), None]),
    "scalar": lambda: np.float32(0.5),
    "tensor": lambda: torch.ones(2, 2),
    "path": lambda: Path("nope"),
    "iterator": lambda: iter("x"),
    "table": lambda: dofx.Table(["x"], [0.5, 0.5]),
    "graph": lambda: dofx.graph("x -> y"),
}
