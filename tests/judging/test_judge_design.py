"""Tests of graphs and data sets count rows by their weights and clusters, and codes stand for holes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

import dofx
from dofx import DataSet
from dofx.cli.app import cli
from dofx.runtime.data.dataset import Dataset
from dofx.runtime.data.design import Design
from dofx.runtime.judging.independence import dependence
from dofx.runtime.trained import Trained
from dofx.runtime.variables import Real


def selected(seed: int) -> dict[str, np.ndarray]:
    """X and y are independent among all; among those in the rows they are not. The weights undo that."""
    source = np.random.default_rng(seed)
    x, y = source.normal(size=(2, 6_000))
    chance = 1 / (1 + np.exp(-1.5 * (x + y)))
    kept = source.random(6_000) < chance
    return {"x": x[kept], "y": y[kept], "w": 1 / np.maximum(chance[kept], 0.05)}


def test_weights_undo_a_selection() -> None:
    rows = selected(0)
    assert not dofx.judge("x; y", rows)
    assert dofx.judge("x; y", rows, sample=DataSet(weights="w"))


def test_equal_weights_and_clusters_of_one_row_change_nothing() -> None:
    source = np.random.default_rng(1)
    z = torch.from_numpy(source.normal(size=300)).float()
    noise = torch.from_numpy(source.normal(size=(2, 300))).float()
    rows = {"z": z, "x": z + noise[0], "y": z + 0.5 * noise[0] + noise[1]}
    types = dict.fromkeys(rows, Real())
    plain = dependence(Dataset(rows, types), "x", "y", ["z"])
    for design in (Design(torch.full((300,), 2.5).double()), Design(clusters=torch.arange(300))):
        found = dependence(Dataset(rows, types, design=design), "x", "y", ["z"])
        assert found.p == pytest.approx(plain.p, rel=1e-9)
        assert found.strength == pytest.approx(plain.strength, rel=1e-9)


def test_a_row_of_weight_two_is_two_rows_for_the_covariance() -> None:
    """The strength by hand: from the weighted correlation and the number of effective rows."""
    source = np.random.default_rng(2)
    x, y = source.normal(size=(2, 400))
    y = y + 0.4 * x
    twice = source.random(400) < 0.5
    ranks = dependence(
        Dataset(
            {"x": torch.from_numpy(x).float(), "y": torch.from_numpy(y).float()},
            {"x": Real(), "y": Real()},
            design=Design(torch.from_numpy(1.0 + twice)),
        ),
        "x",
        "y",
        [],
    )
    w = (1.0 + twice) / (1.0 + twice).mean()
    scores = [
        torch.special.ndtri(torch.from_numpy(v).argsort().argsort().add(1).double() / 401).numpy()
        for v in (x, y)
    ]
    left, right = (s - np.average(s, weights=w) for s in scores)
    worth = w.sum() ** 2 / (w**2).sum()
    correlation = np.average(left * right, weights=w) / np.sqrt(
        np.average(left**2, weights=w) * np.average(right**2, weights=w)
    )
    statistic = worth * correlation**2 * 399 / 400
    assert ranks.strength == pytest.approx(np.sqrt((statistic - 1) / worth), rel=1e-6)


def test_the_level_holds_under_weights_and_clusters() -> None:
    """100 samples each, of which 5 should be contradicted at 0.05; 14 or more have a chance below 0.0005."""
    weighted = clustered = ignored = 0
    for seed in range(100):
        source = np.random.default_rng(100 + seed)
        x, y = source.normal(size=(2, 1_200))
        chance = 1 / (1 + np.exp(-(x + y)))
        kept = source.random(1_200) < chance
        design = Design(torch.from_numpy(1 / chance[kept]))
        weighted += _p(x[kept], y[kept], design) < 0.05
        household = np.repeat(np.arange(60), 6)
        luck = source.normal(size=(2, 60))[:, household]
        x, y = luck + 0.5 * source.normal(size=(2, 360))
        clustered += _p(x, y, Design(clusters=torch.from_numpy(household))) < 0.05
        ignored += _p(x, y, Design()) < 0.05
    assert weighted < 14
    assert clustered < 14
    assert ignored > 25


def _p(x: np.ndarray, y: np.ndarray, design: Design) -> float:
    rows = {"x": torch.from_numpy(x).float(), "y": torch.from_numpy(y).float()}
    return dependence(Dataset(rows, dict.fromkeys(rows, Real()), design=design), "x", "y", []).p


def test_agreement_of_data_sets_counts_by_weights() -> None:
    """Both data sets have one conditional; one was selected by its outcome, and its weights undo that."""
    source = np.random.default_rng(3)
    x, z = source.integers(0, 2, (2, 6_000))
    y = (source.random(6_000) < 0.3 + 0.4 * x).astype(int)
    kept = source.random(6_000) < np.where(y, 0.9, 0.3)
    survey = {"x": x, "y": y, "z": z}
    chosen = {"x": x[kept], "y": y[kept], "z": z[kept], "w": np.where(y[kept], 1.0, 3.0)}
    found = []
    for weights in (None, "w"):
        data = [
            DataSet("survey", measures="x, y, z"),
            DataSet("clinic", differs="z", measures="x, y, z", weights=weights),
        ]
        sampler = dofx.compile("P(y | do(x))", "x -> y; z", data=data)
        found.append(sampler.fit({"survey": survey, "clinic": chosen}).agreements)
    assert [bool(each) for each in found] == [True, True]
    assert found[0][0].p < 0.001
    assert found[1][0].p > 0.01


def test_links_judge_by_rows_of_the_population() -> None:
    """What was learnt from weighted rows is off by a sixth beside bare rows, and not beside weighted ones."""

    def rows(seed: int) -> dict[str, np.ndarray]:
        source = np.random.default_rng(seed)
        x = source.integers(0, 2, 6_000)
        y = (source.random(6_000) < 0.3 + 0.4 * x).astype(int)
        kept = source.random(6_000) < np.where(y, 0.9, 0.3)
        return {"x": x[kept], "y": y[kept], "w": np.where(y[kept], 1.0, 3.0)}

    weighted = dofx.compile("P(y | do(x))", "x -> y", data=[DataSet(weights="w")]).fit(rows(4))
    bare = dofx.compile("P(y | do(x))", "x -> y").fit(rows(4))
    bare.adopt(Trained(bare.network, weighted.modules, weighted.types))
    assert weighted.links(rows(5)).moves < 0.05
    assert bare.links(rows(5)).moves > 0.1


def test_codes_of_a_program_are_holes_for_a_judgement(tmp_path: Path) -> None:
    source = np.random.default_rng(6)
    x, y = source.normal(size=(2, 800))
    hidden = source.random(800) < 0.3
    rows = {"x": np.where(hidden, -99, x), "y": np.where(hidden & (y > 0), y, y)}
    program = tmp_path / "program.cq"
    program.write_text("graph { x; y; missing(x) }\ndata P holes -99\nquery q = P(y)")
    judged = dofx.judge(str(program), rows)
    assert {verdict.found.rows for verdict in judged} == {800 - int(hidden.sum()), 800}
    assert "x ⊥ y" in str(judged)
    frame = tmp_path / "rows.csv"
    frame.write_text("x,y\n" + "\n".join(f"{a},{b}" for a, b in zip(rows["x"], rows["y"], strict=True)))
    shown = CliRunner().invoke(cli, ["implications", "-g", str(program), "--data", str(frame)])
    assert f"{800 - int(hidden.sum()):,}" in shown.output


def test_an_effect_beside_a_program_reads_its_data_lines(tmp_path: Path) -> None:
    """The graph cannot tell the effect from observation alone; the experiment that the program declares can."""
    source = np.random.default_rng(7)
    x = source.integers(0, 2, 2_000)
    y = (source.random(2_000) < 0.2 + 0.5 * x).astype(int)
    program = tmp_path / "program.cq"
    program.write_text(
        'graph { x -> y; x <-> y }\ndata trial from "trial.csv" sets x measures x, y\nquery q = P(y)'
    )
    (tmp_path / "trial.csv").write_text("x,y\n" + "\n".join(f"{a},{b}" for a, b in zip(x, y, strict=True)))
    truth = y[x == 1].mean() - y[x == 0].mean()
    asked = "E[y | do(x = 1)] - E[y | do(x = 0)]"
    assert float(dofx.effect(asked, str(program), {"trial": {"x": x, "y": y}})) == pytest.approx(
        truth, abs=1e-4
    )
    shown = CliRunner().invoke(cli, ["effect", asked, "-g", str(program), "--json"])
    assert shown.exit_code == 0, shown.output
    assert f"{truth:.3f}"[:5] in shown.output
