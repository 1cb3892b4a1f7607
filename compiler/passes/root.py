"""Root: take variables that the inputs cannot affect from real rows; those needed together, from the same row."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from ..graph.separation import separated
from ..network.ir import Draw, Fit, SamplingNetwork, Stage
from .context import Context


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
    """
    rows = {stage.name: _rows(stage, context) for stage in network.stages}
    every = [row for found in rows.values() for row in found]
    asked = frozenset(together)
    small = [row for row in every if tables and _finite(row, context)]
    worth = [row for row in every if row not in small or any(draw.fit in asked for draw in row.draws)]
    served = {draw.fit for row in worth for draw in row.draws} - set(apart)
    served -= {draw.fit for stage in network.stages for draw in _outside(stage, rows[stage.name])}
    while lost := {fit for row in worth for fit in row.lost(served)}:
        served -= lost
    joined = {id(row): [draw for draw in row.draws if draw.fit in served] for row in worth}
    stages = (
        _joined(stage, [joined[id(row)] for row in rows[stage.name] if id(row) in joined])
        for stage in network.stages
    )
    return replace(network, stages=tuple(stages))


def rows_of(stage: Stage, context: Context) -> list[list[str]]:
    """The ids of the draws that may come from one real row, row by row."""
    return [[draw.id for draw in row.draws] for row in _rows(stage, context)]


@dataclass(slots=True)
class _Row:
    """Draws that may make up a row.

    Args:
        mask: Their variables.
        draws: The draws, in the order of the stage.
    """

    mask: int
    draws: list[Draw]

    def lost(self, served: set[Fit]) -> set[Fit]:
        """The fits counted as served that follow a fit that is not served."""
        first = next((place for place, draw in enumerate(self.draws) if draw.fit not in served), None)
        return set() if first is None else {draw.fit for draw in self.draws[first:]} & served


def _outside(stage: Stage, rows: list[_Row]) -> list[Draw]:
    """The draws of a stage that are not part of a row."""
    inside = {draw.id for row in rows for draw in row.draws}
    return [draw for draw in stage.draws if draw.id not in inside]


def _finite(row: _Row, context: Context) -> bool:
    return all(name in context.states for draw in row.draws for name in draw.variables)


def _joined(stage: Stage, rows: list[list[Draw]]) -> Stage:
    """The stage with the draws of each row as one, where its first stood."""
    instead: dict[str, tuple[Draw, ...]] = {}
    for row in rows:
        if len(row) > 1:
            outputs = tuple(pair for draw in row for pair in draw.outputs)
            instead |= {draw.id: () for draw in row}
            instead[row[0].id] = (Draw(outputs, (), row[0].source),)
    draws = (new for draw in stage.draws for new in instead.get(draw.id, (draw,)))
    return replace(stage, draws=tuple(draws))


def _rows(stage: Stage, context: Context) -> list[_Row]:
    """The draws that may make up a row each."""
    place = {draw.id: number for number, draw in enumerate(stage.draws)}
    of: dict[str, _Row] = {}
    for draw in stage.draws:
        inside = all(wire in of for _, wire in draw.given if isinstance(wire, str))
        if not context.shows(draw.source) or not inside or len(draw.reads) < len(draw.given):
            continue
        read = list({id(of[each]): of[each] for each in draw.reads}.values())
        mask = _joint(read, draw, context)
        if mask is None:
            continue
        row = max(read, key=lambda row: len(row.draws), default=_Row(0, []))
        added = [*(each for other in read if other is not row for each in other.draws), draw]
        row.mask = mask
        row.draws = sorted([*row.draws, *added], key=lambda each: place[each.id])
        of |= {each: row for member in added for each in member.ids}
    return list({id(row): row for row in of.values()}.values())


def _joint(rows: list[_Row], draw: Draw, context: Context) -> int | None:
    """The variables of some rows and a draw; None if their product is not a joint of the data."""
    graph, mask = context.graph, 0
    for row in rows:
        if row.mask & mask or (mask and not separated(graph, mask, row.mask, 0)):
            return None
        mask |= row.mask
    target, given = graph.order.mask(draw.variables), graph.order.mask(draw.fit.given)
    if mask & target or not separated(graph, target, mask & ~given, given):
        return None
    return mask | target
