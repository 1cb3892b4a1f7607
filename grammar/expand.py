"""Shorthands in effects, written out: the arithmetic of plain expectations that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, assert_never

from .syntax.query import (
    Applied,
    Arithmetic,
    Assignment,
    Contrast,
    Expectation,
    Fixed,
    Formula,
    Name,
    Negative,
    Number,
    Operation,
    Probability,
    Shorthand,
    Term,
    Value,
)

Causes: TypeAlias = Callable[[Name], tuple[Iterable[str], Iterable[str]]]
"""The causes of a variable in the graph, and those among them that the exposure of a shorthand has an effect on."""


def expanded(sugar: Contrast | Shorthand, causes: Causes | None = None) -> Arithmetic:
    """What an expectation of a sum or a shorthand stands for.

    Args:
        sugar: The expectation of a sum, or the shorthand.
        causes: The causes of each variable, which effects along chosen paths depend on.

    >>> from .formatting.query import format_effect
    >>> from .parse import parse_effect
    >>> print(format_effect(expanded(parse_effect("E[y[x = 1] - 2 * y[x = 0] | x = 1]"))))
    E[y[x=1] | x = 1] - 2 * E[y[x=0] | x = 1]
    >>> print(format_effect(expanded(parse_effect("nde(y, x, through m, 1, 0)"))))
    E[y[m=m[x=0],x=1]] - E[y[x=0]]
    """
    if isinstance(sugar, Contrast):
        return _taken_apart(sugar.formula, sugar)
    return _Expansion(sugar, causes).arithmetic()


def _taken_apart(formula: Formula, whole: Contrast) -> Arithmetic:
    match formula:
        case Fixed(value):
            return Number(float(value), formula.span)
        case Term():
            return Expectation(formula, whole.interventions, whole.conditions, whole.span)
        case Applied("-", (part,)):
            return Negative(_taken_apart(part, whole), formula.span)
        case Applied(function, (left, right)) if function in "+-*/":
            return Operation(function, _taken_apart(left, whole), _taken_apart(right, whole), formula.span)
        case Applied():
            raise AssertionError("a query is checked before it is expanded")
        case _:
            assert_never(formula)


class _Expansion:
    """What writes out one shorthand."""

    def __init__(self, sugar: Shorthand, causes: Causes | None) -> None:
        self.sugar, self.causes = sugar, causes
        self.value, self.other = sugar.values

    def arithmetic(self) -> Arithmetic:
        """The difference that the shorthand stands for."""
        one, other = self.value, self.other
        match self.sugar.kind:
            case "ate" | "cde":
                return self.minus(self.done(one), self.done(other))
            case "att":
                return self.minus(self.among(one, one), self.among(other, one))
            case "atc":
                return self.minus(self.among(one, other), self.among(other, other))
            case "nde":
                return self.minus(self.in_world(self.nested(one, other)), self.in_world((self.set(other),)))
            case "nie":
                return self.minus(self.in_world((self.set(one),)), self.in_world(self.nested(one, other)))
            case "pse":
                paths = tuple(self.sugar.along)
                return self.minus(
                    self.in_world(self.along(self.sugar.outcome.name, paths)),
                    self.in_world((self.set(other),)),
                )
            case kind:
                raise AssertionError(f"there is no shorthand {kind}")

    def minus(self, left: Arithmetic, right: Arithmetic) -> Arithmetic:
        return Operation("-", left, right, self.sugar.span)

    def set(self, value: Value) -> Assignment:
        """The exposure set to a value."""
        return Assignment(self.sugar.exposure, value, self.sugar.exposure.span)

    def done(self, value: Value) -> Arithmetic:
        """The outcome under do() of the exposure and of what is held."""
        held = tuple(Assignment(term.name, term.value, term.span) for term in self.sugar.holding)
        return self.mean(self.sugar.outcome, (self.set(value), *held), self.sugar.conditions)

    def among(self, value: Value, had: Value) -> Arithmetic:
        """The outcome had the exposure been set, among those whose exposure had a value by itself."""
        given = Term(self.sugar.exposure, had, span=self.sugar.exposure.span)
        return self.mean(self.outcome((self.set(value),)), (), (given, *self.sugar.conditions))

    def in_world(self, world: tuple[Assignment, ...]) -> Arithmetic:
        return self.mean(self.outcome(world), (), self.sugar.conditions)

    def outcome(self, world: tuple[Assignment, ...]) -> Term:
        outcome = self.sugar.outcome
        return Term(outcome.name, outcome.value, _sorted(world), outcome.span)

    def mean(
        self, outcome: Term, interventions: tuple[Assignment, ...], conditions: tuple[Term, ...]
    ) -> Arithmetic:
        """The mean of the outcome, or the probability of its value."""
        if outcome.value is None:
            return Expectation(outcome, interventions, conditions, self.sugar.span)
        return Probability((outcome,), interventions, conditions, self.sugar.span)

    def nested(self, value: Value, mediated: Value) -> tuple[Assignment, ...]:
        """The exposure at one value, the mediators as they would be at another."""
        return self.set(value), *(self.natural(name, mediated) for name in self.sugar.through)

    def natural(self, name: Name, value: Value) -> Assignment:
        """A variable as it would be had the exposure a value."""
        return Assignment(name, Term(name, None, (self.set(value),), name.span), name.span)

    def along(self, at: Name, paths: tuple[tuple[Name, ...], ...]) -> tuple[Assignment, ...]:
        """The world of a variable in which the exposure's effect reaches it along some paths and on no other.

        Along the paths the exposure has its value, else the one that it is compared with: each cause of the
        variable is what it would be where the paths that reach it count.
        """
        before: dict[str, list[tuple[Name, ...]]] = {}
        for path in paths:
            before.setdefault(path[-2].text, []).append(path[:-1])
        exposure, settings = self.sugar.exposure, list[Assignment]()
        causes, moved = ([*before], []) if self.causes is None else self.causes(at)
        if exposure.text in {*causes, *before}:
            settings.append(self.set(self.value if exposure.text in before else self.other))
        for name in dict.fromkeys((*before, *moved)):
            if name == exposure.text:
                continue
            if name in before:
                cause = before[name][0][-1]
                world = self.along(cause, tuple(before[name]))
                settings.append(Assignment(cause, Term(cause, None, _sorted(world), cause.span), cause.span))
            else:
                settings.append(self.natural(Name(name, at.span), self.other))
        return tuple(settings)


def _sorted(world: tuple[Assignment, ...]) -> tuple[Assignment, ...]:
    return tuple(sorted(world, key=lambda setting: setting.name.text))
