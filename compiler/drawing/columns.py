"""The column of each box of a drawing, so that every arrow goes from left to right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Edge: TypeAlias = tuple[int, int]


def columns(members: Sequence[int], arrows: Sequence[Edge], links: Sequence[Edge]) -> dict[int, int]:
    """The column of each box: behind all its causes, and a source just before its first effect.

    A box without arrows stands where the first box that a link ties it to stands.

    >>> columns(range(4), [(0, 1), (1, 2), (3, 2)], [])
    {0: 0, 1: 1, 2: 2, 3: 1}
    """
    effects: dict[int, list[int]] = {v: [] for v in members}
    for cause, effect in arrows:
        effects[cause].append(effect)
    column = _behind_causes(effects)
    for source in effects.keys() - {effect for _, effect in arrows}:
        if effects[source]:
            column[source] = min(column[effect] for effect in effects[source]) - 1
    bound = {v for edge in arrows for v in edge}
    for v, tied in _tied(members, links).items():
        if v not in bound:
            column[v] = min((column[w] for w in tied if w in bound), default=0)
    first = min(column.values(), default=0)
    return {v: place - first for v, place in column.items()}


def _behind_causes(effects: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """The number of arrows on the longest way to each box."""
    waits = dict.fromkeys(effects, 0)
    for effect in (w for each in effects.values() for w in each):
        waits[effect] += 1
    longest, ready = dict.fromkeys(effects, 0), [v for v in effects if not waits[v]]
    for v in ready:  # grows while it is walked
        for w in effects[v]:
            longest[w] = max(longest[w], longest[v] + 1)
            waits[w] -= 1
            if not waits[w]:
                ready.append(w)
    return longest


def _tied(members: Sequence[int], links: Sequence[Edge]) -> dict[int, list[int]]:
    """The boxes that links tie to each."""
    found: dict[int, list[int]] = {v: [] for v in members}
    for a, b in links:
        found[a].append(b)
        found[b].append(a)
    return found


def parts(size: int, arrows: Sequence[Edge], links: Sequence[Edge]) -> list[list[int]]:
    """The parts that arrows connect, with the boxes without arrows that links tie to them.

    >>> parts(4, [(0, 2)], [(1, 2)])
    [[0, 1, 2], [3]]
    """
    first = list(range(size))  # of the part of each box, along a chain of smaller numbers

    def first_of(v: int) -> int:
        while first[v] != v:
            first[v] = v = first[first[v]]
        return v

    bound = {v for edge in arrows for v in edge}
    for edge in [*arrows, *(link for link in links if not bound.issuperset(link))]:
        a, b = map(first_of, edge)
        first[max(a, b)] = min(a, b)
    members: dict[int, list[int]] = {}
    for v in range(size):
        members.setdefault(first_of(v), []).append(v)
    return list(members.values())


def stand_ins(size: int, arrows: Sequence[Edge], links: Sequence[Edge] = ()) -> int:
    """How many columns the edges cross, all together: what a layout takes time and room for."""
    column = columns(range(size), arrows, links)
    part = {v: number for number, members in enumerate(parts(size, arrows, links)) for v in members}
    inside = [(a, b) for a, b in (*arrows, *links) if part[a] == part[b]]
    return sum(max(abs(column[a] - column[b]) - 1, 0) for a, b in inside)
