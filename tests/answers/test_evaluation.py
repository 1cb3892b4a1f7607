"""Samplers of answers that no network computes: complements and quotients, filled from the evaluated table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.evaluation import Evaluation
from models.functional import Event, Model, Problem

NAPKIN = "w -> r -> x -> y; x <-> w <-> y"
EDGES = (("w", "r"), ("r", "x"), ("x", "y")), (("w", "x"), ("w", "y"))


def napkin(asked: tuple[Event, ...], given: tuple[Event, ...], states: int) -> Problem:
    """A question about the napkin; y has as many states."""
    return Problem(tuple("wrxy"), *EDGES, asked, given, {**dict.fromkeys("wrx", 2), "y": states})


def types(problem: Problem) -> dict[str, str]:
    return {name: f"category({size})" for name, size in problem.states.items()}


@pytest.mark.parametrize("states", [2, 3])
@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ((Event("y", (("x", 0),)),), (Event("x", (), 1),)),
        ((Event("y", (("x", "?a"),)),), (Event("x", (), 1),)),
        ((Event("y", (("x", 0),)), Event("x")), ()),
    ],
)
def test_a_complement_is_drawn(
    asked: tuple[Event, ...], given: tuple[Event, ...], states: int, tmp_path: Path
) -> None:
    problem = napkin(asked, given, states)
    model = Model(problem, 3)
    axes, truth = model.truth()
    sampler = dofx.compile(problem.query, NAPKIN, variables=types(problem))
    assert isinstance(sampler.compilation, Evaluation)
    sampler.fit(dofx.Table(problem.nodes, model.joint()))
    assert np.abs(sampler.distribution().array(axes) - truth).max() < 1e-6
    sampler.save(tmp_path / "bundle")
    do = {"?a": 0} if "?a" in axes else None
    drawn, again = (each.sample(500, do=do, seed=4) for each in (sampler, dofx.load(tmp_path / "bundle")))
    assert list(drawn) == list(sampler.query.outcomes)
    assert all(torch.equal(drawn[name], again[name]) for name in drawn)


def rows(n: int) -> tuple[dict[str, Any], float]:
    """Rows of a napkin, and the share of the treated that would have y without treatment."""
    rng = np.random.default_rng(0)
    u, v = rng.random((2, n)) < 0.5
    w = rng.random(n) < 0.1 + 0.2 * u + 0.6 * v
    r = rng.random(n) < 0.1 + 0.8 * w
    x = rng.random(n) < 0.1 + 0.6 * r + 0.2 * u
    untreated, treated = (rng.random(n) < 0.1 + 0.3 * value + 0.5 * v for value in (0, 1))
    return {"w": w, "r": r, "x": x, "y": np.where(x, treated, untreated)}, float(untreated[x].mean())


def test_fitted_on_rows(tmp_path: Path) -> None:
    seen, truth = rows(50_000)
    declared = dict.fromkeys("wrxy", "bool")
    sampler = dofx.compile("P(y[x = false] | x = true)", NAPKIN, variables=declared).fit(seen)
    drawn = sampler.sample(50_000, seed=0)["y[x=false]"].double().mean()
    assert abs(float(drawn) - truth) < 0.03
    assert "the complement of the other" in sampler.explain()
    program = dofx.compile("effect e = E[y[x = false] | x = true]", NAPKIN, variables=declared).fit(seen)
    assert program.answer()["e"].value == pytest.approx(float(sampler.distribution().array()[1]), abs=1e-3)
    sampler.save(tmp_path / "bundle")
    loaded = dofx.load(tmp_path / "bundle")
    for each in (sampler, loaded):
        for call in (each.bootstrap, each.links):
            with pytest.raises(DofxError, match="its sampler is one table"):
                call(seen)
    assert "the complement of the other" in loaded.explain()
    again = loaded.fit({name: values[:25_000] for name, values in seen.items()}).distribution()
    assert 1e-5 < np.abs(again.array() - sampler.distribution().array()).max() < 0.03


def test_what_no_row_shows_is_refused() -> None:
    few = {name: np.array([0, 0, 0, 0]) for name in "wrxy"}
    sampler = dofx.compile("P(y[x = 0] | x = 1)", NAPKIN, variables=dict.fromkeys("wrxy", "category(2)"))
    with pytest.raises(DofxError, match="the tables do not determine"):
        sampler.fit(few)


def test_states_must_be_declared() -> None:
    with pytest.raises(dofx.NotIdentifiableError, match="the states of all variables"):
        dofx.compile("P(y[x = 0] | x = 1)", NAPKIN, variables={"x": "bool"})


def test_what_is_to_be_avoided_is_not_read() -> None:
    program = f"graph {{ {NAPKIN} }} variables {{ w, r, x, y : bool }} query q = P(y[x = false] | x = true)"
    assert isinstance(dofx.compile(program).compilation, Evaluation)
    for asked in (f"{program} avoiding {{w}}", f"{program} using {{r}}"):
        with pytest.raises(dofx.NotIdentifiableError):
            dofx.compile(asked)
