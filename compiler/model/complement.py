"""Queries that only a complement answers, written out as arithmetic of queries that are identified.

Where x has two states, ``E[y[x=0] | x = 1] P(x = 1) = E[y[x=0]] - E[y[x=0] | x = 0] P(x = 0)``. Each part is a query of
its own, so that everything a program does with plain queries is done with these too: fits, samples, intervals.

References:
    Bareinboim, Forney, Pearl (2015), "Bandits with unobserved confounders", NeurIPS, section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TypeAlias

from ...grammar.syntax.program import (
    Arithmetic,
    Assignment,
    Expectation,
    Name,
    Negative,
    Number,
    Operation,
    Probability,
    Term,
    Value,
)
from ..graph.admg import ADMG
from .query import Query
from .repeated import exclusive, settled
from .resolve import query_of
from .rule import rule_value
from .worlds import Event, Policy

DEEPEST = 2
"""How many values are replaced by their complements, one within the other."""

Leaf: TypeAlias = Probability | Expectation

States: TypeAlias = Mapping[str, Sequence[Value]]
"""The states of the variables that are declared to be finite."""


def by_complement(
    expression: Arithmetic, graph: ADMG, states: States, identified: Callable[[Query], bool]
) -> Arithmetic:
    """An effect, each query of it that is not identified replaced by arithmetic of identified ones, if there is any.

    Args:
        expression: The arithmetic of queries.
        graph: The graph.
        states: The states of variables; those with two have complements.
        identified: Whether a query is identified.

    >>> from ...grammar.formatting.query import format_effect
    >>> from ...grammar.parse import parse_effect
    >>> graph, states = ADMG("xy", bidirected=[("x", "y")]), {"x": (0, 1)}
    >>> effect = parse_effect("E[y[x = 0] | x = 1]")
    >>> print(format_effect(by_complement(effect, graph, states, lambda query: "| x = 1" not in str(query))))
    (E[y[x=0]] - E[y[x=0] | x = 0] * P(x = 0)) / P(x = 1)
    """
    return _Complements(graph, states, identified).visit(expression)


@dataclass(frozen=True, slots=True)
class _Complements:
    graph: ADMG
    states: States
    identified: Callable[[Query], bool]

    def visit(self, part: Arithmetic) -> Arithmetic:
        match part:
            case Operation(left=left, right=right):
                return replace(part, left=self.visit(left), right=self.visit(right))
            case Negative(operand=operand):
                return replace(part, operand=self.visit(operand))
            case Probability() | Expectation():
                return self.answered(part, DEEPEST) or part
            case _:
                return part

    def answered(self, leaf: Leaf, depth: int) -> Arithmetic | None:
        """A query as arithmetic of identified ones: itself, if it is one; None if there is no such arithmetic."""
        query = query_of(leaf, self.graph)
        once = settled(query)
        if not isinstance(once, Query):
            return Number(float(once), leaf.span)
        if exclusive(query):
            return None
        if self.identified(query.kernel):
            return leaf
        if query.plain or not depth:
            return None
        for found in self.conditioned(leaf, depth):
            if found is not None:
                return found
        return self.shifted(leaf, query, depth)

    def conditioned(self, leaf: Leaf, depth: int) -> Iterator[Arithmetic | None]:
        """By one of the values that are given, or that are asked about beside others."""
        if leaf.interventions:
            return
        for term in leaf.conditions:
            rest = replace(leaf, conditions=tuple(each for each in leaf.conditions if each is not term))
            weighed = self.among(rest, term, depth)
            share = self.answered(Probability((term,), (), rest.conditions), depth - 1)
            yield weighed and share and Operation("/", weighed, share, leaf.span)
        if isinstance(leaf, Probability) and len(leaf.outcomes) > 1:
            for term in leaf.outcomes:
                rest = replace(leaf, outcomes=tuple(each for each in leaf.outcomes if each is not term))
                yield self.among(rest, term, depth) if term.value is not None else None

    def among(self, leaf: Leaf, term: Term, depth: int) -> Arithmetic | None:
        """A query among those with a value, times their share: as such a product, or less what those without it add."""
        for state in (term, self.other(term)):
            if state is None:
                continue
            there = replace(leaf, conditions=(*leaf.conditions, state))
            found = self.answered(there, 0 if state is term else depth - 1)
            share = self.answered(Probability((state,), (), leaf.conditions), depth - 1)
            if found and share:
                product = Operation("*", found, share, leaf.span)
                if state is term:
                    return product
                whole = self.answered(leaf, depth - 1)
                return whole and Operation("-", whole, product, leaf.span)
        return None

    def other(self, term: Term) -> Term | None:
        """The term with the other state of its variable, if that has two and one is stated."""
        states = self.states.get(term.name.text, ())
        if term.value is None or len(states) != 2 or term.value not in states:
            return None
        return replace(term, value=states[1 - states.index(term.value)])

    def shifted(self, leaf: Leaf, query: Query, depth: int) -> Arithmetic | None:
        """A shift that reads nothing but what it sets, by what it does to each of the two values."""
        match query.do.settings:
            case ((name, Policy(rule=formula, reads=(Event(variable=read),)) as shift),) if (
                formula and read == name
            ):
                pass
            case _:
                return None
        states = self.states.get(name, ())
        if len(states) != 2 or leaf.conditions:
            return None
        parts: list[Arithmetic] = []
        for state in states:
            moved = rule_value(shift, [state])
            if moved not in states:
                return None
            world = (Assignment(Name(name), states[states.index(moved)]),)
            part = self.among(_in_world(leaf, world), Term(Name(name), state), depth)
            if part is None:
                return None
            parts.append(part)
        return reduce(lambda one, more: Operation("+", one, more, leaf.span), parts)


def _in_world(leaf: Leaf, world: tuple[Assignment, ...]) -> Leaf:
    """A query under do(), with brackets in place of do()."""
    if isinstance(leaf, Expectation):
        return Expectation(replace(leaf.outcome, world=world), (), (), leaf.span)
    outcomes = tuple(replace(term, world=world) for term in leaf.outcomes)
    return Probability(outcomes, (), (), leaf.span)
