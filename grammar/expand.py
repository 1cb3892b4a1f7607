"""Shorthands in effects, written out: the arithmetic of plain expectations that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

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
    return EFFECTS[sugar.kind].meaning(Expansion(sugar, causes))


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


class Expansion:
    """The parts from which the meaning of one effect by name is written: its outcome in worlds, and their difference.

    Args:
        sugar: The effect as it was written.
        causes: The causes of each variable, which effects along chosen paths depend on.
    """

    def __init__(self, sugar: Shorthand, causes: Causes | None) -> None:
        self.sugar, self.causes = sugar, causes
        self.value, self.other = sugar.values

    def minus(self, left: Arithmetic, right: Arithmetic) -> Arithmetic:
        """The difference of two parts."""
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

    def in_world(self, *world: Assignment) -> Arithmetic:
        """The outcome in a world, among the outcomes that are given."""
        return self.mean(self.outcome(world), (), self.sugar.conditions)

    def plain(self) -> Arithmetic:
        """The outcome where the exposure is set to the value that it is compared with."""
        return self.in_world(self.set(self.other))

    def outcome(self, world: tuple[Assignment, ...]) -> Term:
        """The outcome in a world, as a term."""
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


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect that has a name.

    Args:
        meaning: What it stands for.
        example: How it is written.
        needs: What it needs besides two values of the exposure: ``through``, ``holding`` or ``along``.
    """

    meaning: Callable[[Expansion], Arithmetic]
    example: str
    needs: Literal["through", "holding", "along"] | None = None


def _set(effect: Expansion) -> Arithmetic:
    return effect.minus(effect.done(effect.value), effect.done(effect.other))


def _among(effect: Expansion, had: Value) -> Arithmetic:
    return effect.minus(effect.among(effect.value, had), effect.among(effect.other, had))


def _direct(effect: Expansion) -> Arithmetic:
    return effect.minus(effect.in_world(*effect.nested(effect.value, effect.other)), effect.plain())


def _indirect(effect: Expansion) -> Arithmetic:
    reached = effect.in_world(effect.set(effect.value))
    return effect.minus(reached, effect.in_world(*effect.nested(effect.value, effect.other)))


def _along(effect: Expansion) -> Arithmetic:
    reached = effect.along(effect.sugar.outcome.name, effect.sugar.along)
    return effect.minus(effect.in_world(*reached), effect.plain())


EFFECTS: dict[str, Effect] = {
    "ate": Effect(_set, "ate(y, x, 1, 0)"),
    "att": Effect(lambda effect: _among(effect, effect.value), "att(y, x, 1, 0)"),
    "atc": Effect(lambda effect: _among(effect, effect.other), "atc(y, x, 1, 0)"),
    "nde": Effect(_direct, "nde(y, x, through m, 1, 0)", "through"),
    "nie": Effect(_indirect, "nie(y, x, through m, 1, 0)", "through"),
    "cde": Effect(_set, "cde(y, x, holding m = 0, 1, 0)", "holding"),
    "pse": Effect(_along, "pse(y, x, along x -> m -> y, 1, 0)", "along"),
}
"""Every effect that has a name. The terminal SHORTHAND of `causal.lark` lists the same words."""
