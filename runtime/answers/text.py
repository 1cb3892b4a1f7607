"""Answers as text: tables of distributions, effects with their uncertainty, and what no row shows."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from .tables import answer_tables

if TYPE_CHECKING:
    from .answers import Answers, EffectAnswer, QueryAnswer

WIDE = 200
"""Columns of a console that is no terminal: wide tables are not cut."""


def answers_text(answers: Answers) -> str:
    """All answers, in the order of the program."""
    file = StringIO()
    out = Console(file=file, highlight=False, soft_wrap=True, width=WIDE, color_system=None)
    for query in answers.queries:
        show_query(out, query)
    for effect in answers.effects:
        show_effect(out, effect)
    return "\n".join(line.rstrip() for line in file.getvalue().rstrip().splitlines())


def show_query(out: Console, answer: QueryAnswer) -> None:
    """The distributions of a query's outcomes, a row for each setting of the inputs left open."""
    heading = Text.assemble((answer.name, "bold"), f"  {answer.query}")
    if not answer.identification:
        out.print(heading.append("  not identifiable", style="red"))
        out.print()
        return
    if answer.waiting:
        listed = ", ".join(answer.waiting)
        out.print(heading.append(f"  give {listed} when sampling: dofx fit, then dofx sample", style="dim"))
        out.print()
        return
    (first, *_) = answer.settings
    rows = first.outcomes.rows
    how = f"from {rows:,} simulated rows" if rows else "exact under the fitted generators"
    how += f", the same for every {' and '.join(answer.idle)}" if answer.idle else ""
    out.print(heading.append(f"  {how}", style="dim"))
    for index, table in enumerate(answer_tables(answer)):
        if index:
            out.print()
        out.print(table)
    show_unseen(out, answer)
    if answer.left_out:
        out.print(Text(f"  … and {answer.left_out:,} more: fix values in the query to see them", style="dim"))
    out.print()


def show_effect(out: Console, answer: EffectAnswer) -> None:
    """An effect's value with its uncertainty."""
    if answer.estimate is None:
        why = "no value" if answer.faults else "not identifiable"
        out.print(Text.assemble((answer.name, "bold"), f"  {answer.text}", (f"  {why}", "red")))
    else:
        out.print(Text.assemble((f"{answer.name} = ", "bold"), (str(answer.estimate), "bold")))
        if answer.interval is not None:
            out.print(Text(f"  {answer.interval}"))
        show_unseen(out, answer)
        out.print(Text(f"  {answer.text}", style="dim"))


def show_unseen(out: Console, answer: QueryAnswer | EffectAnswer) -> None:
    """What of an answer no row shows."""
    for unseen in answer.unseen:
        out.print(Text(f"  {unseen}", style="yellow"))
