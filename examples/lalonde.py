"""Job training and earnings: the effect from confounded rows, beside what a randomised experiment found."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from archives import CAUSALDATA
from numpy.typing import NDArray

import dofx

PROGRAM = Path(__file__).parent / "lalonde.cq"
COVARIATES = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
Array = NDArray[np.float64]


def experiment() -> pd.DataFrame:
    """The randomised experiment: 185 trained and 260 not, the National Supported Work Demonstration."""
    return _stata("nsw_mixtape")


def observed() -> pd.DataFrame:
    """The same 185 trained, and 15,992 people of the Current Population Survey who were not."""
    trained = experiment().query("treat == 1")
    return pd.concat([trained, _stata("cps_mixtape")], ignore_index=True)[["treat", "re78", *COVARIATES]]


def _stata(name: str) -> pd.DataFrame:
    frame = pd.read_stata(io.BytesIO(CAUSALDATA.read(f"causaldata/{name}/{name}.dta")))
    finite = ["treat", "black", "hisp", "marr", "nodegree"]
    return frame.drop(columns="data_id").astype("float64").astype(dict.fromkeys(finite, "int64"))


def difference(rows: pd.DataFrame) -> float:
    """Mean earnings of the trained less those of the others, in dollars of 1978."""
    means = rows.groupby("treat")["re78"].mean()
    return float(means[1] - means[0])


@dataclass(frozen=True)
class Earnings:
    """Sampled earnings with and without training, in dollars of 1978."""

    trained: Array
    untrained: Array

    @property
    def effect(self) -> float:
        """The average effect of training."""
        return float(self.trained.mean() - self.untrained.mean())


def of_everyone(sampler: dofx.Sampler, rows: int, seed: int = 0) -> Earnings:
    """``P(re78 | do(treat))`` in the population that the rows come from."""
    return Earnings(*(_draw(sampler, rows, treat, {}, seed) for treat in (1, 0)))


def of_the_trained(sampler: dofx.Sampler, data: pd.DataFrame, copies: int, seed: int = 0) -> Earnings:
    """``P(re78 | do(treat), covariates)`` for people like those who were trained."""
    trained = data.query("treat == 1")
    given = {name: np.tile(trained[name].to_numpy(), copies) for name in COVARIATES}
    rows = len(trained) * copies
    return Earnings(*(_draw(sampler, rows, treat, given, seed) for treat in (1, 0)))


def _draw(sampler: dofx.Sampler, rows: int, treat: int, given: dict[str, Array], seed: int) -> Array:
    samples = sampler.sample(rows, do={"treat": treat}, given=given, seed=seed)
    return samples["re78"].double().numpy()


def picture(alike: Earnings, everyone: Earnings, data: pd.DataFrame, path: Path) -> None:
    """Both interventional distributions, and the confounded ones they differ from, as an SVG or PNG file."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    edges = np.linspace(0, 30_000, 61)
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True, layout="constrained")
    titles = ("people like the trained: P(re78 | do(treat), covariates)", "everyone: P(re78 | do(treat))")
    for axis, earnings, title in zip(axes, (alike, everyone), titles, strict=True):
        for treat, values, colour in ((1, earnings.trained, "#d1495b"), (0, earnings.untrained, "#2e6f95")):
            seen = data.loc[data["treat"] == treat, "re78"].to_numpy()
            share, label = np.full(len(seen), 1 / len(seen)), f"seen: treat = {treat}"
            axis.hist(seen, edges, weights=share, color=colour, alpha=0.18, label=label)
            share = np.full(len(values), 1 / len(values))
            label = f"do(treat = {treat}): mean {values.mean():,.0f}"
            axis.hist(values, edges, weights=share, histtype="step", color=colour, lw=1.8, label=label)
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("earnings in 1978, dollars")
        axis.legend(frameon=False, fontsize=8)
        axis.set_yscale("symlog", linthresh=0.02)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("share of people in 500 dollars")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=140)
    plt.close(figure)
