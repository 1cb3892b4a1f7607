"""Long edges of a drawing as chains, so that every edge joins neighbouring columns.

A long edge gets a stand-in, a small box that is not drawn, in every column that it crosses. Ordering and placing then
treat boxes and stand-ins alike, and the edge has room where its stand-ins are::

    a ──▶ b ──▶ c          a ──▶ b ──▶ c
     ╲         ▲            ╲         ▲
      ╰───────╯              ╰─▶ · ──╯
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from .columns import Edge, columns

Size: TypeAlias = tuple[float, float]
Pulls: TypeAlias = list[tuple[int, float]]
"""Neighbours, each with how strongly it pulls."""

LANE = 8.0
"""The height of a stand-in."""

ARROW, LINK = 1.0, 1e-6
"""How strongly edges pull: links decide only where arrows leave a choice."""

_STRAIGHT = (1.0, 2.0, 4.0)
"""How many times as strongly a piece of an edge pulls, by the number of its ends that are stand-ins: so that long edges
are straight within and turn at their ends."""


@dataclass(slots=True)
class Chains:
    """Connected boxes and the stand-ins of their long edges.

    Args:
        sizes: Width and height of each box of the drawing; greater numbers are stand-ins.
        column: The column of each box and each stand-in.
        before: The neighbours in the column before.
        behind: The neighbours in the column behind.
        beside: The neighbours in the same column.
        mass: How hard each is to move from where it is pulled to.
        lanes: The stand-ins of each long edge, from its first box to its second.
    """

    sizes: Sequence[Size]
    column: dict[int, int]
    before: dict[int, Pulls] = field(default_factory=dict)
    behind: dict[int, Pulls] = field(default_factory=dict)
    beside: dict[int, Pulls] = field(default_factory=dict)
    mass: dict[int, float] = field(default_factory=dict)
    lanes: dict[Edge, list[int]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, sizes: Sequence[Size], members: Sequence[int], arrows: Sequence[Edge], links: Sequence[Edge]
    ) -> Chains:
        """The chains of one connected part.

        Args:
            sizes: Width and height of each box of the drawing.
            members: The boxes of the part.
            arrows: Its arrows.
            links: Its links.
        """
        found = cls(sizes, columns(members, arrows, links), mass=dict.fromkeys(members, 1.0))
        spare = len(sizes)
        for edges, pull in ((arrows, ARROW), (links, LINK)):
            for edge in edges:
                spare += found._add(edge, pull, spare)
        return found

    def _add(self, edge: Edge, pull: float, spare: int) -> int:
        """Add an edge, and return how many stand-ins it has, which are numbered from `spare` on."""
        a, b = edge
        left, right = (a, b) if self.column[a] <= self.column[b] else (b, a)
        if self.column[left] == self.column[right]:
            self.beside.setdefault(a, []).append((b, pull))
            self.beside.setdefault(b, []).append((a, pull))
            return 0
        crossed = range(self.column[left] + 1, self.column[right])
        chain = range(spare, spare + len(crossed))
        self.column |= zip(chain, crossed, strict=True)
        self.mass |= dict.fromkeys(chain, pull / 2)
        if chain:
            self.lanes.setdefault(edge, [*chain] if left == a else [*reversed(chain)])
        for v, w in pairwise([left, *chain, right]):
            strength = pull * _STRAIGHT[(v in chain) + (w in chain)]
            self.behind.setdefault(v, []).append((w, strength))
            self.before.setdefault(w, []).append((v, strength))
        return len(chain)

    def is_box(self, v: int) -> bool:
        """Whether it is drawn."""
        return v < len(self.sizes)

    def height(self, v: int) -> float:
        """The height of a box or of a stand-in."""
        return self.sizes[v][1] if self.is_box(v) else LANE

    def unordered(self) -> list[list[int]]:
        """What stands in each column, boxes first."""
        found: list[list[int]] = [[] for _ in range(max(self.column.values()) + 1)]
        for v, place in self.column.items():
            found[place].append(v)
        return found


def mean(values: Sequence[tuple[float, float]], default: float) -> float:
    """The weighted mean of values, each with its weight; a default where there are none."""
    total = sum(weight for _, weight in values)
    return sum(value * weight for value, weight in values) / total if total else default
