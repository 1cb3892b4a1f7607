"""Rows of variables in the data's own values, as a sampler returns them: tensors, and the way out to data frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ...grammar.checks.names import no_such
from ...grammar.diagnostics.width import printable
from ...grammar.edge.arguments import public
from ...grammar.edge.libraries import library
from ...grammar.syntax.program import Value
from ..variables import Finite, Image, Text, VariableType, decode, own_pixels

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

_SHOWN = 6


class Rows(Mapping[str, Tensor]):
    """Rows of named variables: a tensor ``(rows, *event)`` for each.

    A tensor holds the data's own numbers where the data are numbers or bools. For a variable with other
    states, such as strings, it holds state numbers; `states` says what they stand for. That of a text holds its
    bytes in UTF-8, padded with zeros; `values_of` gives the strings.

    Args:
        encoded: Encoded values of each variable.
        types: The type of each.

    >>> rows = Rows({"y": torch.tensor([1, 0])}, {"y": Finite(("no", "yes"))})
    >>> rows["y"].tolist(), rows.states["y"], rows.values_of("y").tolist()
    ([1, 0], ('no', 'yes'), ['yes', 'no'])
    """

    def __init__(self, encoded: Mapping[str, Tensor], types: Mapping[str, VariableType]) -> None:
        self.types = {name: types[name] for name in encoded}
        self._encoded = dict(encoded)
        self._numbers: dict[str, Tensor] = {}

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(next(iter(self._encoded.values())))

    @property
    def states(self) -> dict[str, tuple[Value, ...]]:
        """The states of each variable whose tensor holds state numbers."""
        return {
            name: type.states
            for name, type in self.types.items()
            if isinstance(type, Finite) and own_numbers(type) is None
        }

    @property
    def encoded(self) -> Mapping[str, Tensor]:
        """The values as the graph returns them: state numbers of finite variables, float32 of the others."""
        return self._encoded

    @public()
    def values_of(self, name: str) -> np.ndarray:
        """A variable's values in the data's own states, on the CPU: ``(rows, *event)``."""
        self._require(name)
        return decode(self.types[name], self._encoded[name])

    @public()
    def __getitem__(self, name: str) -> Tensor:
        self._require(name)
        if name not in self._numbers:
            encoded, type = self._encoded[name], self.types[name]
            states = own_numbers(type) if isinstance(type, Finite) else None
            if isinstance(type, Image):
                self._numbers[name] = own_pixels(type, encoded)
            else:
                self._numbers[name] = encoded if states is None else states.to(encoded.device)[encoded.long()]
        return self._numbers[name]

    def _require(self, name: str) -> None:
        if name not in self._encoded:
            raise no_such("the rows have no variable", name, self._encoded)

    def __iter__(self) -> Iterator[str]:
        return iter(self._encoded)

    def __len__(self) -> int:
        return len(self._encoded)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas frame in the data's own states; vectors and images become one array per row."""
        columns = {name: _column(self.values_of(name)) for name in self}
        frame: pandas.DataFrame = library("pandas").DataFrame(columns)
        return frame

    def to_arrow(self) -> pyarrow.Table:
        """A pyarrow table in the data's own states; vectors and images become nested fixed-size lists."""
        pa = library("pyarrow")
        return pa.table({name: _arrow_column(pa, self.types[name], self._encoded[name]) for name in self})

    def to_polars(self) -> polars.DataFrame:
        """A polars frame in the data's own states; vectors and images become nested arrays."""
        frame: polars.DataFrame = library("polars").from_arrow(self.to_arrow())
        return frame

    def __repr__(self) -> str:
        header, rows = self._preview()
        table = [header, *rows]
        widths = [max(len(row[i]) for row in table) for i in range(len(header))]
        lines = ["  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) for row in table]
        more = ["…"] if self.rows > len(rows) else []
        return "\n".join([*lines, *more, self._caption])

    def _repr_html_(self) -> str:
        header, rows = self._preview()
        types = [str(type) for type in self.types.values()]
        head = "".join(
            f'<th title="{escape(t)}">{escape(n)}</th>' for n, t in zip(header, types, strict=True)
        )
        body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows)
        return f"<table><caption>{self._caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    @property
    def _caption(self) -> str:
        return f"{self.rows:,} rows"

    def _preview(self) -> tuple[list[str], list[list[str]]]:
        """The names, and the first rows as text."""
        shown = min(self.rows, _SHOWN)
        columns = [
            [_cell(value) for value in decode(self.types[name], self._encoded[name][:shown])] for name in self
        ]
        return list(self), [list(row) for row in zip(*columns, strict=True)]


class Samples(Rows):
    """Rows drawn from a query: a tensor ``(rows, *event)`` for each outcome, as in `Rows`.

    Args:
        encoded: Encoded values of each outcome.
        types: The type of each.
        seed: The seed that gives these rows again.

    >>> print(Samples({"y": torch.tensor([1, 0])}, {"y": Finite(("no", "yes"))}, seed=0))
      y
    yes
     no
    2 rows, seed 0
    """

    def __init__(self, encoded: Mapping[str, Tensor], types: Mapping[str, VariableType], seed: int) -> None:
        super().__init__(encoded, types)
        self.seed = seed

    @property
    def _caption(self) -> str:
        return f"{super()._caption}, seed {self.seed}"


def own_numbers(type: Finite) -> Tensor | None:
    """The states as numbers, or None where they are not all numbers or not all bools."""
    kinds = {state.__class__ for state in type.states}
    if kinds == {bool} or (kinds <= {int, float} and all(abs(float(s)) < 2.0**63 for s in type.states)):
        dtype = torch.float32 if float in kinds else torch.bool if bool in kinds else torch.int64
        return torch.tensor(type.states, dtype=dtype, device="cpu")
    return None


def _cell(value: Any) -> str:
    if isinstance(value, np.ndarray):
        flat = ", ".join(f"{v:.3g}" for v in value.flat[:3])
        return f"[{flat}{', …' if value.size > 3 else ''}]"
    return f"{value:.4g}" if isinstance(value, (float, np.floating)) else printable(str(value))


def _column(values: np.ndarray) -> Any:
    return values if values.ndim == 1 else list(values)


def _arrow_column(pa: Any, type: VariableType, encoded: Tensor) -> Any:
    """A column whose arrow type follows from the variable's type, whatever states occur."""
    if isinstance(type, Finite):
        kinds = {state.__class__ for state in type.states}
        if kinds == {int, float}:
            states = pa.array([float(state) for state in type.states])
        else:
            states = pa.array(type.states if len(kinds) == 1 else [str(state) for state in type.states])
        return states.take(pa.array(encoded.cpu().numpy()))
    values = decode(type, encoded)
    if isinstance(type, Text):
        return pa.array(values.tolist(), type=pa.string())
    column = pa.array(values.reshape(-1))
    for size in reversed(values.shape[1:]):
        column = pa.FixedSizeListArray.from_arrays(column, size)
    return column
