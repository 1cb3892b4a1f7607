"""Drawings with more edges than one can follow: boxes with many edges list in words what they are joined to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .columns import Edge, stand_ins

MOST_STAND_INS = 600
"""How many columns the edges of a drawing may cross, all together. Beyond it, the fullest boxes have no edges."""

_MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Followed:
    """The edges that are drawn, and the edges that are listed in words.

    Args:
        arrows: The arrows that are drawn, pairs (tail, head).
        links: The links that are drawn.
        tails: For a box whose incoming arrows are not drawn, where they come from.
        ends: For a box with links that are not drawn, their other ends.
    """

    arrows: Sequence[Edge]
    links: Sequence[Edge]
    tails: Mapping[int, Sequence[int]]
    ends: Mapping[int, Sequence[int]]


def followed(
    size: int, arrows: Sequence[Edge], links: Sequence[Edge] = (), most: int = MOST_STAND_INS
) -> Followed:
    """All edges are drawn, unless they cross too many columns.

    Otherwise boxes with more incoming arrows, or links, than a limit are drawn without these, and the limit is
    halved until few enough edges are left.

    Args:
        size: How many boxes there are.
        arrows: Pairs (tail, head), without cycles.
        links: Pairs that an arc joins.
        most: How many columns they may cross, all together.

    >>> every = [(a, b) for b in range(4) for a in range(b)]
    >>> followed(4, every).arrows == every
    True
    >>> few = followed(4, every, most=0)
    >>> few.arrows, few.tails
    ([(0, 1)], {2: [0, 1], 3: [0, 1, 2]})
    """
    heads = Counter(head for _, head in arrows)
    ends = Counter(end for link in links for end in link)
    limit = max((*heads.values(), *ends.values()), default=0)
    kept, tied = arrows, links
    while limit and stand_ins(size, kept, tied) > most:
        limit //= 2
        kept = [edge for edge in arrows if heads[edge[1]] <= limit]
        tied = [edge for edge in links if max(ends[edge[0]], ends[edge[1]]) <= limit]
    tails: dict[int, list[int]] = {}
    others: dict[int, list[int]] = {}
    for tail, head in arrows:
        if heads[head] > limit:
            tails.setdefault(head, []).append(tail)
    for a, b in links:
        if max(ends[a], ends[b]) > limit:
            others.setdefault(a, []).append(b)
            others.setdefault(b, []).append(a)
    return Followed(kept, tied, tails, others)


def abridged(names: Sequence[str]) -> str:
    """A few names, or the first and the last of many.

    >>> abridged(["a", "b"]), abridged(["a", "b", "c", "d", "e"])
    ('a, b', 'a, b, … , e (5)')
    """
    if len(names) <= _MOST_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[: _MOST_NAMES - 1])}, … , {names[-1]} ({len(names):,})"
