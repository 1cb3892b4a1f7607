"""ACIC 2016: 58 real covariates, simulated treatments and outcomes, so both outcomes of everyone are known.

python examples/acic.py [--small]

Ten of the competition's processes, one data set each, as causallib ships them (Apache-2.0). Dorie, Hill, Shalit,
Scott, Cervone (2019), "Automated versus do-it-yourself methods for causal inference", Statistical Science 34(1).
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import torch
from archives import CAUSALLIB
from reporting import Array, footer, is_small, table, wasserstein

import dofx

FOLDER = "causallib/datasets/data/acic_challenge_2016"
INSTANCES, SEEDS, COPIES, TRIALS = range(1, 11), range(5), 50, 20


@dataclass(frozen=True)
class Instance:
    """One data set of the competition.

    Args:
        covariates: 4,802 pregnancies, 58 columns.
        treated: Whether each was treated, bool.
        outcomes: What would be measured without and with treatment, ``(people, 2)``.
        means: The same without noise.
    """

    covariates: pd.DataFrame
    treated: np.ndarray
    outcomes: Array
    means: Array

    @cached_property
    def seen(self) -> Array:
        """The outcome that a study would see of each person."""
        return np.asarray(np.where(self.treated, self.outcomes[:, 1], self.outcomes[:, 0]))

    @property
    def rows(self) -> pd.DataFrame:
        """All that a study would see."""
        return self.covariates.assign(z=self.treated.astype(int), y=self.seen)

    @property
    def effects(self) -> Array:
        """The true effect on each person."""
        return np.asarray(self.means[:, 1] - self.means[:, 0])


def load(instance: int, people: int | None = None) -> Instance:
    """A data set, or its first people."""
    covariates, simulated = (
        pd.read_csv(io.BytesIO(CAUSALLIB.read(f"{FOLDER}/{name}.csv")), nrows=people)
        for name in ("x", f"zymu_{instance}")
    )
    outcomes, means = (simulated[names].to_numpy("float64") for names in (["y0", "y1"], ["mu0", "mu1"]))
    return Instance(covariates, simulated["z"].to_numpy() == 1, outcomes, means)


def program(covariates: list[str]) -> str:
    """Any covariate may cause treatment and outcome, and covariates may share causes of their own."""
    names = ", ".join(covariates)
    return f"""
        graph {{
          latent background
          background -> {{{names}}} -> {{z, y}}
          z -> y
        }}
        query everyone = P(y | do(z))
        query alike = P(y | do(z), {names})
    """


@dataclass(frozen=True)
class Estimate:
    """What one method says of one data set.

    Args:
        effects: The effect on each person, ``(people,)``; the same for all where a method knows no better.
        arms: Samples of the outcome without and with treatment, where a method has them.
    """

    effects: Array
    arms: tuple[Array, Array] | None = None


def by_dofx(data: Instance, seed: int, copies: int, epochs: int | None) -> Estimate:
    """Draws of ``P(y | do(z), covariates)`` for each person, and of ``P(y | do(z))``."""
    names, rows = list(data.covariates), len(data.seen) * copies
    compiled = dofx.compile(dofx.parse(program(names)))
    compiled.fit(data.rows, epochs=epochs, seed=seed, progress=False)
    given = {name: np.tile(data.covariates[name].to_numpy(), copies) for name in names}

    def drawn(query: str, treatment: int, conditions: dict[str, Array]) -> Array:
        samples = compiled[query].sample(rows, do={"z": treatment}, given=conditions, seed=seed)
        return samples["y"].double().numpy()

    means = [drawn("alike", z, given).reshape(copies, -1).mean(0) for z in (0, 1)]
    return Estimate(means[1] - means[0], (drawn("everyone", 0, {}), drawn("everyone", 1, {})))


def by_seeing(data: Instance) -> Estimate:
    """The treated beside the others, as they stand."""
    arms = data.seen[~data.treated], data.seen[data.treated]
    return Estimate(np.full(len(data.seen), arms[1].mean() - arms[0].mean()), arms)


def by_regression(data: Instance, *, apart: bool) -> Estimate:
    """Least squares on all covariates, with one effect for all, or a regression in each arm apart."""
    dummies = pd.get_dummies(data.covariates, drop_first=True).to_numpy("float64")
    spread = dummies.std(0)
    columns = np.column_stack(
        [np.ones(len(dummies)), (dummies - dummies.mean(0)) / np.where(spread, spread, 1)]
    )
    if not apart:
        solved = np.linalg.lstsq(np.column_stack([columns, data.treated]), data.seen, rcond=None)[0]
        return Estimate(np.full(len(columns), solved[-1]))
    arms = [
        np.linalg.lstsq(columns[kept], data.seen[kept], rcond=None)[0]
        for kept in (~data.treated, data.treated)
    ]
    return Estimate(columns @ (arms[1] - arms[0]))


def by_trial(data: Instance, seed: int) -> Estimate:
    """A randomised trial on the same people, as many of them treated: what chance alone leaves."""
    treated = np.random.default_rng(seed).permutation(data.treated)
    arms = data.outcomes[~treated, 0], data.outcomes[treated, 1]
    return Estimate(np.full(len(treated), arms[1].mean() - arms[0].mean()), arms)


def errors(data: Instance, estimate: Estimate) -> Array:
    """Absolute errors, in standard deviations of the outcome that is seen.

    Returns:
        Of the average effect on everyone (SATE), of that on the treated (SATT), the root mean square over single
        people (PEHE), and the Wasserstein distance from the true outcomes without and with treatment, averaged;
        nan where a method has no such answer.
    """
    wrong = estimate.effects - data.effects
    arms = estimate.arms
    apart = np.nan if arms is None else np.mean([wasserstein(arms[z], data.outcomes[:, z]) for z in (0, 1)])
    found = [abs(wrong.mean()), abs(wrong[data.treated].mean()), np.sqrt((wrong**2).mean()), apart]
    return np.array(found) / data.seen.std()


def methods(data: Instance, small: bool) -> dict[str, Array]:
    """The errors of every method on one data set."""
    seeds = range(2) if small else SEEDS
    fits = [by_dofx(data, seed, *((2, 2) if small else (COPIES, None))) for seed in seeds]
    arms = tuple(np.concatenate([fit.arms[z] for fit in fits if fit.arms]) for z in (0, 1))
    mean = Estimate(np.mean([fit.effects for fit in fits], 0), (arms[0], arms[1]))
    return {
        "seen: the treated less the others": errors(data, by_seeing(data)),
        "least squares": errors(data, by_regression(data, apart=False)),
        "least squares in each arm": errors(data, by_regression(data, apart=True)),
        "dofx, one fit": np.mean([errors(data, fit) for fit in fits], 0),
        f"dofx, mean of {len(fits)} fits": errors(data, mean),
        "floor: a randomised trial": np.mean([errors(data, by_trial(data, t)) for t in range(TRIALS)], 0),
    }


def main(arguments: list[str] | None = None) -> None:
    """Every method on every data set, and the means."""
    started = time.perf_counter()
    small = is_small(__doc__, arguments)
    torch.set_num_threads(1)
    instances = range(1, 3) if small else INSTANCES
    found = {i: methods(load(i, 500 if small else None), small) for i in instances}
    names = list(found[1])
    means = {name: np.mean([found[i][name] for i in instances], 0) for name in names}
    print("# ACIC 2016: `P(y | do(z))` with 58 covariates\n")
    print(
        f"Means over {len(instances)} data sets, in standard deviations of the outcome: absolute error of the average\n"
        "effect on everyone (SATE) and on the treated (SATT), root mean square error of the effect on each person,\n"
        "and Wasserstein distance between draws and the true outcomes under `do(z)`.\n"
    )
    shown = [[name, *(f"{e:.3f}" if e == e else "" for e in means[name])] for name in names]
    print(table(["method", "everyone", "the treated", "each person", "distribution"], shown))
    print("\nThe effect on everyone, data set by data set:\n")
    by_instance = [[str(i), *(f"{found[i][name][0]:.3f}" for name in names)] for i in instances]
    print(table(["data set", *names], by_instance))
    print(f"\n{footer('examples/acic.py', f'seeds 0 to {1 if small else SEEDS[-1]}', started)}")


if __name__ == "__main__":
    main()
