"""Effects of trained generators: plain, corrected by rows held out, and by other means, over many data sets.

    pip install doubleml                          # without it, its columns stay empty
    python benchmarks/intervals/one_step.py [data sets]     # writes benchmarks/results/one_step.md; ten minutes

Rows have continuous variables. The parametric estimate knows the form of every mechanism, and so is what nobody has.
DoubleML's IRM has random forests of 100 trees, where a back door makes it apply.
"""

from __future__ import annotations

import platform
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import dofx

RESULTS = Path(__file__).parents[1] / "results" / "one_step.md"
SETS = 20
ROWS = 500
ARMS = "E[y | do(x = 1)] - E[y | do(x = 0)]"

Array = NDArray[np.float64]
Rows = dict[str, Array]


@dataclass(frozen=True)
class World:
    """A world.

    Args:
        graph: Its graph.
        effect: The effect.
        truth: Its value.
        rows: Makes rows; those that start with an underscore are latent.
        parametric: The estimate that knows every form.
        covariates: What DoubleML adjusts for, if it applies.
    """

    graph: str
    effect: str
    truth: float
    rows: Callable[[np.random.Generator, int], Rows]
    parametric: Callable[[Rows], float]
    covariates: tuple[str, ...] = ()


def coin(rng: np.random.Generator, logit: Array) -> Array:
    return (rng.random(len(logit)) < 1 / (1 + np.exp(-logit))).astype(np.float64)


def fitted(columns: list[Array], y: Array) -> Array:
    """Coefficients of least squares, the intercept first."""
    return np.linalg.lstsq(np.column_stack([np.ones(len(y)), *columns]), y, rcond=None)[0]


def linear(rng: np.random.Generator, n: int) -> Rows:
    z = rng.normal(size=(n, 5))
    x = coin(rng, -(z @ np.array([0.6, -0.4, 0.3, 0, 0])))
    y = x + z @ np.array([1, 0.5, -0.5, 0.3, 0]) + rng.normal(size=n)
    return {**{f"z{i}": z[:, i] for i in range(5)}, "x": x, "y": y}


def smooth(rng: np.random.Generator, n: int) -> Rows:
    z = rng.normal(size=(n, 5))
    x = coin(rng, 0.8 * z[:, 0] - 0.5 * z[:, 1])
    y = x * (1 + 0.5 * np.sin(z[:, 0])) + np.sin(2 * z[:, 0]) + 0.5 * z[:, 1] ** 2 + 0.5 * z[:, 2]
    return {**{f"z{i}": z[:, i] for i in range(5)}, "x": x, "y": y + rng.normal(size=n)}


def smooth_form(r: Rows) -> float:
    wave = np.sin(r["z0"])
    terms = [r["x"], r["x"] * wave, np.sin(2 * r["z0"]), r["z1"] ** 2, r["z2"]]
    found = fitted(terms, r["y"])
    return float(found[1] + found[2] * wave.mean())


def front_door(rng: np.random.Generator, n: int) -> Rows:
    u = rng.normal(size=n)
    x = coin(rng, 1.2 * u)
    m = 0.8 * x + 0.8 * rng.normal(size=n)
    return {"x": x, "m": m, "y": m + 0.15 * m**2 + 1.2 * u + 0.7 * rng.normal(size=n)}


def front_door_form(r: Rows) -> float:
    m, found = r["m"], fitted([r["m"], r["m"] ** 2, r["x"]], r["y"])
    treated = r["x"] == 1
    return float(
        found[1] * (m[treated].mean() - m[~treated].mean())
        + found[2] * (m[treated].mean() ** 2 - m[~treated].mean() ** 2)
    )


def two_times(rng: np.random.Generator, n: int) -> Rows:
    u = rng.normal(size=n)
    a = coin(rng, np.zeros(n))
    mid = 0.8 * a + u + 0.6 * rng.normal(size=n)
    b = coin(rng, 0.9 * mid - 0.4 * a)
    return {"a": a, "l": mid, "b": b, "y": 0.5 * a + b + 0.7 * mid + 0.8 * u + 0.6 * rng.normal(size=n)}


def two_times_form(r: Rows) -> float:
    late, mid = fitted([r["a"], r["b"], r["l"]], r["y"]), fitted([r["a"]], r["l"])
    return float(late[1] + late[2] + late[3] * mid[1])


def kang_schafer(rng: np.random.Generator, n: int) -> Rows:
    z = rng.normal(size=(n, 4))
    x = coin(rng, -z[:, 0] + 0.5 * z[:, 1] - 0.25 * z[:, 2] - 0.1 * z[:, 3])
    y = 210 + 27.4 * z[:, 0] + 13.7 * z[:, 1:].sum(axis=1) + rng.normal(size=n)
    shown = {
        "z0": np.exp(z[:, 0] / 2),
        "z1": z[:, 1] / (1 + np.exp(z[:, 0])) + 10,
        "z2": (z[:, 0] * z[:, 2] / 25 + 0.6) ** 3,
        "z3": (z[:, 1] + z[:, 3] + 20) ** 2,
    }
    return {**shown, "x": x, "y": y, **{f"_{i}": z[:, i] for i in range(4)}}


def kang_schafer_form(r: Rows) -> float:
    z, seen = [r[f"_{i}"] for i in range(4)], r["x"] == 1
    found = fitted([column[seen] for column in z], r["y"][seen])
    return float(found[0] + sum(weight * column.mean() for weight, column in zip(found[1:], z, strict=True)))


def covariates(number: int) -> tuple[str, ...]:
    return tuple(f"z{i}" for i in range(number))


def back_door(number: int) -> str:
    return "; ".join([*(f"{name} -> {{x, y}}" for name in covariates(number)), "x -> y"])


WORLDS = {
    "linear back door, 5 covariates": World(
        back_door(5),
        ARMS,
        1.0,
        linear,
        lambda r: float(fitted([r["x"], *(r[z] for z in covariates(5))], r["y"])[1]),
        covariates(5),
    ),
    "smooth back door, 5 covariates": World(back_door(5), ARMS, 1.0, smooth, smooth_form, covariates(5)),
    "front door, continuous mediator": World(
        "x -> m -> y; x <-> y", ARMS, 0.8 + 0.15 * 0.8**2, front_door, front_door_form
    ),
    "two times": World(
        "a -> l; a -> b; l -> b; a -> y; b -> y; l -> y; l <-> y",
        "E[y | do(a = 1, b = 1)] - E[y | do(a = 0, b = 0)]",
        1.5 + 0.7 * 0.8,
        two_times,
        two_times_form,
    ),
    "Kang and Schafer": World(
        back_door(4), "E[y | do(x = 1)]", 210.0, kang_schafer, kang_schafer_form, covariates(4)
    ),
}


def double_ml(world: World, rows: Rows) -> tuple[float, float, float] | None:
    """DoubleML's estimate and the ends of its interval, where it applies and is installed."""
    if not world.covariates or "-" not in world.effect:
        return None
    try:
        import doubleml
    except ImportError:
        return None
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    data: Any = doubleml.DoubleMLData.from_arrays(
        np.column_stack([rows[name] for name in world.covariates]), rows["y"], rows["x"]
    )
    forests = (
        RandomForestRegressor(100, min_samples_leaf=5, random_state=0),
        RandomForestClassifier(100, min_samples_leaf=5, random_state=0),
    )
    model: Any = doubleml.DoubleMLIRM(data, *forests, n_folds=5).fit()
    low, high = model.confint().to_numpy()[0]
    return float(model.coef[0]), float(low), float(high)


def study(world: World, sets: int) -> dict[str, float]:
    """Errors, coverage, widths, processor seconds, and the spread between two seeds."""
    program = dofx.compile(f"graph {{ {world.graph} }}\neffect ate = {world.effect}")
    assert isinstance(program, dofx.CompiledProgram)
    errors: dict[str, list[float]] = {"plain": [], "corrected": [], "form": [], "peer": []}
    hits: dict[str, list[bool]] = {"corrected": [], "peer": []}
    widths: dict[str, list[float]] = {"corrected": [], "peer": []}
    seconds: dict[str, list[float]] = {"corrected": [], "peer": []}
    seeds: dict[str, list[float]] = {"plain": [], "corrected": []}
    refused = 0
    for number in range(sets):
        rows = world.rows(np.random.default_rng(number), ROWS)
        shown = {name: column for name, column in rows.items() if not name.startswith("_")}
        whole = [name for name in ("x", "a", "b") if name in shown and set(shown[name]) <= {0, 1}]
        shown |= {name: shown[name].astype(np.int64) for name in whole}
        errors["form"].append(world.parametric(rows) - world.truth)
        found: dict[str, list[float]] = {"plain": [], "corrected": []}
        for seed in (0, 1):
            started = time.process_time()
            program.fit(shown, progress=False, seed=seed)
            found["plain"].append(program.answer(n=20_000)["ate"].value)
            answer = program.answer(shown, intervals="influence", n=1_000, seed=seed)["ate"]
            found["corrected"].append(answer.value)
            if seed:
                continue
            seconds["corrected"].append(time.process_time() - started)
            interval = answer.interval
            if interval is None or not interval.known:
                refused += 1
            else:
                hits["corrected"].append(world.truth in interval)
                widths["corrected"].append(interval.high - interval.low)
        for way, values in found.items():
            errors[way].append(values[0] - world.truth)
            seeds[way].append((values[0] - values[1]) / np.sqrt(2))
        started = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            peer = double_ml(world, rows)
        if peer is not None:
            seconds["peer"].append(time.process_time() - started)
            errors["peer"].append(peer[0] - world.truth)
            hits["peer"].append(peer[1] <= world.truth <= peer[2])
            widths["peer"].append(peer[2] - peer[1])
    result = {f"error of {way}": root(found) for way, found in errors.items()}
    result |= {f"bias of {way}": mean(found) for way, found in errors.items()}
    result |= {f"coverage of {way}": 100 * mean(found) for way, found in hits.items()}
    result |= {f"width of {way}": mean(found) for way, found in widths.items()}
    result |= {f"seconds of {way}": mean(found) for way, found in seconds.items()}
    result |= {f"seeds of {way}": root(found) for way, found in seeds.items()}
    return {**result, "refused": refused}


def mean(values: list[Any]) -> float:
    return float(np.mean(values)) if values else float("nan")


def root(values: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values)))) if values else float("nan")


def shown(value: float, text: str) -> str:
    return "–" if np.isnan(value) else format(value, text)


def main(sets: int) -> None:
    lines = [
        "# Effects of trained generators, corrected",
        "",
        f"`python benchmarks/intervals/one_step.py {sets}`, "
        f"Python {platform.python_version()}, NumPy {np.__version__}. "
        f"{sets} data sets of {ROWS} rows in each world; intervals are nominally of 95 %. *Plain* is `answer()`, "
        '*corrected* `answer(rows, intervals="influence")`. Errors are root mean squares, with the bias in brackets. '
        "The spread between seeds is the standard deviation of an estimate when only the seed changes. Seconds are "
        "processor time on a busy machine, fitting included.",
        "",
        "| world | plain | corrected | true form | DoubleML | coverage corrected | coverage DoubleML "
        "| width corrected | width DoubleML | seeds plain | seeds corrected | refused | seconds | seconds DoubleML |",
        "|---|---|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, world in WORLDS.items():
        r = study(world, sets)
        cells = [
            f"{shown(r[f'error of {way}'], '.3f')} ({shown(r[f'bias of {way}'], '+.3f')})"
            for way in ("plain", "corrected", "form", "peer")
        ]
        cells += [f"{shown(r[f'coverage of {way}'], '.0f')} %" for way in ("corrected", "peer")]
        cells += [shown(r[f"width of {way}"], ".2f") for way in ("corrected", "peer")]
        cells += [shown(r[f"seeds of {way}"], ".3f") for way in ("plain", "corrected")]
        cells += [
            f"{r['refused']:.0f}",
            *(shown(r[f"seconds of {way}"], ".1f") for way in ("corrected", "peer")),
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
        RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SETS)
