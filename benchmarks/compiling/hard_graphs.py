"""Families of graphs, each with a query, whose size is all that varies: what growth is measured on."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

Edges: TypeAlias = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Case:
    """A graph by its edges, and ``P(outcomes | do(interventions), conditions)``.

    Args:
        nodes: The variables.
        directed: Pairs (cause, effect).
        bidirected: Pairs that share an unobserved cause.
        interventions: What is set.
        outcomes: What is asked for.
        conditions: What is seen.
    """

    nodes: list[str]
    directed: Edges
    bidirected: Edges
    interventions: tuple[str, ...]
    outcomes: tuple[str, ...]
    conditions: tuple[str, ...] = ()


def chain(n: int) -> Case:
    """X1 → … → Xn with Xi ↔ Xi+2; the effect of the first on the last. Two districts hold all variables."""
    v = [f"X{i}" for i in range(1, n + 1)]
    return Case(v, list(pairwise(v)), list(zip(v, v[2:], strict=False)), (v[0],), (v[-1],))


def joint(n: int) -> Case:
    """X1 → … → Xn with Xi ↔ Xi+2 for every fifth i; the effect of the first on all others."""
    v = [f"X{i}" for i in range(1, n + 1)]
    return Case(v, list(pairwise(v)), list(zip(v[::5], v[2::5], strict=False)), (v[0],), tuple(v[1:]))


def ladder(n: int) -> Case:
    """Two chains with rungs Ai → Bi, and Ai ↔ Bi+1; the effect of A1 on the last B."""
    a = [f"A{i}" for i in range(1, n // 2 + 1)]
    b = [f"B{i}" for i in range(1, n // 2 + 1)]
    directed = [*pairwise(a), *pairwise(b), *zip(a, b, strict=True)]
    return Case([*a, *b], directed, list(zip(a, b[1:], strict=False)), (a[0],), (b[-1],))


def onion(n: int) -> Case:
    """Layers around y, each an Ai and a Bi: Bi → y, Ai → Bi+1, Ai ↔ Bi and Ai ↔ y, the last A → x → y.

    With all Bi and x set, the last A is no ancestor of y, and once it is gone, its B is in another district; then
    the A before is no ancestor. ID alternates between the two reductions, n / 2 times.
    """
    a = [f"A{i}" for i in range(1, n // 2)]
    b = [f"B{i}" for i in range(1, n // 2)]
    directed = [*((each, "y") for each in b), *zip(a, b[1:], strict=False), (a[-1], "x"), ("x", "y")]
    bidirected = [*zip(a, b, strict=True), *((each, "y") for each in a)]
    return Case([*a, *b, "x", "y"], directed, bidirected, ("x", *b), ("y",))


def sparse(n: int) -> Case:
    """A random graph, 2 directed and 0.3 bidirected edges a node, none from more than 10 nodes before.

    The effect of an early cause of the last node, which no unobserved cause touches, on that node.
    """
    rng = random.Random(n)
    directed = {(rng.randrange(max(0, j - 10), j), j) for _ in range(2) for j in range(1, n)}
    spread = rng.sample(range(2, n), 3 * n // 10)
    bidirected = sorted((rng.randrange(max(0, j - 10), j - 1), j) for j in spread)
    causes = {n - 1}
    for tail, head in sorted(directed, key=lambda edge: -edge[1]):
        if head in causes:
            causes.add(tail)
    touched = {end for edge in bidirected for end in edge}
    asked = next(i for i in sorted(causes - touched - {n - 1}) if i >= n // 10)
    v = [f"V{i}" for i in range(n)]
    named = ([(v[i], v[j]) for i, j in edges] for edges in (sorted(directed), bidirected))
    return Case(v, *named, (v[asked],), (v[-1],))


def _conditioned(n: int, directed: Callable[[str], tuple[str, str]], confounded: bool) -> Case:
    z = [f"Z{i}" for i in range(1, n + 1)]
    edges = [("x", "m"), ("m", "y"), *map(directed, z)]
    bidirected = [("x", "y"), *((each, "y") for each in z if confounded)]
    return Case(["x", "m", "y", *z], edges, bidirected, ("x",), ("y",), tuple(z))


def exchanged(n: int) -> Case:
    """X → m → y with x ↔ y, given n causes of y: each moves into do()."""
    return _conditioned(n, lambda z: (z, "y"), confounded=False)


def dropped(n: int) -> Case:
    """X → m → y with x ↔ y, given n effects of x: each is dropped."""
    return _conditioned(n, lambda z: ("x", z), confounded=False)


def staying(n: int) -> Case:
    """X → m → y with x ↔ y, given n causes of y, each with Zi ↔ y: none moves."""
    return _conditioned(n, lambda z: (z, "y"), confounded=True)


HARD: dict[str, Callable[[int], Case]] = {
    family.__name__: family for family in (chain, joint, ladder, onion, sparse, exchanged, dropped, staying)
}
