"""Root: draws of the data that no input reaches come from real rows, together where their joint is the data's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

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


def _rooted(stage: Stage, graph: ADMG) -> Stage:
    rows = list(_rows(stage, graph))
    place = {draw.id: i for i, draw in enumerate(stage.draws)}
    heads = {id: min(row, key=place.__getitem__) for row in rows for id in row}
    draws = (replace(draw, row=_other(heads.get(draw.id), draw.id)) for draw in stage.draws)
    return replace(stage, draws=tuple(draws))


def _other(head: str | None, id: str) -> str | None:
    return None if head == id else head


def _rows(stage: Stage, graph: ADMG) -> Iterator[dict[str, int]]:
    """The draws that make up a row each: the masks of their variables by id."""
    of: dict[str, dict[str, int]] = {}
    for draw in stage.draws:
        target = graph.order.mask([draw.variable]) if draw.source == OBSERVED else 0
        if not target or not all(id in of for id in draw.reads):
            continue
        read = {id(of[each]): of[each] for each in draw.reads}
        whole = _joint(list(read.values()), draw, target, graph)
        if whole is not None:
            of |= dict.fromkeys(whole, whole)
    yield from {id(row): row for row in of.values()}.values()


def _joint(rows: list[dict[str, int]], draw: Draw, target: int, graph: ADMG) -> dict[str, int] | None:
    """The row that some rows and a draw make together; None where their product is no joint of the data."""
    whole: dict[str, int] = {}
    mask = 0
    for row in rows:
        added = 0
        for variable in row.values():
            added |= variable
        if added & mask or (mask and not separated(graph, mask, added, 0)):
            return None
        mask |= added
        whole |= row
    given = graph.order.mask(draw.fit.given)
    if mask & target or not separated(graph, target, mask & ~given, given):
        return None
    return {**whole, draw.id: target}
