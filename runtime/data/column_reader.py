"""Columns of rows on their way in: the values of each are read, encoded by their type, and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ...grammar.syntax.query import Value
from ..variables import (
    Column,
    Labels,
    VariableType,
    as_column,
    as_stored,
    encode,
    infer_type,
    is_single,
    require_float32,
)
from ..variables.holes import shown_column
from .errors import no_rows, only_holes, single_value
from .opened import Encoded
from .suspects import suspects

MISSING_HELP = ("say in the graph what makes the holes: docs/missing.md explains how",)


@dataclass(frozen=True, slots=True)
class ColumnReader:
    """Reads columns of one source of rows.

    Args:
        source: The name of the source, for messages.
        learned: Whether the rows are to be learned from.
        holes: Whether columns may have holes.
        codes: Values that stand for a hole.
        suspicious: What was probably not meant, in the columns read so far.
    """

    source: str
    learned: bool
    holes: bool
    codes: tuple[Value, ...]
    suspicious: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def read(self, raw: Any, what: str, declared: VariableType | None) -> Encoded:
        """A column, encoded.

        Args:
            raw: Its values, as the source has them.
            what: What it is, for messages.
            declared: Its type; None if it is to be inferred.

        Raises:
            DofxError: E0506 for no rows, E0516 for nothing but holes, E0402 to E0408 for values.
        """
        if is_single(raw, what):
            raise single_value(what, type(raw).__name__)
        values, shown = self._values(raw, what)
        if len(values.codes if isinstance(values, Labels) else values) == 0:
            raise no_rows(self.source)
        known = as_stored(declared, values) if declared else infer_type(values, what=what)
        tensor = encode(known, values, what=what)
        if self.learned and declared is None:
            self.suspicious.extend(suspects(values, known, what))
        if self.learned and not isinstance(values, Labels) and tensor.dtype is torch.float32:
            require_float32(values, tensor, what)
        if shown is not None:
            tensor = _spread(tensor, shown)
        return Encoded(known, declared is None, tensor, self.learned, shown)

    def _values(self, raw: Any, what: str) -> tuple[Column, Tensor | None]:
        """The values that rows show, and which rows show one; None where all do.

        Without holes, nothing is looked at twice.

        Raises:
            DofxError: E0516 where no row shows a value.
        """
        try:
            column = as_column(raw, what, MISSING_HELP)
            if not self.holes or not self.codes:
                return column, None
        except DofxError as error:
            code = error.diagnostics[0].code
            if not self.holes or not (code == "E0405" or (self.codes and code == "E0404")):
                raise
        column, shown = shown_column(raw, what, self.codes)
        if shown.all():  # or what is there is no number, such as infinity
            return as_column(raw, what, MISSING_HELP), None
        if not shown.any():
            raise only_holes(what)
        return column, torch.from_numpy(shown)


def _spread(values: Tensor, shown: Tensor) -> Tensor:
    """The values of the rows that show one, each in its own row."""
    whole = values.new_zeros((len(shown), *values.shape[1:]))
    whole[shown] = values
    return whole
