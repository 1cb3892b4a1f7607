"""The text of dosearch: what is written is read back as the same problem."""

import pytest

import dofx
from dofx import DofxError
from dofx.compiler.driver import resolve
from dofx.compiler.model.dosearch import DoSearch, to_dosearch
from models.populations import problems
from posed.problems import data_of, graph_of, identified


def test_random_problems_keep_their_verdicts() -> None:
    answered = 0
    for _, _, problem in problems(31, 90):
        graph = graph_of(problem)
        query, again, data = to_dosearch(resolve(problem.query, graph), graph, data_of(problem)).problem()
        if set(again.nodes) != set(graph.nodes):
            continue  # a variable without edges that no data set measures has no place in dosearch's text
        found = dofx.identify(query, again, data=data)
        assert bool(found) == bool(identified(problem)), problem
        answered += bool(found)
    assert answered > 30


def test_a_conditional_data_set_was_selected_by_what_it_is_given() -> None:
    graph = "x -> y\nz -> y\nx <-> y"
    text = DoSearch("p(y|do(x),z)\np(z)", "p(y|do(x))", graph)
    query, admg, data = text.problem()
    assert data[0].keeps == ("z",)
    assert str(dofx.identify(query, admg, data=data).estimand) == "P(y | do(x)) = Σ_z d2(z) d1(y | do(x), z)"
    assert not dofx.identify(query, admg, data=data[:1])


@pytest.mark.parametrize("text", [DoSearch("q(y)", "p(y)", "x -> y"), DoSearch("p(y)", "p(y)", "x - y")])
def test_other_text_is_refused(text: DoSearch) -> None:
    with pytest.raises(DofxError, match="of dosearch"):
        text.problem()
