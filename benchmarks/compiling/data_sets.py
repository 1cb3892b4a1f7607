"""Problems with several data sets: verdicts and values of dofx beside those of another program.

    python benchmarks/compiling/data_sets.py          # writes benchmarks/results/data_sets.md; a few minutes

A problem is a random graph of 3 to 8 variables, a query, conditional in a third, and one to three data sets:
experiments, other populations, some with a part of the columns, some selected. The verdict is compared with the verdict
of `tests/support/models/populations.py`, which works with sets of names and shares no code with dofx (it has only the
simple rule for selected rows); the value of an estimand is compared with the truth of a random model of two and three
states whose latent causes are enumerated.

In more problems one of the data sets has holes. Their verdict is compared where it is sure without a theory of holes
(`tests/support/models/hidden_in_one.py`), and the value of an estimand likewise.
"""

from __future__ import annotations

import platform
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))

from models.hidden_in_one import drawn, fault
from models.populations import Problem, decided, problems
from posed.problems import error, identified

RESULTS = Path(__file__).parents[1] / "results" / "data_sets.md"
PROBLEMS = 10_500
WITH_HOLES = 5_000
LIMIT = 1e-9


@dataclass
class Found:
    """What became of problems without holes."""

    tally: Counter[tuple[str, str]] = field(default_factory=Counter)
    worst: float = 0.0
    wrong: list[Problem] = field(default_factory=list)

    def judge(self, kind: str, seed: int, problem: Problem) -> None:
        """Compare the verdict with the other program's, and the value with the truth."""
        found = identified(problem)
        self.tally[kind, "problems"] += 1
        self.tally[kind, "identified" if found else "refused"] += 1
        expected, selected = decided(problem), any(rows.keeps for rows in problem.data)
        self.tally[kind, "more"] += bool(found) > expected
        if bool(found) < expected or (bool(found) > expected and not selected):
            self.wrong.append(problem)
        elif found.estimand:
            off = error(problem, found, seed)
            self.worst = max(self.worst, off)
            self.tally[kind, "recursions"] += any(step.rule.name == "RECURSE" for step in found.derivation)
            self.tally[kind, "several"] += len(found.estimand.data) > 1
            if not off < LIMIT:
                self.wrong.append(problem)

    @property
    def kinds(self) -> list[str]:
        """The kinds of problems, in the order in which they came."""
        return list(dict.fromkeys(kind for kind, _ in self.tally))


@dataclass
class Hidden:
    """What became of problems with holes in one data set: verdicts by what is sure, and what is wrong."""

    verdicts: Counter[tuple[bool | None, bool]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def main() -> None:
    """Judge all problems, and write the page."""
    started = time.process_time()
    whole, hidden = Found(), Hidden()
    for kind, seed, problem in problems(19, PROBLEMS, (3, 4, 5, 6)):
        whole.judge(kind, seed, problem)
    for seed, holed in drawn(20, WITH_HOLES):
        said, verdict = fault(holed, seed)
        hidden.verdicts[holed.sure, verdict] += 1
        hidden.faults += [f"{holed}: {said}"] if said else []
    page = report(whole, hidden, (time.process_time() - started) / 60)
    RESULTS.write_text(page, encoding="utf-8")
    print(page)
    for each in (*whole.wrong[:20], *hidden.faults[:20]):
        print(each)


def report(whole: Found, hidden: Hidden, minutes: float) -> str:
    """The page of results."""
    tally, verdicts = whole.tally, hidden.verdicts
    rows = [
        f"| {kind} | {tally[kind, 'problems']:,} | {tally[kind, 'refused']:,} | {tally[kind, 'identified']:,} "
        f"| {tally[kind, 'several']:,} | {tally[kind, 'recursions']:,} |"
        for kind in whole.kinds
    ]
    lines = [
        "# Several data sets: verdicts and values",
        "",
        f"`python benchmarks/compiling/data_sets.py`, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"{minutes:.1f} minutes of processor time.",
        "",
        f"{PROBLEMS:,} random problems. Verdicts that differ from those of another program, or values that are off by "
        f"more than {LIMIT:g}: {len(whole.wrong)}. The largest error of a value is {whole.worst:.1g}.",
        "",
        f"Where rows were selected, {sum(tally[kind, 'more'] for kind in whole.kinds)} more queries are identified "
        "than by the simple rule.",
        "",
        "| problems | number | refused | identified | from several data sets | with an interim kernel |",
        "|---|---:|---:|---:|---:|---:|",
        *rows,
        "",
        f"Holes in one of the data sets: {WITH_HOLES:,} more problems. Verdicts that differ from what is sure, or "
        f"values that are off by more than {LIMIT:g}: {len(hidden.faults)}.",
        "",
        "| | identified | refused |",
        "|---|---:|---:|",
        *(
            f"| {words} | {verdicts[sure, True]:,} | {verdicts[sure, False]:,} |"
            for words, sure in (
                ("surely identified: by the other data sets, or holes by chance alone", True),
                ("surely not: complete rows do not answer", False),
                ("not sure without a theory of holes", None),
            )
        ),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
