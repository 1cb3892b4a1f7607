"""What an estimand says where its tables have none of the cases that it reads: nothing, and never another number."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError

BACK_DOOR = "z -> {x, y}; x -> y"
LAW = np.array([[[0.1, 0.2], [0.0, 0.0]], [[0.2, 0.1], [0.1, 0.3]]])
"""A law of z, x and y in which x is never 1 where z is 0."""


def test_a_setting_without_cases_has_no_number_and_the_others_keep_theirs() -> None:
    found = dofx.identify("P(y | do(x))", BACK_DOOR).estimand
    assert found is not None
    answer = found.evaluate(dofx.Table("zxy", LAW)).array(["x", "y"])
    assert answer[0] == pytest.approx([0.3 / 3 + 0.7 * 2 / 3, 0.3 * 2 / 3 + 0.7 / 3])
    assert np.isnan(answer[1]).all()


@pytest.mark.parametrize("query", ["P(y | do(x = 1))", "P(y = 1 | do(x = 1))", "P(y | do(x = 1), z = 0)"])
def test_without_any_case_it_is_refused(query: str) -> None:
    found = dofx.identify(query, BACK_DOOR).estimand
    assert found is not None
    with pytest.raises(DofxError, match="positive probability"):
        found.evaluate(dofx.Table("zxy", LAW))


def test_what_counts_for_nothing_may_lack_cases() -> None:
    """No row has x = 1 where z is 0, but z is 1 where it matters: given z, and in a policy that never sets it so."""
    given = dofx.identify("P(y | do(x), z = 1)", BACK_DOOR).estimand
    policy = dofx.identify("P(y | do(x ~ g(z)))", BACK_DOOR).estimand
    assert given is not None
    assert policy is not None
    table = dofx.Table("zxy", LAW)
    assert given.evaluate(table).array(["x", "y"])[1] == pytest.approx([0.25, 0.75])
    same = dofx.Table("zx", [[1.0, 0.0], [0.0, 1.0]])
    assert policy.evaluate(table, policies={"g": same}).array(["y"]) == pytest.approx([0.275, 0.725])


@pytest.mark.parametrize("query", ["P(y = 1 | do(x = 1))", "P(y | do(x = 1))"])
def test_of_several_data_sets_it_is_refused_too(query: str) -> None:
    people, trial = dofx.DataSet("people", measures=["z"]), dofx.DataSet("trial", sets=["x"], differs=["z"])
    found = dofx.identify(query, BACK_DOOR, data=[people, trial]).estimand
    assert found is not None
    tables = {"people": dofx.Table("z", [0.5, 0.5]), "trial": dofx.Table("zxy", LAW)}
    with pytest.raises(DofxError, match="positive probability"):
        found.evaluate(tables)


def test_random_laws_with_zeros() -> None:
    """Each number that is given is that of the model, in which some states never occur."""
    given, lacking = 0, 0
    for seed in range(60):
        rng = np.random.default_rng([23, seed])
        edges = [pair for pair in combinations("abcd", 2) if rng.random() < 0.6]
        law, after = np.ones((2,) * 4), np.ones((2,) * 4)
        for place, name in enumerate("abcd"):
            causes = ["abcd".index(one) for one, other in edges if other == name]
            table = rng.dirichlet([1, 1], size=(2,) * len(causes)) * (
                rng.random((2,) * len(causes) + (2,)) < 0.8
            )
            table[table.sum(-1) == 0] = [1, 0]
            table /= table.sum(-1, keepdims=True)
            axes = [*causes, place]
            shaped = table.reshape([2 if axis in axes else 1 for axis in range(4)])
            law = law * shaped
            after = after * (1 if name == "b" else shaped)
        found = dofx.identify("P(d | do(b))", "; ".join(["a, b, c, d", *(f"{x} -> {y}" for x, y in edges)]))
        assert found.estimand is not None
        try:
            answer = found.estimand.evaluate(dofx.Table("abcd", law)).array(["b", "d"])
        except DofxError:
            lacking += 1
            continue
        known = ~np.isnan(answer)
        given, lacking = given + int(known.any()), lacking + int(not known.all())
        assert np.abs(answer - after.sum((0, 2)))[known].max() < 1e-12
    assert min(given, lacking) > 5
