"""A trial with one more outcome, measured elsewhere: LaLonde's experiment, with the earnings from another file.

    python examples/lalonde_elsewhere.py

The experiment trained 185 of 445 people by lot. Here its file says who was trained and who worked in 1978, and not what
they earned. Earnings stand in a second file, of other people, of whom nobody knows who was trained. The effect on
earnings follows if training affects them through having work alone. The experiment's own earnings say what it is.

The second file holds other people of the experiment, or the people of a survey. With the first, the answer is half of
the truth: training also raised the earnings of those who had work, so that the graph is wrong, and no row of these two
files could show it, because none has both training and earnings.

References:
    LaLonde (1986), "Evaluating the econometric evaluations of training programs with experimental data". Bareinboim,
    Pearl (2016), "Causal inference and the data-fusion problem".
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from lalonde import experiment, surveyed
from lalonde_carried import THOUSANDS, difference, rounded

import dofx
from dofx import DataSet

PEOPLE = ("black", "nodegree")
GRAPH = "{black, nodegree} -> {work, re78}; black <-> nodegree; treat -> work -> re78"
ASKED = "effect trained = E[re78 | do(treat = 1)] - E[re78 | do(treat = 0)]"
DATA = [
    DataSet("trial", sets=["treat"], measures=[*PEOPLE, "work"]),
    DataSet("register", measures=[*PEOPLE, "work", "re78"], differs=[*PEOPLE, "work"]),
]
HALVES = 40
"""How often the people of the experiment are divided between the two files."""


def worked(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows in thousands of dollars, with who earned anything in 1978."""
    return rounded(rows).assign(work=(rows["re78"] > 0).astype(int))


def effect(trial: pd.DataFrame, register: pd.DataFrame) -> Any:
    """The effect of training on earnings, in thousands of dollars, with its interval."""
    program = dofx.compile(ASKED, GRAPH, data=DATA, variables={"re78": THOUSANDS})
    assert isinstance(program, dofx.CompiledProgram)
    rows = {"trial": trial[["treat", *PEOPLE, "work"]], "register": register[[*PEOPLE, "work", "re78"]]}
    return program.fit(rows).answer(rows, intervals="influence")["trained"]


def main() -> None:
    """Print the truth, and the effect with the earnings of either file."""
    whole, survey = worked(experiment()), worked(surveyed())
    truth = difference(whole)
    print("Thousands of dollars a year, by training:")
    print(f"  the earnings of all {len(whole)} of the experiment: {truth:.2f}")
    found = []
    for seed in range(HALVES):
        first = np.random.default_rng(seed).random(len(whole)) < 0.5
        answer = effect(whole[first], whole[~first])
        low, high = answer.interval or (np.nan, np.nan)
        found.append((answer.value, difference(whole[first]), low <= truth <= high))
    parts = pd.DataFrame(found, columns=["elsewhere", "own", "holds"])
    for name, said in (("elsewhere", "earnings from the other half"), ("own", "the half's own earnings")):
        error = np.sqrt(((parts[name] - truth) ** 2).mean())
        print(f"  {said}, {HALVES} times: mean {parts[name].mean():.2f}, root mean square error {error:.2f}")
    print(
        f"  the interval with the other half's earnings holds the first number in {parts['holds'].sum()} of {HALVES}"
    )
    answer = effect(whole, survey)
    low, high = answer.interval or (np.nan, np.nan)
    print(f"  earnings from {len(survey):,} people of a survey: {answer.value:.2f} [{low:.2f}, {high:.2f}]")
    both = pd.concat([whole.drop(columns="re78"), survey.drop(columns="treat", errors="ignore")])
    print(f"Rows of both files that show training and earnings: {len(both.dropna(subset=['treat', 're78']))}")


if __name__ == "__main__":
    main()
