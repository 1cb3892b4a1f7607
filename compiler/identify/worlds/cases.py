"""Case by case: each value of an open event is decided separately, if the number of its values is known.

Two values may be identifiable only in different ways: for x = 0, ``P(y[x=0] | x)`` is the observed conditional, and for
x = 1 it may be found by the complement. And an open condition may determine the value of another variable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, product
from math import prod
from typing import TypeAlias

from ...model.worlds import Constant
from ..derivation import Rule
from ..verdict import Identified, Refused, Undefined, Zero
from .complement import complemented, note_complement
from .copies import Axis
from .plans import Plan, carried_out, together
from .question import Question

MOST_CASES = 32
"""The largest number of cases that are tried."""

Decide: TypeAlias = Callable[[Question], Plan | Undefined | Zero | Refused]
Case: TypeAlias = tuple[tuple[Axis, Constant], ...]


def by_cases(question: Question, decide: Decide) -> Identified | Zero | Undefined | None:
    """The answer by the complement, or as a sum over the values of a few open events; None if there is none.

    Args:
        question: A question that is not identifiable as it stands.
        decide: What decides a question.
    """
    rules, roles = question.unfolding.rules, question.query.roles
    known = [(axis, values) for axis in _axes(question) if (values := rules.values(roles[axis.name]))]
    for size in range(len(known) + 1):
        for some in combinations(known, size):
            if prod(len(values) for _, values in some) > MOST_CASES:
                continue
            cases = [tuple(case) for case in product(*([(axis, v) for v in values] for axis, values in some))]
            found = _joined(question, decide, cases)
            if found is not None:
                return found
    return None


def _joined(
    question: Question, decide: Decide, cases: Sequence[Case]
) -> Identified | Zero | Undefined | None:
    """The answer as a sum over some cases, if there is one in each."""
    plans, verdicts, complements = list[Plan](), list[Undefined | Zero](), False
    for case in cases:
        at = question.at(dict(case))
        decided = decide(at)
        if isinstance(decided, Undefined | Zero):
            verdicts.append(decided)
        elif isinstance(decided, Plan) and _works(at, decided):
            plans.append(decided)
        else:
            way = next((way for way in complemented(at) if _works(at, way)), None)
            if way is None:
                return None
            plans.append(way)
            complements = True
    if not plans:
        return min(verdicts, key=lambda verdict: isinstance(verdict, Undefined))
    if complements:
        note_complement(question)
    names = [axis.name for axis, _ in cases[0]]
    if names:
        mask = question.graph.order.mask(question.query.roles[name] for name in names)
        question.note(Rule.CASES, mask, f"each value of {', '.join(names)} is decided separately")
    found = carried_out(question, together(plans))
    return found if isinstance(found, Identified) else None


def _works(question: Question, plan: Plan) -> bool:
    return isinstance(carried_out(question.at(question.bound), plan), Identified)


def _axes(question: Question) -> list[Axis]:
    """The open values of a question: inputs, then conditions, then outcomes."""
    query = question.query
    inputs = (name for name in query.interventions if name not in query.values)
    opened = (query.label(event) for event in (*query.given, *query.asked) if event.value is None)
    return [Axis(name) for name in dict.fromkeys((*inputs, *opened))]
