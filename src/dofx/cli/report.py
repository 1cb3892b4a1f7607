"""The report of `dofx run`: what was proved, what was fitted, and the answers as tables."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from .identify import cures

if TYPE_CHECKING:
    from ..compiler.program import Questions
    from ..runtime.answers.answers import EffectAnswer, QueryAnswer
    from ..runtime.program import CompiledProgram

_WIDE = 200


def console() -> Console:
    """Where the report goes: coloured on a terminal, plain elsewhere; wide tables are not cut."""
    return Console(highlight=False, soft_wrap=True, width=_WIDE)


def show_proofs(out: Console, asked: Questions) -> None:
    """The estimand of each distinct query, or its hedge, under the names of what needs it."""
    from ..compiler.driver import identify

    for query, names in asked.kernels.items():
        identification = identify(query, asked.graph)
        out.print(Text(", ".join(names), style="bold"))
        if identification:
            out.print(Text(_indented(str(identification.estimand))))
        else:
            out.print(Text(_indented(f"{identification}{cures(identification)}"), style="red"))
    out.print()


def show_fit(out: Console, program: CompiledProgram, *, whole: bool) -> None:
    """What fitting reached: one line, or a line for each generator."""
    report = program.report
    if not report:
        return
    if whole:
        out.print(Text(f"{report}\n", style="dim"))
        return
    new = [record for record in report if not record.reused]
    families = Counter(record.family for record in new)
    listed = ", ".join(f"{family} ×{count}" if count > 1 else family for family, count in families.items())
    rows = max(record.report.rows for record in report if record.source == "P")
    noun = "generator" if len(new) == 1 else "generators"
    kept = f"kept {len(report) - len(new)}, " if len(new) < len(report) else ""
    fitted = f"{len(new)} {noun}" + (f" ({listed})" if new else "")
    seconds = sum(record.report.seconds for record in new)
    out.print(Text(f"{kept}fitted {fitted} on {rows:,} rows in {seconds:.1f} s\n", style="dim"))


def show_query(out: Console, answer: QueryAnswer) -> None:
    """The distributions of a query's outcomes, a row for each setting of the inputs left open."""
    from .tables import answer_tables

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


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
