"""What no sampling network computes, and what nothing can sample: a function for each error."""

from __future__ import annotations

from ...grammar.edge.arguments import ArgumentError, refused
from ..model.query import Query

_ON_A_TABLE = (
    "declare the states of all its variables, for a sampler that is one table; or evaluate its estimand"
)


class NoDrawError(ArgumentError):
    """The answer is identified, and no network of draws computes it; a table may."""


def _no_draw(title: str) -> NoDrawError:
    return NoDrawError(refused(title, _ON_A_TABLE).diagnostics)


def arithmetic(query: Query) -> NoDrawError:
    """A quotient or a difference, which no draw is."""
    return _no_draw(f"{query} is a quotient or a difference, which no draw is")


def zero(query: Query) -> ArgumentError:
    """The probability of what cannot happen."""
    return refused(f"{query} is zero, which nothing can sample", "evaluate its estimand")


def weighs_rows(query: Query, variable: str, value: object) -> NoDrawError:
    """The probability of a stated value is a factor of the answer."""
    return _no_draw(
        f"{query} weighs its rows by the probability of {variable} = {value}, which no network of draws does"
    )


def several_values(query: Query, kernel: str) -> NoDrawError:
    """A conditional of an interim kernel does not say which of several values of a variable it means."""
    return _no_draw(
        f"{query} needs rows of {kernel} with several values of one variable, which no network of draws has"
    )


def asked_and_given(name: str) -> ArgumentError:
    """What is asked about is given."""
    return refused(f"{name} is asked about and given", "leave it out of what is asked")


def always_the_same(name: str, value: object) -> ArgumentError:
    """What is asked about has one value, and that is a text."""
    return refused(
        f"{name} is always {value}: it is set, or follows from what is given, so there is nothing to sample",
        "leave it out of the query",
    )
