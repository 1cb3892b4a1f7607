"""How near and how steady answers with intervals are in twelve harder worlds, and whether boosted trees do better.

    python benchmarks/intervals/steady_worlds.py                        # writes results/steady_worlds.md; half an hour
    python benchmarks/intervals/steady_worlds.py --sets 5 --worlds counts "weak overlap"     # prints two worlds

Each world has something that makes estimates unsteady: weak overlap, heavy tails, many covariates, few or many rows,
counts, mixed types, outcomes of two states, skewed outcomes with zeros, steps, two mediators. *Boosted trees* are what
a family of trees could bring at best: scikit-learn's gradient boosting for the outcome and the treatment, stopped early
on held-out rows, cross-fitted in five folds, in the formula of augmented inverse weighting (Robins, Rotnitzky, Zhao
1994). It applies where covariates block every back door. The truth is computed from two million rows of the same
mechanisms, with x set to 1 and to 0 on the same noise.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from one_step import ARMS, mean, root

import dofx

RESULTS = Path(__file__).parents[1] / "results" / "steady_worlds.md"
SETS, SEEDED, SEEDS = 20, 8, 3
MANY = 2_000_000

Array = NDArray[np.float64]
Rows = dict[str, Array]
Draw = Callable[[np.random.Generator, int, "int | None"], Rows]
"""Rows of a world, with x as it is or set to a value."""


@dataclass(frozen=True)
class Hard:
    """A world.

    Args:
        graph: Its graph.
        rows: Makes rows.
        covariates: What blocks every back door from x to y; empty if nothing measured does.
        size: The number of rows in each data set.
    """

    graph: str
    rows: Draw
    covariates: tuple[str, ...] = ()
    size: int = 500

    def truth(self) -> float:
        one, zero = (self.rows(np.random.default_rng(1), MANY, x)["y"].mean() for x in (1, 0))
        return float(one - zero)


def names(number: int) -> tuple[str, ...]:
    return tuple(f"z{i}" for i in range(number))


def back_door(number: int) -> str:
    return "; ".join([*(f"{name} -> {{x, y}}" for name in names(number)), "x -> y"])


def treated(rng: np.random.Generator, logit: Array, x: int | None) -> Array:
    """A treatment with a chance in each row, which uses up as many random numbers where it is set."""
    drawn = rng.random(len(logit)) < 1 / (1 + np.exp(-logit))
    return drawn.astype(np.float64) if x is None else np.full(len(logit), float(x))


def columns(z: Array) -> Rows:
    return {f"z{i}": z[:, i] for i in range(z.shape[1])}


def linear(chance: Array, outcome: Array, noise: Callable[..., Array], tails: float = np.inf) -> Draw:
    """Normal or t covariates, a logistic chance of treatment and a linear outcome with an effect of 1."""

    def rows(rng: np.random.Generator, n: int, x: int | None = None) -> Rows:
        z = rng.normal(size=(n, len(chance)))
        z = z if np.isinf(tails) else rng.standard_t(tails, size=(n, len(chance)))
        arm = treated(rng, z @ chance, x)
        return {**columns(z), "x": arm, "y": arm + z @ outcome + noise(rng, n)}

    return rows


def normal(rng: np.random.Generator, n: int) -> Array:
    return rng.normal(size=n)


def heavy(rng: np.random.Generator, n: int) -> Array:
    return rng.standard_t(3, size=n)


def smooth(rng: np.random.Generator, n: int, x: int | None = None) -> Rows:
    z = rng.normal(size=(n, 5))
    arm = treated(rng, 0.8 * z[:, 0] - 0.5 * z[:, 1], x)
    y = arm * (1 + 0.5 * np.sin(z[:, 0])) + np.sin(2 * z[:, 0]) + 0.5 * z[:, 1] ** 2 + 0.5 * z[:, 2]
    return {**columns(z), "x": arm, "y": y + rng.normal(size=n)}


def counts(rng: np.random.Generator, n: int, x: int | None = None) -> Rows:
    z = rng.normal(size=(n, 3))
    arm = treated(rng, 0.7 * z[:, 0] - 0.4 * z[:, 1], x)
    rate = np.exp(0.6 + 0.4 * arm + 0.4 * z[:, 0] + 0.2 * z[:, 1] * z[:, 2])
    return {**columns(z), "x": arm, "y": rng.poisson(rate).astype(np.float64)}


def mixed(rng: np.random.Generator, n: int, x: int | None = None) -> Rows:
    """A category of three states, two numbers, a coin and a scale from 0 to 5."""
    group = rng.choice(3, n, p=[0.5, 0.3, 0.2]).astype(np.float64)
    age, mood = rng.normal(size=(2, n))
    sex = (rng.random(n) < 0.5).astype(np.float64)
    scale = rng.binomial(5, 1 / (1 + np.exp(-0.6 * age))).astype(np.float64)
    arm = treated(rng, 0.5 * (group == 1) - 0.8 * (group == 2) + 0.4 * age + 0.3 * sex * (scale - 2), x)
    y = (
        arm * (1 + 0.5 * sex)
        + np.array([0, 1, -1])[group.astype(int)]
        + 0.6 * age * (group == 1)
        + 0.3 * scale
    )
    found = {"z0": group, "z1": age, "z2": sex, "z3": scale, "z4": mood, "x": arm}
    return {**found, "y": y + 0.3 * mood + rng.normal(size=n)}


def coin_outcome(rng: np.random.Generator, n: int, x: int | None = None) -> Rows:
    z = rng.normal(size=(n, 4))
    arm = treated(rng, 0.8 * z[:, 0] - 0.5 * z[:, 1], x)
    chance = 1 / (1 + np.exp(1.5 - 0.8 * arm - 0.9 * z[:, 0] - 0.5 * z[:, 2]))
    return {**columns(z), "x": arm, "y": np.where(rng.random(n) < chance, 1.0, 0.0)}


def costs(rng: np.random.Generator, n: int, x: int | None = None) -> Rows:
    """Half of the outcomes are zero; the rest are skewed, as the costs of treatments are."""
    z = rng.normal(size=(n, 3))
    arm = treated(rng, 0.6 * z[:, 0] - 0.4 * z[:, 2], x)
    some = rng.random(n) < 1 / (1 + np.exp(-0.5 * z[:, 1] - 0.4 * arm))
    return {
        **columns(z),
        "x": arm,
        "y": np.where(some, np.exp(0.3 * arm + 0.4 * z[:, 0] + 0.6 * rng.normal(size=n)), 0.0),
    }


def steps(rng: np.random.Generator, n: int, x: int | None = None) -> Rows:
    """Everything jumps, which is what trees are made for."""
    z = rng.uniform(-1, 1, size=(n, 5))
    arm = treated(rng, 1.6 * (z[:, 0] > 0) - 0.8 + 0.8 * (z[:, 1] > 0.3) * (z[:, 2] > 0), x)
    y = arm * (1 + (z[:, 0] > 0.2)) + 2.0 * (z[:, 0] > 0) * (z[:, 1] > 0) - 1.5 * (z[:, 2] > 0.3)
    return {**columns(z), "x": arm, "y": y + rng.normal(size=n)}


def two_mediators(rng: np.random.Generator, n: int, x: int | None = None) -> Rows:
    u = rng.normal(size=n)
    arm = treated(rng, 1.0 * u, x)
    first = 0.7 * arm + 0.8 * rng.normal(size=n)
    second = 0.5 * first + 0.4 * np.sin(2 * first) + 0.3 * arm + 0.7 * rng.normal(size=n)
    return {"x": arm, "m": first, "k": second, "y": 0.6 * first + second + u + 0.7 * rng.normal(size=n)}


MILD = np.array([0.6, -0.4, 0.3, 0, 0])
SLOPES = np.array([1, 0.5, -0.5, 0.3, 0])
WORLDS = {
    "weak overlap": Hard(back_door(5), linear(4 * MILD, SLOPES, normal), names(5)),
    "heavy-tailed outcome": Hard(back_door(5), linear(MILD, SLOPES, heavy), names(5)),
    "heavy-tailed covariates": Hard(back_door(5), linear(0.5 * MILD, SLOPES, normal, 3), names(5)),
    "20 covariates": Hard(
        back_door(20),
        linear(np.resize([0.3, -0.2, 0.1, 0], 20), np.resize([0.5, 0.2, -0.3], 20), normal),
        names(20),
    ),
    "300 rows": Hard(back_door(5), linear(MILD, SLOPES, normal), names(5), 300),
    "5,000 rows": Hard(back_door(5), smooth, names(5), 5_000),
    "counts": Hard(back_door(3), counts, names(3)),
    "mixed types": Hard(back_door(5), mixed, names(5)),
    "outcome of two states": Hard(back_door(4), coin_outcome, names(4)),
    "costs with zeros": Hard(back_door(3), costs, names(3)),
    "steps": Hard(back_door(5), steps, names(5)),
    "two mediators": Hard("x -> {m, k}; m -> {k, y}; k -> y; x <-> y", two_mediators),
}
WHOLE = {"mixed types": ("x", "z0", "z2", "z3"), "outcome of two states": ("x", "y"), "counts": ("x", "y")}
"""What is stored as integers, by world; elsewhere x alone is."""


def by_trees(world: Hard, rows: Rows) -> float:
    """Cross-fitted augmented inverse weighting with boosted trees for both regressions."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.model_selection import KFold

    inside = np.column_stack([rows[name] for name in world.covariates])
    x, y = rows["x"], rows["y"]
    recipe: dict[str, Any] = {
        "early_stopping": True,
        "learning_rate": 0.05,
        "max_leaf_nodes": 8,
        "random_state": 0,
    }
    scores = np.zeros(len(x))
    for others, mine in KFold(5, shuffle=True, random_state=0).split(inside):
        chance = (
            HistGradientBoostingClassifier(**recipe)
            .fit(inside[others], x[others])
            .predict_proba(inside[mine])
        )
        outcome = HistGradientBoostingRegressor(**recipe).fit(np.column_stack([inside, x])[others], y[others])
        for arm, sign in ((1, 1), (0, -1)):
            predicted = outcome.predict(np.column_stack([inside[mine], np.full(len(mine), arm)]))
            weight = (x[mine] == arm) / chance[:, arm]
            scores[mine] += sign * (predicted + weight * (y[mine] - predicted))
    return float(scores.mean())


def study(name: str, sets: int) -> str:
    """The line of a world."""
    world, truth = WORLDS[name], WORLDS[name].truth()
    program = dofx.compile(f"graph {{ {world.graph} }}\neffect ate = {ARMS}")
    assert isinstance(program, dofx.CompiledProgram)
    errors: dict[str, list[float]] = {"dofx": [], "trees": []}
    spreads, reported, standard, hits = [], [], [], []
    for number in range(sets):
        rows = world.rows(np.random.default_rng([number, 7]), world.size, None)
        whole = {column: rows[column].astype(np.int64) for column in WHOLE.get(name, ("x",))}
        found = []
        for seed in range(SEEDS if number < SEEDED else 1):
            program.fit({**rows, **whole}, progress=False, seed=seed)
            found.append(program.answer({**rows, **whole}, intervals="influence", n=1_000, seed=seed)["ate"])
        first = found[0].interval
        errors["dofx"].append(found[0].value - truth)
        if first is not None and first.known:
            standard.append(found[0].standard_error or np.nan)
            hits.append(truth in first)
            reported.append(first.seed_spread or np.nan)
        if len(found) > 1:
            spreads.append(float(np.std([answer.value for answer in found], ddof=1)))
        if world.covariates:
            errors["trees"].append(by_trees(world, rows) - truth)
    trees = f"{root(errors['trees']):.3f}" if errors["trees"] else "–"
    apart = root(spreads) / float(np.nanmean(standard))
    cells = [
        f"{root(errors['dofx']):.3f} ({mean(errors['dofx']):+.3f})",
        trees,
        f"{np.nanmean(standard):.3f}",
    ]
    cells += [f"{root(spreads):.4f}", f"{np.nanmean(reported):.4f}", f"{apart:.2f}"]
    return f"| {name} | {' | '.join(cells)} | {sum(hits)} of {len(hits)} | {sets - len(hits)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description="Answers with intervals in harder worlds.")
    parser.add_argument("--sets", type=int, default=SETS)
    parser.add_argument("--worlds", nargs="+", default=list(WORLDS), choices=list(WORLDS))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    lines = [
        "# Answers with intervals in twelve harder worlds",
        "",
        "`python benchmarks/intervals/steady_worlds.py`, "
        f"Python {platform.python_version()}, torch {torch.__version__}. "
        f"{asked.sets} data sets of 500 rows in each world, unless its name says otherwise; the first {SEEDED} with "
        f"{SEEDS} seeds for fit, folds and simulation. Errors are root mean squares, with the bias in brackets. *As "
        "reported* is the mean of the spread between seeds in the reports. *Spread / it* is the spread of seeds over "
        "the standard error.",
        "",
        "| world | error | error of boosted trees | standard error | spread of seeds | as reported | spread / it "
        "| covered | refused |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name in asked.worlds:
        lines.append(study(name, asked.sets))
        print(lines[-1], flush=True)
        if len(asked.worlds) == len(WORLDS):
            RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
