"""``dofx run``: parse, prove, fit, and answer everything that a program asks."""

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
    compiled,
    fitted,
    status_of,
    training_of,
    training_options,
)

if TYPE_CHECKING:
    from ...runtime.program import Intervals


@click.command()
@click.argument("program", type=FILE, required=False)
@graph_option
@limits_options
@weights_option
@training_options
@answering_options
@policy_option
@click.option("-v", "--verbose", is_flag=True, help="Show the score of each generator.")
@click.option(
    "--sensitivity",
    "sensitive",
    is_flag=True,
    help="Show how strong an unmeasured common cause would have to be to explain an effect away.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the answers as JSON.")
def command(
    program: str | None,
    graph: str | None,
    n: int,
    replicates: int | None,
    intervals: Intervals | None,
    policies: tuple[str, ...],
    plot: str | None,
    verbose: bool,
    sensitive: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Fit PROGRAM to data and answer every query and effect.

    Answers are exact where all that is drawn is finite, else from -n simulated rows. A query that leaves an
    input open is answered at each of its states, or at the quartiles of a real one. Without PROGRAM, the
    graph's `exposure x` and `outcome y` ask for P(y | do(x)).

    \b
    dofx run program.cq --data rows.csv
    dofx run program.cq --data rows.csv --intervals influence --sensitivity
    dofx run program.cq --data rows.csv --bootstrap 200 --plot answers.svg
    dofx run "P(y | do(x))" -g "x -> m -> y; x <-> y" --data rows.csv --json

    Exit status: 0 answered, 1 where something is not identifiable (the rest is answered), 2 bad input.
    """
    from ...compiler.program import questions

    require_figure(plot)
    training = training_of(options, replicates, intervals)
    limits = limits_of(options["only"], options["avoid"])
    asked = questions(program_for(program, graph)).limited(limits)
    data = rows_of(training, asked, program)
    proved = compiled(asked, training)
    given = checked(proved, training, data, policies, "bootstrap" if replicates else intervals)
    if as_json:
        ready = fitted(proved, training, data, given)
        answers = answered(ready, data, training, n, replicates, intervals)
        found = answers.to_json()
        if sensitive:
            found["sensitivity"] = {name: each.to_json() for name, each in ready.sensitivity(data).items()}
        echo_json(found)
        save_figure(answers, plot)
        return status_of(answers)
    from ...runtime.answers.text import show_answers
    from ..report import console, show_fit, show_proofs, show_sensitivity

    out = console()
    show_proofs(out, proved)
    ready = fitted(proved, training, data, given)
    show_fit(out, ready, whole=verbose)
    answers = answered(ready, data, training, n, replicates, intervals)
    show_answers(out, answers)
    if sensitive:
        show_sensitivity(out, ready.sensitivity(data))
    save_figure(answers, plot)
    return status_of(answers)
