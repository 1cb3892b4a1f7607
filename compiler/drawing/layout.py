"""Where the nodes of a drawing go: a layered layout, causes left of their effects.

It knows nothing of causality: boxes have sizes, arrows go one way, links go both ways.

References:
    Sugiyama, Tagawa, Toda (1981), "Methods for visual understanding of hierarchical system structures".
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

Size: TypeAlias = tuple[float, float]
Edge: TypeAlias = tuple[int, int]

_COLUMN_GAP = 62.0
_ROW_GAP = 30.0
_LANE = 8.0  # the height of a place kept free for a long edge
_SWEEPS = 12
_PULL = (1.0, 2.0, 4.0)
"""How strongly a part of an edge is pulled level, by the number of its ends that are stand-ins."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things go, in complex numbers.

    Args:
        places: The centres of the boxes.
        lanes: For each long edge the points, two a column that it crosses, between which it has room.
    """

    places: tuple[complex, ...]
    lanes: dict[Edge, tuple[complex, ...]]


def layered(sizes: Sequence[Size], arrows: Sequence[Edge], links: Sequence[Edge] = ()) -> Layout:
    """Lay boxes out in columns, every arrow from left to right, connected parts one below the other.

    Args:
        sizes: Width and height of each box.
        arrows: Pairs (tail, head), without cycles.
        links: Pairs of boxes that are to be near each other. They yield to arrows.
    """
    places: dict[int, complex] = {}
    lanes: dict[Edge, tuple[complex, ...]] = {}
    top, alone = 0.0, []
    for members in _parts(len(sizes), arrows, links):
        if len(members) == 1:
            alone += members
            continue
        inside = set(members)
        own_arrows = [edge for edge in arrows if inside.issuperset(edge)]
        own_links = [edge for edge in links if inside.issuperset(edge)]
        part = _Part(sizes, members, own_arrows, own_links)
        part.arrange()
        down = top - min(part.y[v] - part.height(v) / 2 for v in part.y)
        for v in members:
            places[v] = complex(part.x[part.rank[v]], part.y[v] + down)
        for edge in part.lanes:
            lanes[edge] = tuple(point + 1j * down for point in part.lane(edge))
        top = max(part.y[v] + part.height(v) / 2 for v in part.y) + down + _ROW_GAP
    wide = max((place.real + sizes[v][0] / 2 for v, place in places.items()), default=480.0)
    places |= _rows(sizes, alone, top, max(wide, 320.0))
    return Layout(tuple(places[v] for v in range(len(sizes))), lanes)


def _parts(size: int, arrows: Sequence[Edge], links: Sequence[Edge]) -> list[list[int]]:
    """The parts that arrows connect, with the boxes without arrows that links tie to them."""
    part = list(range(size))
    bound = {v for edge in arrows for v in edge}
    loose = [edge for edge in links if not bound.issuperset(edge)]
    for a, b in [*arrows, *loose]:
        a, b = _root(part, a), _root(part, b)
        part[max(a, b)] = min(a, b)
    members: dict[int, list[int]] = {}
    for v in range(size):
        members.setdefault(_root(part, v), []).append(v)
    return list(members.values())


def _root(part: list[int], v: int) -> int:
    while part[v] != v:
        part[v] = v = part[part[v]]
    return v


def _rows(sizes: Sequence[Size], boxes: list[int], top: float, wide: float) -> dict[int, complex]:
    """Boxes without edges, set like words in lines."""
    places, left, tall = {}, 0.0, 0.0
    for v in boxes:
        width, height = sizes[v]
        if left and left + width > wide:
            left, top, tall = 0.0, top + tall + _ROW_GAP / 2, 0.0
        places[v] = complex(left + width / 2, top + height / 2)
        left += width + _ROW_GAP / 2
        tall = max(tall, height)
    return places


def columns(members: Sequence[int], arrows: Sequence[Edge], links: Sequence[Edge]) -> dict[int, int]:
    """The column of each box: behind all its causes, and a source just before its first effect."""
    children: dict[int, list[int]] = {v: [] for v in members}
    waits = dict.fromkeys(members, 0)
    for a, b in arrows:
        children[a].append(b)
        waits[b] += 1
    sources = {v for v in members if not waits[v]}
    rank, ready = dict.fromkeys(members, 0), [v for v in members if not waits[v]]
    for v in ready:  # grows while it is walked
        for w in children[v]:
            rank[w] = max(rank[w], rank[v] + 1)
            waits[w] -= 1
            if not waits[w]:
                ready.append(w)
    for v in sources:
        if children[v]:
            rank[v] = min(rank[w] for w in children[v]) - 1
    bound = {v for edge in arrows for v in edge}
    near: dict[int, list[int]] = {v: [] for v in members}
    for a, b in links:
        near[a].append(b)
        near[b].append(a)
    for v in members:
        if v not in bound:
            rank[v] = min((rank[w] for w in near[v] if w in bound), default=0)
    first = min(rank.values(), default=0)
    return {v: rank[v] - first for v in members}


def stand_ins(size: int, arrows: Sequence[Edge], links: Sequence[Edge] = ()) -> int:
    """How many columns the edges cross, all together: what a layout takes time and room for."""
    rank = columns(range(size), arrows, links)
    part = {v: i for i, members in enumerate(_parts(size, arrows, links)) for v in members}
    inside = [(a, b) for a, b in (*arrows, *links) if part[a] == part[b]]
    return sum(max(abs(rank[a] - rank[b]) - 1, 0) for a, b in inside)


@dataclass(slots=True)
class _Part:
    """One connected part. Long edges become chains of small stand-ins, one in each column they cross."""

    sizes: Sequence[Size]
    members: list[int]
    arrows: list[Edge]
    links: list[Edge]
    rank: dict[int, int] = field(default_factory=dict)
    lanes: dict[Edge, list[int]] = field(default_factory=dict)
    columns: list[list[int]] = field(default_factory=list)
    left: dict[int, list[tuple[int, float]]] = field(default_factory=dict)  # neighbours one column back
    right: dict[int, list[tuple[int, float]]] = field(default_factory=dict)
    beside: dict[int, list[tuple[int, float]]] = field(default_factory=dict)  # neighbours in the same column
    mass: dict[int, float] = field(default_factory=dict)
    x: list[float] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    y: dict[int, float] = field(default_factory=dict)

    def arrange(self) -> None:
        """Columns, then the order within them, then coordinates."""
        self.rank = columns(self.members, self.arrows, self.links)
        self.lay_lanes()
        self.order_columns()
        self.place()

    def height(self, v: int) -> float:
        return self.sizes[v][1] if v < len(self.sizes) else _LANE

    def lane(self, edge: Edge) -> Iterator[complex]:
        """The ends of each stand-in of an edge, in the order passed."""
        backwards = self.rank[edge[0]] > self.rank[edge[1]]
        for v in self.lanes[edge]:
            half = self.widths[self.rank[v]] / 2
            ends = [complex(self.x[self.rank[v]] + side, self.y[v]) for side in (-half, half)]
            yield from reversed(ends) if backwards else ends

    def lay_lanes(self) -> None:
        """Put a stand-in into every column that an edge crosses, and note who neighbours whom."""
        self.columns = [[] for _ in range(max(self.rank.values()) + 1)]
        self.mass = dict.fromkeys(self.members, 1.0)
        spare = len(self.sizes)
        for edges, weight in ((self.arrows, 1.0), (self.links, 1e-6)):
            for a, b in edges:
                tail, head = (a, b) if self.rank[a] <= self.rank[b] else (b, a)
                between = range(self.rank[tail] + 1, self.rank[head])
                chain = list(range(spare, spare + len(between)))
                spare += len(chain)
                self.rank |= dict(zip(chain, between, strict=True))
                self.mass |= dict.fromkeys(chain, weight / 2)
                if chain:
                    self.lanes.setdefault((a, b), chain if tail == a else chain[::-1])
                if self.rank[tail] == self.rank[head]:
                    self.beside.setdefault(a, []).append((b, weight))
                    self.beside.setdefault(b, []).append((a, weight))
                else:
                    for v, w in pairwise([tail, *chain, head]):
                        pull = weight * _PULL[(v in chain) + (w in chain)]
                        self.right.setdefault(v, []).append((w, pull))
                        self.left.setdefault(w, []).append((v, pull))
        for v in self.rank:
            self.columns[self.rank[v]].append(v)

    def order_columns(self) -> None:
        """Sort columns by the mean place of neighbours, from each side in turn; keep the fewest crossings."""
        best, fewest = [list(column) for column in self.columns], self.crossings()
        place = {v: i for column in self.columns for i, v in enumerate(column)}
        for sweep in range(_SWEEPS):
            near, columns = (self.right, self.columns[::-1]) if sweep % 2 else (self.left, self.columns)
            for column in columns:
                wish = {}
                for v in column:
                    pulls = [
                        (float(place[w]), pull) for w, pull in (*near.get(v, ()), *self.beside.get(v, ()))
                    ]
                    wish[v] = _mean(pulls, place[v])
                column.sort(key=wish.__getitem__)
                place |= {v: i for i, v in enumerate(column)}
            crossings = self.crossings()
            if crossings < fewest:
                best, fewest = [list(column) for column in self.columns], crossings
        self.columns = best

    def crossings(self) -> int:
        """How often edges between neighbouring columns cross."""
        total = 0
        for column, next_column in pairwise(self.columns):
            place = {w: i for i, w in enumerate(next_column)}
            seen: list[int] = []
            for v in column:
                ends = [place[w] for w, _ in self.right.get(v, [])]
                total += sum(len(seen) - bisect_right(seen, end) for end in ends)
                for end in ends:
                    insort(seen, end)
        return total

    def place(self) -> None:
        """Make columns as wide as their widest box, and bring neighbours level while boxes keep apart."""
        for column in self.columns:
            self.y |= zip(column, self._apart(column, [0.0] * len(column)), strict=True)
        back, forth = self.columns[::-1], self.columns
        for columns, sides in [(forth, (self.left,)), (back, (self.right,))] * _SWEEPS + [
            (columns, (self.left, self.right)) for columns in (forth, back) for _ in range(_SWEEPS)
        ]:
            for column in columns:
                wish = [self._wish(v, sides) for v in column]
                self.y |= zip(column, self._apart(column, wish), strict=True)

        edge = 0.0
        for column in self.columns:
            width = max((self.sizes[v][0] for v in column if v < len(self.sizes)), default=0.0)
            self.widths.append(width)
            self.x.append(edge + width / 2)
            climbs = [
                abs(self.y[v] - self.y[w]) for v in column for w, pull in self.right.get(v, []) if pull >= 1.0
            ]
            steep = sum(climbs) / len(climbs) if climbs else 0.0
            edge += width + _COLUMN_GAP + min(steep, 600.0) / 4

    def _wish(self, v: int, sides: Sequence[dict[int, list[tuple[int, float]]]]) -> float:
        """The height at which a box is level with its neighbours; if it has arrows, only their ends count."""
        near = [*(pair for side in sides for pair in side.get(v, [])), *self.beside.get(v, [])]
        pulls = [(self.y[w], pull) for w, pull in near]
        strong = [(y, pull) for y, pull in pulls if pull >= 1.0]
        return _mean(strong or pulls, self.y[v])

    def _apart(self, column: list[int], wish: list[float]) -> list[float]:
        """The heights nearest to the wished ones that keep the order and the gaps: isotonic regression."""
        offset, offsets = 0.0, []
        for v, w in zip(column, [None, *column], strict=False):
            if w is not None:
                gap = _ROW_GAP if v < len(self.sizes) and w < len(self.sizes) else _ROW_GAP / 2
                offset += (self.height(v) + self.height(w)) / 2 + gap
            offsets.append(offset)
        pools: list[tuple[float, float, int]] = []  # mean, mass, count
        for v, y, at in zip(column, wish, offsets, strict=True):
            mean, mass, count = y - at, self.mass[v], 1
            while pools and pools[-1][0] >= mean:
                other, weight, number = pools.pop()
                mean = (mean * mass + other * weight) / (mass + weight)
                mass, count = mass + weight, count + number
            pools.append((mean, mass, count))
        level = [mean for mean, _, count in pools for _ in range(count)]
        return [mean + at for mean, at in zip(level, offsets, strict=True)]


def _mean(values: list[tuple[float, float]], default: float) -> float:
    total = sum(weight for _, weight in values)
    return sum(value * weight for value, weight in values) / total if total else default
