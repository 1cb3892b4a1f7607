"""Influence functions of random finite networks, compared with numerical derivatives.

    python benchmarks/intervals/influence.py              # writes benchmarks/results/influence.md; about ten minutes
    python benchmarks/intervals/influence.py --from 50000 # prints 1,000 other problems; three minutes
    python benchmarks/intervals/influence.py --sources    # the table on several data sets and on holes; some minutes

A problem is a random graph of 3 to 8 variables of two or three states, an effect that is identifiable in it, and a
random joint distribution, which need not fit the graph; a third are queries with interim stages. The derivative of
`answer()` in some directions, from one distribution towards another, is a central difference of second order,
extrapolated once (Richardson). The influence function says the same: its mean under the other distribution.
"""

from __future__ import annotations

import platform
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))

from oracles import gateaux_sources
from oracles.gateaux import Problem, check, problem

RESULTS = Path(__file__).parents[1] / "results" / "influence.md"
PROBLEMS = 1_500
LIMIT = 1e-6
"""The largest difference, relative to the derivative where that is larger than 1."""


def found(first: int = 0) -> Iterator[tuple[Problem, float, bool]]:
    """The identifiable problems from a seed on, and what `check` finds in each."""
    for seed in count(first):
        case = problem(seed)
        told = check(case)
        if told is not None:
            yield case, *told


def sources(problems: int = 50) -> None:
    """Print the largest difference for problems with several data sets and with holes, of two and three states."""
    for kind, make in (("several data sets", gateaux_sources.several), ("holes", gateaux_sources.with_holes)):
        for states in (2, 3):
            posed = (each for seed in count() if (each := make(seed, states)) is not None)
            found, interim = 0.0, 0
            for number, case in enumerate(islice(posed, problems)):
                found = max(found, gateaux_sources.check(case, np.random.default_rng(number)))
                interim += any(len(sampler.network.stages) > 1 for sampler in case.program.samplers)
            print(f"| {kind}, {states} states | {problems} | {interim} | {found:.1e} |", flush=True)


def others(first: int, problems: int = 1_000) -> None:
    """Print the largest difference for other problems than those of the results."""
    worst, beyond, interim = 0.0, list[int](), 0
    for case, error, staged in islice(found(first), problems):
        worst, interim = max(worst, error), interim + staged
        if error > LIMIT:
            beyond.append(case.seed)
    print(
        f"{problems:,} problems from seed {first}, {interim} with interim stages: largest difference {worst:.1e}"
    )
    print(f"seeds that differ by more than {LIMIT:.0e}: {beyond}")


def main() -> None:
    started = time.process_time()
    kinds: Counter[str] = Counter()
    worst = 0.0
    beyond: list[int] = []
    for case, error, interim in islice(found(), PROBLEMS):
        conditions = case.effect.split("|")[1].split(")", 1)[1].split("]")[0].strip(") ")
        kinds["conditional" if conditions else "without conditions"] += 1
        kinds["joint" if case.effect.split("|")[0].count("=") > 1 else "one outcome"] += 1
        kinds["with interim stages" if interim else "one stage"] += 1
        kinds["without passes" if case.passes == () else "with passes"] += 1
        worst = max(worst, error)
        if error > LIMIT:
            beyond.append(case.seed)
    minutes = (time.process_time() - started) / 60
    lines = [
        "# Influence functions of random finite networks",
        "",
        f"`python benchmarks/intervals/influence.py`, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"{minutes:.0f} minutes of one core. {PROBLEMS:,} identifiable effects in random graphs of 3 to 8 variables "
        "under random distributions; for each, the derivative of `answer()` in four directions.",
        "",
        f"The largest relative difference from the numerical derivative is {worst:.1e}; "
        f"{len(beyond)} effects differ by more than {LIMIT:.0e}" + (f" (seeds {beyond})." if beyond else "."),
        "",
        "| effects | number |",
        "|---|---:|",
        *(f"| {name} | {number:,} |" for name, number in sorted(kinds.items())),
    ]
    RESULTS.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--sources"]:
            sources()
        case ["--from", first]:
            others(int(first))
        case _:
            main()
