"""What no sampling network computes, and what nothing can sample: a function for each error."""

from __future__ import annotations

from ...grammar.edge.arguments import ArgumentError, refused
from ..model.query import Query

_ON_A_TABLE = "evaluate its estimand on a table"


def arithmetic(query: Query) -> ArgumentError:
    """A quotient or a difference, which no draw is."""
    return refused(
        f"{query} is a quotient or a difference that no sampling network computes yet", _ON_A_TABLE
    )


def zero(query: Query) -> ArgumentError:
    """The probability of what cannot happen."""
    return refused(f"{query} is zero, which nothing can sample", "evaluate its estimand")


def weighs_rows(query: Query, variable: str, value: object) -> ArgumentError:
    """The probability of a stated value is a factor of the answer."""
    return refused(
        f"{query} weighs its rows by the probability of {variable} = {value}, which no sampling network does yet",
        _ON_A_TABLE,
    )


def several_values(query: Query, kernel: str) -> ArgumentError:
    """A conditional of an interim kernel does not say which of several values of a variable it means."""
    return refused(
        f"{query} needs rows of {kernel} with several values of one variable, which no sampling network has yet",
        _ON_A_TABLE,
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
