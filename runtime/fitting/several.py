"""Generators of several variables: of real rows, or of one stacked value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from ...compiler.network.ir import Fit, SamplingNetwork
from ...compiler.printers.network.text import fit_text
from ..families import Family, default_generator, make_generator
from ..families.joint import stacked_type
from ..families.rows import MOST_ROWS, RowsGenerator
from ..foreign.foreign import Filling
from ..variables import Finite, VariableType, event_shape
from .errors import not_a_trained_family

MOST_NUMBERS = 1 << 26
"""Largest number of values kept per variable, a quarter of a gibibyte: large variables keep fewer rows."""


def most_rows(network: SamplingNetwork, types: Mapping[str, VariableType]) -> int:
    """The largest number of real rows that are kept of each variable drawn from real rows."""
    names = {name for fit in network.fits if fit.from_rows for name in fit.targets}
    widest = max((prod(event_shape(types[name])) for name in names), default=1)
    return max(1, min(MOST_ROWS, MOST_NUMBERS // widest))


def served_by_rows(asked: Any, targets: Sequence[VariableType]) -> bool:
    """Whether real rows fill a draw of the data without conditions.

    They do if the user chose it. By default, a single finite variable uses a table, which has the same distribution
    and is smaller.

    Args:
        asked: The user's choice, if any.
        targets: The types of the drawn variables.
    """
    if asked is None:
        return len(targets) > 1 or not isinstance(targets[0], Finite)
    return asked in ("rows", RowsGenerator)


def joint_generator(spec: Any, fit: Fit, types: Mapping[str, VariableType], rows: int) -> Family:
    """An unfitted generator of the stacked targets of a fit.

    Args:
        spec: The user's choice: a family, by name or as a function of the two types; None takes the default.
        fit: A fit with at least two targets.
        types: Types of all variables.
        rows: The number of rows that train it.

    Raises:
        DofxError: E0414 for targets of different kinds and for a spec that is not a trained family; also as
            `make_generator`.
    """
    target = stacked_type({name: types[name] for name in fit.targets})
    given = [types[name] for name in fit.given]
    if spec is None:
        return default_generator(target, given, rows)
    module = None if isinstance(spec, Filling) else make_generator(spec, target, given)
    if not isinstance(module, Family) or isinstance(module, RowsGenerator):
        raise not_a_trained_family(fit_text(fit))
    return module
