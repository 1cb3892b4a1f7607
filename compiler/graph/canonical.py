"""One topological order for a graph, whatever the order its nodes and edges were written in."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence

from .admg import ADMG
from .reach import closure
from .varset import bits

_ROUNDS = 3
_DIGITS = re.compile(r"([0-9]+)")


def canonical_order(graph: ADMG, roles: Sequence[Hashable] | None = None) -> list[int]:
    """Positions of the nodes, causes first: by level, then by shape of the neighbourhood, then by name.

    The neighbourhood's shape is a few rounds of colour refinement, so that renaming the nodes renames what
    is printed and does not reorder it; names decide only between nodes that look alike.

    Args:
        graph: The graph.
        roles: A sortable mark for each node (outcome, intervention, …) that distinguishes it from others.

    References:
        Weisfeiler and Leman (1968).
    """
    size = len(graph.nodes)
    marks = roles or [0] * size
    colours = _ranks([(graph.levels[i], marks[i]) for i in range(size)])
    rows = [[list(bits(masks[i])) for masks in graph._rows] for i in range(size)]
    for _ in range(_ROUNDS):
        if len(set(colours)) == size:
            break
        shapes = [
            (colours[i], *(tuple(sorted([colours[j] for j in neighbours])) for neighbours in rows[i]))
            for i in range(size)
        ]
        colours = _ranks(shapes)
    return sorted(range(size), key=lambda i: (colours[i], natural(graph.nodes[i])))


def reads_first(graph: ADMG, order: Sequence[int], read: Iterable[tuple[int, int]]) -> Sequence[int]:
    """The order, changed as little as possible so that a variable comes after what it is set by.

    A policy draws x once the values that it reads are known. So these come before x, and before what x causes, also
    where the graph does not care: else a factor of the answer would draw what the policy reads given what it sets.

    Args:
        graph: The graph.
        order: The positions of its nodes, causes first.
        read: Pairs of positions: what a setting reads, and what it sets. A pair that would close a cycle, as where
            an effect of the variable is read in another world, is left out.
    """
    pairs = [(cause, effect) for cause, effect in read if cause != effect]
    place = {node: i for i, node in enumerate(order)}
    if all(place[cause] < place[effect] for cause, effect in pairs):
        return order
    causes = list(graph.parent_masks)
    for cause, effect in pairs:
        if not closure(causes, 1 << cause, graph.all) >> effect & 1:
            causes[effect] |= 1 << cause
    found, known = list[int](), 0
    ready = sorted(order, key=place.__getitem__)
    while ready:
        node = next(node for node in ready if not causes[node] & ~known)
        ready.remove(node)
        found.append(node)
        known |= 1 << node
    return found


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts ``x2`` before ``x10``, and names that differ apart.

    >>> sorted(["x10", "x2", "x02", "x"], key=natural)
    ['x', 'x02', 'x2', 'x10']
    """
    parts = [part.lstrip("0") if i % 2 else part for i, part in enumerate(_DIGITS.split(name))]
    return (*((i % 2, len(part) * (i % 2), part) for i, part in enumerate(parts)), (0, 0, name))


def _ranks(keys: Sequence[tuple[object, ...]]) -> list[int]:
    rank = {key: i for i, key in enumerate(sorted(set(keys)))}
    return [rank[key] for key in keys]
