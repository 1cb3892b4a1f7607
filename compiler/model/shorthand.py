"""Effects by name, such as ``nde(y, x, through m, 1, 0)``, written out over the variables of a graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from ...grammar.checks.names import Scope
from ...grammar.checks.shorthand import no_path
from ...grammar.diagnostics.diagnostic import DofxError, warn
from ...grammar.diagnostics.source import Source
from ...grammar.expand import Causes, expanded
from ...grammar.syntax.program import (
    Arithmetic,
    Contrast,
    Expectation,
    Name,
    Negative,
    Number,
    Operation,
    Probability,
    Shorthand,
    Term,
)
from ..graph.admg import ADMG
from .unmoved import remarks


def written_out(
    expression: Arithmetic, graph: ADMG, scope: Scope | None = None, source: Source | None = None
) -> Arithmetic:
    """An effect as arithmetic of plain queries.

    Args:
        expression: The effect, without faults.
        graph: The graph, along whose arrows chosen paths run.
        scope: The graph's variables, if they are at hand.
        source: The text that spans point into.

    Raises:
        DofxError: E0320 for a path that the graph does not have.

    >>> from ...grammar.formatting.program import format_effect
    >>> from ...grammar.parse import parse_effect
    >>> graph = ADMG([], [("x", "m"), ("x", "w"), ("m", "w"), ("w", "y"), ("m", "y")])
    >>> print(format_effect(written_out(parse_effect("pse(y, x, along x -> m -> y, 1, 0)"), graph)))
    E[y[m=m[x=1],w=w[x=0]]] - E[y[x=0]]
    """
    known = Scope(graph.nodes) if scope is None else scope

    def visit(part: Arithmetic) -> Arithmetic:
        match part:
            case Operation(left=left, right=right):
                return replace(part, left=visit(left), right=visit(right))
            case Negative(operand=operand):
                return replace(part, operand=visit(operand))
            case Contrast():
                return expanded(part)
            case Shorthand():
                named = _named(part, known)
                faults = [no_path(path, source, why) for path in named.along for why in _missing(path, graph)]
                if faults:
                    raise DofxError(faults)
                for remark in remarks(named, graph, source):
                    warn(remark)
                return expanded(named, _causes(named, graph))
            case Probability() | Expectation() | Number():
                return part

    return visit(expression)


def _named(effect: Shorthand, scope: Scope) -> Shorthand:
    """A shorthand with the names that the graph has."""

    def name(written: Name) -> Name:
        return Name(scope.resolve(written.text) or written.text, written.span)

    def term(written: Term) -> Term:
        return replace(written, name=name(written.name))

    return replace(
        effect,
        outcome=term(effect.outcome),
        exposure=name(effect.exposure),
        through=tuple(map(name, effect.through)),
        holding=tuple(map(term, effect.holding)),
        along=tuple(tuple(map(name, path)) for path in effect.along),
        conditions=tuple(map(term, effect.conditions)),
    )


def _missing(path: tuple[Name, ...], graph: ADMG) -> Iterator[str]:
    """Each step of a path that is not an arrow of the graph, in words."""
    for cause, effect in pairwise(path):
        if cause.text not in graph.parents(effect.text):
            yield f"the graph has no arrow `{cause.text} -> {effect.text}`"


def _causes(effect: Shorthand, graph: ADMG) -> Causes:
    moved = graph.descendants(effect.exposure.text)

    def causes(name: Name) -> tuple[tuple[str, ...], tuple[str, ...]]:
        parents = tuple(graph.parents(name.text))
        return parents, tuple(parent for parent in parents if parent in moved)

    return causes
