"""A rare outcome under trained generators: how often a correction leaves the bounds of a chance, and the targeted step.

    python benchmarks/intervals/targeted.py [data sets]     # writes benchmarks/results/targeted.md; some minutes

The chance of an outcome that one row in a hundred shows is asked without a treatment that follows a real covariate. The
one-step estimate adds a mean of the influence function to what the generators imply, and may so become negative; cut at
0, it is *cut*. The *targeted* estimate is what `answer(rows, intervals="influence")` gives.
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
from dofx.runtime.answers.influence.crossing import cross_fitted
from dofx.runtime.answers.influence.inferred import evaluated

RESULTS = Path(__file__).parents[1] / "results" / "targeted.md"
SETS = 40
ROWS = 300
OFFSET = 5.3
TEXT = "graph { z -> {x, y}; w -> {x, y}; x -> y }\neffect e = P(y = true | do(x = 0))"


def chance(z: Any, x: Any) -> Any:
    return 1 / (1 + np.exp(OFFSET - 1.2 * z - 0.3 * x))


def rows_of(number: int) -> dict[str, Any]:
    rng = np.random.default_rng([number, ROWS])
    z, w = rng.normal(size=(2, ROWS))
    x = (rng.random(ROWS) < 1 / (1 + np.exp(-1.2 * z))).astype(int)
    return {"z": z, "w": w, "x": x, "y": rng.random(ROWS) < chance(z, x)}


def truth() -> float:
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    return float(weights @ chance(nodes, 0) / weights.sum())


def one(number: int) -> tuple[float, float, float, float]:
    """The one-step value, the targeted one, and the ends of its interval."""
    rows = rows_of(number)
    program: Any = dofx.compile(TEXT).fit(rows, epochs=1, progress=False)
    crossed = cross_fitted(program, rows, ["e"])
    laws = [each.law(program.samplers[0], {"x": 0}, {}) for each in crossed]
    plain = float(np.mean([law.parts([law.hits({"y": 1})])[0].value[0] for law in laws]))
    mean = averaged([evaluated(each, program.asked.effects[0]) for each in crossed])
    interval = interval_of_number(mean, crossed[0].sample)
    return plain, mean.value, interval.low, interval.high


def root(errors: Any) -> str:
    return f"{100 * np.sqrt(np.mean(np.square(errors))):.2f} %"


def main(sets: int) -> None:
    torch.set_num_threads(1)
    found: list[tuple[float, float, float, float]] = []
    for number in range(sets):
        found.append(one(number))
        values = np.array(found)[np.isfinite(found).all(axis=1)]
        plain, targeted, low, high = values.T
        beyond, true = plain < 0, truth()
        held = (low <= true) & (true <= high)
        cells = [f"{100 * true:.2f} %", f"{len(found) - len(values)}", f"{beyond.sum()}"]
        cells += [root(each - true) for each in (plain, np.maximum(plain, 0), targeted)]
        cells += [f"{held.sum()} of {len(held)}", f"{held[beyond].sum()} of {beyond.sum()}"]
        cells += [
            f"{100 * (high - low).mean():.1f} %",
            f"{100 * (high - low)[beyond].mean():.1f} %" if beyond.any() else "–",
        ]
        lines = [
            "# A chance near 0 under trained generators",
            "",
            f"`python benchmarks/intervals/targeted.py {len(found)}`, Python {platform.python_version()}, torch "
            f"{torch.__version__}. {len(found)} data sets of {ROWS} rows. Errors are root mean squares; *beyond* counts"
            " one-step values below 0. Intervals are nominally of 95 %.",
            "",
            "| truth | no interval | beyond | error one-step | error cut at 0 | error targeted | covered "
            "| covered where beyond | width | width where beyond |",
            f"|{'---:|' * 10}",
            f"| {' | '.join(cells)} |",
        ]
        RESULTS.write_text("\n".join(lines) + "\n")
    print(RESULTS.read_text())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SETS)
