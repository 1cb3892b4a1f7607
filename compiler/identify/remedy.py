"""What would help: one more measurement or one experiment that makes a query identifiable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ..graph.admg import ADMG
from .identify import Identification, identify_query

_MOST_TRIES = 200


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change of what is known after which the query is identifiable.

    Args:
        kind: ``measure`` the common cause of two variables, or ``randomise`` an intervention.
        variables: The two variables, or the one.
    """

    kind: Literal["measure", "randomise"]
    variables: tuple[str, ...]

    def __str__(self) -> str:
        if self.kind == "measure":
            return f"measure what {self.variables[0]} and {self.variables[1]} have in common as a cause"
        return f"randomise {self.variables[0]}: in an experiment nothing unobserved affects it"


def remedies(identification: Identification) -> tuple[Remedy, ...]:
    """The single measurements and experiments, each of which alone would make the query identifiable.

    Args:
        identification: One with a hedge; any other needs no remedy.
    """
    query, graph, hedge = identification.query, identification.graph, identification.hedge
    if hedge is None:
        return ()

    def candidates() -> Iterator[tuple[Remedy, ADMG]]:
        for x in query.interventions:
            if x in hedge.forest:
                yield Remedy("randomise", (x,)), graph.mutilate(into=graph.order.mask([x]))
        for edge in hedge.bidirected:
            yield Remedy("measure", edge), _with_common_cause(graph, edge)

    tries = zip(range(_MOST_TRIES), candidates(), strict=False)
    return tuple(remedy for _, (remedy, better) in tries if identify_query(query, better))


def _with_common_cause(graph: ADMG, edge: tuple[str, str]) -> ADMG:
    cause = "cause of " + " and ".join(edge)
    left = [other for other in graph.bidirected if other != edge]
    # Hedges keep the canonical order, so the pair may stand the other way round here.
    left = [other for other in left if other != edge[::-1]]
    return ADMG(graph.nodes, [*graph.directed, (cause, edge[0]), (cause, edge[1])], left)
