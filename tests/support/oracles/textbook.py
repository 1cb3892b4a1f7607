"""Estimands of the literature's graphs, by their names in the corpus."""

from __future__ import annotations

import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from models.graphs import Graph, Query, parse_graph, parse_query
from posed.judge import identify

CORPUS = Path(__file__).parents[2] / "corpus" / "literature.toml"

NAMES = (
    "back-door",
    "front-door",
    "front-door-covariate",
    "m-bias",
    "napkin",
    "napkin-seen",
    "sequential-plan",
    "sequential-treatment",
    "shpitser-pearl-conditional-graph",
    "shpitser-pearl-two-outcomes",
    "tian",
    "tian-joint",
    "tian-p59",
    "tian-p70",
    "tian-p90",
    "verma",
    "verma-front-door",
)


@cache
def _entries() -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in tomllib.loads(CORPUS.read_text(encoding="utf-8"))["entry"]}


def case(name: str) -> tuple[Graph, Query]:
    """The graph and the query."""
    entry = _entries()[name]
    return parse_graph(entry["graph"]), parse_query(entry["query"])


@cache
def estimand(name: str) -> Any:
    """The compiler's estimand."""
    return identify(*case(name)).estimand


def chain(n: int) -> tuple[Graph, Query]:
    """``X1 -> … -> Xn`` with ``Xi <-> Xi+2``: every factor conditions on everything before it."""
    names = tuple(f"X{i}" for i in range(1, n + 1))
    graph = Graph(names, tuple(pairwise(names)), tuple(zip(names, names[2:], strict=False)))
    return graph, Query((names[-1],), (names[0],))


def two_chains(n: int) -> tuple[Graph, Query]:
    """Two such chains that meet in y; in topological order they alternate."""
    directed: list[tuple[str, str]] = []
    bidirected: list[tuple[str, str]] = []
    for letter in "ab":
        names = [f"{letter}{i}" for i in range(1, n // 2 + 1)]
        directed += [*pairwise(names), (names[-1], "y")]
        bidirected += zip(names, names[2:], strict=False)
    nodes = tuple(dict.fromkeys(name for edge in directed for name in edge))
    return Graph(nodes, tuple(directed), tuple(bidirected)), Query(("y",), ("a1", "b1"))


def series(n: int) -> tuple[Graph, Query]:
    """Three time series, two of them confounded from each moment to the next."""
    x, y, z = ([f"{letter}{t}" for t in range(1, n // 3 + 1)] for letter in "xyz")
    steps = [*pairwise(x), *pairwise(y), *pairwise(z)]
    across = [*zip(x, y, strict=True), *zip(z, x[1:], strict=False), *zip(y, z[1:], strict=False)]
    confounded = [*pairwise(y), *pairwise(z)]
    graph = Graph((*x, *y, *z), (*steps, *across), tuple(confounded))
    return graph, Query((y[-1],), (x[0], x[len(x) // 2]))
