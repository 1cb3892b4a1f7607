"""A way to sample rows that dofx does not have: strata, of each of which as many rows were drawn as was planned.

The toy is the whole of what has to be written: a word of a data set for the column, a field of the design that says
what strata change, and what reads the one into the other. Fit, answers, samples, and intervals by influence and by
resampling take it as any other. The last test holds the code to what the guide promises: five files know of a word.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import dofx
from dofx import DataSet
from dofx.runtime.answers.bootstrap.stacked_fits import Replicate
from dofx.runtime.data.dataset import Dataset
from dofx.runtime.data.design import Design, Pick
from dofx.runtime.data.row_weights import SAID, Said, read_rows
from dofx.runtime.fitting.fit import fit_options
from dofx.runtime.inference.sample import Sample

ROOT = Path(dofx.__file__).parent
GRAPH = "x -> y; s -> x; s -> y"


class Survey(DataSet):
    """Rows whose column `region` names the stratum that each was drawn in."""

    @property
    def row_columns(self) -> dict[str, str]:
        return {**super().row_columns, "strata": "region"}


@dataclass(frozen=True, eq=False)
class Stratified(Design):
    """Rows that were drawn within strata: how many of each there are is not left to chance.

    References:
        Cochran (1977), "Sampling techniques", section 5.
    """

    strata: Tensor | None = None

    @property
    def alike(self) -> bool:
        return False

    def _parts(self) -> Iterator[Tensor]:
        assert self.strata is not None
        for each in self.strata.unique():
            yield (self.strata == each).nonzero().flatten()

    def resampled(self, rows: int, pick: Pick) -> Tensor:
        return torch.cat([part[pick(len(part))] for part in self._parts()])

    def times(self, rows: int, replicates: int, source: np.random.Generator) -> np.ndarray:
        found = np.zeros((replicates, rows), np.int64)
        for part in self._parts():
            size = len(part)
            found[:, part.numpy()] = source.multinomial(size, np.full(size, 1 / size), replicates)
        return found

    def covariance(self, a: np.ndarray, b: np.ndarray, rows: float) -> float:
        within = 0.0
        for part in self._parts():
            left, right = (each[part.numpy()] for each in (a, b))
            size = len(part)
            within += float((left - left.mean()) @ (right - right.mean())) * size / (size - 1)
        return within / rows**2


def _read(design: Design, values: Any, what: str) -> Design:
    numbers = torch.from_numpy(np.unique(np.asarray(values), return_inverse=True)[1])
    return Stratified(design.weights, design.clusters, design.held_out, strata=numbers)


def _written(design: Design) -> Tensor:
    assert isinstance(design, Stratified)
    assert design.strata is not None
    return design.strata


@pytest.fixture
def _word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SAID, "strata", Said(_read, _written, "strata"))


def survey() -> dict[str, np.ndarray]:
    """Regions that differ much in y, a third as many rows from the second as from the first."""
    rng = np.random.default_rng(6)
    region = np.repeat([0, 1, 2], [240, 80, 160])
    y = (rng.random(480) < np.array([0.05, 0.5, 0.95])[region]).astype(int)
    return {"x": rng.integers(0, 2, 480), "s": region, "y": y, "region": region}


def textbook(rows: dict[str, np.ndarray]) -> float:
    """The standard error of a stratified mean (Cochran 1977, 5.11), without the finite population."""
    parts = [rows["y"][rows["region"] == each] for each in range(3)]
    return float(np.sqrt(sum(len(part) * part.var(ddof=1) for part in parts))) / len(rows["y"])


def program() -> dofx.CompiledProgram:
    found = dofx.compile("effect mean = E[y]", "y", data=[Survey("survey", measures=["y"])])
    assert isinstance(found, dofx.CompiledProgram)
    return found


def test_the_covariance_is_that_of_a_stratified_mean() -> None:
    rows = survey()
    mean, y = rows["y"].mean(), rows["y"]
    design = _read(Design(), rows["region"], "column `region`")
    sample = Sample(np.bincount(y).astype(float), y, design)
    moved = np.array([-mean, 1 - mean])
    assert np.sqrt(sample.covariance(moved, moved)) == pytest.approx(textbook(rows), abs=1e-12)


@pytest.mark.usefixtures("_word")
def test_intervals_by_influence_are_those_of_the_strata() -> None:
    """A cell of a table counts as a row fewer than it has, which makes them a thousandth longer than the textbook's."""
    rows = survey()
    (found,) = program().fit(rows, progress=False).answer(rows, intervals="influence")
    assert found.value == pytest.approx(rows["y"].mean(), abs=1e-3)
    assert found.standard_error == pytest.approx(textbook(rows), rel=3e-3)
    assert textbook(rows) < 0.7 * rows["y"].std() / np.sqrt(480)


@pytest.mark.usefixtures("_word")
def test_intervals_by_resampling_are_those_of_the_strata() -> None:
    """Of 200 replicates the standard error is within a fifth of the textbook's, with probability above 0.999."""
    rows = survey()
    (found,) = program().fit(rows, progress=False).answer(rows, intervals="bootstrap", replicates=200)
    assert found.standard_error == pytest.approx(textbook(rows), rel=0.2)


@pytest.mark.usefixtures("_word")
def test_replicates_have_as_many_rows_of_each_stratum() -> None:
    rows = survey()
    data = read_rows(rows, ["x", "s", "y"], Survey("survey"), holes=False)
    network = dofx.compile("P(y | do(x))", GRAPH).network
    drawn = Replicate.drawn(network, data, fit_options(), seed=1).plan.dataset
    assert isinstance(drawn, Dataset)
    assert isinstance(drawn.design, Stratified)
    assert drawn["s"].bincount().tolist() == [240, 80, 160]
    assert bool((drawn.design.strata == drawn["s"]).all())
    assert drawn.design.held_out is not None
    assert len(drawn.design.held_out) == 480
    times = data.design.times(480, 3, np.random.default_rng(1))
    for each, count in enumerate((240, 80, 160)):
        assert (times[:, rows["region"] == each].sum(1) == count).all()


@pytest.mark.usefixtures("_word")
def test_what_strata_answer_is_sampled() -> None:
    """The frequency in a sample is within five standard errors of the fitted probability."""
    sampler = dofx.compile("P(y | do(x))", GRAPH, data=[Survey("survey")]).fit(survey(), progress=False)
    drawn = float(sampler.sample(20_000, do={"x": 1}, seed=0)["y"].float().mean())
    zero, one = sampler.distribution({"x": 1}).array(["y"])
    assert abs(drawn - one) < 5 * np.sqrt(zero * one / 20_000)


def test_five_files_know_of_a_word_that_says_how_rows_were_sampled() -> None:
    """`cluster` is declared and read in these; a report names it too. Its field is read by the design alone."""
    assert "CLUSTER" in (ROOT / "grammar/reading/causal.lark").read_text()
    declared = {"grammar/syntax/data.py", "compiler/model/data.py", "runtime/data/row_weights.py"}
    assert _modules("cluster") - declared == {"runtime/answers/assumptions.py"}
    assert _modules("design.clusters") == {"runtime/data/design.py", "runtime/data/row_weights.py"}


def _modules(name: str) -> set[str]:
    """The modules of the stages in whose code, not in whose words, a name stands, or an attribute of one."""
    wanted, found = name.split("."), set[str]()
    for stage in ("grammar", "compiler", "runtime"):
        for path in (ROOT / stage).rglob("*.py"):
            tokens = tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
            names = [token.string.lower() for token in tokens if token.type == tokenize.NAME]
            if any(names[place : place + len(wanted)] == wanted for place in range(len(names))):
                found.add(path.relative_to(ROOT).as_posix())
    return found
