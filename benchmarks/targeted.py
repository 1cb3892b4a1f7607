"""Rare outcomes under trained generators: how often a correction leaves the bounds of a chance, and the targeted step.

    python benchmarks/targeted.py [data sets]     # writes benchmarks/results/targeted.md; ten minutes

The chance of an outcome that some two rows in a hundred show is asked with and without a treatment that follows a real
covariate. The one-step estimate adds a mean of the influence function to what the generators imply, and may so become
negative; cut at 0, it is *cut*. The *targeted* estimate is what `answer(rows, intervals="influence")` gives.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

import dofx
from dofx.runtime.answers.influence.by_influence import averaged, interval_of_number
from dofx.runtime.answers.influence.inferred import evaluated
from dofx.runtime.answers.influence.one_step import cross_fitted

RESULTS = Path(__file__).parent / "results" / "targeted.md"
SETS = 100
ROWS = 300
GRAPH = "z -> {x, y}; w -> {x, y}; x -> y"
Found = dict[str, list[tuple[float, float, float, float]]]
"""For each arm, of each data set: the one-step value, the targeted one, and the ends of its interval."""


def chance(z: Any, x: Any, offset: float) -> Any:
    return 1 / (1 + np.exp(offset - 1.2 * z - 0.3 * x))


def rows_of(number: int, offset: float) -> dict[str, Any]:
    rng = np.random.default_rng([number, ROWS])
    z, w = rng.normal(size=(2, ROWS))
    x = (rng.random(ROWS) < 1 / (1 + np.exp(-1.2 * z))).astype(int)
    return {"z": z, "w": w, "x": x, "y": rng.random(ROWS) < chance(z, x, offset)}


def truth(offset: float) -> dict[int, float]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    return {x: float(weights @ chance(nodes, x, offset) / weights.sum()) for x in (0, 1)}


def study(offset: float, sets: int) -> Found:
    text = f"graph {{ {GRAPH} }}\n" + "\n".join(f"effect p{x} = P(y = true | do(x = {x}))" for x in (0, 1))
    found: Found = {"p0": [], "p1": []}
    for number in range(sets):
        rows = rows_of(number, offset)
        program: Any = dofx.compile(text).fit(rows, epochs=1, progress=False)
        crossed = cross_fitted(program, rows, list(found))
        for place, question in enumerate(program.asked.effects):
            mean = averaged([evaluated(each, question) for each in crossed])
            interval = interval_of_number(mean, crossed[0].sample)
            laws = [each.law(program.samplers[0], {"x": place}, {}) for each in crossed]
            plain = float(np.mean([law.parts([law.hits({"y": 1})])[0].value[0] for law in laws]))
            found[question.name].append((plain, mean.value, interval.low, interval.high))
    return found


def lines_of(offset: float, found: Found) -> list[str]:
    lines: list[str] = []
    for x, true in truth(offset).items():
        values = np.array(found[f"p{x}"])
        values = values[np.isfinite(values).all(axis=1)]
        plain, targeted, low, high = values.T
        beyond = plain < 0
        errors = [root(each - true) for each in (plain, np.maximum(plain, 0), targeted)]
        held = (low <= true) & (true <= high)
        cells = [f"{100 * true:.1f} %", f"x = {x}", f"{len(values)}", f"{beyond.sum()}"]
        cells += [f"{100 * each:.2f} %" for each in errors]
        cells += [f"{100 * held.mean():.0f} %", f"{held[beyond].sum()} of {beyond.sum()}"]
        lines.append(f"| {' | '.join([*cells, f'{100 * (high - low).mean():.1f} %'])} |")
    return lines


def root(errors: Any) -> float:
    return float(np.sqrt(np.mean(np.square(errors))))


def main(sets: int) -> None:
    torch.set_num_threads(1)
    lines = [
        "# Chances near 0 under trained generators",
        "",
        f"`python benchmarks/targeted.py {sets}`, Python {platform.python_version()}, torch {torch.__version__}. "
        f"{sets} data sets of {ROWS} rows for each line, less those without an interval. Errors are root mean squares, "
        "in points of a hundred; *beyond* counts one-step values below 0. Intervals are nominally of 95 %.",
        "",
        "| chance | asked | data sets | beyond | error one-step | error cut at 0 | error targeted | covered "
        "| covered where beyond | width |",
        f"|---{'|---:' * 9}|",
    ]
    for offset in (4.5, 3.5):
        lines += lines_of(offset, study(offset, sets))
        print("\n".join(lines), flush=True)
    RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SETS)
