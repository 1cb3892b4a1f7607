"""Limits on a query: the graph over the variables that it may be answered with."""

from __future__ import annotations

from ...grammar.checks.names import Scope, unknown
from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ...grammar.syntax.program import Name
from ..graph.admg import ADMG
from ..graph.projection import project
from ..model.query import Limits, Query
from .errors import avoided_and_asked


def limited(query: Query, graph: ADMG, limits: Limits) -> ADMG:
    """The latent projection onto what may be used: the other variables count as unobserved.

    Raises:
        DofxError: E0301 or E0302 for a name that is no variable's, E0303 for a variable to avoid that the
            query is about.

    >>> graph = ADMG([], [("scan", "x"), ("scan", "y"), ("x", "m"), ("m", "y")])
    >>> limited(Query.of(("y",), ("x",)), graph, Limits(avoid=("scan",))).bidirected
    (('x', 'y'),)
    """
    if not limits:
        return graph
    scope, faults = Scope(graph.nodes), list[Diagnostic]()

    def mask(names: tuple[str, ...]) -> int:
        found = 0
        for written in dict.fromkeys(names):
            name = scope.resolve(written)
            if name is None:
                faults.append(unknown(Name(written), scope, None))
            else:
                found |= graph.order.mask([name])
        return found

    avoided, asked = mask(limits.avoid), graph.order.mask(query.mentioned)
    used = graph.all if limits.only is None else mask(limits.only) | asked | graph.indicators
    faults += [avoided_and_asked(name) for name in graph.order.set(avoided & asked)]
    if faults:
        raise DofxError(faults)
    return project(graph, with_indicators(graph, graph.all & ~used | avoided), left_out=True)


def with_indicators(graph: ADMG, hidden: int) -> int:
    """What is hidden, and the indicators that decide about nothing else."""
    for indicator, columns in graph.holes.items():
        if columns and not graph.order.mask(columns) & ~hidden:
            hidden |= graph.order.mask([indicator])
    return hidden
