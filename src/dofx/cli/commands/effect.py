"""``dofx effect``: estimates of a program's effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..as_json import echo_json
from ..figures import require_figure, save_figure
from ..options.files import FILE
from ..options.graph import graph_option
from ..options.limits import limits_of, limits_options, weights_option
from ..options.policies import policy_option
from ..options.programs import program_for
from ..options.rows import rows_of
from ..options.training import (
    answered,
    answering_options,
    checked,
    chosen,
    compiled,
    fitted,
    status_of,
    training_of,
    training_options,
)
from .identify import cures

if TYPE_CHECKING:
    from ...runtime.answers.answers import Answers
    from ...runtime.program import Intervals


@click.command()
@click.argument("program", type=FILE)
@graph_option
@limits_options
@weights_option
@training_options
@click.option("--effect", "names", multiple=True, metavar="NAME", help="An effect of the program; else all.")
@answering_options
@policy_option
@click.option("--json", "as_json", is_flag=True, help="Print the estimates as JSON.")
def command(
    program: str,
    graph: str | None,
    names: tuple[str, ...],
    n: int,
    replicates: int | None,
    intervals: Intervals | None,
    policies: tuple[str, ...],
    plot: str | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Fit what PROGRAM's effects need and print their estimates.

    PROGRAM is the path of a program (.cq), or an effect with its graph in -g. The Monte-Carlo error covers
    the simulation only; --intervals reports how much the estimate would vary between data sets.

    \b
    dofx effect program.cq --data rows.csv
    dofx effect "E[y | do(x = 1)] - E[y | do(x = 0)]" -g "z -> {x, y}; x -> y" --data rows.csv

    Exit status: 0 answered, 1 where an effect is not identifiable, 2 bad input.
    """
    from ...compiler.program import questions

    require_figure(plot)
    training = training_of(options, replicates, intervals)
    limits = limits_of(options["only"], options["avoid"])
    asked = questions(program_for(program, graph, effect=True)).limited(limits)
    asked = chosen(asked, names, "effect")
    data = rows_of(training, asked, program)
    proved = compiled(asked, training)
    given = checked(proved, training, data, policies, "bootstrap" if replicates else intervals)
    ready = fitted(proved, training, data, given)
    answers = answered(ready, data, training, n, replicates, intervals)
    if as_json:
        echo_json(answers.to_json()["effects"])
    else:
        _show(answers)
    save_figure(answers, plot)
    return status_of(answers)


def _show(answers: Answers) -> None:
    """The estimates, or why there is none, and what to know of their intervals."""
    from ...runtime.answers.text import show_answers
    from ..report import console

    show_answers(console(), answers)
    for answer in answers.effects:
        for identification in answer.hedged:
            click.echo(f"{identification}{cures(identification)}")
