"""Random queries over several worlds: verdicts against a plain enumerator, values against enumerated models.

    python benchmarks/worlds.py            # writes benchmarks/results/worlds.md; some minutes of one core
    python benchmarks/worlds.py 60         # sixty problems of each kind, and nothing is written

Of each kind, a third of the problems are not identifiable. The enumerator (`tests/support/decider.py`) shares nothing
with dofx: it looks at each term of each cell. The models (`tests/support/functional.py`) are functions with noise
and hidden causes; each identified query is evaluated on the exact tables of one, and compared with what enumerating its
units gives. What dofx prints is hashed for a fifth of the problems, under three hash seeds of Python.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import asked  # noqa: E402  (it stands beside the tests)
import dofx  # noqa: E402
from decider import Decider, TooLongError  # noqa: E402
from functional import Problem  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "worlds.md"
EACH = 2_000
SEEDS = ("0", "1", "20061010")


def problems(kind: str, count: int) -> Iterator[tuple[int, Problem, str]]:
    """Problems of a kind with their true verdicts, every third of them not identifiable."""
    left = {"not identified": -(-count // 3), "answered": count - -(-count // 3)}
    seed = -1
    while any(left.values()):
        seed += 1
        hidden = 1.0 + seed % 3
        problem = asked.random_problem(
            np.random.default_rng([2021, asked.KINDS.index(kind), seed]), kind, hidden=hidden
        )
        try:
            verdict = Decider(problem).verdict()
        except TooLongError:
            continue
        group = verdict if verdict == "not identified" else "answered"
        if left[group]:
            left[group] -= 1
            yield seed, problem, verdict


def run(count: int, *, values: bool) -> tuple[Counter[tuple[str, str]], list[str], float, float, str]:
    """Verdicts by kind, faults, the largest error, seconds in dofx, and a hash of all text."""
    verdicts: Counter[tuple[str, str]] = Counter()
    faults: list[str] = []
    largest, spent, digest = 0.0, 0.0, hashlib.sha256()
    for kind in asked.KINDS:
        for seed, problem, true in problems(kind, count):
            start = time.process_time()
            try:
                found = asked.identified(problem)
            except (
                dofx.DofxError
            ) as error:  # a policy that reads what depends on it, which the language refuses
                if "which depends on" not in str(error):
                    faults.append(f"{kind} {seed}: {problem.query}: {error}")
                verdicts[kind, "refused by the language"] += 1
                continue
            spent += time.process_time() - start
            verdicts[kind, found.verdict] += 1
            digest.update(f"{problem.query} {found.explain()}".encode())
            if found.verdict != true:
                faults.append(f"{kind} {seed}: {problem.query} is {true}, not {found.verdict}")
            elif found.estimand is not None and values:
                error_of = asked.error(problem, found, seed)
                largest = max(largest, error_of)
                if not error_of < 1e-9:
                    faults.append(f"{kind} {seed}: {problem.query} is off by {error_of}")
    return verdicts, faults, largest, spent, digest.hexdigest()


def report(count: int) -> str:
    """The page of results."""
    verdicts, faults, largest, spent, _ = run(count, values=True)
    hashes = set()
    for seed in SEEDS:
        call = [sys.executable, __file__, "--hash", str(count // 5)]
        hashes.add(
            subprocess.run(
                call, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
            ).stdout
        )
    assert len(hashes) == 1, "the text depends on the hash seed"
    names = list(dict.fromkeys(name for _, name in sorted(verdicts)))
    total = sum(verdicts.values())
    lines = [
        "# Queries over several worlds",
        "",
        f"`python benchmarks/worlds.py`: {total:,} random problems on graphs of two to four variables of two or three",
        "states, with hidden common causes, experiments, policies as tables, and values left open.",
        "",
        f"| kind | {' | '.join(names)} |",
        f"|---|{'---:|' * len(names)}",
    ]
    lines += [
        f"| {kind} | {' | '.join(f'{verdicts[kind, name]:,}' for name in names)} |" for kind in asked.KINDS
    ]
    refused = sum(number for (_, name), number in verdicts.items() if name == "not identified")
    lines += [
        "",
        f"- {refused:,} are not identifiable. Verdicts unlike an enumerator's, and values that are off: {len(faults)}.",
        f"- The largest error of an estimand on the exact tables of a random model: {largest:.1e}.",
        f"- A verdict with its estimand takes {1e3 * spent / total:.1f} ms on average.",
        f"- What is printed is the same under hash seeds {', '.join(SEEDS)} (sha256 {hashes.pop().decode()[:16]}…).",
        *(f"- {fault}" for fault in faults),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--hash"]:
        print(run(int(sys.argv[2]), values=False)[-1])
    elif sys.argv[1:]:
        print(report(int(sys.argv[1])))
    else:
        RESULTS.write_text(report(EACH), encoding="utf-8")
