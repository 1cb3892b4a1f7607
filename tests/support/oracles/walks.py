"""m-connection and latent projection by their definitions, one path at a time. For small graphs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

from models.graphs import Graph

Step = tuple[str, bool, bool]
"""Where an edge leads, and whether it has an arrowhead at its near and at its far end."""


def steps(graph: Graph, v: str) -> Iterator[Step]:
    """The edges at a node."""
    for a, b in graph.directed:
        if a == v:
            yield b, False, True
        if b == v:
            yield a, True, False
    for a, b in graph.bidirected:
        if v in (a, b):
            yield (b if a == v else a), True, True


def paths(graph: Graph, start: str, end: str) -> Iterator[list[Step]]:
    """Every path, which visits no node twice."""

    def extend(v: str, seen: frozenset[str], path: list[Step]) -> Iterator[list[Step]]:
        if v == end:
            yield path
            return
        for step in steps(graph, v):
            if step[0] not in seen:
                yield from extend(step[0], seen | {step[0]}, [*path, step])

    yield from extend(start, frozenset({start}), [])


def inner(path: list[Step]) -> list[tuple[str, bool]]:
    """The inner nodes of a path, each with whether it is a collider."""
    return [(v, into and near) for (v, _, into), (_, near, _) in pairwise(path)]


def connected(graph: Graph, x: str, y: str, given: Collection[str]) -> bool:
    """Whether some path is m-connecting: colliders are ancestors of `given`, the others outside it."""
    open_colliders = graph.ancestors(given)
    return any(
        all(v in open_colliders if collider else v not in given for v, collider in inner(path))
        for path in paths(graph, x, y)
    )


def projection(graph: Graph, latent: Collection[str]) -> Graph:
    """The latent projection, edge by edge (Verma and Pearl 1990)."""
    seen = tuple(v for v in graph.nodes if v not in latent)
    directed, bidirected = [], []
    for i, a in enumerate(seen):
        for j, b in enumerate(seen):
            if a == b:
                continue
            hidden = [
                path
                for path in paths(graph, a, b)
                if all(v in latent and not collider for v, collider in inner(path))
            ]
            if any(all(not near and far for _, near, far in path) for path in hidden):
                directed.append((a, b))
            if i < j and any(path[0][1] and path[-1][2] for path in hidden):
                bidirected.append((a, b))
    return Graph(seen, tuple(directed), tuple(bidirected))
