"""An experiment carried to another population: LaLonde's, to all who might have been in it, and to a survey's people.

    python examples/lalonde_carried.py

The experiment trained 185 of 445 people by lot. In the first part, the rows are of a part of them, in which people with
a degree are over-represented; the truth, the effect among all 445, is what the whole experiment found. In the second
part the population is that of a survey of 15,992 people, none of whom was trained. The effect there is not known, but
what people earn without training is, and so the assumptions can be held against the survey.

References:
    LaLonde (1986), "Evaluating the econometric evaluations of training programs with experimental data". Dehejia, Wahba
    (1999), "Causal effects in nonexperimental studies". Bareinboim, Pearl (2013), "A general algorithm for deciding
    transportability of experimental results".
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from lalonde import experiment, surveyed

import dofx
from dofx import DataSet
from dofx.generators import Finite

ASKED = """
effect trained = E[re78 | do(treat = 1)] - E[re78 | do(treat = 0)]
effect without = E[re78 | do(treat = 0)]
"""

SELECTED = 40
"""How often a part of the experiment is selected."""

THOUSANDS = Finite(tuple(range(61)))
"""Earnings in 1978, in thousands of dollars."""


def rounded(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with earnings in thousands, and whether anything was earned in 1975."""
    return rows.assign(re78=(rows["re78"] / 1_000).round().astype(int), work75=(rows["re75"] > 0).astype(int))


def difference(rows: pd.DataFrame) -> float:
    """The mean of those who were trained less the mean of those who were not, in thousands of dollars."""
    means = rows.groupby("treat")["re78"].mean()
    return float(means[1] - means[0])


def carried(trial: pd.DataFrame, people: pd.DataFrame, by: Sequence[str]) -> Any:
    """What training adds, and what is earned without, among `people`, from a trial whose participants differ from them.

    Args:
        trial: Rows with `treat`, which was set, and earnings.
        people: Rows of the target population.
        by: In what the participants differ.
    """
    causes = "; ".join(f"{a} <-> {b}" for a in by for b in by if a < b)
    graph = f"{{{', '.join(by)}}} -> re78; treat -> re78; {causes}"
    data = [
        DataSet("people", measures=by),
        DataSet("trial", sets=["treat"], measures=[*by, "re78"], differs=by),
    ]
    program = dofx.compile(ASKED, graph, data=data, variables={"re78": THOUSANDS})
    assert isinstance(program, dofx.CompiledProgram)
    rows = {"people": people[list(by)], "trial": trial[["treat", "re78", *by]]}
    return program.fit(rows).answer(rows, intervals="influence")


def within(whole: pd.DataFrame) -> pd.DataFrame:
    """Parts of the experiment in which people with a degree are over-represented: carried to all, and as they are."""
    truth, found = difference(whole), []
    for seed in range(SELECTED):
        chance = np.where(whole["nodegree"] == 0, 0.9, 0.3)
        part = whole[np.random.default_rng(seed).random(len(whole)) < chance]
        answer = carried(part, whole, ["nodegree"])["trained"]
        low, high = answer.interval or (np.nan, np.nan)
        found.append((difference(part), answer.value, low <= truth <= high, len(part)))
    return pd.DataFrame(found, columns=["as it is", "carried", "holds", "rows"])


def main() -> None:
    """Print both parts."""
    whole, survey = rounded(experiment()), rounded(surveyed())
    truth = difference(whole)
    print(f"The effect among all {len(whole)} of the experiment: {1_000 * truth:,.0f} dollars a year.\n")
    parts = within(whole)
    print(f"{SELECTED} parts of it, of {parts['rows'].mean():.0f} people, most of whom have a degree:")
    for name in ("as it is", "carried"):
        error = np.sqrt(((parts[name] - truth) ** 2).mean())
        print(
            f"  {name:9} mean {1_000 * parts[name].mean():6,.0f}, root mean square error {1_000 * error:5,.0f}"
        )
    print(f"  the interval of what is carried holds the truth in {parts['holds'].sum()} of {SELECTED}\n")

    black = survey[survey["black"] == 1]
    for people, who, by in (
        (survey, "people of the survey", ["black", "nodegree", "work75"]),
        (black, "black people of the survey", ["nodegree", "work75"]),
    ):
        trial = whole[whole["black"] == 1] if people is black else whole
        print(f"Carried to the {len(people):,} {who}, by {', '.join(by)}, in thousands of dollars:")
        print(textwrap.indent(str(carried(trial, people, by)), "  "))
        print(f"They earn {people['re78'].mean():.2f} without training.\n")
    pooled = pd.concat([whole, survey.assign(treat=0)])
    print(f"Naive pooling of both, trained less untrained: {difference(pooled):.2f}")


if __name__ == "__main__":
    main()
