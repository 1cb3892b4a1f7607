"""``dofx implications``: what a graph implies that data can contradict, and whether they do."""

from __future__ import annotations

import click

from ..as_json import echo_json
from ..options.files import FILE
from ..options.graph import graph_option, read_graph
from ..options.rows import file_of


@click.command()
@graph_option
@click.option(
    "--data",
    type=FILE,
    metavar="FILE",
    help="Rows to hold the graph against: CSV, Parquet, Arrow or .npz; - is CSV from stdin.",
)
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.05,
    show_default=True,
    help="The chance that a true graph is contradicted.",
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(graph: str | None, data: str | None, level: float, as_json: bool) -> int:
    """List the conditional independences that a graph implies; with --data, test each on rows.

    Variables without a column count as unobserved. A graph that is not contradicted may still be wrong.

    \b
    dofx implications -g "z -> {x, y}; x -> m -> y"
    dofx implications -g graph.dagitty --data rows.csv

    Exit status: 0 nothing is contradicted, 1 something is, 2 bad input.
    """
    if graph is None:
        raise click.UsageError("There is no graph: pass -g.")
    admg = read_graph(graph)
    if data is None:
        from ...compiler.graph.implications import implications

        found = implications(admg)
        if as_json:
            from dataclasses import asdict

            echo_json([asdict(each) for each in found])
        else:
            lines = [str(each) for each in found]
            click.echo("\n".join(lines or ["the graph implies no independence that data could contradict"]))
        return 0
    from ...compiler.beside_a_graph import data_beside
    from ...compiler.declarations import data_of
    from ...grammar.syntax.program import Program
    from ...runtime.data.row_weights import observational
    from ...runtime.judging.graph import judge

    sample = observational(data_of(Program(data_beside(graph)), admg))
    judgement = judge(admg, file_of(data), level=level, sample=sample)
    if as_json:
        echo_json(judgement.to_json())
    else:
        click.echo(str(judgement))
    return 0 if judgement else 1
