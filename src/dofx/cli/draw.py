"""``dofx draw``: causal graphs and sampling networks as SVG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .files import replace_text
from .graph import graph_option, read_graph

if TYPE_CHECKING:
    from ..compiler.graph.admg import ADMG
    from ..compiler.network.ir import SamplingNetwork


@click.command()
@graph_option
@click.option(
    "--query", metavar="QUERY", help="Colour the query's variables, and shade what stands in its way."
)
@click.option("--network", metavar="QUERY", help="Draw the query's sampling network instead of the graph.")
@click.option("-o", "--output", metavar="FILE", help="Where to write the SVG; else stdout.")
def command(graph: str | None, query: str | None, network: str | None, output: str | None) -> int:
    """Draw a causal graph, with a query in it, or the sampling network that a query compiles to.

    \b
    dofx draw -g "x -> m -> y; x <-> y" -o graph.svg
    dofx draw -g graph.dagitty --query "P(y | do(x))" -o why.svg
    dofx draw -g graph.dagitty --network "P(y | do(x))" -o network.svg

    Exit status: 0 drawn, 1 with --network where the query is not identifiable, 2 bad input.
    """
    if graph is None:
        raise click.UsageError("There is nothing to draw: pass -g.")
    if query is not None and network is not None:
        raise click.UsageError("--query and --network are two drawings: pass one of them.")
    admg = read_graph(graph)
    if network is None:
        svg = _graph(admg, query)
    else:
        from ..compiler.driver import NotIdentifiableError, compile_query

        try:
            svg = _network(compile_query(network, admg).network)
        except NotIdentifiableError as error:
            click.echo(str(error), err=True)
            return 1
    if output is None:
        click.echo(svg)
    else:
        replace_text(Path(output), svg + "\n")
    return 0


def _graph(graph: ADMG, query: str | None) -> str:
    from ..compiler.driver import identify
    from ..compiler.graph.draw import graph_svg

    if query is None:
        return graph_svg(graph)
    identification = identify(query, graph)
    asked = identification.query
    return graph_svg(
        graph,
        interventions=asked.interventions,
        outcomes=asked.outcomes,
        conditions=asked.conditions,
        hedge=identification.hedge,
        title=str(asked),
    )


def _network(network: SamplingNetwork) -> str:
    """The draws of every stage as nodes; an arrow leads to each from what it reads or is trained on."""
    from ..compiler.graph.admg import ADMG
    from ..compiler.graph.draw import graph_svg
    from ..compiler.network.ir import Simulated

    answer = network.answer
    names = {
        (stage.name, id): id if stage is answer else f"{stage.name}: {id}"
        for stage in network
        for id in (*stage.inputs, *(draw.id for draw in stage.draws))
    }
    edges = []
    for stage in network:
        for draw in stage.draws:
            edges += [(names[stage.name, id], names[stage.name, draw.id]) for id in draw.reads]
            if isinstance(draw.source, Simulated):
                inner = network.stage(draw.source.stage)
                kept = dict(inner.outputs)
                taught = (draw.variable, *draw.fit.given)
                edges += [
                    (names[inner.name, kept[name]], names[stage.name, draw.id])
                    for name in taught
                    if name in kept
                ]
    return graph_svg(
        ADMG(names.values(), edges),
        interventions=[name for name in answer.inputs if name in network.interventions],
        outcomes=[id for _, id in answer.outputs],
        conditions=[name for name in answer.inputs if name in network.conditions],
        title=str(network).partition("\n")[0],
    )
