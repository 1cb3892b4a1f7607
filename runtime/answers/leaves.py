"""The leaves of an effect: expectations and probabilities, and the numbers and states that they name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from ...compiler.estimand.contraction import Array
from ...grammar.syntax.program import Expectation, Probability, Term
from ..variables import Finite, Real, VariableType, encode
from ..variables.faults import dates_in_text, show, words_among_numbers
from .errors import density, mean_of_value, no_mean, probability_without_value, several_means

Leaf: TypeAlias = Expectation | Probability


def check_leaf(leaf: Leaf, outcomes: tuple[str, ...], types: Mapping[str, VariableType]) -> None:
    """Refuse a part of an effect whose outcomes have no mean or no such state, before anything is fitted.

    Args:
        leaf: The part.
        outcomes: Its outcomes by their own names.
        types: The types that are known.

    Raises:
        DofxError: E0427, or E0403 for a value that is not a state.
    """
    terms = (leaf.outcome,) if isinstance(leaf, Expectation) else leaf.outcomes
    for name, term in zip(outcomes, terms, strict=True):
        if isinstance(leaf, Expectation) and term.value is not None:
            raise mean_of_value(name)
        if name in types and isinstance(leaf, Expectation):
            numbers_of(name, types[name])
        elif name in types:
            state_of(name, term, types[name])


def numbers_of(name: str, type: VariableType) -> Array | None:
    """The states of a finite variable as numbers, None for a real one.

    Raises:
        DofxError: E0427 for what has no mean.
    """
    if isinstance(type, Finite) and not any(isinstance(state, str) for state in type.states):
        return np.array([float(state) for state in type.states])
    if type == Real():
        return None
    if isinstance(type, Finite):
        hint = dates_in_text(type.states) or words_among_numbers(type.states)
        hint = hint or f"ask for a probability, such as P({name} = {show(type.states[0])} | …)"
        raise no_mean(name, hint)
    raise several_means(name, str(type))


def state_of(name: str, term: Term, type: VariableType) -> int:
    """The number of the state that an outcome is asked to take."""
    if term.value is None:
        raise probability_without_value(name)
    if not isinstance(type, Finite):
        raise density(name, repr(term.value), str(type))
    return int(encode(type, term.value, what=f"outcome `{name}`")[0])
