"""Conditions that a given distribution, or an interim stage, does not have: what rests on them is reported as made up.

They used to pass for known: an answer read off a table's marginal was called exact, and nothing else was said of it.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError

BACK_DOOR = "z -> {x, y}; x -> y"
REFIT = "x -> z -> y; x -> y; z <-> y; x <-> w; w -> z"


def law(never: set[tuple[int, int]], states: int) -> dict[tuple[int, int, int], float]:
    """P(z, x, y), in which some (z, x) do not occur."""
    rng = np.random.default_rng(states)
    cells = {(z, x, y): rng.random() for z, x, y in product(range(states), repeat=3) if (z, x) not in never}
    return {cell: chance / sum(cells.values()) for cell, chance in cells.items()}


@pytest.mark.parametrize("states", [2, 3])
@pytest.mark.parametrize("several", [False, True])
def test_a_table_says_what_it_does_not_determine(states: int, several: bool) -> None:
    """Judged by the definition: the answer at x needs each z that occurs to occur with x."""
    for never in (set[tuple[int, int]](), {(0, 1)}, {(0, 1), (1, 0)}):
        known = law(never, states)
        array = np.zeros((states,) * 3)
        for cell, chance in known.items():
            array[cell] = chance
        table = dofx.Table(("z", "x", "y"), array)
        given = {"a": table, "b": table} if several else table
        sets = [dofx.DataSet("a", measures=["z"]), dofx.DataSet("b")] if several else None
        sampler = dofx.compile("P(y | do(x))", BACK_DOOR, data=sets).fit(given)
        for x in range(states):
            lacking = sum(chance for (z, _, _), chance in known.items() if (z, x) in never)
            told = sampler.unseen(do={"x": x})
            assert bool(told) == (lacking > 0)
            for each in told:
                assert abs(each.share - lacking) < 0.05  # 4,096 draws of z: six standard deviations
                assert "have probability 0 in the table, such as z = " in str(each)


def test_an_effect_says_so_below_its_value() -> None:
    array = np.zeros((2, 2, 2))
    for cell, chance in law({(0, 1)}, 2).items():
        array[cell] = chance
    table = dofx.Table(("z", "x", "y"), array)
    program = dofx.compile(f"graph {{ {BACK_DOOR} }}\neffect e = E[y | do(x = 1)]").fit(table)
    answers = program.answer()
    assert "have probability 0 in the table" in str(answers)
    assert "have probability 0 in the table" in answers.assumptions()
    with pytest.raises(DofxError, match="E1002"):
        dofx.identify("P(y | do(x = 1))", BACK_DOOR).estimand.evaluate(
            table
        )  # the oracle of the value: it has none
    with pytest.raises(DofxError, match="or on a distribution instead of rows"):
        dofx.compile("P(y | do(x))", BACK_DOOR).fit(table).links()


@pytest.mark.parametrize("real", [False, True], ids=["counted", "trained"])
def test_a_refit_says_what_its_interim_stage_never_makes(real: bool) -> None:
    """Both x = 1 and z = 1 occur, and no row has both: what Q₁ learned there is of other conditions."""
    rng = np.random.default_rng(0)
    n = 2_000
    u, v = rng.random(n) < 0.5, rng.random(n) < 0.5
    w, x = (rng.random(n) < 0.2 + 0.5 * u for _ in range(2))
    z = (rng.random(n) < 0.3 + 0.2 * w) & ~x
    y = (rng.random(n) < 0.2 + 0.3 * z + 0.3 * v) + (rng.normal(size=n) if real else 0)
    sampler = dofx.compile("P(y | do(x), z)", REFIT).fit({"w": w, "x": x, "z": z, "y": y}, epochs=1)
    assert sampler.network.refits == 1
    (told,) = sampler.unseen(do={"x": True}, given={"z": True})
    assert told.fit == "Q₁(y | x, z)"
    assert "occur in no row that Q₁ makes, such as x = true, z = true" in str(told)
    for other, value in ((True, False), (False, True), (False, False)):
        assert sampler.unseen(do={"x": other}, given={"z": value}) == ()
