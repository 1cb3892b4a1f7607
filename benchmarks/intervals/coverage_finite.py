"""How often the intervals of finite answers hold the truth.

    python benchmarks/intervals/coverage_finite.py  # writes results/coverage_finite.md; about half an hour
    python benchmarks/intervals/coverage_finite.py --effective    # prints the table on few effective rows; a minute
    python benchmarks/intervals/coverage_finite.py --other  # the back door with 2,000 rows on 2,000 other data sets

From each world, which may have latent variables, many data sets are drawn. The truth is the mean of four million rows
of the same mechanisms in which x is set. An interval that is refused is counted as refused, not as a miss.
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import dofx

RESULTS = Path(__file__).parents[1] / "results" / "coverage_finite.md"
SIZES = (200, 500, 2_000)
SETS = 1_000

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, "int | None"], dict[str, Array]]
"""Rows of a world, with x as it is or set to a value."""
Found = dict[str, tuple[float, float, int, float, float]]
"""For each effect: coverage, share of refusals, number of intervals, their mean width, spread of estimates."""


@dataclass(frozen=True)
class World:
    """A graph, effects, and what makes its rows.

    Args:
        graph: The graph.
        effects: The effects by name.
        rows: Makes rows, with x set to a value if that is not None.
        truth: The value of an effect in two large samples, one for each value of x.
    """

    graph: str
    effects: dict[str, str]
    rows: Draw
    truth: dict[str, Callable[[dict[str, Array], dict[str, Array]], float]]


def coin(rng: np.random.Generator, p: Array | float, n: int) -> Array:
    return (rng.random(n) < p).astype(np.int64)


def set_or(rng: np.random.Generator, p: Array, n: int, x: int | None) -> Array:
    return coin(rng, p, n) if x is None else np.full(n, x)


def back_door(rng: np.random.Generator, n: int, x_set: int | None = None) -> dict[str, Array]:
    z = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    w = coin(rng, 0.4, n)
    x = set_or(rng, 0.25 + 0.2 * z + 0.1 * w, n, x_set)
    y = coin(rng, 0.1 + 0.25 * x + 0.15 * z + 0.2 * w, n)
    return {"z": z, "w": w, "x": x, "y": y}


def front_door(rng: np.random.Generator, n: int, x_set: int | None = None) -> dict[str, Array]:
    u = coin(rng, 0.4, n)
    x = set_or(rng, 0.2 + 0.6 * u, n, x_set)
    m = coin(rng, 0.2 + 0.5 * x, n) + coin(rng, 0.3, n)
    y = coin(rng, 0.1 + 0.2 * m + 0.4 * u, n)
    return {"x": x, "m": m, "y": y}


def napkin(rng: np.random.Generator, n: int, x_set: int | None = None) -> dict[str, Array]:
    a, b = coin(rng, 0.5, n), coin(rng, 0.5, n)
    w = coin(rng, 0.2 + 0.3 * a + 0.3 * b, n)
    r = coin(rng, 0.3 + 0.4 * w, n)
    x = set_or(rng, 0.2 + 0.4 * r + 0.25 * a, n, x_set)
    y = coin(rng, 0.15 + 0.35 * x + 0.35 * b, n)
    return {"w": w, "r": r, "x": x, "y": y}


def mean_contrast(one: dict[str, Array], zero: dict[str, Array]) -> float:
    return float(one["y"].mean() - zero["y"].mean())


def mean_ratio(one: dict[str, Array], zero: dict[str, Array]) -> float:
    return float(one["y"].mean() / zero["y"].mean())


def at_one(one: dict[str, Array], zero: dict[str, Array]) -> float:
    return float(one["y"].mean())


def contrast_given_w(one: dict[str, Array], zero: dict[str, Array]) -> float:
    return float(one["y"][one["w"] == 1].mean() - zero["y"][zero["w"] == 1].mean())


ARMS = {
    "difference": "E[y | do(x = 1)] - E[y | do(x = 0)]",
    "ratio": "E[y | do(x = 1)] / E[y | do(x = 0)]",
    "probability": "P(y = 1 | do(x = 1))",
}
TRUTHS = {"difference": mean_contrast, "ratio": mean_ratio, "probability": at_one}
GIVEN = "E[y | do(x = 1), w = 1] - E[y | do(x = 0), w = 1]"

WORLDS = {
    "back door": World(
        "z -> {x, y}; w -> {x, y}; x -> y",
        {**ARMS, "conditional": GIVEN},
        back_door,
        {**TRUTHS, "conditional": contrast_given_w},
    ),
    "front door": World("x -> m -> y; x <-> y", ARMS, front_door, TRUTHS),
    "napkin": World("w -> r -> x -> y; x <-> w; w <-> y", ARMS, napkin, TRUTHS),
    "conditional, with a latent": World(
        "w -> {x, y}; x -> m -> y; x <-> y",
        {"conditional": GIVEN},
        lambda rng, n, x_set=None: covariate_front_door(rng, n, x_set),
        {"conditional": contrast_given_w},
    ),
}


def covariate_front_door(rng: np.random.Generator, n: int, x_set: int | None = None) -> dict[str, Array]:
    u, w = coin(rng, 0.5, n), coin(rng, 0.5, n)
    x = set_or(rng, 0.2 + 0.4 * u + 0.2 * w, n, x_set)
    m = coin(rng, 0.25 + 0.5 * x, n)
    y = coin(rng, 0.1 + 0.35 * m + 0.25 * u + 0.2 * w, n)
    return {"w": w, "x": x, "m": m, "y": y}


def study(world: World, rows: int, sets: int, seed: int = 7) -> Found:
    """For each effect: coverage, share of refusals, number of intervals, their mean width, spread of estimates."""
    rng = np.random.default_rng(seed)
    one, zero = (world.rows(rng, 4_000_000, x) for x in (1, 0))
    truth = {name: of(one, zero) for name, of in world.truth.items()}
    text = "\n".join(f"effect {name} = {effect}" for name, effect in world.effects.items())
    program = dofx.compile(f"graph {{ {world.graph} }}\n{text}")
    assert isinstance(program, dofx.CompiledProgram)
    hits: dict[str, list[bool]] = {name: [] for name in truth}
    widths: dict[str, list[float]] = {name: [] for name in truth}
    values: dict[str, list[float]] = {name: [] for name in truth}
    for _ in range(sets):
        data = world.rows(rng, rows, None)
        answers = program.fit(data, progress=False).answer(data, intervals="influence")
        for name, value in truth.items():
            interval = answers[name].interval
            if interval is not None and interval.known:
                hits[name].append(value in interval)
                widths[name].append(interval.high - interval.low)
                values[name].append(answers[name].value)
    return {
        name: (
            float(np.mean(hits[name])) if hits[name] else float("nan"),
            1 - len(hits[name]) / sets,
            len(hits[name]),
            float(np.mean(widths[name])) if hits[name] else float("nan"),
            float(np.std(values[name])) if hits[name] else float("nan"),
        )
        for name in truth
    }


def cells(name: str, rows: int, found: Found) -> Iterator[str]:
    """The lines of a world and a number of rows."""
    for effect, (hit, refused, _, width, spread) in found.items():
        yield (
            f"| {name} | {effect} | {rows:,} | {100 * hit:.1f} % | {100 * refused:.1f} % | {width:.3f} "
            f"| {3.92 * spread:.3f} |"
        )


def milliseconds() -> float:
    """Processor time of an estimate with its interval, fitting included, on 2,000 rows of the front door."""
    world = WORLDS["front door"]
    data = world.rows(np.random.default_rng(0), 2_000, None)
    program = dofx.compile(f"graph {{ {world.graph} }}\neffect ate = {ARMS['difference']}")
    assert isinstance(program, dofx.CompiledProgram)
    times = []
    for _ in range(20):
        start = time.process_time()
        program.fit(data, progress=False).answer(data, intervals="influence")
        times.append(time.process_time() - start)
    return 1e3 * float(np.median(times))


def bands(sets: int = 600) -> None:
    """Print how often intervals on few effective rows hold the truth, in the back door at 150 and 200 rows."""
    world = WORLDS["back door"]
    one, zero = (world.rows(np.random.default_rng(x), 4_000_000, x) for x in (1, 0))
    truth = {name: find(one, zero) for name, find in world.truth.items()}
    lines = "\n".join(f"effect {name} = {text}" for name, text in world.effects.items())
    program = dofx.compile(f"graph {{ {world.graph} }}\n{lines}")
    assert isinstance(program, dofx.CompiledProgram)
    found: dict[str, list[bool]] = {"20 to 30": [], "30 to 50": [], "50 to 100": []}
    for number in range(sets):
        rows = world.rows(np.random.default_rng(number), 150 if number % 2 else 200, None)
        answers = program.fit(rows, progress=False).answer(rows, intervals="influence")
        for effect in answers.effects:
            effective = min((o.effective_rows or 1e9 for o in effect.overlaps), default=1e9)
            if effect.interval is None or not effect.interval.known:
                continue
            for band, hits in found.items():
                low, high = band.split(" to ")
                if float(low) <= effective < float(high):
                    hits.append(truth[effect.name] in effect.interval)
    for band, hits in found.items():
        print(f"| {band} effective rows | {100 * np.mean(hits):.1f} % | {len(hits):,} |")


def main(sets: int = SETS) -> None:
    lines = [
        "# Coverage of the intervals of finite answers",
        "",
        "`python benchmarks/intervals/coverage_finite.py`, "
        f"Python {platform.python_version()}, NumPy {np.__version__}. "
        f"{sets:,} data sets for each cell; nominal coverage is 95 %, whose own error is "
        f"{196 * sqrt(0.95 * 0.05 / sets):.1f} points (two standard errors). "
        f"Fitting and an interval take {milliseconds():.0f} ms of one core (front door, 2,000 rows).",
        "",
        "| world | effect | rows | coverage | refused | mean width | 2 × 1.96 × spread of estimates |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for name, world in WORLDS.items():
        for rows in SIZES:
            for line in cells(name, rows, study(world, rows, sets)):
                lines.append(line)
                print(line, flush=True)
    (RESULTS if sets == SETS else Path("/dev/null")).write_text("\n".join(lines) + "\n")


if __name__ == "__main__" and sys.argv[1:] == ["--effective"]:
    bands()
elif __name__ == "__main__" and sys.argv[1:] == ["--other"]:
    print("\n".join(cells("back door", 2_000, study(WORLDS["back door"], 2_000, 2_000, seed=8))))
elif __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SETS)
