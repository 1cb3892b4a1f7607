"""Random queries over several worlds: verdicts against a plain enumerator, values against enumerated models.

    python benchmarks/worlds.py            # writes benchmarks/results/worlds.md; ten minutes of one core
    python benchmarks/worlds.py 60         # sixty problems of each kind, and nothing is written

Of each kind, a third of the problems are not identifiable. The enumerator (`tests/support/decider.py`) shares nothing
with dofx: it looks at each term of each cell. A checker that shares nothing either (`tests/support/witnessed.py`)
has to accept the witness of each refusal, and for most refusals two small models are found that agree on all data and
differ in the answer (`tests/support/pairs.py`). The models (`tests/support/functional.py`) are functions with noise and
hidden causes; each identified query is evaluated on the exact tables of one, and compared with what enumerating its
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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import asked  # noqa: E402  (it stands beside the tests)
from decider import Decider, TooLongError  # noqa: E402
from dofx.grammar.diagnostics.diagnostic import DofxError  # noqa: E402
from functional import Problem  # noqa: E402
from pairs import pair  # noqa: E402
from witnessed import complaints, concerned  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "worlds.md"
EACH = 2_000
_WORDS = {"Conflict": "conflicts", "Hedge": "hedges", "NoSource": "lists of what each data set lacks"}
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


@dataclass
class Tally:
    """What was found out."""

    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Verdicts by kind."""
    witnesses: Counter[str] = field(default_factory=Counter)
    """Witnesses that the checker accepts, by kind."""
    pairs: int = 0
    """Refusals for which two models were found."""
    faults: list[str] = field(default_factory=list)
    largest: float = 0.0
    """The largest error of an estimand."""
    apart: float = 0.0
    """The most by which the data of two models differ."""
    spent: float = 0.0
    """Seconds in dofx."""
    text: Any = field(default_factory=hashlib.sha256)
    """A hash of all that is printed."""


def run(count: int, *, values: bool) -> Tally:
    """Put all problems; `values` says whether to look at more than verdicts and text."""
    tally = Tally()
    for kind in asked.KINDS:
        for seed, problem, true in problems(kind, count):
            where = f"{kind} {seed}: {problem.query}"
            start = time.process_time()
            try:
                found = asked.identified(problem)
            except DofxError as error:  # a policy that reads what depends on it, which the language refuses
                if "which depends on" not in str(error):
                    tally.faults.append(f"{where}: {error}")
                tally.verdicts[kind, "refused by the language"] += 1
                continue
            tally.spent += time.process_time() - start
            tally.verdicts[kind, found.verdict] += 1
            tally.text.update(f"{problem.query} {found.explain()}".encode())
            if found.verdict != true:
                tally.faults.append(f"{where} is {true}, not {found.verdict}")
            elif values and found.estimand is not None:
                error_of = asked.error(problem, found, seed)
                tally.largest = max(tally.largest, error_of)
                if not error_of < 1e-9:
                    tally.faults.append(f"{where} is off by {error_of}")
            elif values and found.witness is not None:
                prove(tally, where, problem, found.witness, seed)
    return tally


def prove(tally: Tally, where: str, problem: Problem, witness: Any, seed: int) -> None:
    """Check the witness of a refusal, and look for two models."""
    wrong = complaints(problem, witness)
    tally.faults += [f"{where}: {complaint}" for complaint in wrong]
    tally.witnesses[type(witness).__name__] += not wrong
    found = pair(problem, concerned(witness), seed)
    if found is not None:
        tally.pairs += 1
        tally.apart = max(tally.apart, found.data)


def report(count: int) -> str:
    """The page of results."""
    tally = run(count, values=True)
    verdicts, faults = tally.verdicts, tally.faults
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
    shown = ", ".join(f"{number:,} {_WORDS[name]}" for name, number in tally.witnesses.items())
    lines += [
        "",
        f"- {refused:,} are not identifiable. Verdicts unlike an enumerator's, and values that are off: {len(faults)}.",
        f"- Each refusal has a witness that a checker of its own accepts: {shown}.",
        f"- For {tally.pairs:,} of the refusals two small models were found that agree on all data (to "
        f"{tally.apart:.0e}) and differ in the answer.",
        f"- The largest error of an estimand on the exact tables of a random model: {tally.largest:.1e}.",
        f"- A verdict with its estimand takes {1e3 * tally.spent / total:.1f} ms on average.",
        f"- What is printed is the same under hash seeds {', '.join(SEEDS)} (sha256 {hashes.pop().decode()[:16]}…).",
        *(f"- {fault}" for fault in faults),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--hash"]:
        print(run(int(sys.argv[2]), values=False).text.hexdigest())
    elif sys.argv[1:]:
        print(report(int(sys.argv[1])))
    else:
        RESULTS.write_text(report(EACH), encoding="utf-8")
