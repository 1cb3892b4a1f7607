"""One event written twice: an effect counts it once, and is 0 where it would have two values."""

from __future__ import annotations

import numpy as np
import pytest

import dofx

GRAPH = "z -> {x, m, y}; x -> m -> y; x -> y"
TWICE = "y[x = 1] = 1, y[x = 1] = 1"


def joint(states: int) -> dofx.Table:
    weights = np.random.default_rng(states).dirichlet(np.ones(states**4))
    return dofx.Table(tuple("zxmy"), weights.reshape((states,) * 4))


def truth(law: dofx.Table, *, m: int | None = None) -> float:
    """The chance of y = 1, and of m, where x is 1, by adjustment for z."""
    p = law.array(tuple("zxmy"))
    conditional = p[:, 1] / p[:, 1].sum(axis=(1, 2), keepdims=True)
    mine = (p.sum(axis=(1, 2, 3))[:, None, None] * conditional).sum(axis=0)
    return float(mine[:, 1].sum() if m is None else mine[m, 1])


@pytest.mark.parametrize("states", [2, 3])
def test_an_effect_counts_it_once(states: int) -> None:
    law = joint(states)
    effects = {
        "same": f"P({TWICE})",
        "other": f"P({TWICE}, m[x = 1] = 0)",
        "never": "P(y[x = 1] = 1, y[x = 1] = 0)",
        "spelt": "P(y[x = 1, z = 0] = 1, Y[z = 0, x = 1] = 0) - P(y[x = 1] = 1, y[x = 1] = 1)",
    }
    program = dofx.compile("\n".join(f"effect {name} = {text}" for name, text in effects.items()), GRAPH)
    assert isinstance(program, dofx.CompiledProgram)
    answers = program.fit(law).answer()
    expected = {"same": truth(law), "other": truth(law, m=0), "never": 0.0, "spelt": -truth(law)}
    found = {name: answers[name].value for name in expected}
    assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("how", ["influence", "bootstrap"])
def test_it_has_an_interval(how: str) -> None:
    rng = np.random.default_rng(0)
    z = rng.random(400) < 0.5
    x = rng.random(400) < 0.2 + 0.5 * z
    rows = {"z": z, "x": x, "y": rng.random(400) < 0.1 + 0.3 * x + 0.4 * z}
    program = dofx.compile(
        "effect one = P(y[x = true] = true)\n"
        "effect twice = P(y[x = true] = true, y[x = true] = true)\n"
        "effect never = P(y[x = true] = true, y[x = true] = false)",
        "z -> {x, y}; x -> y",
    )
    assert isinstance(program, dofx.CompiledProgram)
    program.fit(rows)
    by_influence = how == "influence"
    answers = program.answer(rows, intervals="influence" if by_influence else "bootstrap", replicates=10)
    one, twice, never = (answers[name] for name in ("one", "twice", "never"))
    assert twice.value == pytest.approx(one.value, abs=1e-12)
    assert twice.standard_error == pytest.approx(one.standard_error, abs=1e-12)
    assert (never.value, never.standard_error) == (0, 0)


def test_what_excludes_itself_is_undefined_and_says_so() -> None:
    program = dofx.compile("effect e = E[y | z[x = 1] = 1, z = 0]", "z -> {x, y}; x -> y")
    assert isinstance(program, dofx.CompiledProgram)
    answers = program.fit(dofx.Table(("z", "x", "y"), np.full((2, 2, 2), 1 / 8))).answer()
    assert str(answers).splitlines()[0].endswith("undefined")
    assert "The conditions exclude each other: z would be both 1 and 0." in str(answers)
