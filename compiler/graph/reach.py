"""What edges lead to, over rows of bit masks."""

from __future__ import annotations

from collections.abc import Sequence

from .varset import bits


def union(rows: Sequence[int], mask: int) -> int:
    """The union of the rows of a set's members."""
    found = 0
    for i in bits(mask):
        found |= rows[i]
    return found


def closure(rows: Sequence[int], mask: int, within: int) -> int:
    """What paths inside `within` lead to from a set, itself included."""
    seen = frontier = mask & within
    while frontier:
        low = frontier & -frontier
        new = rows[low.bit_length() - 1] & within & ~seen
        seen |= new
        frontier = (frontier ^ low) | new
    return seen


def reached_from(rows: Sequence[int], node: int, known: dict[int, int]) -> int:
    """What paths lead to from a node, itself included; it is written to `known` for each node on the way.

    Args:
        rows: Where the edges of each node lead.
        node: The node.
        known: What was found before by the same rows.
    """
    waiting, entered = [node], set[int]()
    while waiting:
        i = waiting[-1]
        if i not in known:
            unknown = [next for next in bits(rows[i]) if next not in known]
            if unknown and i not in entered:
                entered.add(i)
                waiting += unknown
                continue
            if unknown:  # the search came back to it: it is on a cycle
                known[i] = closure(rows, 1 << i, (1 << len(rows)) - 1)
            else:
                known[i] = 1 << i
                for next in bits(rows[i]):
                    known[i] |= known[next]
        waiting.pop()
    return known[node]
