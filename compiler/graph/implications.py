"""What a graph implies that data can contradict: conditional independences between observed variables."""

from __future__ import annotations

from dataclasses import dataclass

from ...grammar.edge.arguments import public
from .admg import ADMG
from .holes import with_holes_of
from .read import GraphSource, graph_of
from .selection import refuse_selected
from .separation import find_separator, separated
from .varset import bits, first, subsets

MOST_SOUGHT = 10
"""Most variables among which a separator is sought where columns have holes."""


@dataclass(frozen=True, slots=True)
class Independence:
    """Two variables that are independent given others.

    >>> print(Independence("x", "y", ("m", "z")))
    x ⊥ y | m, z
    """

    first: str
    second: str
    given: tuple[str, ...] = ()

    def __str__(self) -> str:
        given = f" | {', '.join(self.given)}" if self.given else ""
        return f"{self.first} ⊥ {self.second}{given}"


@public()
def implications(graph: GraphSource) -> tuple[Independence, ...]:
    """The independences that a graph implies, one for each pair of variables that others m-separate.

    Each is given as few variables as possible.

    In a graph without unobserved common causes, these are the pairs without an edge, and all other independences follow
    from them. With unobserved common causes, some pairs without an edge cannot be separated; constraints of another
    kind (Verma's) are not listed. In a graph with cycles these are the independences of σ-separation.

    If columns have holes, an indicator among the conditions means that the rows show its columns. A pair is left out
    if no rows show it together with what separates it. Only the holes of the observational data set P count.

    Args:
        graph: An ADMG, or anything that `dofx.graph` reads.

    Raises:
        DofxError: As `dofx.graph`; E0208 where the graph says that the data are selected.

    References:
        Pearl (1988), *Probabilistic Reasoning in Intelligent Systems*: the pairwise basis of a DAG. Richardson (2003)
        for m-separation. van der Zander, Liskiewicz, Textor (2019) for the sets.

    >>> for independence in implications("z -> {x, y}; x -> m -> y"):
    ...     print(independence)
    z ⊥ m | x
    x ⊥ y | z, m
    """
    admg = with_holes_of(graph_of(graph), "P")
    refuse_selected(admg, admg.nodes, "the independences that the graph implies")
    return tuple(found for i in range(len(admg.nodes)) for found in _of_node(admg.acyclic, i))


def _of_node(graph: ADMG, i: int) -> list[Independence]:
    """The independences between a node and those declared after it."""
    node = 1 << i
    adjacent = graph.parents_of(node) | graph.children_of(node) | graph.siblings_of(node)
    found = []
    for j in bits(graph.all & ~adjacent & ~((node << 1) - 1)):
        given = _separator(graph, node, 1 << j)
        if given is not None:
            names = graph.nodes
            found.append(Independence(names[i], names[j], tuple(names[k] for k in bits(given))))
    return found


def _separator(graph: ADMG, one: int, other: int) -> int | None:
    """What separates two nodes, with the indicators of all columns with holes that are spoken of.

    Rows with holes show an independence only where they show all that it is about (Mohan and Pearl 2014, "On the
    testability of models with missing data"): those rows are selected, and must not make the two dependent.
    """
    if not graph.holes:
        return find_separator(graph, one, other, 0, graph.all)
    shown = _shown(graph, one | other)
    if shown & (one | other):
        return None
    given = find_separator(graph, one, other, shown, graph.all)
    if given is not None and not _shown(graph, given) & ~given:
        return given
    free = graph.all & ~graph.indicators & ~(one | other)
    for some in subsets(first(free, MOST_SOUGHT)):
        given = some | _shown(graph, one | other | some)
        if not given & (one | other) and separated(graph, one, other, given):
            return given
    return None


def _shown(graph: ADMG, nodes: int) -> int:
    """The indicators of the columns with holes among some nodes."""
    order = graph.order
    return sum(order.mask([each]) for each, own in graph.holes.items() if order.mask(own) & nodes)
