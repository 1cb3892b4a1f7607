"""Generators of several variables: of real rows, or of one stacked value."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from torch import nn

from ...compiler.network.ir import Fit, SamplingNetwork
from ..families import default_generator
from ..families.capabilities import Joining, OfRows
from ..families.rows import MOST_ROWS, JointRows, RowsGenerator, joint_rows
from ..foreign.chosen import Spec, generator_at, place_of
from ..variables import Finite, VariableType, event_shape
from .errors import not_a_trained_family

MOST_NUMBERS = 1 << 26
"""Largest number of values kept per variable, a quarter of a gibibyte: large variables keep fewer rows."""


def most_rows(network: SamplingNetwork, types: Mapping[str, VariableType]) -> int:
    """The largest number of real rows that are kept of each variable drawn from real rows."""
    names = {name for fit in network.fits if fit.from_rows for name in fit.targets}
    widest = max((prod(event_shape(types[name])) for name in names), default=1)
    return max(1, min(MOST_ROWS, MOST_NUMBERS // widest))


def filled_by_rows(fit: Fit, asked: Any, types: Mapping[str, VariableType]) -> bool:
    """Whether real rows fill the draws of a fit: the rows with its conditions, or any rows where it has none.

    They do if the network or the user says so. By default, a single finite variable without conditions uses a table,
    which has the same distribution and is smaller.

    Args:
        fit: The fit.
        asked: The user's choice, if any.
        types: Types of all variables.
    """
    if fit.picked or not fit.from_rows:
        return fit.picked
    if asked is None:
        return len(fit.targets) > 1 or not all(isinstance(types[name], Finite) for name in fit.targets)
    return asked in ("rows", RowsGenerator)


def rows_generator(
    fit: Fit, types: Mapping[str, VariableType], most: int = MOST_ROWS
) -> RowsGenerator | JointRows:
    """An unfitted generator of real rows for the draws of a fit.

    Args:
        fit: A fit whose draws real rows fill.
        types: Types of all variables.
        most: The largest number of rows that are kept.
    """
    targets, given = [types[name] for name in fit.targets], [types[name] for name in fit.given]
    if len(targets) > 1:
        return joint_rows(targets, given, most)
    return RowsGenerator(targets[0], given, most=most, conditions=len(given))


def joint_generator(spec: Spec | None, fit: Fit, types: Mapping[str, VariableType], rows: int) -> nn.Module:
    """An unfitted generator of the stacked targets of a fit.

    Args:
        spec: The user's choice, such as a family; None takes the default.
        fit: A fit with at least two targets.
        types: Types of all variables.
        rows: The number of rows that train it.

    Raises:
        DofxError: E0414 for targets of different kinds, and for a generator that does not draw stacked variables;
            also as `generator_at`.
    """
    place = place_of(fit, types)
    if spec is None:
        return default_generator(place.type, [*place.given.values()], rows)
    module = generator_at(place, spec)
    if not isinstance(module, Joining) or isinstance(module, OfRows):
        raise not_a_trained_family(place.fit)
    return module
