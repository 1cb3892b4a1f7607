"""Refusals over several worlds: their witnesses by a checker of its own, and pairs of models that prove them.

    python benchmarks/compiling/world_witnesses.py  # writes benchmarks/results/world_witnesses.md; a minute of one core
    python benchmarks/compiling/world_witnesses.py 20    # twenty refusals of each kind, and nothing is written

Random problems as in `worlds.py`, those that dofx refuses. The verdict is compared with the enumerator
(`tests/support/oracles/decider.py`), the witness is checked by enumeration (`tests/support/oracles/witnessed.py`), and
two models are looked for that agree on all data and differ in the answer (`tests/support/oracles/pairs.py`). None of
them shares code with identification. For as many problems that are identified, no such pair may be found.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import dofx  # noqa: E402
from models.functional import Problem  # noqa: E402
from oracles.decider import Decider, TooLongError  # noqa: E402
from oracles.pairs import pair  # noqa: E402
from oracles.witnessed import complaints, concerned  # noqa: E402
from posed import asked  # noqa: E402  (it stands beside the tests)

RESULTS = ROOT / "benchmarks" / "results" / "world_witnesses.md"
EACH = 40
IDENTIFIED = 3
"""How many identified problems of each kind no pair may be found for; they take the longest."""


@dataclass
class Tally:
    """What was found out."""

    witnesses: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Refusals by kind and witness."""
    pairs: Counter[str] = field(default_factory=Counter)
    """Refusals by kind that a pair of models shows."""
    identified: int = 0
    """Identified problems for which no pair was found."""
    faults: list[str] = field(default_factory=list)
    apart: float = 0.0
    """The most by which the data of two models differ."""


def look(tally: Tally, kind: str, count: int) -> None:
    """Go through random problems of a kind until so many were refused."""
    refused = identified = 0
    seed = -1
    while refused < count:
        seed += 1
        rng = np.random.default_rng([2022, asked.KINDS.index(kind), seed])
        problem = asked.random_problem(rng, kind, hidden=1.0 + seed % 3)
        try:
            found = asked.identified(problem)
        except dofx.DofxError:  # a policy that reads what depends on it, which the language refuses
            continue
        where = f"{kind} {seed}: {problem.query}"
        if found.witness is not None and prove(tally, kind, where, problem, found.witness, seed):
            refused += 1
        elif found.verdict == "identified" and identified < IDENTIFIED and len(problem.nodes) < 4:
            identified += 1
            if pair(problem, problem.nodes, seed) is None:
                tally.identified += 1
            else:
                tally.faults.append(f"{where} is identified, and two models differ")


def prove(tally: Tally, kind: str, where: str, problem: Problem, witness: object, seed: int) -> bool:
    """Check a refusal; whether it was short enough to be checked."""
    try:
        verdict, wrong = Decider(problem).verdict(), complaints(problem, witness)
    except TooLongError:
        return False
    if verdict != "not identified":
        tally.faults.append(f"{where} is {verdict}")
    tally.faults += [f"{where}: {complaint}" for complaint in wrong]
    tally.witnesses[kind, type(witness).__name__] += 1
    found = pair(problem, concerned(witness), seed)
    if found is not None:
        tally.pairs[kind] += 1
        tally.apart = max(tally.apart, found.data)
    return True


def report(count: int) -> str:
    """The page of results."""
    started, tally = time.process_time(), Tally()
    for kind in asked.KINDS:
        look(tally, kind, count)
    names = ("Conflict", "Hedge", "NoSource")
    total, shown = sum(tally.witnesses.values()), sum(tally.pairs.values())
    lines = [
        "# Refusals over several worlds",
        "",
        f"`python benchmarks/compiling/world_witnesses.py`: {total:,} refusals of random problems, "
        f"{(time.process_time() - started) / 60:.1f} minutes of processor time.",
        "",
        "| kind | conflicts | hedges | lists of what each data set lacks | shown by two models |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {kind} | {' | '.join(str(tally.witnesses[kind, name]) for name in names)} | {tally.pairs[kind]} |"
            for kind in asked.KINDS
        ),
        "",
        f"- Verdicts unlike the enumerator's, witnesses that do not hold, and identified problems with such a pair: "
        f"{len(tally.faults)}.",
        f"- For {shown:,} of the {total:,} two small models were found that agree on all data (to {tally.apart:.0e}) "
        "and differ in the answer. For the others the models that were tried are too small.",
        f"- For {tally.identified} identified problems the same search finds none.",
        *(f"- {fault}" for fault in tally.faults),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:]:
        print(report(int(sys.argv[1])))
    else:
        RESULTS.write_text(report(EACH), encoding="utf-8")
