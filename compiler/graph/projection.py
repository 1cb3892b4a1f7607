"""Latent projection: an ADMG over some variables that implies the same about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...grammar.checks.graph import too_many_edges
from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from .admg import ADMG
from .origin import Origin, origin_of
from .varset import bits

MOST_EFFECTS = 15_000
"""How many effects a latent variable may have: it joins each two of them, and more take gigabytes as bit masks."""


def project(graph: ADMG, latent: int, *, left_out: bool = False) -> ADMG:
    """The latent projection onto the nodes outside `latent`. It remembers where it comes from.

    Args:
        graph: The graph.
        latent: The mask of the nodes to hide.
        left_out: Whether these are observed variables that are not to be used, rather than latent ones.

    Raises:
        DofxError: E0207 where the latent nodes have too many effects for the projection to fit into memory.

    A directed path whose inner nodes are latent becomes an edge; so does a path without colliders whose inner
    nodes are latent and which points into both its ends: a bidirected one. Three walks over the latent nodes
    gather, for each, what such paths meet below it, beside it and above it.

    References:
        Verma and Pearl (1990); Tian (2002), section 5.2.

    >>> print(project(ADMG([], [("u", "x"), ("u", "y"), ("x", "y")]), 0b1))
    x -> y
    x <-> y
    """
    if not latent:
        return graph
    projected = hidden(graph, latent).subgraph(graph.all & ~latent)
    before, names = origin_of(graph), tuple(graph.order.set(latent))
    origin = (
        Origin(before.graph, before.latent, (*before.left_out, *names))
        if left_out
        else Origin(before.graph, (*before.latent, *names), before.left_out)
    )
    projected.origin = origin
    return projected


def hidden(graph: ADMG, latent: int) -> ADMG:
    """The latent projection with every node still at its position; those of `latent` have no edges.

    Raises:
        DofxError: E0207 as for `project`.

    >>> hidden(ADMG([], [("u", "x"), ("u", "y"), ("x", "y")]), 0b1).sizes
    (1, 1)
    """
    if not latent:
        return graph
    seen = graph.all & ~latent
    causes_first = sorted(bits(latent), key=graph.levels.__getitem__)
    below: dict[int, int] = {}  # observed nodes that a latent path leads down to
    for u in _again(reversed(causes_first), below, graph):
        below[u] = _gather(graph.child_masks[u], seen, below)
        effects = below[u].bit_count()
        if effects > MOST_EFFECTS:
            raise DofxError(_crowded(graph.nodes[u], effects))
    above: dict[int, int] = {}  # observed nodes that a latent path leads down from
    for u in _again(causes_first, above, graph):
        above[u] = _gather(graph.parent_masks[u], seen, above)
    beside: dict[int, int] = {}  # observed nodes that a latent path reaches by going up, over and down
    for u in _again(causes_first, beside, graph):
        beside[u] = below[u] | _gather(graph.sibling_masks[u], seen, below)
        beside[u] |= _gather(graph.parent_masks[u], 0, beside)

    parents, children, siblings = ([0] * len(graph.nodes) for _ in range(3))
    for v in bits(seen):
        parents[v] = _gather(graph.parent_masks[v], seen, above)
        children[v] = _gather(graph.child_masks[v], seen, below)
        siblings[v] = _gather(graph.sibling_masks[v], seen, below) | _gather(graph.parent_masks[v], 0, beside)
        for row in (parents, children, siblings):
            row[v] &= ~(1 << v)  # a cycle through latent nodes alone settles into the node itself
    return ADMG._from_masks(graph.order, parents, children, siblings)


def _again(nodes: Iterable[int], found: dict[int, int], graph: ADMG) -> Iterator[int]:
    """The nodes one after the other; where the graph has cycles, again and again until nothing new is found."""
    listed, before = list(nodes), None
    while before != found:
        before = dict(found)
        yield from listed
        if not graph.cycles:
            return


def _crowded(name: str, effects: int) -> Diagnostic:
    """The refusal of a latent variable whose projection joins too many pairs."""
    pairs = effects * (effects - 1) // 2
    return too_many_edges(
        pairs, f"the latent variable `{name}` has {effects:,} effects, and joins each two of them"
    )


def _gather(neighbours: int, seen: int, through: dict[int, int]) -> int:
    """The neighbours that are in `seen`, and what the others, latent, lead to."""
    found = neighbours & seen
    for u in bits(neighbours & ~found):
        found |= through.get(u, 0)
    return found
