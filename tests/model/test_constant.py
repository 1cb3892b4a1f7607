"""A shift to the same value whatever it reads is that value."""

from __future__ import annotations

import numpy as np
import pytest

import dofx
from dofx.compiler.model.constant import constant_value
from dofx.compiler.model.resolve import shift_of
from dofx.grammar.parse import parse_query

NAPKIN = "w -> r -> x -> y; x <-> w <-> y; z"


def written(rng: np.random.Generator, depth: int) -> str:
    """A random formula of x and z."""
    if depth == 0 or rng.random() < 0.15:
        return str(rng.choice(["x", "z", "0", "1", "2", "0.5"]))
    one, other = written(rng, depth - 1), written(rng, depth - 1)
    kind = rng.choice(["+", "-", "-", "*", "*", "/", "min", "max", "negative"])
    if kind in ("min", "max"):
        return f"{kind}({one}, {other})"
    return f"(-{one})" if kind == "negative" else f"({one} {kind} {other})"


def test_a_constant_has_its_value_everywhere_and_nothing_else_is_one() -> None:
    rng, constants, missed = np.random.default_rng(0), 0, 0
    points = [(float(x), float(z)) for x, z in rng.normal(size=(12, 2)) * 3]
    for _ in range(1_500):
        text = written(rng, 3)
        if not {"x", "z"} & set(text):
            continue
        how = parse_query(f"P(y | do(x = {text}))").interventions[0].how
        found = constant_value(how)  # type: ignore[arg-type]
        try:
            values = [eval(text, {"x": x, "z": z, "min": min, "max": max}) for x, z in points]
        except ZeroDivisionError:
            assert found is None, text
            continue
        if found is not None:
            constants += 1
            assert values == pytest.approx([found] * len(points), abs=1e-9), text
        elif (
            "/" not in text and "m" not in text
        ):  # sums of products: their constants are found if they are sums
            missed += np.ptp(values) == 0 and text.count("x") + text.count("z") == 1
    assert constants > 100
    assert missed == 0


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("0 * x", 0),
        ("x - x", 0),
        ("x / 4 - 0.25 * x", 0),
        ("0 * x + 0.5 - 0.5", 0),
        ("x - x + 1", 1),
        ("1 + 0 * (x + z)", 1),
        ("max(x, x) - x", 0),
    ],
)
@pytest.mark.parametrize("states", [2, 3])
def test_it_is_answered_as_the_value_is(formula: str, value: int, states: int) -> None:
    joint = np.random.default_rng(states).dirichlet(np.ones(states**5)).reshape((states,) * 5)
    table = dofx.Table("wrxyz", joint)
    shifted, fixed = (dofx.identify(f"P(y | do(x = {text}))", NAPKIN) for text in (formula, str(value)))
    assert shifted.estimand is not None
    assert fixed.estimand is not None
    assert str(shifted.query) == f"P(y | do(x = {value}))"
    one, other = (each.estimand.evaluate(table) for each in (shifted, fixed) if each.estimand)
    np.testing.assert_allclose(one.array(other.names), other.array(), atol=1e-12)
    bound = dofx.identify(f"P(y[x = {formula}] | z)", "z -> x -> y; z -> y; w")
    assert str(bound.query) == f"P(y[x={value}] | z)"


@pytest.mark.parametrize("formula", ["min(x, 0)", "x + 1", "0 / x", "x / x", "x * z - z", "x - z"])
def test_what_depends_on_what_it_reads_stays_a_shift(formula: str) -> None:
    (only,) = parse_query(f"P(y | do(x = {formula}))").interventions
    assert constant_value(only.how) is None  # type: ignore[arg-type]


def test_a_saved_shift_is_read_as_it_was_written() -> None:
    assert shift_of("0*x").name == "0*x"
