"""Cycles of directed graphs: which variables are on cycles together, and which of these a graph admits."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def loops(effects: Mapping[Node, Collection[Node]]) -> list[list[Node]]:
    """The strongly connected components that have several members: the variables that are on cycles together.

    Args:
        effects: What each node points to. A node that points to nothing may be missing.

    References:
        Tarjan (1972), "Depth-first search and linear graph algorithms".

    >>> loops({"a": ["b"], "b": ["a", "c"], "c": ["d"]})
    [['a', 'b']]
    """
    found: list[list[Node]] = []
    number: dict[Node, int] = {}  # in the order of the search
    lowest: dict[Node, int] = {}  # the first node of the search that a node leads back to
    path: list[Node] = []
    on_path = set[Node]()
    for root in effects:
        if root in number:
            continue
        search: list[tuple[Node, Iterator[Node]]] = [(root, iter(effects[root]))]
        number[root] = lowest[root] = len(number)
        path.append(root)
        on_path.add(root)
        while search:
            node, left = search[-1]
            following = next(left, None)
            if following is None:
                search.pop()
                if search:
                    before = search[-1][0]
                    lowest[before] = min(lowest[before], lowest[node])
                if lowest[node] == number[node]:
                    members = [path.pop()]
                    while members[-1] != node:
                        members.append(path.pop())
                    on_path.difference_update(members)
                    if len(members) > 1:
                        found.append(members[::-1])
            elif following not in number:
                number[following] = lowest[following] = len(number)
                path.append(following)
                on_path.add(following)
                search.append((following, iter(effects.get(following, ()))))
            elif following in on_path:
                lowest[node] = min(lowest[node], number[following])
    return found


def joined(sets: Iterable[Iterable[Node]]) -> list[set[Node]]:
    """Sets, of which those that share a member are one.

    >>> [sorted(each) for each in joined(["ab", "cd", "bc", "e"])]
    [['a', 'b', 'c', 'd'], ['e']]
    """
    found: list[set[Node]] = []
    for each in map(set, sets):
        for other in [known for known in found if known & each]:
            found.remove(other)
            each |= other
        found.append(each)
    return found


def not_admitted(
    effects: Mapping[Node, Collection[Node]], feedback: Iterable[Iterable[Node]]
) -> list[list[Node]]:
    """The loops that no set of variables which may form cycles holds.

    Args:
        effects: What each node points to.
        feedback: The sets; sets that share a variable count as one.
    """
    admitted = joined(feedback)
    return [loop for loop in loops(effects) if not any(each.issuperset(loop) for each in admitted)]
