"""Doses of a real variable: a contrast of two points, which has no interval, and a shift, which has one.

    python benchmarks/intervals/doses.py [data sets]     # writes benchmarks/results/doses.md; some minutes

The mean at a point of a real dose is read from rows nearby: it has a bias, and its error does not shrink with the root
of the number of rows, whatever the estimator, unless the form is known. A shift of everybody's dose is an average.
The spline is a peer that knows no more of the response than that it is smooth, but knows that dose and confounder add
up and that the confounder's part is a line: least squares with cubic pieces between six quantiles of the dose.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from one_step import ROWS, Rows, World, fitted, mean, root, shown, study
from scipy.interpolate import BSpline

RESULTS = Path(__file__).parents[1] / "results" / "doses.md"
SETS = 8
STEP = 0.5
KNOTS = 6


def response(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.sin(1.5 * x) + 0.5 * x)


def rows(rng: np.random.Generator, n: int) -> Rows:
    z = rng.normal(size=n)
    x = 0.8 * z + rng.normal(size=n)
    return {"z": z, "x": x, "y": response(x) + z + 0.5 * rng.normal(size=n)}


def form(r: Rows) -> np.ndarray:
    """The coefficients of the sine and of the dose itself."""
    return fitted([np.sin(1.5 * r["x"]), r["x"], r["z"]], r["y"])[1:3]


def point_form(r: Rows) -> float:
    return float(form(r) @ [np.sin(1.5), 1.0])


def shift_form(r: Rows) -> float:
    waves = np.sin(1.5 * (r["x"] + STEP)) - np.sin(1.5 * r["x"])
    return float(form(r) @ [waves.mean(), STEP])


def spline(r: Rows) -> Callable[[np.ndarray], np.ndarray]:
    """The response by least squares: a cubic spline of the dose, and a line in the confounder."""
    ends = np.quantile(r["x"], np.linspace(0, 1, KNOTS))
    knots = np.concatenate([[ends[0]] * 3, ends, [ends[-1]] * 3])

    def basis(x: np.ndarray) -> np.ndarray:
        return np.asarray(BSpline.design_matrix(np.clip(x, ends[0], ends[-1]), knots, 3).toarray())

    weights = np.linalg.lstsq(np.column_stack([basis(r["x"]), r["z"]]), r["y"], rcond=None)[0]
    return lambda x: np.asarray(basis(x) @ weights[:-1])


def point_spline(r: Rows) -> float:
    zero, one = spline(r)(np.array([0.0, 1.0]))
    return float(one - zero)


def shift_spline(r: Rows) -> float:
    found = spline(r)
    return float((found(r["x"] + STEP) - found(r["x"])).mean())


def error_of(way: Callable[[Rows], float], world: World, sets: int) -> str:
    """The root mean square error of an estimate on the data sets of `study`, with its bias."""
    found = [way(world.rows(np.random.default_rng(number), ROWS)) - world.truth for number in range(sets)]
    return f"{root(found):.3f} ({mean(found):+.3f})"


POINT = World(
    "z -> {x, y}; x -> y",
    "E[y | do(x = 1.0)] - E[y | do(x = 0.0)]",
    float(np.sin(1.5)) + 0.5,
    rows,
    point_form,
)
SHIFT = replace(
    POINT,
    effect=f"E[y | do(x = x + {STEP})] - E[y]",
    truth=float(np.sin(1.5 * STEP) * np.exp(-(1.5**2) * 1.64 / 2)) + 0.5 * STEP,
    parametric=shift_form,
)


def main(sets: int) -> None:
    lines = [
        "# Doses of a real variable",
        "",
        f"`python benchmarks/intervals/doses.py {sets}`, "
        f"Python {platform.python_version()}, NumPy {np.__version__}. {sets} data "
        f"sets of {ROWS} rows; the response is sin(1.5 x) + x / 2 with a confounder. Columns are those of one_step.md; "
        "errors are root mean squares, with the bias in brackets. "
        "*Spline* knows that dose and confounder add up, and no more of the response than that it is smooth. "
        "*Refused* counts answers without an interval: a dose at a point never has one, and the report says "
        "that it is biased.",
        "",
        "| effect | plain | corrected | spline | true form | plain / true form | coverage | width | seeds plain "
        "| refused |",
        "|---|---|---|---|---|---:|---:|---:|---:|---:|",
    ]
    for world, way in ((POINT, point_spline), (SHIFT, shift_spline)):
        r = study(world, sets)
        cells = [
            f"{shown(r[f'error of {way}'], '.3f')} ({shown(r[f'bias of {way}'], '+.3f')})"
            for way in ("plain", "corrected", "form")
        ]
        cells.insert(2, error_of(way, world, sets))
        cells += [f"{r['error of plain'] / r['error of form']:.2f}"]
        cells += [f"{shown(r['coverage of corrected'], '.0f')} %", shown(r["width of corrected"], ".2f")]
        cells += [shown(r["seeds of plain"], ".3f"), f"{r['refused']:.0f}"]
        effect = world.effect.replace("|", "\\|")
        lines.append(f"| `{effect}` | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
        RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SETS)
