"""One topological order for a graph, whatever the order its nodes and edges were written in."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence

from .admg import ADMG
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
