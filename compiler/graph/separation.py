"""m-separation, by a search over districts of the ancestral graph."""

from __future__ import annotations

from .admg import ADMG
from .varset import bits


def separated(graph: ADMG, x: int, y: int, given: int) -> bool:
    """Whether `given` m-separates `x` from `y`.

    In the subgraph over the ancestors of all three, two nodes are collider-connected when one district and
    its parents hold both; `x` and `y` are m-separated when no chain of such links avoids `given`.

    References:
        Richardson (2003), theorem 1: m-separation is separation in the augmented ancestral graph.

    >>> graph = ADMG([], [("x", "m"), ("m", "y")], [("x", "y")])
    >>> separated(graph.mutilate(out_of=0b10), 0b10, 0b100, 0b1)
    True
    """
    x, y = x & ~given, y & ~given
    return not _reached(graph, x, given, graph.ancestors_of(x | y | given), y)[0] & y


def conditions_needed(graph: ADMG, x: int, given: int) -> tuple[int, int]:
    """Which members of `given` say something about `x`, and which of those do so against their arrows.

    A member is needed where the other members do not m-separate it from `x` (do-calculus, rule 1), and against
    its arrows where they do not even in the graph without the edges out of it (rule 2). One search decides all
    of it: a member is reached where it is in a district that the search crosses or is a parent of one, and
    without the edges out of it, where it is in one. The ancestral graph stays the same without those edges,
    since the member itself is asked about.

    >>> conditions_needed(ADMG(["a", "b", "y"], [("a", "b"), ("b", "y")]), 0b100, 0b011)
    (2, 0)
    """
    reached, crossed = _reached(graph, x, given, graph.ancestors_of(x | given))
    return reached & given, crossed & given


def _reached(graph: ADMG, x: int, given: int, within: int, until: int = 0) -> tuple[int, int]:
    """What chains of collider-connected nodes lead to from `x`, each ended by `given`, all by `until`.

    Returns:
        The nodes reached, and those of them that are in a district that a chain crosses.
    """
    reached = frontier = x
    closed = 0  # members of districts already crossed
    while frontier and not reached & until:
        low = frontier & -frontier
        frontier ^= low
        i = low.bit_length() - 1
        for j in bits((low | graph.child_masks[i]) & within & ~closed):
            if closed >> j & 1:
                continue
            district = graph.district_of(1 << j, within)
            closed |= district
            new = (district | graph.parents_of(district)) & within & ~reached
            reached |= new
            frontier |= new & ~given
    return reached, closed


def connected(graph: ADMG, x: int, given: int) -> int:
    """All that `given` does not m-separate from `x`, in one search.

    A walk goes on through a node where two arrowheads meet if it is an ancestor of `given`, and through any
    other node if it is not in `given`.

    References:
        Shachter (1998), "Bayes-ball", for graphs without bidirected edges.

    >>> chain = ADMG(["a", "b", "c"], [("a", "b"), ("b", "c")])
    >>> connected(chain, 0b001, 0), connected(chain, 0b001, 0b010)
    (6, 0)
    """
    opened = graph.ancestors_of(given)
    by_tail, by_head = x & ~given, 0
    new_tail, new_head = by_tail, by_head
    while new_tail | new_head:
        onward = new_tail & ~given
        back = onward | (new_head & opened)
        new_head, new_tail = (
            (graph.siblings_of(back) | graph.children_of(onward | (new_head & ~given))) & ~by_head,
            graph.parents_of(back) & ~by_tail,
        )
        by_tail |= new_tail
        by_head |= new_head
    return (by_tail | by_head) & ~(given | x)


def smallest_separator(graph: ADMG, x: int, given: int) -> int:
    """What of `given` says anything about `x`: ``P(x | given)`` equals ``P(x | result)``.

    There is one smallest such set: a member that the others do not separate from `x` stays needed without those
    that they do, because m-separation is a graphoid (contraction and weak union).

    >>> smallest_separator(ADMG(["a", "b", "c"], [("a", "b"), ("b", "c")]), 0b100, 0b011)
    2
    """
    return conditions_needed(graph, x, given)[0]


def find_separator(graph: ADMG, x: int, y: int, include: int, within: int) -> int | None:
    """A set between `include` and `include | within` that m-separates `x` from `y`; None if there is none.

    What is added is minimal: members are dropped, the last in the graph's order first, unless one ends both a chain
    from `x` and a chain from `y`. The ancestral graph stays the same, so what chains lead to only grows.

    References:
        van der Zander, Liskiewicz, Textor (2019), "Separators and adjustment sets in causal graphs",
        the ancestral separator: if any such set separates, the one with all the ancestors does.
    """
    inside = graph.ancestors_of(x | y | include)
    found = include | (inside & within & ~(x | y))
    links = _Links(graph, inside)
    from_x, from_y = links.reached(x & ~found, found), links.reached(y & ~found, found)
    if from_x & y & ~found:
        return None
    for i in reversed([*bits(found & ~include)]):
        member = 1 << i
        if from_x & from_y & member:
            continue  # a chain from x and one from y end in it, and would be one
        found ^= member
        if from_x & member:
            from_x = links.reached(member, found, from_x)
        if from_y & member:
            from_y = links.reached(member, found, from_y)
    return found


class _Links:
    """Which nodes are collider-connected in a part of a graph, found once for many searches.

    Args:
        graph: The graph.
        within: The part.
    """

    def __init__(self, graph: ADMG, within: int) -> None:
        self.graph, self.within = graph, within
        self._around: dict[int, int] = {}

    def reached(self, start: int, ended_by: int, known: int = 0) -> int:
        """What chains lead to from some nodes, each ended by some others, beside what is known to be reached."""
        reached, frontier = known | start, start
        while frontier:
            low = frontier & -frontier
            new = self.of(low.bit_length() - 1) & ~reached
            reached |= new
            frontier = (frontier ^ low) | (new & ~ended_by)
        return reached

    def of(self, node: int) -> int:
        """The nodes in a district with a node or one of its children, and the parents of these."""
        found = 0
        for i in bits((1 << node | self.graph.child_masks[node]) & self.within):
            found |= self._around[i] if i in self._around else self._explored(i)
        return found

    def _explored(self, node: int) -> int:
        district = self.graph.district_of(1 << node, self.within)
        around = (district | self.graph.parents_of(district)) & self.within
        self._around |= dict.fromkeys(bits(district), around)
        return around
