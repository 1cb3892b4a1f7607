"""Queries on random graphs with holes: verdicts, values and times.

    python benchmarks/compiling/holes.py --keep kept.jsonl  # goes on where it stopped, and writes the results
    python benchmarks/compiling/holes.py --keep kept.jsonl --minutes 10

A problem is a random graph of 2 to 5 variables, of which up to 4 have holes, and a query. The value of an estimand is
compared with the truth of random models of two and three states, whose latent causes are enumerated by code that shares
nothing with dofx. A query that is refused although the full law is identifiable (Nabi et al. 2020) would be an error.
For some refused queries, a derivative is looked for that changes the answer and leaves the observed law as it is: where
there is one, nothing can answer the query. Where there is none, few states may answer what many states do not.
Every problem is a line of the file that is kept, so that the study may be stopped and continued.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))

import dofx
from models.holes import Model, Problem, drawn

RESULTS = Path(__file__).parents[1] / "results" / "holes.md"
PROBLEMS = 10_000
DERIVED = 200
LIMIT = 1e-9


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    asked = parser.parse_args()
    kept = [json.loads(line) for line in asked.keep.read_text().splitlines()] if asked.keep.exists() else []
    refused = sum("missed" in each for each in kept)
    started = time.monotonic()
    with asked.keep.open("a", encoding="utf-8") as file:
        while len(kept) < PROBLEMS and time.monotonic() - started < 60 * asked.minutes:
            found = decided(len(kept), prove=refused < DERIVED)
            refused += "missed" in found
            kept.append(found)
            file.write(json.dumps(found) + "\n")
    print(f"{len(kept):,} of {PROBLEMS:,} problems")
    if len(kept) == PROBLEMS:
        RESULTS.write_text(page(kept), encoding="utf-8")


def decided(number: int, *, prove: bool) -> dict[str, Any]:
    """What one problem came to: its verdict, the milliseconds it took, and the largest error of its values.

    Args:
        number: The number of the problem.
        prove: Whether a refusal for holes is to be proved.
    """
    rng = np.random.default_rng([2027, number])
    problem = drawn(rng, 5, 4, own=0.6)
    started = time.process_time()
    found = dofx.identify(problem.text, problem.graph)
    about: dict[str, Any] = {"verdict": found.verdict, "ms": (time.process_time() - started) * 1e3}
    if found.estimand:
        about["errors"] = [error(problem, found.estimand, Model(problem, rng, states)) for states in (2, 3)]
    elif not found.hedge:
        about["missed"] = problem.keeps_the_full_law
        if prove:
            about["proved"] = undetermined(problem, rng)
    return about


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


def page(kept: list[dict[str, Any]]) -> str:
    """The results as a page."""
    refused = [each for each in kept if each["verdict"] == "not identified"]
    holes = [each for each in refused if "missed" in each]
    proved = [each["proved"] for each in holes if "proved" in each]
    errors = [error for each in kept for error in each.get("errors", ())]
    times = np.array([each["ms"] for each in kept])
    return "\n".join(
        [
            "# Queries on graphs with holes",
            "",
            "`python benchmarks/compiling/holes.py`, "
            f"on {platform.machine()}, one core, Python {platform.python_version()}.",
            "",
            "| | |",
            "|---|---:|",
            f"| problems | {len(kept):,} |",
            f"| identified | {sum(each['verdict'] == 'identified' for each in kept):,} |",
            f"| refused | {len(refused):,} |",
            f"| of these, complete rows do not answer either | {len(refused) - len(holes):,} |",
            f"| values that are off by more than {LIMIT:g} | {sum(not error <= LIMIT for error in errors)} |",
            f"| largest error of a value | {max(errors):.1e} |",
            f"| refused although the full law is identifiable | {sum(each['missed'] for each in holes)} |",
            f"| of the first {len(proved)} refused for holes, proved with two states | {sum(proved)} |",
            f"| median time of a verdict | {np.median(times):.1f} ms |",
            f"| 95th percentile | {np.percentile(times, 95):.0f} ms |",
            f"| longest | {times.max():.0f} ms |",
            "",
        ]
    )


if __name__ == "__main__":
    main()
