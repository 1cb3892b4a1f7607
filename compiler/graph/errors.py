"""What can be wrong with a causal graph: a function for each error."""

from __future__ import annotations

from collections.abc import Sequence

from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ...grammar.edge.arguments import ArgumentError, refused


def not_a_pair() -> ArgumentError:
    """An edge is not a pair of names."""
    return refused("an edge is not a pair", 'give pairs of names, such as ("x", "y")')


def not_a_graph(source: object) -> DofxError:
    """An object is of a kind from which no causal graph can be read."""
    return DofxError(
        Diagnostic(
            "E0204",
            f"an object of type `{type(source).__name__}` is not a causal graph",
            help=(
                "give edge text such as `x -> y; x <-> y`, the path of a file, or a graph of networkx, "
                "pgmpy, y0, causal-learn or ananke",
            ),
        )
    )


def undecided_edge(edge: str) -> Diagnostic:
    """An edge of a PAG or a CPDAG has not been decided."""
    return Diagnostic(
        "E0203",
        f"the edge {edge} has no direction",
        notes=("a PAG or a CPDAG stands for many causal graphs; a query needs one",),
        help=("give every edge a direction, or ask about each of the possible graphs",),
    )


def one_name_for_several(listed: str) -> DofxError:
    """Several variables of a graph have one name."""
    return DofxError(Diagnostic("E0204", f"several variables of the graph have one name: {listed}"))


def unreadable_graph(title: str, reason: str) -> DofxError:
    """A graph cannot be read, for a reason."""
    return DofxError(Diagnostic("E0204", title, notes=(reason,)))


def ending_of_no_graph(name: str, endings: Sequence[str]) -> DofxError:
    """A text is the name of a file, and the name does not end as the names of graphs do."""
    return unreadable_graph(
        f"`{name}` is a file, and its name does not say that it holds a graph",
        f"files of graphs end in {', '.join(endings)}",
    )


def no_graph(where: str) -> DofxError:
    """A program has no graph."""
    return DofxError(
        Diagnostic(
            "E0205",
            f"there is no graph in {where}",
            help=("add a block such as `graph { x -> y }`",),
        )
    )


def not_names(what: str) -> ArgumentError:
    """An argument of `ADMG` is not a list of names."""
    return refused(f"`{what}` of `ADMG` cannot be read as names", "give a list of texts")


def selected_rows(asked: str, listed: str) -> Diagnostic:
    """A graph says that rows were selected, which may bias the answer."""
    return Diagnostic(
        "E0208",
        f"the selection of the data may bias {asked}",
        notes=(
            f"the graph says that the data were selected by {listed}, which is associated with what the query is about",
            "what is true of the selected units may not be true of all units",
        ),
        help=("if the data hold all units, or a random sample of them, leave `selected` out of the graph",),
    )
