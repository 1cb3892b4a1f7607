"""What stands between a draw and the rows that show it, in words: the indicator, and an open path to it."""

from __future__ import annotations

from collections import deque

from ...graph.admg import ADMG
from ...graph.varset import bits
from ..verdict import Holes
from .found import Lost


def witness_of(lost: Lost) -> Holes:
    """The witness of a draw that is lost."""
    graph, names = lost.draws.graph, lost.draws.graph.graph.nodes
    target, given = names[lost.target.bit_length() - 1], lost.given
    shown = graph.shows(lost.target | given)
    among = lost.draws.among
    seen, known = among.graph.graph, given | among.known
    path = next((path for i in bits(shown) if (path := open_path(seen, lost.target, 1 << i, known))), ())
    conditions = ", ".join(names[i] for i in bits(given))
    draw = f"{target} | {conditions}" if conditions else target
    return Holes(draw, path[-1] if path else "", " ".join(path))


def open_path(graph: ADMG, x: int, y: int, given: int) -> tuple[str, ...]:
    """A shortest walk from x to y that `given` leaves open, as names and arrows; nothing where there is none.

    >>> open_path(ADMG([], [("a", "b"), ("c", "b")]), 0b001, 0b100, 0b010)
    ('a', '->', 'b', '<-', 'c')
    """
    opened = graph.ancestors_of(given)
    start = [(i, head) for i in bits(x) for head in (False,)]
    came: dict[tuple[int, bool], tuple[tuple[int, bool], str] | None] = dict.fromkeys(start)
    waiting = deque(start)
    while waiting:
        state = waiting.popleft()
        i, by_head = state
        if y >> i & 1:
            return _walk(graph, came, state)
        first = came[state] is None
        blocked = bool(given >> i & 1) and not first
        if first or not blocked:
            for j in bits(graph.child_masks[i]):
                _visit(came, waiting, state, (j, True), "->")
        if first or (not blocked if not by_head else bool(opened >> i & 1)):
            for j in bits(graph.parent_masks[i]):
                _visit(came, waiting, state, (j, False), "<-")
            for j in bits(graph.sibling_masks[i]):
                _visit(came, waiting, state, (j, True), "<->")
    return ()


def _visit(
    came: dict[tuple[int, bool], tuple[tuple[int, bool], str] | None],
    waiting: deque[tuple[int, bool]],
    state: tuple[int, bool],
    after: tuple[int, bool],
    arrow: str,
) -> None:
    if after not in came:
        came[after] = state, arrow
        waiting.append(after)


def _walk(
    graph: ADMG, came: dict[tuple[int, bool], tuple[tuple[int, bool], str] | None], end: tuple[int, bool]
) -> tuple[str, ...]:
    found = [graph.nodes[end[0]]]
    while (step := came[end]) is not None:
        end, arrow = step
        found += [arrow, graph.nodes[end[0]]]
    return tuple(found[::-1])
