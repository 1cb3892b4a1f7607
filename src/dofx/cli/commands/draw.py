"""``dofx draw``: causal graphs and sampling networks as SVG."""

from __future__ import annotations

import click

from ...grammar.edge.outputs import write_text
from ..options.files import require_file
from ..options.graph import graph_option, read_graph
from ..options.limits import limits_of, limits_options, weights_option


@click.command()
@graph_option
@click.option(
    "--query", metavar="QUERY", help="Colour the query's variables, and shade what stands in its way."
)
@click.option("--network", metavar="QUERY", help="Draw the query's sampling network instead of the graph.")
@limits_options
@weights_option
@click.option("-o", "--output", metavar="FILE", help="Where to write the SVG; else stdout.")
def command(
    graph: str | None,
    query: str | None,
    network: str | None,
    only: tuple[str, ...],
    avoid: tuple[str, ...],
    weights: str | None,
    output: str | None,
) -> int:
    """Draw a causal graph, with a query in it, or the sampling network that a query compiles to.

    The network is that of `dofx compile`; if the graph is a program's, the types count that it declares.

    \b
    dofx draw -g "x -> m -> y; x <-> y" -o graph.svg
    dofx draw -g graph.dagitty --query "P(y | do(x))" -o why.svg
    dofx draw -g program.cq --network "P(y | do(x))" --avoid scan -o network.svg

    Exit status: 0 drawn, 1 with --network where the query is not identifiable, 2 bad input.
    """
    if graph is None:
        raise click.UsageError("There is nothing to draw: pass -g.")
    if query is not None and network is not None:
        raise click.UsageError("--query and --network are two drawings: pass one of them.")
    place = require_file(output, "a drawing", ".svg")
    limits = limits_of(only, avoid)
    if network is not None:
        from ...compiler.printers.network.svg import network_svg
        from .compile import compilations

        made = compilations(network, graph, limits, weights)
        if len(made) != 1:
            raise click.UsageError(
                f"--network draws what one query compiles to, and this asks for {len(made)} queries."
            )
        (found,) = made
        if found.compilation is None:
            click.echo(str(found.proof), err=True)
            return 1
        svg = network_svg(found.compilation.network)
    elif weights is not None:
        raise click.UsageError("--weights choose among networks: pass --network.")
    elif query is not None:
        from ...compiler.driver import identify
        from ...compiler.printers.identification.svg import identification_svg

        admg = read_graph(graph)
        svg = identification_svg(identify(query, admg, only=limits.only, avoid=limits.avoid))
    elif limits:
        raise click.UsageError("--only and --avoid limit the answer to a query: pass --query or --network.")
    else:
        from ...compiler.printers.graph_svg import graph_svg

        svg = graph_svg(read_graph(graph))
    if place is None:
        click.echo(svg)
    else:
        write_text(place, svg + "\n")
    return 0
