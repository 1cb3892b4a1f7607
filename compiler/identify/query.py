"""A causal query as the compiler knows it: names of the graph's variables in three roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...grammar.arguments import public
from ...grammar.source import Source
from ...grammar.syntax import Expectation, Name, Probability, Term, Value
from ..graph.admg import ADMG

if TYPE_CHECKING:
    from ...grammar.names import Scope


@dataclass(frozen=True, slots=True)
class Limits:
    """What a query may be answered with.

    Args:
        only: These variables and the query's own; None for all.
        avoid: Variables to do without: they are neither made nor read.
    """

    only: tuple[str, ...] | None = None
    avoid: tuple[str, ...] = ()

    @classmethod
    @public()
    def of(cls, only: str | Iterable[str] | None = None, avoid: str | Iterable[str] | None = None) -> Limits:
        """The limits that two arguments describe, each a text such as ``a, b`` or several names.

        In a text, a name that holds a comma is quoted; what is given as several names is taken name by name.

        >>> Limits.of(avoid='age, "height, in cm"')
        Limits(only=None, avoid=('age', 'height, in cm'))
        >>> Limits.of(only=["ab"])
        Limits(only=('ab',), avoid=())
        """
        return cls(None if only is None else _listed(only), () if avoid is None else _listed(avoid))

    def __bool__(self) -> bool:
        return self.only is not None or bool(self.avoid)

    def __or__(self, other: Limits) -> Limits:
        """Both at once.

        >>> Limits(("a", "b"), ("c",)) | Limits(("b", "c"))
        Limits(only=('b',), avoid=('c',))
        """
        only = self.only if other.only is None else other.only
        if self.only is not None and other.only is not None:
            only = tuple(name for name in self.only if name in other.only)
        return Limits(only, tuple(dict.fromkeys((*self.avoid, *other.avoid))))

    def __str__(self) -> str:
        words = () if self.only is None else (f"using {{{', '.join(self.only)}}}",)
        return " ".join((*words, f"avoiding {{{', '.join(self.avoid)}}}") if self.avoid else words)


def _listed(names: str | Iterable[str]) -> tuple[str, ...]:
    if not isinstance(names, str):
        return tuple(names)
    import csv  # here, because most queries come without limits

    rows: Iterable[list[str]]
    try:
        rows = list(csv.reader(names.splitlines(keepends=True), skipinitialspace=True))
    except csv.Error:  # a name longer than its fields may be; it is refused as unknown
        rows = [names.split(",")]
    return tuple(name.strip() for row in rows for name in row if name.strip())


NO_LIMITS = Limits()


@public()
@dataclass(frozen=True, slots=True)
class Query:
    """``P(outcomes | do(interventions), conditions)``, every name one of the graph's.

    Args:
        outcomes: y, in the order asked.
        interventions: x, likewise.
        conditions: z, likewise.
        values: Pairs (variable, value) for those that were written with a value.
        limits: What it may be answered with.
    """

    outcomes: tuple[str, ...]
    interventions: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    values: tuple[tuple[str, Value], ...] = ()
    limits: Limits = NO_LIMITS

    @property
    def variables(self) -> tuple[str, ...]:
        """All variables of the query: interventions, conditions, outcomes."""
        return self.interventions + self.conditions + self.outcomes

    @property
    def kernel(self) -> Query:
        """The query without its values: they choose a row of the answer and do not change it."""
        return Query(self.outcomes, self.interventions, self.conditions, limits=self.limits)

    def __str__(self) -> str:
        return self.text()

    @public()
    def text(self, *, mean: bool = False) -> str:
        """The query as text: for a distribution, or for the mean of its one outcome.

        >>> Query(("y",), ("x",)).text(mean=True)
        'E[y | do(x)]'
        """
        fixed = {}
        if self.values:
            from ...grammar.format import format_value  # here, because proofs carry no values

            fixed = {name: format_value(value) for name, value in self.values}

        def show(names: tuple[str, ...]) -> str:
            return ", ".join(f"{n} = {fixed[n]}" if n in fixed else n for n in names)

        given = [f"do({show(self.interventions)})"] if self.interventions else []
        given += [show(self.conditions)] if self.conditions else []
        inside = show(self.outcomes) + (f" | {', '.join(given)}" if given else "")
        text = f"E[{inside}]" if mean else f"P({inside})"
        return f"{text} {self.limits}" if self.limits else text


def query_of(
    syntax: Probability | Expectation, graph: ADMG, source: Source | None = None, scope: Scope | None = None
) -> Query:
    """The query that was written, its names resolved against a graph.

    Args:
        syntax: The query.
        graph: The graph.
        source: The text that the query's spans point into, for diagnostics.
        scope: The graph's variables, latent ones too, if there are several queries about them.

    Raises:
        DofxError: With every fault found: unknown names, overlapping sets, variables written twice.
    """
    from ...grammar.check import check_query
    from ...grammar.diagnostics import DofxError
    from ...grammar.names import Scope

    known = scope or Scope((*graph.nodes, *graph.latent))
    faults = check_query(syntax, known, source, graph.latent)
    if faults:
        raise DofxError(faults)
    outcomes = (syntax.outcome,) if isinstance(syntax, Expectation) else syntax.outcomes
    values: list[tuple[str, Value]] = []

    def names(terms: tuple[Term, ...]) -> tuple[str, ...]:
        found = []
        for term in terms:
            name = known.resolve(term.name.text) or term.name.text
            found.append(name)
            if term.value is not None:
                values.append((name, term.value))
        return tuple(found)

    roles = (names(outcomes), names(syntax.interventions), names(syntax.conditions))
    return Query(*roles, values=tuple(values))


def syntax_of(query: Query) -> Probability:
    """A query as it would be written."""
    values = dict(query.values)

    def terms(names: tuple[str, ...]) -> tuple[Term, ...]:
        return tuple(Term(Name(name), values.get(name)) for name in names)

    return Probability(terms(query.outcomes), terms(query.interventions), terms(query.conditions))
