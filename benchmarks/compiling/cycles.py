"""Problems on graphs with cycles: verdicts and values of dofx beside those of programs that share no code with it.

    python benchmarks/compiling/cycles.py          # writes benchmarks/results/cycles.md; half a minute

A problem is a random graph of 3 to 6 variables, most with a cycle, and a query, conditional in a half. The verdict is
compared with ioID, decided line by line on sets (`tests/support/oracles/ioid.py`). The value of an estimand is compared
with the truth of a random linear model, in closed form, and with the truth of a random finite model of two and three
states, by enumeration. σ-separation is compared with its definition on walks.
"""

from __future__ import annotations

import platform
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))

import dofx
from dofx.compiler.identify.derivation import Rule
from dofx.compiler.identify.feedback import InsideCycle
from models.cyclic import random_graph, sigma_separated
from oracles.ioid import decides
from posed.settled import Problem, finite_error, linear_error, problems

RESULTS = Path(__file__).parents[1] / "results" / "cycles.md"
PROBLEMS = 6_000
SEPARATIONS = 20_000
LIMIT = 1e-9


def separations() -> int:
    """How many of the separations differ from the definition on walks."""
    rng, wrong = np.random.default_rng(2018), 0
    for _ in range(SEPARATIONS):
        graph = random_graph(rng, int(rng.integers(3, 8)))
        admg = dofx.ADMG(graph.nodes, graph.directed, graph.bidirected, feedback=graph.nodes)
        x, y, *rest = (str(v) for v in rng.permutation(graph.nodes))
        given = rest[: int(rng.integers(0, len(rest) + 1))]
        wrong += admg.is_separated([x], [y], given) != sigma_separated(graph, x, y, given)
    return wrong


def main() -> None:
    started = time.process_time()
    tally: Counter[str] = Counter()
    worst_linear = worst_finite = 0.0
    wrong = list[Problem]()
    for seed, problem in enumerate(problems(2, PROBLEMS, 3, 6)):
        admg = problem.admg
        found = dofx.identify(problem.query, admg)
        expected = decides(problem.graph, problem.outcomes, problem.interventions, problem.conditions)
        tally["with a cycle"] += bool(admg.cycles)
        tally["conditional"] += bool(problem.conditions)
        if bool(found) != expected:
            wrong.append(problem)
        elif found.estimand:
            linear = linear_error(problem, found.estimand, seed)
            finite = finite_error(problem, found.estimand, seed)
            worst_linear, worst_finite = max(worst_linear, linear), max(worst_finite, finite)
            tally["identified"] += 1
            relevant = admg.order.mask(admg.ancestors(*problem.outcomes, *problem.conditions))
            tally["cycle among the ancestors"] += any(loop & relevant for loop in admg.cycles)
            tally["by way of an interim kernel"] += any(s.rule is Rule.RECURSE for s in found.derivation)
            if not max(linear, finite) < LIMIT:
                wrong.append(problem)
        else:
            tally["refused: do() inside a cycle"] += isinstance(found.witness, InsideCycle)
            tally["refused: a hedge"] += found.hedge is not None
    apart = separations()
    minutes = (time.process_time() - started) / 60
    lines = [
        "# Graphs with cycles: verdicts and values",
        "",
        f"`python benchmarks/compiling/cycles.py`, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"{minutes:.1f} minutes of processor time.",
        "",
        f"{PROBLEMS:,} random problems. Verdicts that differ from ioID's, or values that are off by more than "
        f"{LIMIT:g}: {len(wrong)}. The largest error on a linear model is {worst_linear:.1g}, on a finite one "
        f"{worst_finite:.1g}.",
        "",
        f"{SEPARATIONS:,} separations. Those that differ from the definition on walks: {apart}.",
        "",
        "| problems | number |",
        "|---|---:|",
        *(f"| {what} | {tally[what]:,} |" for what in sorted(tally)),
        "",
    ]
    RESULTS.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))
    for problem in wrong[:20]:
        print(problem)


if __name__ == "__main__":
    main()
