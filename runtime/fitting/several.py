"""Generators of several variables: of real rows, or of one stacked value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from ...compiler.network.ir import Fit, SamplingNetwork
from ...compiler.printers.network_text import fit_text
from ..families import Family, make_generator
from ..families.joint import stacked_type
from ..families.rows import MOST_ROWS, RowsGenerator
from ..foreign.foreign import Filling
from ..variables import Finite, VariableType, event_shape, fault

MOST_NUMBERS = 1 << 26
"""Most numbers that are kept of a variable, a quarter of a gibibyte: fewer rows are kept of large ones."""


def most_rows(network: SamplingNetwork, types: Mapping[str, VariableType]) -> int:
    """How many real rows are kept at most of each variable that is drawn from them."""
    names = {name for fit in network.fits if fit.from_rows for name in fit.targets}
    widest = max((prod(event_shape(types[name])) for name in names), default=1)
    return max(1, min(MOST_ROWS, MOST_NUMBERS // widest))


def served_by_rows(asked: Any, targets: Sequence[VariableType]) -> bool:
    """Whether real rows fill a draw of the data without conditions.

    They do where that is asked for. Where nothing is, a finite variable alone is left to a table, which is the
    same and smaller.

    Args:
        asked: What a person asked for, if anything.
        targets: The types of what is drawn.
    """
    if asked is None:
        return len(targets) > 1 or not isinstance(targets[0], Finite)
    return asked in ("rows", RowsGenerator)


def joint_generator(spec: Any, fit: Fit, types: Mapping[str, VariableType]) -> Family:
    """An unfitted generator of the stacked targets of a fit.

    Args:
        spec: What a person asked for: a family, by name or as a function of the two types.
        fit: With at least two targets.
        types: Of all variables.

    Raises:
        DofxError: E0414 for targets of different kinds and for what is no trained family, and as `make_generator`.
    """
    target = stacked_type({name: types[name] for name in fit.targets})
    given = [types[name] for name in fit.given]
    module = None if spec is None or isinstance(spec, Filling) else make_generator(spec, target, given)
    if not isinstance(module, Family) or isinstance(module, RowsGenerator):
        raise fault(
            "E0414",
            f"{fit_text(fit)} is given something other than a family that is trained",
            help=(
                "give the name of a family, such as `flow-matching` or `spline`, or a function that makes one",
            ),
        )
    return module
