"""What a graph implies that data can contradict: conditional independences between observed variables."""

from __future__ import annotations

from dataclasses import dataclass

from ...grammar.arguments import public
from .admg import ADMG
from .read import GraphSource, graph_of
from .selection import refuse_selected
from .separation import find_separator
from .varset import bits


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
    """An independence for each pair of variables that some others m-separate, given as few as will do.

    In a graph without common causes that is each pair without an edge, and all other independences follow. With
    them, a pair may lack an edge and not be separable; a constraint of another kind (Verma's) is not listed. In a graph
    with cycles these are the independences of σ-separation.

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
    admg = graph_of(graph)
    refuse_selected(admg, admg.nodes, "the independences that the graph implies")
    return tuple(found for i in range(len(admg.nodes)) for found in _of_node(admg.acyclic, i))


def _of_node(graph: ADMG, i: int) -> list[Independence]:
    """The independences between a node and those declared after it."""
    node = 1 << i
    adjacent = graph.parents_of(node) | graph.children_of(node) | graph.siblings_of(node)
    found = []
    for j in bits(graph.all & ~adjacent & ~((node << 1) - 1)):
        given = find_separator(graph, node, 1 << j, 0, graph.all)
        if given is not None:
            names = graph.nodes
            found.append(Independence(names[i], names[j], tuple(names[k] for k in bits(given))))
    return found
