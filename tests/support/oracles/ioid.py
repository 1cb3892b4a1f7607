"""ioID, identification on graphs with cycles, decided line by line on sets: what verdicts are compared with.

References:
    Forré, Mooij (2019), "Causal calculus in the presence of cycles, latent confounders and selection bias", UAI.
"""

from __future__ import annotations

from collections.abc import Collection

from models.cyclic import Cyclic, sigma_separated

Nodes = frozenset[str]


def consolidated(graph: Cyclic, of: str, within: Collection[str]) -> Nodes:
    """What bidirected edges and common cycles, both inside `within`, connect to a node."""
    part = graph.within(within)
    found, waiting = {of}, [of]
    while waiting:
        v = waiting.pop()
        near = set(part.component[v]) | {w for edge in part.bidirected if v in edge for w in edge}
        waiting += near - found
        found |= near
    return frozenset(found)


def decides(graph: Cyclic, outcomes: list[str], interventions: list[str], conditions: list[str]) -> bool:
    """Whether ioID identifies ``P(y | do(x), z)``, after rule 2 has moved of z into x what it can."""
    y, x, z = frozenset(outcomes), frozenset(interventions), frozenset(conditions)
    moved = True
    while moved:
        moved = False
        for w in sorted(z):
            cut = graph.without(x)
            asked = Cyclic((*cut.nodes, "I"), (*cut.directed, ("I", w)), cut.bidirected)
            if all(sigma_separated(asked, "I", v, x | z) for v in y):
                x, z, moved = x | {w}, z - {w}, True
                break
    free = frozenset(graph.nodes) - x
    relevant = graph.within(free).ancestors(y | z)
    left = set(relevant)
    while left:
        part = consolidated(graph, min(left), relevant)
        left -= part
        whole = consolidated(graph, min(part), graph.nodes)
        while True:
            needed = graph.within(whole).ancestors(part)
            if needed == part:
                break
            if needed == whole:
                return False
            whole = consolidated(graph, min(part), needed)
    return True
