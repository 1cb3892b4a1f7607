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


CRISS_CROSS = "x -> y; x -> missing(y); y -> missing(x)"
ONE_LEADS = "x; y; y -> missing(x); missing(x) -> missing(y); x -> missing(y)"
"""Weights by chances; by chances and odds."""


def holed(law: np.ndarray, x_shown: np.ndarray, y_shown: np.ndarray) -> dofx.Table:
    """A law with holes, from the chances that x is shown at each y, and y at each x where x is hidden or shown."""
    found = np.zeros([size + 1 for size in law.shape])
    for (x, y), share in np.ndenumerate(law):
        for one, other in np.ndindex(2, 2):
            shown = x_shown[y] if one else 1 - x_shown[y], y_shown[x, one] if other else 1 - y_shown[x, one]
            found[x if one else -1, y if other else -1] += share * shown[0] * shown[1]
    return dofx.Table("xy", found)


@pytest.mark.parametrize("query", ["P(x)", "P(x = 1)", "P(y)", "P(x, y)"])
@pytest.mark.parametrize("graph", [CRISS_CROSS, ONE_LEADS])
def test_a_group_that_is_never_shown_is_not_left_out(graph: str, query: str) -> None:
    """In the one graph y is never shown where x is 1, in the other where x is hidden; there P(x) does not need it."""
    law = np.outer([0.4, 0.6], [0.3, 0.7]) + (graph == CRISS_CROSS) * np.array([[0.1, -0.1], [-0.1, 0.1]])
    never = np.array([[0.8, 0.8], [0.0, 0.0]] if graph == CRISS_CROSS else [[0.0, 0.6], [0.0, 0.8]])
    found, x_shown = dofx.identify(query, graph).estimand, np.array([0.5, 0.9])
    truth = {"P(x)": law.sum(1), "P(x = 1)": law[1].sum(), "P(y)": law.sum(0), "P(x, y)": law}[query]
    assert found is not None
    for answer in (found, dofx.compile(query, graph).network):
        assert answer.evaluate(holed(law, x_shown, never + 0.1)).array() == pytest.approx(truth)
        if graph == ONE_LEADS and "y" not in query:
            assert answer.evaluate(holed(law, x_shown, never)).array() == pytest.approx(truth)
        else:
            with pytest.raises(DofxError, match="positive probability"):
                answer.evaluate(holed(law, x_shown, never))
            with pytest.raises(DofxError, match="positive probability"):
                dofx.compile(query, graph).fit(holed(law, x_shown, never))


def test_a_group_that_is_never_shown_leaves_conditionals_elsewhere() -> None:
    law = np.array([[0.12, 0.28], [0.36, 0.24]])
    table = holed(law, np.array([0.5, 0.9]), np.array([[0.8, 0.8], [0.0, 0.0]]))
    for answer in (
        dofx.identify("P(y | x)", CRISS_CROSS).estimand,
        dofx.compile("P(y | x)", CRISS_CROSS).network,
    ):
        assert answer is not None
        found = answer.evaluate(table).array(["x", "y"])
        assert found[0] == pytest.approx(law[0] / law[0].sum())
        assert np.isnan(found[1]).all()


def with_zeros(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Distributions over the last axis, in which a quarter of the entries is 0."""
    found = rng.dirichlet(np.ones(shape[-1]), size=shape[:-1]) * (rng.random(shape) < 0.75)
    found[found.sum(-1) == 0] = 1
    return found / found.sum(-1, keepdims=True)


@pytest.mark.parametrize("graph", [CRISS_CROSS, ONE_LEADS])
def test_random_chances_with_zeros(graph: str) -> None:
    """Each number that is given is that of the model; the answer is given where every group is sometimes shown."""
    given, lacking = 0, 0
    asked = [dofx.identify(query, graph).estimand for query in ("P(x)", "P(y)", "P(x, y)")]
    for seed in range(40):
        rng = np.random.default_rng([24, seed])
        sizes = tuple(rng.integers(2, 4, size=2))
        law = with_zeros(rng, sizes[0])[:, None] * with_zeros(
            rng, sizes[0] if graph == CRISS_CROSS else 1, sizes[1]
        )
        y_shown = with_zeros(rng, sizes[0], 2, 2)[..., 1]
        if graph == CRISS_CROSS:
            y_shown[:, 0] = y_shown[:, 1]
        x_shown = with_zeros(rng, sizes[1], 2)[:, 1]
        for found, truth in zip(asked, (law.sum(1), law.sum(0), law), strict=True):
            assert found is not None
            try:
                answer = found.evaluate(holed(law, x_shown, y_shown)).array()
            except DofxError:
                lacking += 1
                assert min(x_shown.min(), y_shown.min()) == 0
                continue
            given += 1
            assert np.abs(answer - truth).max() < 1e-9
    assert min(given, lacking) > 10


IN_WORLDS = "z -> {x, y}; x -> m -> y; x -> y"


def worlds_of(z: np.ndarray, x: np.ndarray, m: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """The answers in several worlds of a model of IN_WORLDS, by its tables; nan where what is given never happens."""
    zxm = np.einsum("a,ab,bc->abc", z, x, m)
    set_x, at = np.einsum("a,bc,abcd->abd", z, m, y), zxm.sum((0, 2))
    moved = np.einsum("a,ab,c,acd->abd", z, x, m[1], y[:, 1])  # y[x = 1] with z and x as they are
    with np.errstate(invalid="ignore"):
        return {
            "P(y[x = 1] | x = 0)": moved.sum(0)[0] / at[0],
            "P(y[x = 1] | x)": moved.sum(0) / at[:, None],
            "P(z | y[x = 1] = 0)": set_x[:, 1, 0] / set_x[:, 1, 0].sum(),
            "P(y[x = 1, m = m[x = 0]])": np.einsum("a,c,acd->d", z, m[0], y[:, 1]),
            "P(m[x = 0] = 1, y[x = 1, m = 0] = 1)": np.asarray(m[0, 1] * (z @ y[:, 1, 0, 1])),
        }


def test_random_laws_with_zeros_in_several_worlds() -> None:
    """Each number of an estimand and of a network is that of the model; without zeros, all are given."""
    given, lacking = 0, 0
    queries = list(worlds_of(*(np.ones((2,) * axes) / 2 for axes in (1, 2, 2, 4))))
    asked = {
        query: (dofx.identify(query, IN_WORLDS).estimand, dofx.compile(query, IN_WORLDS).network)
        for query in queries
    }
    for seed in range(30):
        rng = np.random.default_rng([25, seed])
        sizes = tuple(rng.integers(2, 4, size=4))
        shapes = [sizes[:1], sizes[:2], sizes[1:3], sizes]
        tables = [with_zeros(rng, *shape) + (0.1 if seed % 3 == 0 else 0) for shape in shapes]
        tables = [table / table.sum(-1, keepdims=True) for table in tables]
        table = dofx.Table("zxmy", np.einsum("a,ab,bc,abcd->abcd", *tables))
        for query, truth in worlds_of(*tables).items():
            for part in asked[query]:
                assert part is not None
                try:
                    answer = part.evaluate(table).array()
                except DofxError:
                    answer = np.full(truth.shape, np.nan)
                known = ~np.isnan(answer)
                given, lacking = given + int(known.any()), lacking + int(not known.all())
                assert not np.isnan(truth[known]).any()
                assert known.all() or seed % 3
                assert np.abs(answer - truth)[known].max(initial=0) < 1e-9
    assert min(given, lacking) > 20
