"""The verifier names each rule that an estimand breaks, and passes what the compiler makes."""

from dataclasses import replace

import pytest

from dofx.compiler.estimand.algebra import (
    Conditional,
    Estimand,
    Expression,
    Interim,
    Kernel,
    Marginal,
    Product,
    Source,
)
from dofx.compiler.estimand.verify import InvalidEstimandError, verify
from dofx.compiler.graph.varset import Order
from dofx.compiler.model.data import OBSERVED
from dofx.compiler.model.query import Query
from models.graphs import random_cases
from oracles import textbook
from posed.judge import identify

ORDER = Order("zxy")
Q1 = Interim("Q₁")


def p(targets: str, given: str = "", of: Source = OBSERVED) -> Conditional:
    return Conditional(ORDER.of(*targets), ORDER.of(*given), of)


def total(over: str, *factors: Expression) -> Marginal:
    return Marginal(ORDER.of(*over), Product(factors) if len(factors) > 1 else factors[0])


def kernel(name: str, outputs: str, inputs: str, body: Expression) -> Kernel:
    return Kernel(name, ORDER.of(*outputs), ORDER.of(*inputs), body)


BACK_DOOR = Estimand(Query.of(("y",), ("x",)), ORDER, (), total("z", p("z"), p("y", "zx")))
INTERIM = replace(BACK_DOOR, kernels=(kernel("Q₁", "xy", "z", p("xy", "z")),), body=p("y", "x", Q1))


def broken(estimand: Estimand) -> list[str]:
    with pytest.raises(InvalidEstimandError) as error:
        verify(estimand)
    return str(error.value).splitlines()


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (Product((p("z"), p("y", "zx"))), "answer: over z, y, not over the outcomes y"),
        (total("z", p("y", "zx")), "answer: sums over z, which its body does not define"),
        (total("z", p("z"), p("zy", "x")), "answer: two factors define z"),
        (total("z", p("z"), p("y", "zxy")), "answer: y is both target and given"),
        (total("z", p("z"), Product((p("y", "zx"),))), "answer: a product in a product"),
        (Product((p("y", "x"),)), "answer: a product of 1"),
        (Marginal(ORDER.of(), p("y", "x")), "answer: a sum over nothing"),
        (Marginal(ORDER.of("x"), total("z", p("zxy"))), "answer: a sum of a sum"),
        (Product((p("", "x"), p("y", "x"))), "answer: a probability of nothing"),
        (p("y", "x", Q1), "answer: no earlier kernel is named Q₁"),
        (Conditional(Order("yx").of("y"), ORDER.of("x")), "answer: a set of variables in another order"),
    ],
)
def test_broken_bodies(body: Expression, fault: str) -> None:
    assert fault in broken(replace(BACK_DOOR, body=body))


@pytest.mark.parametrize(
    ("kernels", "fault"),
    [
        ((kernel("Q₁", "xy", "z", p("y", "xz")),), "Q₁: over y, not over its outputs x, y"),
        ((kernel("Q₁", "xy", "", p("xy", "z")),), "Q₁: depends on z, not among its inputs"),
        ((kernel("Q₁", "xy", "xz", p("xy", "z")),), "Q₁: x is both output and input"),
        ((kernel("Q₁", "y", "z", p("y", "z")),), "answer: x is not a variable of Q₁"),
        ((kernel("Q₁", "x", "y", p("x", "y")),), "answer: y is not among the outputs of Q₁"),
        ((kernel("Q₁", "xy", "", p("xy", "", Q1)),), "Q₁: no earlier kernel is named Q₁"),
        ((*INTERIM.kernels, *INTERIM.kernels), "Q₁: the name is taken"),
    ],
)
def test_broken_kernels(kernels: tuple[Kernel, ...], fault: str) -> None:
    assert fault in broken(replace(INTERIM, kernels=kernels))


@pytest.mark.parametrize(
    ("estimand", "fault"),
    [
        (replace(BACK_DOOR, query=Query.of("y", "xw")), "query: w is not in the order"),
        (replace(BACK_DOOR, query=Query.of("y", "x", "x")), "query: x stands twice"),
        (replace(BACK_DOOR, query=Query.of("", "x")), "query: no outcome"),
    ],
)
def test_broken_queries(estimand: Estimand, fault: str) -> None:
    assert fault in broken(estimand)


def test_all_faults_at_once() -> None:
    body = total("x", Product((p("z"),)), p("y", "y"))
    assert len(broken(replace(BACK_DOOR, body=body))) == 5


def test_sound_ones_pass() -> None:
    assert verify(BACK_DOOR) is BACK_DOOR
    assert verify(INTERIM) is INTERIM
    for name in textbook.NAMES:
        verify(textbook.estimand(name))
    for graph, query, _ in random_cases([61], 600, sizes=(4, 5, 6, 7)):
        answer = identify(graph, query)
        if answer:
            verify(answer.estimand)
