"""What a sampling network cannot compute, and what cannot be sampled: a function for each error."""

from __future__ import annotations

from ...grammar.edge.arguments import ArgumentError, refused
from ..model.query import Query

_ON_A_TABLE = (
    "declare the states of all its variables, so that the sampler is one table; or evaluate its estimand"
)


class NoDrawError(ArgumentError):
    """The answer is identified, and no network of draws computes it; a table may."""


def _no_draw(title: str) -> NoDrawError:
    return NoDrawError(refused(title, _ON_A_TABLE).diagnostics)


def arithmetic(query: Query) -> NoDrawError:
    """The answer is a quotient or a difference, which a sampling network cannot draw."""
    return _no_draw(f"{query} is a quotient or a difference, which a sampling network cannot draw")


def zero(query: Query) -> ArgumentError:
    """The probability of what cannot happen."""
    return refused(f"{query} is zero, so there is nothing to sample", "evaluate its estimand")


def weighs_rows(query: Query, variable: str, value: object) -> NoDrawError:
    """The probability of a stated value is a factor of the answer."""
    return _no_draw(
        f"{query} weighs its rows by the probability of {variable} = {value}, which a sampling network cannot do"
    )


def several_values(query: Query, kernel: str) -> NoDrawError:
    """A conditional of an interim kernel does not say which of several values of a variable it means."""
    return _no_draw(
        f"{query} needs rows of {kernel} with several values of one variable, which a sampling network does not have"
    )
