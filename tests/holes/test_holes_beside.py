"""Holes in a column that the answer does not need, in rows of one data set of any name, selected or not."""

from __future__ import annotations

import numpy as np
import pytest

import dofx
from dofx import DataSet, Table

GRAPHS = [
    (
        "P(b, a | d)",
        "c -> d; c -> b; d -> b; a <-> c; a <-> d; d -> missing(b); missing(c); b <-> missing(c)",
    ),
    (
        "P(d, a | b, c)",
        "a -> d; a -> b; d -> b; c -> b; b -> missing(a); c <-> missing(a); c -> missing(c); "
        "missing(a) -> missing(c)",
    ),
    ("P(b | do(c))", "c -> b; a -> b; a <-> b; {a, b, c} -> missing(a)"),
]


def chance(rng: np.random.Generator, *sizes: int) -> np.ndarray:
    """Distributions of the last variable."""
    return rng.dirichlet(np.ones(sizes[-1]), size=sizes[:-1])


@pytest.mark.parametrize(("query", "graph"), GRAPHS)
def test_the_name_of_the_data_set_changes_no_verdict(query: str, graph: str) -> None:
    of_p, of_clinic = dofx.identify(query, graph), dofx.identify(query, graph, data=[DataSet("clinic")])
    assert of_p.verdict == of_clinic.verdict == "identified"
    assert str(of_clinic.estimand).replace("clinic(", "P(") == str(of_p.estimand)


@pytest.mark.parametrize("states", [2, 3])
def test_selected_rows_answer_without_the_column_that_has_holes(states: int) -> None:
    """Column a decides about its own holes; b alone is asked about, given what the rows were selected by."""
    rng = np.random.default_rng(states)
    k, u = states, 2
    law = np.einsum(
        "u,c,ua,cuab->abc", chance(rng, u), chance(rng, k), chance(rng, u, k), chance(rng, k, u, k, k)
    )
    truth = np.einsum("abc->cb", law) / np.einsum("abc->c", law)[:, None]
    shown, kept = rng.uniform(0.2, 0.9, (k, k, k)), rng.uniform(0.2, 0.9, k)
    rows = np.concatenate([law * shown, (law * (1 - shown)).sum(0, keepdims=True)]) * kept
    found = dofx.identify(*GRAPHS[2], data=[DataSet("clinic", keeps=["c"])]).estimand
    assert str(found) == "P(b | do(c)) = clinic(b | c)"
    assert found is not None
    answer = found.evaluate({"clinic": Table("abc", rows / rows.sum())})
    assert np.abs(answer.array(["c", "b"]) - truth).max() < 1e-12


def test_what_was_said_of_a_variable_is_not_forgotten() -> None:
    """The answer needs no a, but rows were selected by it, or it differs there: neither graph may leave it out."""
    graph = "a -> b; c -> b; a -> c; a -> missing(a); missing(c)"
    clinic = DataSet("clinic", keeps=["a"])
    assert dofx.identify("P(b | c)", graph, data=[clinic]).verdict == "not identified"
    assert (
        dofx.identify("P(b | c)", graph, data=[DataSet("clinic", differs=["a"])]).verdict == "not identified"
    )
    assert dofx.identify("P(b | c)", graph, data=[DataSet("clinic")]).verdict == "identified"
