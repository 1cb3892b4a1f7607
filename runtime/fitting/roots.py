"""Which draws come from real rows: those that the network allows, where a table would not do as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod

from ...compiler.network.ir import Data, Draw, Fit, SamplingNetwork
from ..families.rows import MOST_ROWS, RowsGenerator
from ..variables import Finite, VariableType, event_shape
from .overrides import Spec

MOST_NUMBERS = 1 << 26
"""Most numbers that are kept of a variable, a quarter of a gibibyte: fewer rows are kept of large ones."""


@dataclass(frozen=True, slots=True)
class Roots:
    """The fits that are served from real rows, and how many rows are kept of each."""

    fits: frozenset[Fit]
    most: int = MOST_ROWS

    def generator(self, target: VariableType, given: list[VariableType]) -> RowsGenerator:
        """An unfitted generator of such a fit."""
        return RowsGenerator(target, given, most=self.most)


def roots_of(
    network: SamplingNetwork, types: Mapping[str, VariableType], asked: Callable[[Fit], Spec | None]
) -> Roots:
    """The fits of a network that are served from real rows.

    A row of finite variables alone is left to tables: they are the same thing, and smaller. So is a fit that
    some other draw needs a generator for. A draw for which another generator is asked for takes no row, nor do
    those that read it.

    Args:
        network: What is to be fitted.
        types: Of its variables.
        asked: The generator that a person asks for, if any.
    """
    rows = _rows(network)
    fits = {draw.fit for row in rows for draw in row if _worth(row, types, asked)}
    fits -= {d.fit for stage in network.stages for d in stage.draws if d.row is None and not _free(d)}
    while True:
        lost = {
            draw.fit
            for row in rows
            for place, draw in enumerate(row)
            if draw.fit in fits
            and (not _served(asked(draw.fit)) or any(d.fit not in fits for d in row[:place]))
        }
        if not lost:
            break
        fits -= lost
    widest = max((prod(event_shape(types[fit.target])) for fit in fits), default=1)
    return Roots(frozenset(fits), max(1, min(MOST_ROWS, MOST_NUMBERS // widest)))


def _rows(network: SamplingNetwork) -> list[list[Draw]]:
    """The draws of each real row, those that stand alone included, in their order."""
    found: list[list[Draw]] = []
    for stage in network.stages:
        rows: dict[str, list[Draw]] = {draw.id: [draw] for draw in stage.draws if _free(draw)}
        for draw in stage.draws:
            if draw.row is not None:
                rows[draw.row].append(draw)
        found += rows.values()
    return found


def _free(draw: Draw) -> bool:
    """Whether a draw picks a row of its own."""
    return draw.row is None and not draw.given and isinstance(draw.source, Data)


def _worth(row: list[Draw], types: Mapping[str, VariableType], asked: Callable[[Fit], Spec | None]) -> bool:
    """Whether a row has something that no table holds, or is asked for."""
    kinds = [types[draw.variable] for draw in row]
    return not all(isinstance(type, Finite) for type in kinds) or any(
        asked(draw.fit) in ("rows", RowsGenerator) for draw in row
    )


def _served(spec: Spec | None) -> bool:
    return spec is None or spec in ("rows", RowsGenerator)
