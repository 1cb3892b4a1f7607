"""How much a plain answer depends on the seed, beside its standard error, and how near its law is to the true one.

    python benchmarks/intervals/steady.py            # writes benchmarks/results/steady.md; a minute of processor time
    python benchmarks/intervals/steady.py smooth     # prints one world
    python benchmarks/intervals/steady.py corrected  # the same of answers with intervals; five minutes of it

Rows and worlds are those of `one_step.py`. The standard error is that of intervals by influence, on the first data set.
The distance is Wasserstein's, between 20,000 samples of y with treatments set to 1 and as many of the true law.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from one_step import ROWS, WORLDS, mean, root

import dofx

RESULTS = Path(__file__).parents[1] / "results" / "steady.md"
SETS, SEEDS, FIRST = 4, 3, 100
SAMPLES = 20_000

Array = NDArray[np.float64]


def linear(rng: np.random.Generator, n: int) -> Array:
    return 1 + rng.normal(size=(n, 5)) @ np.array([1, 0.5, -0.5, 0.3, 0]) + rng.normal(size=n)


def smooth(rng: np.random.Generator, n: int) -> Array:
    a, b, c, noise = rng.normal(size=(4, n))
    return 1 + 0.5 * np.sin(a) + np.sin(2 * a) + 0.5 * b**2 + 0.5 * c + noise


def front_door(rng: np.random.Generator, n: int) -> Array:
    u, v, noise = rng.normal(size=(3, n))
    m = 0.8 + 0.8 * v
    return np.asarray(m + 0.15 * m**2 + 1.2 * u + 0.7 * noise)


def two_times(rng: np.random.Generator, n: int) -> Array:
    u, v, noise = rng.normal(size=(3, n))
    return np.asarray(1.5 + 0.7 * (0.8 + u + 0.6 * v) + 0.8 * u + 0.6 * noise)


LAWS: dict[str, tuple[str, Callable[[np.random.Generator, int], Array]]] = {
    "linear back door, 5 covariates": ("P(y | do(x = 1))", linear),
    "smooth back door, 5 covariates": ("P(y | do(x = 1))", smooth),
    "front door, continuous mediator": ("P(y | do(x = 1))", front_door),
    "two times": ("P(y | do(a = 1, b = 1))", two_times),
}


def study(name: str) -> list[float]:
    """Errors of the true form and of plain answers, the spread between seeds, the standard error, the distance."""
    world, (law, draw) = WORLDS[name], LAWS[name]
    asked = f"graph {{ {world.graph} }}\neffect ate = {world.effect}"
    program, alone = dofx.compile(f"{asked}\nquery law = {law}"), dofx.compile(asked)
    assert isinstance(program, dofx.CompiledProgram)
    assert isinstance(alone, dofx.CompiledProgram)
    truth = np.sort(draw(np.random.default_rng(99), SAMPLES))
    forms: list[float] = []
    errors: list[float] = []
    spreads: list[float] = []
    standard = np.nan
    distances: list[float] = []
    for number in range(SETS):
        rows = world.rows(np.random.default_rng(FIRST + number), ROWS)
        whole = {name: rows[name].astype(np.int64) for name in ("x", "a", "b") if name in rows}
        data = {**rows, **whole}
        forms.append(world.parametric(rows) - world.truth)
        found: list[float] = []
        for seed in range(SEEDS):
            program.fit(data, progress=False, seed=seed)
            found.append(program.answer(n=SAMPLES)["ate"].value)
            drawn = np.sort(program["law"].sample(SAMPLES, seed=1)["y"].double().numpy())
            distances.append(float(np.abs(drawn - truth).mean()))
        if not number:
            answer = alone.fit(data, progress=False).answer(data, intervals="influence", n=1_000)["ate"]
            standard = answer.standard_error or np.nan
        errors += [value - world.truth for value in found]
        spreads.append(float(np.std(found, ddof=1)))
    return [root(forms), root(errors), root(spreads), standard, mean(distances)]


def corrected(name: str, sets: int = 3) -> list[float]:
    """Of answers with intervals: error, spread of seeds, the same as reported, standard error, how many have none."""
    world = WORLDS[name]
    program = dofx.compile(f"graph {{ {world.graph} }}\neffect ate = {world.effect}")
    assert isinstance(program, dofx.CompiledProgram)
    found: list[list[tuple[float, float, float]]] = []
    for number in range(sets):
        rows = world.rows(np.random.default_rng(FIRST + number), ROWS)
        data = {**rows, **{name: rows[name].astype(np.int64) for name in ("x", "a", "b") if name in rows}}
        found.append([])
        for seed in range(SEEDS):
            program.fit(data, progress=False, seed=seed)
            answer = program.answer(data, intervals="influence", n=1_000, seed=seed)["ate"]
            assert answer.interval is not None
            told = answer.interval.seed_spread, answer.standard_error
            found[-1].append((answer.value, told[0] or np.nan, told[1] or np.nan))
    values, reported, standard = np.moveaxis(np.array(found), 2, 0)
    spreads = [float(each) for each in values.std(axis=1, ddof=1)]
    errors = [float(each) - world.truth for each in values.ravel()]
    refused = float(np.isnan(reported).sum())
    return [root(errors), root(spreads), float(np.nanmean(reported)), float(standard.mean()), refused]


def print_corrected() -> None:
    """Print the table of answers with intervals."""
    torch.set_num_threads(1)
    print("| world | error | spread of seeds | as reported | standard error | spread / it | refused |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name in LAWS:
        error, spread, reported, standard, refused = corrected(name)
        cells = f"{error:.3f} | {spread:.4f} | {reported:.4f} | {standard:.3f} | {spread / standard:.2f}"
        print(f"| {name} | {cells} | {refused:.0f} |", flush=True)


def main(part: str) -> None:
    torch.set_num_threads(1)
    lines = [
        "# How much the default depends on the seed",
        "",
        "`python benchmarks/intervals/steady.py`, "
        f"Python {platform.python_version()}, torch {torch.__version__}. {SETS} data "
        f"sets of {ROWS} rows in each world, {SEEDS} seeds each; plain answers of the default generators.",
        "",
        "| world | error of the true form | error | spread of seeds | standard error | spread / it | distance |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name in (each for each in LAWS if each.startswith(part)):
        form, error, spread, standard, distance = study(name)
        lines.append(
            f"| {name} | {form:.3f} | {error:.3f} | {spread:.3f} | {standard:.3f} | {spread / standard:.2f} "
            f"| {distance:.3f} |"
        )
        print(lines[-1], flush=True)
    if not part:
        RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    print_corrected() if asked == "corrected" else main(asked)
