"""What the passes save: refits, generators, numbers made and numbers read, against the literal recursion.

    python benchmarks/passes.py            # writes benchmarks/results/passes.md

A thousand random identifiable queries on graphs of 4 to 7 variables, a third of them with conditions, and the
time to compile on larger graphs. The queries come from ``tests/support/graphs.py``, seeded.

The baseline reads ID-GEN and IDC-GEN line by line: a generator for every variable of a c-factor given all
before it (steps 1 and 6), new generators and a simulated data set at step 7, and for conditional queries a
last generator for each outcome, trained on rows simulated from ``P(y, z | do(x))``. Equal ones count once.

References:
    Rahman, Jordan, Kocaoglu (NeurIPS 2024), arXiv 2402.07419: ID-GEN and IDC-GEN.
"""

from __future__ import annotations

import os
import platform
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from dofx.compiler.driver import NotIdentifiableError, compile_query
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.identify.query import Query as CompilerQuery
from dofx.compiler.network.ir import Data, Fit, Simulated
from dofx.compiler.passes.cost import Cost, cost, cost_of
from graphs import Graph, Query, random_cases
from reference import reduce

RESULTS = Path(__file__).parent / "results" / "passes.md"
COUNT = 1_000


class Hedge(Exception):
    """Step 5: not identifiable."""


@dataclass
class IDGen:
    """The generators that ID-GEN trains, each with the data set it trains on."""

    fits: list[Fit] = field(default_factory=list)
    data_sets: int = 0

    def train(self, targets: frozenset[str], graph: Graph, rows: Data | Simulated) -> None:
        """A generator for each target, given all that comes before it in the graph."""
        for k, v in enumerate(graph.order):
            if v in targets:
                self.fits.append(Fit(v, graph.order[:k], rows))

    def run(self, y: frozenset[str], x: frozenset[str], graph: Graph, rows: Data | Simulated) -> None:
        v = frozenset(graph.nodes)
        if not x:  # step 1
            self.train(graph.ancestors(y), graph.subgraph(graph.ancestors(y)), rows)
            return
        ancestral = graph.ancestors(y)
        if v != ancestral:  # step 2
            self.run(y, x & ancestral, graph.subgraph(ancestral), rows)
            return
        w = (v - x) - graph.mutilated(into=x).ancestors(y)
        if w:  # step 3
            self.run(y, x | w, graph, rows)
            return
        parts = graph.subgraph(v - x).districts()
        if len(parts) > 1:  # step 4
            for part in parts:
                self.run(part, v - part, graph, rows)
            return
        (s,) = parts
        districts = graph.districts()
        if len(districts) == 1:  # step 5
            raise Hedge
        if s in districts:  # step 6
            self.train(s, graph, rows)
            return
        larger = next(d for d in districts if s < d)  # step 7
        self.train(larger, graph, rows)
        self.data_sets += 1
        self.run(y, x & larger, graph.subgraph(larger), Simulated(f"D{self.data_sets}"))


def literal(graph: Graph, query: Query) -> Cost:
    """What IDC-GEN trains, which is ID-GEN where no condition is left."""
    reduced = reduce(graph, query)
    recursion = IDGen()
    asked = frozenset(reduced.outcomes + reduced.conditions)
    recursion.run(asked, frozenset(reduced.interventions), graph, Data())
    if reduced.conditions:
        before = reduced.conditions + reduced.interventions
        for v in reduced.outcomes:
            recursion.fits.append(Fit(v, before, Simulated("P(y, z | do(x))")))
            before = (*before, v)
    return cost_of(recursion.fits)


def compiled(graph: Graph, query: Query, *, passes: bool) -> Cost:
    admg = ADMG(graph.nodes, graph.directed, graph.bidirected)
    asked = CompilerQuery(query.outcomes, query.interventions, query.conditions)
    return cost(compile_query(asked, admg, **({} if passes else {"passes": ()})).network)


SYSTEMS: dict[str, Callable[[Graph, Query], Cost]] = {
    "ID-GEN / IDC-GEN, literally": literal,
    "dofx without passes": lambda graph, query: compiled(graph, query, passes=False),
    "dofx": lambda graph, query: compiled(graph, query, passes=True),
}


def kind(graph: Graph, query: Query) -> str:
    if not query.conditions:
        return "unconditional"
    return "conditional" if reduce(graph, query).conditions else "conditional, all conditions moved into do()"


def queries(count: int) -> Iterator[tuple[str, list[Cost]]]:
    """The kind of each query, and what each system pays for it."""
    found = 0
    for graph, query, _ in random_cases([2402, 7419], 100_000, sizes=(4, 5, 6, 7)):
        try:
            yield kind(graph, query), [system(graph, query) for system in SYSTEMS.values()]
        except (Hedge, NotIdentifiableError):
            continue
        found += 1
        if found == count:
            return


def savings() -> str:
    costs: dict[str, list[list[Cost]]] = {}
    for name, found in queries(COUNT):
        costs.setdefault(name, []).append(found)
    everything = [found for group in costs.values() for found in group]
    rows = ["| queries | system | with a refit | refits | generators | numbers made | numbers read |"]
    rows.append("|---|---|---:|---:|---:|---:|---:|")
    for name, group in (*sorted(costs.items(), reverse=True), ("all", everything)):
        for place, system in enumerate(SYSTEMS):
            column = [found[place] for found in group]
            share = sum(c.refits > 0 for c in column) / len(column)
            sums = (
                sum(c.refits for c in column),
                sum(c.generators for c in column),
                sum(c.dimensions for c in column),
                sum(c.conditions for c in column),
            )
            cells = " | ".join(f"{number:,}" for number in sums)
            rows.append(f"| {len(group)} {name} | {system} | {share:.1%} | {cells} |")
    return "\n".join(rows)


def sparse(n: int, seed: int) -> tuple[ADMG, CompilerQuery]:
    """A random graph, 2 directed and 0.3 bidirected edges a node; what a cause does to the last effect."""
    rng = random.Random(f"{n} {seed}")
    v = [f"V{i}" for i in range(n)]

    def pairs(count: int) -> list[tuple[str, str]]:
        found = {tuple(sorted(rng.sample(range(n), 2))) for _ in range(count)}
        return [(v[i], v[j]) for i, j in sorted(found)]

    graph = ADMG(v, pairs(2 * n), pairs(3 * n // 10))
    outcome = max(v, key=lambda name: len(graph.ancestors(name)))
    causes = [name for name in graph.ancestors(outcome) if name != outcome]
    return graph, CompilerQuery((outcome,), (rng.choice(causes),))


def times() -> str:
    rows = ["| variables | identifiable | median, ms | slowest, ms |", "|---:|---:|---:|---:|"]
    for n in (20, 50, 200):
        spent = []
        for seed in range(40):
            graph, query = sparse(n, seed)
            start = time.perf_counter()
            try:
                compile_query(query, graph)
            except NotIdentifiableError:
                continue
            spent.append(1_000 * (time.perf_counter() - start))
        rows.append(f"| {n} | {len(spent)} of 40 | {median(spent):.1f} | {max(spent):.1f} |")
    return "\n".join(rows)


def main() -> None:
    compile_query("P(y | do(x))", "x -> y")  # imports
    cores = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    head = f"# What the passes save\n\n`python benchmarks/passes.py`, on {cores}.\n"
    text = (
        f"{COUNT:,} random identifiable queries on 4 to 7 variables. A refit is a generator trained on "
        "simulated rows; numbers made and read are the sizes of all targets and conditions, one a variable."
    )
    speed = (
        "Time to compile, passes and search included, on random graphs with 2 directed and 0.3 bidirected "
        "edges a variable: the effect on the variable with most causes of one of them."
    )
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(f"{head}\n{text}\n\n{savings()}\n\n{speed}\n\n{times()}\n")
    print(RESULTS.read_text())


if __name__ == "__main__":
    main()
