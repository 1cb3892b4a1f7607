"""A causal query as the compiler knows it: names of the graph's variables in three roles."""

from __future__ import annotations

from dataclasses import dataclass

from ...grammar.source import Source
from ...grammar.syntax import Expectation, Probability, Term, Value
from ..graph.admg import ADMG


@dataclass(frozen=True, slots=True)
class Query:
    """``P(outcomes | do(interventions), conditions)``, every name one of the graph's.

    Args:
        outcomes: y, in the order asked.
        interventions: x, likewise.
        conditions: z, likewise.
        values: Pairs (variable, value) for those that were written with a value.
    """

    outcomes: tuple[str, ...]
    interventions: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    values: tuple[tuple[str, Value], ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """All variables of the query: interventions, conditions, outcomes."""
        return self.interventions + self.conditions + self.outcomes

    @property
    def kernel(self) -> Query:
        """The query without its values: they choose a row of the answer and do not change it."""
        return Query(self.outcomes, self.interventions, self.conditions)

    def __str__(self) -> str:
        fixed = {}
        if self.values:
            from ...grammar.format import format_value  # here, because proofs carry no values

            fixed = {name: format_value(value) for name, value in self.values}

        def show(names: tuple[str, ...]) -> str:
            return ", ".join(f"{n} = {fixed[n]}" if n in fixed else n for n in names)

        given = [f"do({show(self.interventions)})"] if self.interventions else []
        given += [show(self.conditions)] if self.conditions else []
        return f"P({show(self.outcomes)}" + (f" | {', '.join(given)})" if given else ")")


def query_of(syntax: Probability | Expectation, graph: ADMG, source: Source | None = None) -> Query:
    """The query that was written, its names resolved against a graph.

    Args:
        syntax: The query.
        graph: The graph.
        source: The text that the query's spans point into, for diagnostics.

    Raises:
        DofxError: With every fault found: unknown names, overlapping sets, variables written twice.
    """
    from ...grammar.check import check_query, resolve
    from ...grammar.diagnostics import DofxError

    faults = check_query(syntax, graph.nodes, source)
    if faults:
        raise DofxError(faults)
    outcomes = (syntax.outcome,) if isinstance(syntax, Expectation) else syntax.outcomes
    values: list[tuple[str, Value]] = []

    def names(terms: tuple[Term, ...]) -> tuple[str, ...]:
        found = []
        for term in terms:
            name = resolve(term.name.text, graph.nodes) or term.name.text
            found.append(name)
            if term.value is not None:
                values.append((name, term.value))
        return tuple(found)

    roles = (names(outcomes), names(syntax.interventions), names(syntax.conditions))
    return Query(*roles, values=tuple(values))
