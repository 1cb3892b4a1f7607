"""Queries on random graphs with holes: verdicts, values and times.

    python benchmarks/holes.py          # writes benchmarks/results/holes.md; some minutes

A problem is a random graph of 2 to 5 variables, of which up to 4 have holes, and a query. The value of an estimand is
compared with the truth of random models of two and three states, whose latent causes are enumerated by code that shares
nothing with dofx. A query that is refused although the full law is identifiable (Nabi et al. 2020) would be an error.
For some refused queries, a derivative is looked for that changes the answer and leaves the observed law as it is: where
there is one, nothing can answer the query. Where there is none, few states may answer what many states do not.
"""

from __future__ import annotations

import platform
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import dofx
from holes import Model, Problem, drawn

RESULTS = Path(__file__).parent / "results" / "holes.md"
PROBLEMS = 10_000
DERIVED = 200
LIMIT = 1e-9


def main() -> None:
    tally: Counter[str] = Counter()
    times, worst = [], 0.0
    for number in range(PROBLEMS):
        rng = np.random.default_rng([2026, number])
        problem = drawn(rng, 5, 4, own=0.6)
        started = time.process_time()
        found = dofx.identify(problem.text, problem.graph)
        times.append(time.process_time() - started)
        tally[found.verdict] += 1
        if found.estimand:
            for states in (2, 3):
                off = error(problem, found.estimand, Model(problem, rng, states))
                worst = max(worst, off)
                tally["wrong"] += off > LIMIT
        elif found.hedge:
            tally["hedge"] += 1
        else:
            tally["holes"] += 1
            tally["missed"] += problem.keeps_the_full_law
            if tally["holes"] <= DERIVED:
                tally["proved"] += undetermined(problem, rng)
    RESULTS.write_text(page(tally, worst, np.array(times) * 1e3), encoding="utf-8")


def error(problem: Problem, estimand: dofx.Estimand, model: Model) -> float:
    """The largest difference between the estimand and the truth of a model."""
    outcomes, interventions, conditions = problem.query
    answer = estimand.evaluate(dofx.Table(problem.variables, model.observed()))
    return float(np.abs(answer.array([*outcomes, *interventions, *conditions]) - model.truth()).max())


def undetermined(problem: Problem, rng: np.random.Generator, step: float = 1e-5) -> bool:
    """Whether the answer has a derivative in a direction in which the observed law has none."""
    model = Model(problem, rng, 2)
    seen, asked = [], []
    for table, _ in model.tables.values():
        for place in np.ndindex(*table.shape[1:]):
            for state in range(1, table.shape[0]):
                ends = []
                for sign in (1, -1):
                    table[(0, *place)] -= sign * step
                    table[(state, *place)] += sign * step
                    ends.append((model.observed().ravel(), model.truth().ravel()))
                    table[(0, *place)] += sign * step
                    table[(state, *place)] -= sign * step
                seen.append((ends[0][0] - ends[1][0]) / (2 * step))
                asked.append((ends[0][1] - ends[1][1]) / (2 * step))
    law, answer = np.array(seen), np.array(asked)
    left, sizes, _ = np.linalg.svd(law)
    rank = int((sizes > 1e-6 * sizes[0]).sum())
    return bool(np.abs(left[:, rank:].T @ answer).max(initial=0.0) > 1e-4)


def page(tally: Counter[str], worst: float, times: np.ndarray) -> str:
    """The results as a page."""
    refused = tally["not identified"]
    derived = min(DERIVED, tally["holes"])
    return "\n".join(
        [
            "# Queries on graphs with holes",
            "",
            f"`python benchmarks/holes.py`, on {platform.machine()}, one core, Python {platform.python_version()}.",
            "",
            "| | |",
            "|---|---:|",
            f"| problems | {PROBLEMS:,} |",
            f"| identified | {tally['identified']:,} |",
            f"| refused | {refused:,} |",
            f"| of these, complete rows do not answer either | {tally['hedge']:,} |",
            f"| values that are off by more than {LIMIT:g} | {tally['wrong']} |",
            f"| largest error of a value | {worst:.1e} |",
            f"| refused although the full law is identifiable | {tally['missed']} |",
            f"| of the first {derived} refused for holes, proved with two states | {tally['proved']} |",
            f"| median time of a verdict | {np.median(times):.1f} ms |",
            f"| 95th percentile | {np.percentile(times, 95):.0f} ms |",
            f"| longest | {times.max():.0f} ms |",
            "",
        ]
    )


if __name__ == "__main__":
    main()
