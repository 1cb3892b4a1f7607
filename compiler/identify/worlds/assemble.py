"""From the copies that remain to an estimand: each variable is drawn once, and wires carry the values of the edges."""

from __future__ import annotations

from ...estimand.algebra import Arithmetic, Estimand, Expression, Never, product
from ...estimand.simplify import simplifier_of
from ...graph.admg import ADMG
from ...model.query import Query
from .names import Names
from .plans import Half, Made, Plan
from .question import Parts, Question


def nothing(query: Query, graph: ADMG) -> Estimand:
    """The estimand of what cannot be: zero for each value of the outcomes."""
    names = Names(graph)
    for name, variable in query.roles.items():
        names.add(name, variable)
    opened = [query.label(event) for event in query.asked if event.value is None]
    order = names.order
    return Estimand(query, order, (), Never(order.of(*opened)), tuple(names.aliases.items()))


def direct(question: Question, parts: Parts) -> Plan:
    """How a query whose groups are consistent is answered.

    Where the groups are consistent whatever the values of what is asked, the answer is a conditional of one kernel.
    Where they are because of the values, it is a quotient: of what is asked and given by what is given alone.
    """
    halves = [Half(question, parts, parts.free, parts.kept)]
    if question.given and not parts.anyhow:
        halves.append(Half(question, parts, parts.below, parts.kept.within(parts.below), alone=True))

    def compose(made: Made) -> Expression:
        whole, above = made.builds[0], made.kernels[0]
        factors: list[Expression]
        if len(made.kernels) > 1:
            factors = [Arithmetic("/", *made.joints())]
        else:
            simplified = simplifier_of(made.graph, made.known(question))
            factors = whole.conditional(above, made.interims, simplified)
        return product([*factors, *whole.indicators(above.order)])

    return Plan(tuple(halves), compose)
