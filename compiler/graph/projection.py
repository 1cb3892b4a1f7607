"""Latent projection: an ADMG over some variables that implies the same about them."""

from __future__ import annotations

from .admg import ADMG
from .varset import bits


def project(graph: ADMG, latent: int) -> ADMG:
    """The latent projection onto the nodes outside `latent`.

    A latent node is taken out one at a time: its parents become parents of its children, and its children
    and siblings come to share an unobserved cause.

    References:
        Verma and Pearl (1990); Tian (2002), section 5.2.

    >>> print(project(ADMG([], [("u", "x"), ("u", "y"), ("x", "y")]), 0b1))
    x -> y
    x <-> y
    """
    parents, children, siblings = list(graph.parent_masks), list(graph.child_masks), list(graph.sibling_masks)
    for i in bits(latent):
        bit, pa, ch, sib = 1 << i, parents[i], children[i], siblings[i]
        for c in bits(ch):
            parents[c] = (parents[c] | pa) & ~bit
            siblings[c] |= (ch | sib) & ~(1 << c)
        for p in bits(pa):
            children[p] = (children[p] | ch) & ~bit
        for s in bits(sib):
            siblings[s] = (siblings[s] | (ch & ~(1 << s))) & ~bit
        parents[i] = children[i] = siblings[i] = 0
    flat = ADMG._from_masks(graph.order, parents, children, siblings)
    return flat.subgraph(graph.all & ~latent)
