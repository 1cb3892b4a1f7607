"""SymPy expressions: bound symbols are bound, and numbers in place of P give the truth."""

import itertools
from typing import Any

import numpy as np
import pytest
import sympy
from sympy.core.symbol import Str

from dofx.compiler.printers.estimand.sympy import Cardinality, Event, P
from models.graphs import random_cases
from models.oracle import Model, random_model
from oracles import textbook
from posed.judge import identify, recipe

NAMES = ("back-door", "front-door", "napkin", "napkin-seen", "tian-joint", "verma-front-door")


def test_free_symbols_are_the_query_and_what_is_idle() -> None:
    for graph, query, _ in random_cases([41], 300, sizes=(4, 5, 6, 7)):
        answer = identify(graph, query)
        if answer:
            expression = answer.estimand.sympy()
            free = {symbol.name for symbol in expression.free_symbols}
            idle = answer.estimand.text(expanded=True).partition("    for any ")[2]
            assert {*query.outcomes} <= free, recipe(graph, query)
            assert free - {*query.axes} == {*idle.split(", ")} - {""}, recipe(graph, query)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_at_home_in_sympy(name: str) -> None:
    expression = textbook.estimand(name).sympy()
    names = {"Cardinality": Cardinality, "Event": Event, "P": P, "Str": Str}
    assert sympy.sympify(eval(sympy.srepr(expression), {**vars(sympy), **names})) == expression
    assert sympy.simplify(expression - expression) == 0
    assert r"\mid" in sympy.latex(expression) or "|" not in str(expression)
    assert sympy.pretty(expression)
    assert (expression / expression) == 1
    for bound in ("w", "x'", "z'"):
        assert expression.subs(sympy.Symbol(bound), 1) == expression or bound in map(
            str, expression.free_symbols
        )


def test_values_are_put_in() -> None:
    x, x2, y = sympy.symbols("x x2 y")
    term = P([Event("y", y)], [Event("x", x)])
    assert str(term) == "P(y | x)"
    assert str(term.subs(x, 1)) == "P(y | x = 1)"
    assert sympy.latex(term.subs({x: 1, y: 0})) == r"P(y = 0 \mid x = 1)"
    assert sympy.latex(term**2) == r"P(y \mid x)^{2}"
    assert str(term.subs(x, x2)) == "P(y | x = x2)"
    assert term.diff(x) == sympy.Derivative(term, x)
    assert term.diff(x2) == 0
    front_door = textbook.estimand("front-door").sympy()
    assert str(front_door.subs("x", 1)) == (
        "Sum(P(z | x = 1)*Sum(P(x')*P(y | x', z), (x', 1, |x|)), (z, 1, |z|))"
    )


def numbers(expression: Any, model: Model) -> sympy.Expr:
    """The expression with sums written out and probabilities looked up."""
    joint = model.joint()
    axes = {name: axis for axis, name in enumerate(model.graph.nodes)}

    def marginal(events: Any) -> float:
        place: list[Any] = [slice(None)] * joint.ndim
        for event in events:
            place[axes[event.args[0].name]] = int(event.args[1]) - 1
        return float(joint[tuple(place)].sum())

    def probability(term: Any) -> sympy.Float:
        targets, given, _ = term.args
        return sympy.Float(marginal([*targets, *given]) / marginal(given))

    sizes = {Cardinality(name): size for name, size in model.cards.items()}
    written_out = expression.subs(sizes).doit()
    return written_out.xreplace({term: probability(term) for term in written_out.atoms(P)})


@pytest.mark.parametrize("name", NAMES)
def test_numbers_give_the_truth(name: str) -> None:
    graph, query = textbook.case(name)
    model = random_model(graph, 5)
    truth = model.truth(query)
    expression = textbook.estimand(name).sympy()
    idle = {symbol: 1 for symbol in expression.free_symbols if symbol.name not in query.axes}
    corners = itertools.product(*((0, model.cards[v] - 1) for v in query.axes))
    for states in itertools.islice(corners, 4):
        put = {sympy.Symbol(v): state + 1 for v, state in zip(query.axes, states, strict=True)}
        value = numbers(expression.subs(put | idle), model)
        np.testing.assert_allclose(float(value), truth[states], atol=1e-10)
