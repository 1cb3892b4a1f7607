"""The rows of a draw as part of a network's text, and back: what they show, and their weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, assert_never

from ..model.rows import Inverse, Odds, Rows, Weight
from ..model.text import Listed, in_full

WORDS = ("shown", "inverse", "odds", "in", "of", "beside")
"""Words of the format: a name in these places that is equal to one is quoted."""


@dataclass(frozen=True, slots=True)
class Weighting:
    """How weights make some rows stand for all, in words.

    Args:
        name: What weights of the kind are called.
        how: What each row is weighted by.
        valid: When the weights are right.
    """

    name: str
    how: str
    valid: str


_INVERSE = Weighting("weights", "the inverse of the chance to be so", "the graph is")
_ODDS = Weighting(
    "odds-ratio weights",
    "the rows with holes that each stands for",
    "no hole depends on the value that it hides given all others and their holes",
)
WEIGHTINGS = (_INVERSE, _ODDS)
"""Every kind of weights, in the order of how much they assume of the graph."""


def weighting(weights: Iterable[Weight]) -> Weighting | None:
    """How some weights make rows stand for all: by the kind that assumes most. None where there are no weights.

    >>> weighting([Inverse("missing(x)", ())]).name
    'weights'
    """

    def kind(weight: Weight) -> Weighting:
        match weight:
            case Inverse():
                return _INVERSE
            case Odds():
                return _ODDS
            case _:
                assert_never(weight)

    return max(map(kind, weights), key=WEIGHTINGS.index, default=None)


def rows_text(rows: Rows, name: Callable[[str], str], lister: Listed = in_full) -> str:
    """``x, y shown; inverse "missing(x)" | z in (z shown)``, or nothing for all rows, each as one.

    Args:
        rows: The rows.
        name: Writes a name.
        lister: Writes a list of names, abridged if there are many.

    >>> rows_text(Rows(("x", "y"), (Inverse("m", ("z",)),)), str)
    'x, y shown; inverse m | z'
    """

    def listed(names: Sequence[str]) -> str:
        return lister(len(names), (f'"{each}"' if each in WORDS else name(each) for each in names))

    def weight_text(weight: Weight) -> str:
        match weight:
            case Inverse(node, given, inner):
                before = f" | {listed(given)}" if given else ""
                among = f" in ({rows_text(inner, name, lister)})" if inner else ""
                return f"inverse {listed([node])}{before}{among}"
            case Odds(columns, indicators, beside):
                more = f" beside {listed(beside)}" if beside else ""
                return f"odds {listed(columns)} of {listed(indicators)}{more}"
            case _:
                assert_never(weight)

    shown = [f"{listed(rows.shows)} shown"] if rows.shows else []
    return "; ".join([*shown, *map(weight_text, rows.weights)])


class Line(Protocol):
    """A line of a network's text, read from left to right."""

    def at(self, mark: str) -> bool:
        """Whether a mark comes next; it is passed over if so."""
        ...

    def at_word(self, *words: str) -> bool:
        """Whether one of a few words comes next; it is passed over if so."""
        ...

    def expect(self, mark: str) -> None:
        """Pass over a mark."""
        ...

    def word(self, *words: str) -> str:
        """One of a few words."""
        ...

    def name(self) -> str:
        """A name."""
        ...

    def names(self) -> tuple[str, ...]:
        """Names with commas between them."""
        ...


def read_rows(line: Line) -> Rows:
    """The rows that `rows_text` wrote, from where a line stands.

    Raises:
        ValueError: For a text that it did not write.
    """
    shows: tuple[str, ...] = ()
    weights: list[Weight] = []
    first = True
    while first or line.at(";"):
        if line.at_word("inverse"):
            weights.append(_inverse(line))
        elif line.at_word("odds"):
            columns = line.names()
            line.word("of")
            indicators = line.names()
            weights.append(Odds(columns, indicators, line.names() if line.at_word("beside") else ()))
        elif first:
            shows = line.names()
            line.word("shown")
        else:
            line.word("inverse", "odds")
        first = False
    return Rows(shows, tuple(weights))


def _inverse(line: Line) -> Inverse:
    node = line.name()
    given = line.names() if line.at("|") else ()
    inner = None
    if line.at_word("in"):
        line.expect("(")
        inner = read_rows(line)
        line.expect(")")
    return Inverse(node, given, inner)
