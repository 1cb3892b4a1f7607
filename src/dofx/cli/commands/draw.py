"""``dofx draw``: causal graphs and sampling networks as SVG, PDF, PNG and TikZ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...grammar.edge.files import system_faults
from ...grammar.edge.outputs import replacing, write_text
from ..options.files import FILE, require_file
from ..options.graph import graph_option, read_graph
from ..options.limits import limits_of, limits_options, weights_option
from ..pipes import echo_whole

if TYPE_CHECKING:
    from ...compiler.model.query import Limits

FORMATS = ("svg", "pdf", "png", "tikz")
"""In a file, each is the suffix of its name, but for TikZ, which is .tex or .tikz."""


@click.command()
@graph_option
@click.option(
    "--query", metavar="QUERY", help="Colour the query's variables, and shade its hedge, if it has one."
)
@click.option("--network", metavar="QUERY", help="Draw the query's sampling network instead of the graph.")
@limits_options
@weights_option
@click.option(
    "--format",
    "notation",
    type=click.Choice(FORMATS),
    help="What to write.  [default: by the suffix of FILE, else svg]",
)
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="FILE",
    help="Where to write: .svg, .pdf, .png or .tex; else stdout.",
)
def command(
    graph: str | None,
    query: str | None,
    network: str | None,
    only: tuple[str, ...],
    avoid: tuple[str, ...],
    weights: str | None,
    notation: str | None,
    output: str | None,
) -> int:
    """Draw a causal graph, with a query in it, or the sampling network that a query compiles to.

    The network is the one of `dofx compile`, with the types that a program declares. PDF and PNG
    need matplotlib, the extra `plots`. TikZ has the graph and no network: nodes and edges by name, to be edited.

    \b
    dofx draw -g "x -> m -> y; x <-> y" -o graph.svg
    dofx draw -g graph.dagitty --query "P(y | do(x))" -o why.svg
    dofx draw -g program.cq --network "P(y | do(x))" --avoid scan -o network.pdf
    dofx draw -g "x -> m -> y; x <-> y" --format tikz

    Exit status: 0 drawn, 1 with --network where the query is not identifiable, 2 bad input.
    """
    if graph is None:
        raise click.UsageError("There is nothing to draw: pass -g.")
    if query is not None and network is not None:
        raise click.UsageError("--query and --network are two drawings: pass one of them.")
    place = require_file(output, "a drawing", ".svg", ".pdf", ".png", ".tex", ".tikz")
    kind = _kind(notation, place, network is not None)
    limits = limits_of(only, avoid)
    if network is not None:
        drawn = _network(network, graph, limits, weights)
        if drawn is None:
            return 1
    elif weights is not None:
        raise click.UsageError("--weights choose among networks: pass --network.")
    elif query is not None:
        drawn = _query(query, graph, limits, tikz=kind == "tikz")
    elif limits:
        raise click.UsageError("--only and --avoid limit the answer to a query: pass --query or --network.")
    else:
        drawn = _graph(graph, tikz=kind == "tikz")
    if kind == "tikz":
        return _written(drawn, place)
    if kind == "svg" or place is None:
        return _written(drawn + "\n", place)
    from ..pictures import picture

    with system_faults(place), replacing(place) as temporary:
        picture(drawn, temporary, kind)
    return 0


def _network(query: str, graph: str, limits: Limits, weights: str | None) -> str | None:
    """The network of a query as SVG; None if the query is not identifiable, which is printed then."""
    from ...compiler.printers.network.svg import network_svg
    from .compile import compilations

    made = compilations(query, graph, limits, weights)
    if len(made) != 1:
        raise click.UsageError(
            f"--network draws what one query compiles to, and this asks for {len(made)} queries."
        )
    (found,) = made
    if found.compilation is None:
        click.echo(str(found.proof), err=True)
        return None
    return network_svg(found.compilation.network)


def _query(query: str, graph: str, limits: Limits, *, tikz: bool) -> str:
    """The graph with a query in it, as TikZ or as SVG."""
    from ...compiler.driver import identify
    from ...compiler.printers.coloured import coloured
    from ...compiler.printers.graph_tikz import graph_tikz
    from ...compiler.printers.identification.svg import identification_svg

    identification = identify(query, read_graph(graph), only=limits.only, avoid=limits.avoid)
    if not tikz:
        return identification_svg(identification)
    roles = coloured(identification.query)
    return graph_tikz(identification.graph, interventions=roles.interventions, outcomes=roles.outcomes)


def _graph(graph: str, *, tikz: bool) -> str:
    """The graph alone, as TikZ or as SVG."""
    from ...compiler.printers.graph_svg import graph_svg
    from ...compiler.printers.graph_tikz import graph_tikz

    return graph_tikz(read_graph(graph)) if tikz else graph_svg(read_graph(graph))


def _kind(notation: str | None, place: Path | None, network: bool) -> str:
    """The format that is asked for.

    Raises:
        DofxError: E0429 where matplotlib is needed and not installed.
    """
    suffix = "" if place is None else place.suffix.lower()[1:]
    kind = notation or {"": "svg", "tex": "tikz"}.get(suffix, suffix)
    if kind in ("pdf", "png"):
        if place is None:
            raise click.UsageError(f"A {kind.upper()} is written to a file: pass -o.")
        from ...runtime.answers.plots import need_matplotlib

        need_matplotlib()
    if kind == "tikz" and network:
        raise click.UsageError("TikZ has the graph, not a network: write the network as SVG, PDF or PNG.")
    return kind


def _written(text: str, place: Path | None) -> int:
    if place is None:
        echo_whole(text, "the drawing")
    else:
        write_text(place, text)
    return 0
