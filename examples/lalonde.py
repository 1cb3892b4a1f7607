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


def surveyed() -> pd.DataFrame:
    """15,992 people of the Current Population Survey, none of whom was trained."""
    return _stata("cps_mixtape")


def _stata(name: str) -> pd.DataFrame:
    frame = pd.read_stata(io.BytesIO(CAUSALDATA.read(f"causaldata/{name}/{name}.dta")))
    finite = ["treat", "black", "hisp", "marr", "nodegree"]
    return frame.drop(columns="data_id").astype("float64").astype(dict.fromkeys(finite, "int64"))


@dataclass(frozen=True)
class Earnings:
    """Earnings with and without training, in dollars of 1978."""

    trained: Array
    untrained: Array

    @property
    def effect(self) -> float:
        """The average effect of training."""
        return float(self.trained.mean() - self.untrained.mean())

    @property
    def error(self) -> float:
        """The standard error of the effect, where these are people, each counted once."""
        groups = (self.trained, self.untrained)
        return float(np.sqrt(sum(group.var(ddof=1) / len(group) for group in groups)))


def compared(rows: pd.DataFrame) -> Earnings:
    """The earnings of those who were trained and of those who were not, as they stand in the rows."""
    return Earnings(*(rows.loc[rows["treat"] == treat, "re78"].to_numpy() for treat in (1, 0)))


def of_everyone(sampler: dofx.Sampler, rows: int, seed: int = 0) -> Earnings:
    """``P(re78 | do(treat))`` in the population that the rows come from."""
    return Earnings(*(_draw(sampler, rows, treat, seed) for treat in (1, 0)))


def of_the_trained(program: dofx.CompiledProgram, data: pd.DataFrame, rows: int, seed: int = 0) -> Earnings:
    """What the trained earned, and what they would have earned: ``P(re78[treat=0] | treat = 1)``."""
    without = program["without"].sample(rows, seed=seed)["re78[treat=0]"].double().numpy()
    return Earnings(compared(data).trained, without)


def refitted(data: pd.DataFrame, seed: int) -> float:
    """The effect on the trained, with generators fitted afresh."""
    program = dofx.compile(PROGRAM)
    program.fit(data, seed=seed, progress=False)
    return program.answer(data)["trained"].value


def _draw(sampler: dofx.Sampler, rows: int, treat: int, seed: int) -> Array:
    samples = sampler.sample(rows, do={"treat": treat}, seed=seed)
    return samples["re78"].double().numpy()


def picture(trained: Earnings, everyone: Earnings, path: Path) -> None:
    """Earnings with and without training, beside the experiment's and the confounded ones."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    colours, words = ("#d1495b", "#2e6f95"), ("training", "no training")
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
    panels = (
        (
            "The trained: P(re78[treat] | treat = 1)",
            trained,
            compared(experiment()),
            "experiment",
        ),
        ("Everyone: P(re78 | do(treat))", everyone, compared(observed()), "seen"),
    )
    for axis, (title, answer, reference, name) in zip(axes, panels, strict=True):
        pairs = ((answer.trained, reference.trained), (answer.untrained, reference.untrained))
        for (drawn, people), colour, word in zip(pairs, colours, words, strict=True):
            label = f"{name}, {word}: mean {people.mean():,.0f}"
            axis.ecdf(people, color=colour, lw=1.2, ls=(0, (2, 1.5)), alpha=0.75, label=label)
            axis.ecdf(drawn, color=colour, lw=2.2, label=f"dofx, {word}: mean {drawn.mean():,.0f}")
        axis.set(title=title, xlabel="earnings in 1978, dollars", xlim=(-800, 28_000), ylim=(0, 1))
        axis.title.set_fontsize(10.5)
        axis.xaxis.set_major_formatter("{x:,.0f}")
        axis.legend(frameon=False, fontsize=9, loc="lower right")
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("share who earned no more")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=140)
    plt.close(figure)
