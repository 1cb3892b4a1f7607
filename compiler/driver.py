"""The compiler, stage by stage. Start reading here.

    text ──parse──▶ syntax ──resolve──▶ Query ──identify──▶ Estimand ──lower──▶ SamplingNetwork ──passes──▶ …

`runtime` takes the network from here: it trains a generator for each fit, and `emit` turns network and
generators into one torch.fx graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ..grammar.parse import parse_query
from ..grammar.source import Source
from ..grammar.syntax import Expectation, Probability
from .estimand.verify import verify as verify_estimand
from .graph.admg import ADMG
from .graph.read import GraphSource, graph_of
from .identify.identify import Identification, identify_query
from .identify.query import Query, query_of

if TYPE_CHECKING:
    from .network.ir import SamplingNetwork
    from .passes import Pass

QuerySource: TypeAlias = str | Probability | Expectation | Query
"""A query's text, its syntax, or the query itself."""


class NotIdentifiableError(Exception):
    """The query is not identifiable; `identification` carries the hedge."""

    def __init__(self, identification: Identification) -> None:
        self.identification = identification
        super().__init__(str(identification))


@dataclass(frozen=True, slots=True)
class Compilation:
    """What the compiler made of a query.

    Args:
        identification: The proof, with the estimand.
        network: The sampling network after every pass.
        trace: The network as lowered, then after each pass that changed it, each with the name of the stage.
    """

    identification: Identification
    network: SamplingNetwork
    trace: tuple[tuple[str, SamplingNetwork], ...]


def resolve(query: QuerySource, graph: ADMG) -> Query:
    """The query over the graph's variables.

    Raises:
        DofxError: If it does not parse or does not fit the graph.
    """
    if isinstance(query, Query):
        return query
    if isinstance(query, str):
        return query_of(parse_query(query), graph, Source(query, "<query>"))
    return query_of(query, graph)


def identify(query: QuerySource, graph: GraphSource) -> Identification:
    """Prove whether the observational distribution answers a query, and derive the estimand.

    Args:
        query: Such as ``P(y | do(x), z)``.
        graph: An ADMG, or anything that `dofx.graph` reads.

    Returns:
        The identification; it is true if the query is identifiable, else it carries the hedge.

    Raises:
        DofxError: On bad input, with every fault found.

    >>> print(identify("P(y | do(x))", "z -> {x, y}; x -> y").estimand)
    P(y | do(x)) = Σ_z P(z) P(y | x, z)
    """
    admg = graph_of(graph)
    identification = identify_query(resolve(query, admg), admg)
    if identification.estimand:
        verify_estimand(identification.estimand)
    return identification


def compile_query(
    query: str | Probability | Expectation | Query,
    graph: GraphSource,
    *,
    passes: Sequence[Pass] | None = None,
) -> Compilation:
    """Compile a query to a sampling network.

    Args:
        query: Such as ``P(y | do(x), z)``.
        graph: An ADMG, or anything that `dofx.graph` reads.
        passes: The passes to run; None runs all of `PASSES`.

    Raises:
        DofxError: On bad input.
        NotIdentifiableError: If the data cannot answer the query.
    """
    from .network.lower import lower  # here, because identifying needs no networks and is to start fast
    from .network.verify import verify as verify_network
    from .passes import PASSES

    identification = identify(query, graph)
    if identification.estimand is None:
        raise NotIdentifiableError(identification)
    network = verify_network(lower(identification.estimand))
    trace = [("lower", network)]
    for run in PASSES if passes is None else passes:
        improved = verify_network(run(network, identification.graph))
        if improved != network:
            network = improved
            trace.append((run.__name__, network))
    return Compilation(identification, network, tuple(trace))
