"""A cycle drawn as one draw of its members, or as a chain of them: which of the two is nearer to the truth.

    python benchmarks/fitting/settling.py          # writes benchmarks/results/settling.md; some minutes of one core

Three worlds with a cycle of real numbers, whose equilibrium is computed: linear; with gains that a cause switches, as
where σ- and d-separation differ; and with bounded reactions and skewed noise. Both ways are fitted with the default
generators to the same rows. 4,000 draws under a fresh set of causes are compared with 4,000 true equilibria of other
noise under the same causes, by the energy distance of causes and members together (Székely and Rizzo 2013), in units of
each variable's standard deviation, and by the correlation of the members that the causes leave.

What was measured already is kept in build/, so a run that was stopped goes on.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import dofx

RESULTS = Path(__file__).parents[1] / "results" / "settling.md"
KEPT = Path("build") / "settling.jsonl"
SIZES = (500, 2_000)
SEEDS = (0, 1, 2, 3)
DRAWS = 4_000
GRAPH = "a -> x; b -> y; x -> y; y -> x; feedback {x, y}"

Array = NDArray[np.float64]
Solved = Callable[[Array, Array, Array, Array], tuple[Array, Array]]


def linear(a: Array, b: Array, e: Array, f: Array) -> tuple[Array, Array]:
    """Each reacts to the other in proportion: x = a + 0.5 y + e and y = b - 0.6 x + f."""
    x = (a + e + 0.5 * (b + f)) / 1.3
    return x, b - 0.6 * x + f


def switched(a: Array, b: Array, e: Array, f: Array) -> tuple[Array, Array]:
    """Gains of 0.9 or -0.3, by the signs of the causes."""
    gain, back = np.where(a > 0, 0.9, -0.3), np.where(b > 0, 0.9, -0.3)
    x = (e + gain * f) / (1 - gain * back)
    return x, back * x + f


def bounded(a: Array, b: Array, e: Array, f: Array) -> tuple[Array, Array]:
    """Each reacts to a bounded function of the other, and the noise is skewed: a contraction, solved by iteration."""
    x, y = np.zeros_like(a), np.zeros_like(a)
    for _ in range(200):
        x = a + 0.9 * np.tanh(y) + np.exp(0.7 * e) - 1
        y = np.sin(b) + 0.9 * np.tanh(-x) + 0.5 * f
    return x, y


WORLDS: dict[str, Solved] = {"linear": linear, "switched": switched, "bounded": bounded}


def rows(world: str, causes: Array, rng: np.random.Generator) -> dict[str, Array]:
    """Causes and the equilibrium that they and fresh noise have."""
    a, b = causes
    x, y = WORLDS[world](a, b, *rng.normal(size=(2, len(a))))
    return {"a": a, "b": b, "x": x, "y": y}


def distance(one: Array, other: Array) -> float:
    """The energy distance of two samples, without the pairs of a row with itself."""

    def mean(first: Array, second: Array, same: bool) -> float:
        total = sum(
            np.sqrt(((part[:, None] - second) ** 2).sum(2)).sum() for part in np.array_split(first, 20)
        )
        return float(total) / (len(first) * (len(second) - same))

    return 2 * mean(one, other, False) - mean(one, one, True) - mean(other, other, True)


def left(sample: Array) -> float:
    """The correlation of the members that a line in the causes leaves."""
    design = np.column_stack([np.ones(len(sample)), sample[:, :2]])
    rest = sample[:, 2:] - design @ np.linalg.lstsq(design, sample[:, 2:], rcond=None)[0]
    return float(np.corrcoef(rest.T)[0, 1])


def measured(world: str, size: int, seed: int, way: str) -> dict[str, float]:
    """How far draws are from the truth, and the seconds of processor time of the fit."""
    rng = np.random.default_rng([size, seed])
    seen = rows(world, rng.normal(size=(2, size)), rng)
    causes = rng.normal(size=(2, DRAWS))
    true = np.column_stack(list(rows(world, causes, rng).values()))
    sampler = dofx.compile("P(x, y | do(a, b))", GRAPH, variables=dict.fromkeys("abxy", "real"))
    apart = {"x": "spline", "y": "spline"} if way == "chain" else None
    start = time.process_time()
    sampler.fit(seen, generators=apart, seed=seed, progress=False)
    seconds = time.process_time() - start
    assert (len(sampler.network.draws) > 1) == (way == "chain")
    drawn = sampler.sample(DRAWS, do={"a": causes[0], "b": causes[1]}, seed=seed)
    made = np.column_stack([*causes, *(np.asarray(drawn[name], float).reshape(-1) for name in "xy")])
    scale = true.std(0)
    return {
        "distance": distance(made / scale, true / scale),
        "off": abs(left(made) - left(true)),
        "seconds": seconds,
    }


def page(found: dict[tuple[str, int, str], list[dict[str, float]]]) -> str:
    """The page of results."""
    lines = [
        "# A cycle as one draw or as a chain",
        "",
        f"`python benchmarks/fitting/settling.py`, dofx's default generators, {DRAWS:,} draws, means over the seeds.",
        "",
        "In each pair of columns one draw stands first, then a chain. The correlation is of x and y given causes.",
        "",
        "| world | rows | seeds | distance | | correlation off | | seconds of a fit | |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for world, size in dict.fromkeys((world, size) for world, size, _ in found):
        both = [found.get((world, size, way), []) for way in ("joint", "chain")]
        number = min(map(len, both))
        if number:
            cells = [
                f"{np.mean([each[key] for each in way[:number]]):.{digits}f}"
                for key, digits in (("distance", 4), ("off", 3), ("seconds", 1))
                for way in both
            ]
            lines.append(f"| {world} | {size:,} | {number} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure what is not known yet, and write the page."""
    KEPT.parent.mkdir(exist_ok=True)
    kept = [json.loads(line) for line in KEPT.read_text().splitlines()] if KEPT.exists() else []
    found: dict[tuple[str, int, str], list[dict[str, float]]] = {}
    for seed in SEEDS:
        for size in SIZES if len(sys.argv) < 2 else map(int, sys.argv[1:]):
            for world in WORLDS:
                for way in ("joint", "chain"):
                    key = [world, size, seed, way]
                    known = next((each for each in kept if each["key"] == key), None)
                    if known is None:
                        known = {"key": key, **measured(world, size, seed, way)}
                        with KEPT.open("a") as file:
                            file.write(json.dumps(known) + "\n")
                    found.setdefault((world, size, way), []).append(known)
                    RESULTS.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
