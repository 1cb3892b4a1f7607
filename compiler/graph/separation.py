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
    return not _reached(graph, x, given, graph.ancestors_of(x | y | given), y) & y


def _reached(graph: ADMG, x: int, given: int, within: int, until: int = 0) -> int:
    """What chains of collider-connected nodes lead to from `x`, each ended by `given`, all by `until`."""
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
    return reached


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

    There is one smallest such set. What no chain of open links leads to is left out; that shrinks the
    ancestral graph, so it is looked at again.

    >>> smallest_separator(ADMG(["a", "b", "c"], [("a", "b"), ("b", "c")]), 0b100, 0b011)
    2
    """
    while True:
        needed = given & _reached(graph, x, given, graph.ancestors_of(x | given))
        if needed == given:
            return given
        given = needed


def find_separator(graph: ADMG, x: int, y: int, include: int, within: int) -> int | None:
    """A set between `include` and `include | within` that m-separates `x` from `y`; None if there is none.

    What is added is minimal: members are dropped, the last in the graph's order first; many at once where that
    will do, because more of the ancestors never connect what fewer of them separate.

    References:
        van der Zander, Liskiewicz, Textor (2019), "Separators and adjustment sets in causal graphs",
        the ancestral separator: if any such set separates, the one with all the ancestors does.
    """
    found = include | (graph.ancestors_of(x | y | include) & within & ~(x | y))
    if not separated(graph, x, y, found):
        return None
    blocks = [sorted(bits(found & ~include))]
    while blocks:
        block = blocks.pop()
        fewer = found & ~sum(1 << i for i in block)
        if separated(graph, x, y, fewer):
            found = fewer
        elif len(block) > 1:
            half = len(block) // 2
            blocks += [block[:half], block[half:]]
    return found
