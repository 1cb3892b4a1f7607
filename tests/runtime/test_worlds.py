"""Questions about several worlds, fitted on rows of models whose answers are known."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError

ROWS = 20_000
WITHIN = 0.03
"""More than three standard errors of each answer at this number of rows."""

Columns = dict[str, Any]


def front_door(n: int = ROWS) -> tuple[Columns, float]:
    """X -> m -> y with a hidden cause of x and y; and P(y[x=1] = 1 | x = 0), from the units themselves."""
    rng = np.random.default_rng(1)
    u, by_m, by_y = rng.random(n) < 0.5, rng.random(n), rng.random(n)
    x = rng.random(n) < 0.25 + 0.5 * u
    y_at = [by_y < 0.1 + 0.4 * (by_m < 0.15 + 0.7 * do) + 0.4 * u for do in (0, 1)]
    y = np.where(x, y_at[1], y_at[0])
    columns = {"x": x, "m": by_m < 0.15 + 0.7 * x, "y": y}
    return {name: values.astype(int) for name, values in columns.items()}, float(y_at[1][~x].mean())


def back_door(n: int = ROWS) -> tuple[Columns, float, float, float]:
    """Z -> x -> m -> y, z -> y, x -> y with texts for x; the effect on the treated, the direct and indirect effect."""
    rng = np.random.default_rng(5)
    z, by_m, by_y = (rng.random(n) < 0.5).astype(int), rng.random(n), rng.random(n)
    x = rng.random(n) < 0.2 + 0.6 * z

    def m_of(do: Any) -> Any:
        return by_m < 0.2 + 0.3 * do + 0.2 * z

    def y_of(do: Any, m: Any) -> Any:
        return (by_y < 0.05 + 0.2 * do + 0.3 * m * (1 + z * do) + 0.1 * z).astype(float)

    treated = float((y_of(1, m_of(1)) - y_of(0, m_of(0)))[x].mean())
    direct = float((y_of(1, m_of(0)) - y_of(0, m_of(0))).mean())
    indirect = float((y_of(1, m_of(1)) - y_of(1, m_of(0))).mean())
    m = m_of(x)
    columns = {
        "z": z,
        "x": np.where(x, "treated", "left alone"),
        "m": m.astype(int),
        "y": y_of(x, m).astype(int),
    }
    return columns, treated, direct, indirect


def test_the_vertical_path() -> None:
    columns, *_ = back_door()
    sampler = dofx.compile("P(y[x='treated'] | x='left alone')", "z -> x -> m -> y; z -> {m, y}; x -> y").fit(
        columns
    )
    drawn = sampler.sample(1000, seed=0)
    (column,) = drawn
    assert column == 'y[x="treated"]'
    assert drawn[column].shape == (1000,)


def test_those_who_were_not_treated_by_the_front_door() -> None:
    columns, expected = front_door()
    sampler = dofx.compile("P(y[x=1] | x=0)", "x -> m -> y; x <-> y").fit(columns)
    assert abs(sampler.distribution().array()[1] - expected) < WITHIN
    assert abs(float(sampler.sample(20_000, seed=0)["y[x=1]"].double().mean()) - expected) < WITHIN


def test_the_treated_and_mediation() -> None:
    columns, treated, direct, indirect = back_door()
    text = """
    effect treated = E[y[x = "treated"] - y[x = "left alone"] | x = "treated"]
    effect direct = E[y[x = "treated", m = m[x = "left alone"]]] - E[y[x = "left alone"]]
    effect indirect = E[y[x = "treated"]] - E[y[x = "treated", m = m[x = "left alone"]]]
    effect total = E[y[x = "treated"]] - E[y[x = "left alone"]]
    """
    graph = "z -> x -> m -> y; z -> {m, y}; x -> y"
    answers = dofx.compile(text, graph).fit(columns).answer(columns, intervals="bootstrap", replicates=20)
    for name, truth in (("treated", treated), ("direct", direct), ("indirect", indirect)):
        assert abs(answers[name].value - truth) < WITHIN, name
        assert 0 < answers[name].standard_error < WITHIN
    assert answers["total"].value == pytest.approx(
        answers["direct"].value + answers["indirect"].value, abs=1e-12
    )


def test_numbers_mediate() -> None:
    """A linear model: the direct effect is 1, the indirect one 2 times 0.5."""
    rng = np.random.default_rng(3)
    n = 4_000
    x = rng.integers(0, 2, n)
    m = 2.0 * x + rng.normal(size=n)
    columns = {"x": x, "m": m, "y": x + 0.5 * m + 0.5 * rng.normal(size=n)}
    program = dofx.compile(
        "effect direct = nde(y, x, through m, 1, 0)\neffect indirect = nie(y, x, through m, 1, 0)",
        "x -> m -> y; x -> y",
    ).fit(columns)
    answers = program.answer(n=20_000)
    assert abs(answers["direct"].value - 1) < 0.15
    assert abs(answers["indirect"].value - 1) < 0.15


def test_inputs_of_several_worlds(tmp_path: Path) -> None:
    columns, *_ = back_door(2_000)
    graph = "z -> x -> m -> y; z -> {m, y}; x -> y"
    sampler = dofx.compile("P(y[x=?a] | x)", graph).fit(columns)
    at = {"do": {"?a": "treated"}, "given": {"x": "left alone"}}
    assert sampler.distribution().names == ("?a", "x", "y[x=?a]")
    drawn = sampler.sample(500, **at, seed=2)
    sampler.save(tmp_path / "bundle")
    again = dofx.load(tmp_path / "bundle")
    assert again.query == sampler.query
    assert torch.equal(again.sample(500, **at, seed=2)["y[x=?a]"], drawn["y[x=?a]"])
    program = torch.export.load(sampler.export(tmp_path / "sampler.pt2")).module()
    zeros = torch.zeros(9, dtype=torch.long)
    assert list(program(*_noise(sampler), zeros, zeros)) == ["y_x__a_"]
    with pytest.raises(DofxError, match=r"do\(\?a\) has no value"):
        sampler.sample(5, given={"x": "treated"})
    fixed = dofx.compile("P(y[x='treated'] | x='left alone')", graph).fit(columns)
    with pytest.raises(DofxError, match="distinguishes its worlds"):
        fixed.sample(5, given={"x": "treated"})
    with pytest.raises(DofxError, match="is not a state of `x` in the query"):
        dofx.compile("P(y[x='treted'] | x='left alone')", graph).fit(columns)


def _noise(sampler: dofx.Sampler) -> list[torch.Tensor]:
    return list(sampler.module.draw_noise(9, torch.Generator().manual_seed(0)).values())


@pytest.mark.parametrize(
    "query", ["P(y[x=1], x[x=1])", "P(y, z[x=1] | z=1)", "P(y[x=0], z | y=1, x=0)", "P(x[x=0])"]
)
def test_what_is_certain_is_drawn_as_such(query: str, tmp_path: Path) -> None:
    graph, joint = "z -> x -> y; z -> y", np.random.default_rng(0).dirichlet(np.ones(8)).reshape(2, 2, 2)
    table = dofx.Table("zxy", joint)
    sampler = dofx.compile(query, graph).fit(table)
    estimand = sampler.estimand
    assert estimand is not None
    found, expected = sampler.distribution(), estimand.evaluate(table)
    assert np.abs(found.array() - expected.array(found.names)).max() < 1e-6
    assert np.abs(sampler.network.evaluate(table).array() - expected.array()).max() < 1e-9
    sampler.save(tmp_path / "bundle")
    drawn, again = (each.sample(20, seed=1) for each in (sampler, dofx.load(tmp_path / "bundle")))
    assert all(torch.equal(drawn[name], again[name]) for name in drawn)


def test_a_condition_that_is_written_twice_is_one_input() -> None:
    table = dofx.Table("zxy", np.random.default_rng(1).dirichlet(np.ones(8)).reshape(2, 2, 2))
    sampler = dofx.compile("P(y[x=1] | z, z)", "z -> x -> y; z -> y").fit(table)
    assert sampler.network.inputs == ("z",)
    once = dofx.compile("P(y[x=1] | z)", "z -> x -> y; z -> y").fit(table)
    assert np.array_equal(sampler.distribution().array(), once.distribution().array())


def test_what_nothing_can_sample() -> None:
    with pytest.raises(dofx.NotIdentifiableError, match="two values in one district") as error:
        dofx.compile("P(y[x=1] | x=0)", "x -> y; x <-> y")
    assert "identified" not in str(error.value)
    with pytest.raises(dofx.NotIdentifiableError, match="itself is identified, but not at the other values"):
        dofx.compile("P(x=0, y[x=0]=1)", "x -> y; x <-> y")
    napkin = "w -> r -> x -> y; x <-> w <-> y"
    with pytest.raises(dofx.NotIdentifiableError, match="the states of all variables in it are declared"):
        dofx.compile("P(y[x=0] | x=1)", napkin, variables={"x": "bool"})
