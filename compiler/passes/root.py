"""Root: draws of the data that no input reaches come from real rows, together where their joint is the data's."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..graph.admg import ADMG
from ..graph.separation import separated
from ..network.ir import OBSERVED, Draw, SamplingNetwork, Stage


def root(network: SamplingNetwork, graph: ADMG) -> SamplingNetwork:
    """The network with draws marked that may be taken from one real row, so that nothing need be trained.

    A draw ``z ~ P(z)`` is the value in a row of the data, whatever this pass does. Draws that read only such
    values, ``w ~ P(w | z)``, are the other values in that row where the product of the draws is the joint
    ``P(z, w)`` of the data: where m-separation makes each draw's conditional the one given all of the row
    before it. Draws that do not read one another stay apart: ``P(z) P(x)`` is no joint unless something reads
    both.

    >>> draws = (Draw("z", "z"), Draw("w", "w", (("z", "z"),)), Draw("y", "y", (("x", "x"), ("w", "w"))))
    >>> before = SamplingNetwork(("z", "y"), ("x",), (), (
    ...     Stage("answer", ("x",), draws, (("z", "z"), ("y", "y"))),
    ... ))
    >>> print(before)
    network P(z, y | do(x))
    answer (z, y ‖ x)
      z ~ P(z)
      w ~ P(w | z)
      y ~ P(y | x, w)
    >>> print(root(before, ADMG([], [("z", "w"), ("w", "x"), ("w", "y"), ("x", "y")])))
    network P(z, y | do(x))
    answer (z, y ‖ x)
      z ~ P(z)
      w ~ P(w | z) in the row of z
      y ~ P(y | x, w)
    """
    return replace(network, stages=tuple(_rooted(stage, graph) for stage in network.stages))


@dataclass(slots=True)
class _Row:
    """Draws that make up a row.

    Args:
        mask: Their variables.
        ids: Their ids.
    """

    mask: int
    ids: list[str]


def rows_of(stage: Stage, graph: ADMG) -> list[frozenset[str]]:
    """The ids of the draws that may come from one real row, row by row."""
    return [frozenset(row.ids) for row in _rows(stage, graph)]


def _rooted(stage: Stage, graph: ADMG) -> Stage:
    place = {draw.id: i for i, draw in enumerate(stage.draws)}
    heads: dict[str, str] = {}
    for ids in rows_of(stage, graph):
        heads |= dict.fromkeys(ids, min(ids, key=place.__getitem__))
    draws = (replace(draw, row=_other(heads.get(draw.id), draw.id)) for draw in stage.draws)
    return replace(stage, draws=tuple(draws))


def _other(head: str | None, id: str) -> str | None:
    return None if head == id else head


def _rows(stage: Stage, graph: ADMG) -> list[_Row]:
    """The draws that make up a row each."""
    of: dict[str, _Row] = {}
    for draw in stage.draws:
        target = graph.order.mask([draw.variable]) if draw.source == OBSERVED else 0
        if not target or not all(id in of for id in draw.reads):
            continue
        read = list({id(of[each]): of[each] for each in draw.reads}.values())
        mask = _joint(read, draw, target, graph)
        if mask is None:
            continue
        row = max(read, key=lambda row: len(row.ids), default=_Row(0, []))
        added = [*(each for other in read if other is not row for each in other.ids), draw.id]
        row.mask = mask
        row.ids += added
        of |= dict.fromkeys(added, row)
    return list({id(row): row for row in of.values()}.values())


def _joint(rows: list[_Row], draw: Draw, target: int, graph: ADMG) -> int | None:
    """The variables of some rows and a draw; None where their product is no joint of the data."""
    mask = 0
    for row in rows:
        if row.mask & mask or (mask and not separated(graph, mask, row.mask, 0)):
            return None
        mask |= row.mask
    given = graph.order.mask(draw.fit.given)
    if mask & target or not separated(graph, target, mask & ~given, given):
        return None
    return mask | target
