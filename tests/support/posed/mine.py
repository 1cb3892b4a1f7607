"""Mine the hard stratum: random queries whose answer must re-condition an interim kernel, one draw in 300.

    PYTHONPATH=tests/support python -m posed.mine    # writes tests/exact/data/interim.json.gz, the same each time

What is hard is decided by the plain recursion in `reference`: the stratum does not depend on the compiler.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from models.graphs import Graph, Query, random_graph, random_query
from oracles.reference import Verdict, decide

TARGET = Path(__file__).parents[2] / "exact" / "data" / "interim.json.gz"
SIZES = (4, 5, 6, 6, 7, 7, 7)


def mediators(graph: Graph, query: Query) -> frozenset[str]:
    """The conditions that are effects of an intervention and causes of an outcome."""
    causes = graph.ancestors(query.outcomes)
    return frozenset(
        v for v in query.conditions if v in causes and graph.ancestors([v]) & set(query.interventions)
    )


def unconditional(graph: Graph, query: Query, verdict: Verdict) -> bool:
    return verdict.interim


def conditional(graph: Graph, query: Query, verdict: Verdict) -> bool:
    """A mediator stays a condition after rule 2 has moved what it can."""
    return len(graph.bidirected) > 1 and bool(mediators(graph, verdict.reduced))


def interim_and_conditional(graph: Graph, query: Query, verdict: Verdict) -> bool:
    return verdict.interim and bool(verdict.reduced.conditions)


STRATA: dict[str, tuple[int, bool, Callable[[Graph, Query, Verdict], bool]]] = {
    "unconditional": (660, False, unconditional),
    "conditional": (220, True, conditional),
    "interim and conditional": (160, True, interim_and_conditional),
}


def fingerprint(graph: Graph, query: Query) -> tuple[Any, ...]:
    """The same for isomorphic cases (and for few others)."""
    colour = graph.colours(query)
    return (
        tuple(sorted((colour[v], query.role(v)) for v in graph.nodes)),
        tuple(sorted((colour[a], colour[b]) for a, b in graph.directed)),
        tuple(sorted(tuple(sorted((colour[a], colour[b]))) for a, b in graph.bidirected)),
    )


def mine(name: str) -> tuple[list[dict[str, Any]], int]:
    """The cases of one stratum, no two isomorphic, and how many draws they took."""
    wanted, with_conditions, hard = STRATA[name]
    rng = np.random.default_rng([7, *name.encode()])
    seen: set[tuple[Any, ...]] = set()
    found: list[dict[str, Any]] = []
    draws = 0
    while len(found) < wanted:
        draws += 1
        graph = random_graph(rng, int(rng.choice(SIZES)))
        query = random_query(rng, graph, conditional=with_conditions)
        verdict = decide(graph, query)
        if (
            verdict.identifiable
            and hard(graph, query, verdict)
            and (key := fingerprint(graph, query)) not in seen
        ):
            seen.add(key)
            found.append(
                {
                    "nodes": "".join(graph.nodes),
                    "directed": ["".join(e) for e in graph.directed],
                    "bidirected": ["".join(e) for e in graph.bidirected],
                    "query": str(query),
                }
            )
    return found, draws


def main() -> None:
    strata = {}
    for name in STRATA:
        strata[name], draws = mine(name)
        print(f"{name}: {len(strata[name])} of {draws} draws")
    text = "{\n" + ",\n".join(
        json.dumps(name) + ": [\n" + ",\n".join(map(json.dumps, cases)) + "\n]"
        for name, cases in strata.items()
    )
    TARGET.write_bytes(gzip.compress((text + "\n}\n").encode(), mtime=0))


if __name__ == "__main__":
    main()
