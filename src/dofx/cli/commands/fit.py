"""``dofx fit``: train and save."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..options.files import FILE
from ..options.graph import graph_option
from ..options.limits import limits_of, limits_options, weights_option
from ..options.programs import program_for
from ..options.rows import rows_of
from ..options.training import chosen, compiled, fitted, training_of, training_options


@click.command()
@click.argument("program", type=FILE, required=False)
@graph_option
@limits_options
@weights_option
@training_options
@click.option("-o", "--output", required=True, type=FILE, metavar="DIR", help="The bundle to write.")
@click.option(
    "--query", "names", multiple=True, metavar="NAME", help="A query of the program; else all of them."
)
def command(
    program: str | None, graph: str | None, output: str, names: tuple[str, ...], **options: Any
) -> int:
    """Train the generators that PROGRAM's queries need, and save each query as a bundle.

    PROGRAM is the path of a program (.cq), or a query with its graph in -g. Without PROGRAM, the graph's
    `exposure x` and `outcome y` ask for P(y | do(x)). One query is saved in DIR itself, several each in a folder
    of its name. A generator that several need is trained once.

    \b
    dofx fit program.cq --data rows.csv -o bundle/ --query risk
    dofx fit "P(y | do(x))" -g "x -> m -> y; x <-> y" --data rows.csv -o bundle/

    Exit status: 0 done, 1 where a query is not identifiable (the others are saved), 2 bad input.
    """
    from ...compiler.program import questions

    training = training_of(options)
    limits = limits_of(options["only"], options["avoid"])
    asked = chosen(questions(program_for(program, graph)).limited(limits), names, "query")
    from ...runtime.bundle.bundle import require_bundle_folder

    folder = Path(output)
    places = {
        question.name: folder if len(asked.queries) == 1 else folder / question.name
        for question in asked.queries
    }
    for place in places.values():
        require_bundle_folder(place)  # before the work, not after it
    ready = fitted(compiled(asked, training), training, rows_of(training, asked, program))
    if ready.report:
        click.echo(f"{ready.report}\n")
    for question in asked.queries:
        if question.name in ready:
            ready[question.name].save(places[question.name])
            click.echo(f"{question.name} saved in {places[question.name]}")
        else:
            click.echo(f"{question.name} has no bundle: {ready.hedged(question)[0]}")
    return 0 if ready.identified else 1
