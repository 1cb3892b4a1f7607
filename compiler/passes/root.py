"""Root: take variables that the inputs cannot affect from real rows; those needed together, from the same row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from math import inf, prod

from ..graph.separation import separated
from ..network.ir import Draw, Fit, SamplingNetwork, Stage, Wire
from .context import Context

MOST_CELLS = 4_096
"""Most combinations of conditions by which rows are picked."""


def root(
    network: SamplingNetwork,
    context: Context,
    *,
    apart: Collection[Fit] = (),
    tables: bool = False,
    together: Collection[Fit] = (),
) -> SamplingNetwork:
    """The network in which draws that may be taken from one real row are joined, so that they need no training.

    A draw ``z ~ P(z)`` is the value in a row of the data, even without this pass. Draws that read only such
    values, ``w ~ P(w | z)``, are other values of that row if the product of the draws is the joint
    ``P(z, w)`` of the data. This holds if, by m-separation, each draw's conditional equals the conditional given all
    earlier values of the row. Draws that do not read one another stay separate: ``P(z) P(x)`` is not joined unless a
    draw reads both.

    Draws that also read states which the question states, ``z ~ P(z | x = 1)``, are values of a real row with these
    states, which is `picked`: the treated are averaged over the rows of the treated. If the states are inputs, only
    draws that are dropped are picked, so that no outcome of an experiment is. The conditions are finite, and some drawn
    variable is not: a row of finite variables is left to tables.

    Args:
        network: The network.
        context: The graph, and the states of finite variables.
        apart: Fits that get a separate generator; neither they nor later draws of their row are joined.
        tables: Whether a row of only finite variables is left to tables, which are equivalent and smaller.
        together: Fits that are taken from real rows nevertheless.

    >>> from dofx.compiler.graph.admg import ADMG
    >>> from dofx.compiler.printers.network.text import parse_network
    >>> lines = ["network P(z, y | do(x))", "answer (z, y ‖ x)", "z ~ P(z)", "w ~ P(w | z)", "y ~ P(y | x, w)"]
    >>> graph = ADMG([], [("z", "w"), ("w", "x"), ("w", "y"), ("x", "y")])
    >>> print(root(parse_network("\\n".join(lines)), Context.of(graph)))
    network P(z, y | do(x))
    answer (z, y ‖ x)
      z, w ~ P(z, w)
      y ~ P(y | x, w)
    >>> lines = ["network P(y | x = 1)", "answer (y)", "w ~ P(w | x = 1)", "y ~ P(y | x = 0, w)"]
    >>> context = Context.of(graph, states={"x": 2})
    >>> print(root(parse_network("\\n".join(lines)), context).draws[0].picked)
    True
    """
    rows = {stage.name: _rows(stage, context) for stage in network.stages}
    every = [row for found in rows.values() for row in found]
    for row in every:
        if row.given:
            row.draws = list(takewhile(lambda draw: draw.fit not in apart, row.draws))
    picked = [row for row in every if row.given and not _finite(row, context)]
    plain = [row for row in every if not row.given]
    small = [row for row in plain if tables and _finite(row, context)]
    asked = frozenset(together)
    worth = [row for row in plain if row not in small or any(draw.fit in asked for draw in row.draws)]
    served = {draw.fit for row in worth for draw in row.draws} - set(apart)
    for stage in network.stages:
        found = [row for row in rows[stage.name] if not row.given or row in picked]
        inside = {draw.id for row in found for draw in row.draws}
        served -= {draw.fit for draw in stage.draws if draw.id not in inside}
    while lost := {fit for row in worth for fit in row.lost(served)}:
        served -= lost
    for row in worth:
        row.draws = [draw for draw in row.draws if draw.fit in served]
    joined = {id(row) for row in (*worth, *picked)}
    stages = (_joined(stage, [row for row in rows[stage.name] if id(row) in joined]) for stage in network)
    return replace(network, stages=tuple(stages))


def rows_of(stage: Stage, context: Context) -> list[list[str]]:
    """The ids of the draws that may come from one real row, row by row."""
    return [[draw.id for draw in row.draws] for row in _rows(stage, context) if not row.given]


@dataclass(slots=True)
class _Row:
    """Draws that may make up a row.

    Args:
        mask: Their variables.
        given: The conditions that the row must have, each with its wire.
        draws: The draws, in the order of the stage.
    """

    mask: int
    given: dict[str, Wire]
    draws: list[Draw]

    def lost(self, served: set[Fit]) -> set[Fit]:
        """The fits counted as served that follow a fit that is not served."""
        first = next((place for place, draw in enumerate(self.draws) if draw.fit not in served), None)
        return set() if first is None else {draw.fit for draw in self.draws[first:]} & served


def _finite(row: _Row, context: Context) -> bool:
    return all(name in context.states for draw in row.draws for name in draw.variables)


def _joined(stage: Stage, rows: list[_Row]) -> Stage:
    """The stage with the draws of each row as one, where its first stood."""
    instead: dict[str, tuple[Draw, ...]] = {}
    for row in rows:
        if len(row.draws) > 1 or (row.draws and row.given):
            outputs = tuple(pair for draw in row.draws for pair in draw.outputs)
            instead |= {draw.id: () for draw in row.draws}
            first = row.draws[0]
            instead[first.id] = (Draw(outputs, tuple(row.given.items()), first.source, bool(row.given)),)
    return stage.replacing(instead)


def _rows(stage: Stage, context: Context) -> list[_Row]:
    """The draws that may make up a row each."""
    place = {draw.id: number for number, draw in enumerate(stage.draws)}
    of: dict[str, _Row] = {}
    for draw in stage.draws:
        if not context.shows(draw.source):
            continue
        read = list({id(of[each]): of[each] for each in draw.reads if each in of}.values())
        conditions = {name: wire for name, wire in draw.given if wire not in of}
        given = read[0].given if read else conditions
        usual = _usual(draw, given, stage, context)
        if not usual or any(row.given != given for row in read) or not conditions.items() <= given.items():
            continue
        mask = _joint(read, draw, given, context)
        if mask is None:
            continue
        row = max(read, key=lambda row: len(row.draws), default=_Row(0, given, []))
        added = [*(each for other in read if other is not row for each in other.draws), draw]
        row.mask = mask
        row.draws = sorted([*row.draws, *added], key=lambda each: place[each.id])
        of |= {each: row for member in added for each in member.ids}
    return list({id(row): row for row in of.values()}.values())


def _usual(draw: Draw, given: Mapping[str, Wire], stage: Stage, context: Context) -> bool:
    """Whether a row may be picked by some conditions for a draw: they are finite, and from outside the stage."""
    asked = {id for _, id in stage.outputs}
    if prod(context.states.get(name, inf) for name in given) > MOST_CELLS:
        return False
    inputs = [wire for wire in given.values() if isinstance(wire, str)]
    return set(inputs) <= set(stage.input_ids) and not (inputs and asked.intersection(draw.ids))


def _joint(rows: list[_Row], draw: Draw, given: Mapping[str, Wire], context: Context) -> int | None:
    """The variables of some rows and a draw; None if their product is not a joint of the data under its conditions."""
    graph, mask = context.graph, 0
    held = graph.order.mask(given)
    for row in rows:
        if row.mask & mask or (mask and not separated(graph, mask, row.mask, held)):
            return None
        mask |= row.mask
    target, read = graph.order.mask(draw.variables), graph.order.mask(draw.fit.given)
    if (mask | held) & target or not separated(graph, target, (mask | held) & ~read, read):
        return None
    return mask | target
