"""From the query that was written to the query that is meant, and back: names are resolved against a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...grammar.source import Source
from ...grammar.syntax import Expectation, Name, Probability, Term, Value
from ..graph.admg import ADMG
from .query import Query

if TYPE_CHECKING:
    from ...grammar.names import Scope


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
    values: dict[str, Value] = {}

    def names(terms: tuple[Term, ...]) -> tuple[str, ...]:
        found = []
        for term in terms:
            name = known.resolve(term.name.text) or term.name.text
            found.append(name)
            if term.value is not None:
                values[name] = term.value
        return tuple(found)

    roles = (names(outcomes), names(syntax.interventions), names(syntax.conditions))
    return Query.of(*roles, values)


def syntax_of(query: Query) -> Probability:
    """A query as it would be written."""
    values = query.values

    def terms(names: tuple[str, ...]) -> tuple[Term, ...]:
        return tuple(Term(Name(name), values.get(name)) for name in names)

    return Probability(terms(query.outcomes), terms(query.interventions), terms(query.conditions))
