"""Answers as text: tables of distributions, effects with their uncertainty, and what no row shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from ...compiler.identify.verdict import Refused
from .influence.by_influence import fewest
from .intervals import ENOUGH, FEW, way_to_intervals
from .tables import answer_tables

if TYPE_CHECKING:
    from ...compiler.identify.identify import Identification
    from .answer import EffectAnswer, QueryAnswer
    from .answers import Answers

WIDE = 200
"""Columns of a console that is no terminal: wide tables are not cut."""

CAVEAT = "one fit, no interval yet; "

WARNING = "no interval, for the reason below; "
"""What stands beside a number whose interval was asked for and refused."""


def answers_text(answers: Answers) -> str:
    """All answers, in the order of the program, and why something is not identifiable."""
    file = StringIO()
    out = Console(file=file, highlight=False, soft_wrap=True, width=WIDE, color_system=None)
    show_answers(out, answers)
    for refused in dict.fromkeys(str(each) for each in answers.hedged):
        out.print(Text(f"\n{refused}"))
    return "\n".join(line.rstrip() for line in file.getvalue().rstrip().splitlines())


def show_answers(out: Console, answers: Answers) -> None:
    """All answers, in the order of the program, and remarks on their intervals.

    Args:
        out: Where they are shown.
        answers: The answers.
    """
    for query in answers.queries:
        show_query(out, query)
    for effect in answers.effects:
        show_effect(out, effect)
    for sampling in () if answers.basis is None else answers.basis.sampling:
        out.print(Text(f"{sampling}", style="dim"))
    for each in () if answers.basis is None else answers.basis.agreements:
        if not each.holds:
            out.print(Text(f"{each}: {_APART}", style="yellow"))
    for remark in remarks(answers):
        out.print(Text(remark, style="yellow"))


def remarks(answers: Answers) -> Iterator[str]:
    """Remarks on the intervals of answers, or on their absence."""
    if not answers.numbers or answers.basis is None or answers.basis.known:
        return
    if not answers.intervals:
        yield f"No interval has been computed: {way_to_intervals()} shows how far these numbers vary between data sets."
        return
    replicates = max(interval.replicates for interval in answers.intervals)
    resampled = any(interval.method == "bootstrap" for interval in answers.intervals)
    if resampled and 0 < replicates < FEW:
        yield f"{replicates:,} replicates leave the ends of the intervals rough: take {ENOUGH} or more."
    outside = [query.name for query in answers.queries if _outside(query)]
    if outside:
        yield f"Of {', '.join(outside)}, some estimates lie outside their intervals: {_SHIFTED}"


_SHIFTED = "fits on resampled rows come out shifted against the fit on all rows, so trust neither end."


_APART = "their rows were pooled, as they are declared alike in it. Say where they differ: `differs at`."


def show_query(out: Console, answer: QueryAnswer) -> None:
    """The distributions of a query's outcomes, a row for each setting of the inputs left open."""
    heading = Text.assemble((answer.name, "bold"), f"  {answer.text}")
    if not answer.identification:
        out.print(heading.append(f"  {_why((answer.identification,))}", style="red"))
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
    how = "corrected by rows that the generators were not trained on" if first.outcomes.corrected else how
    how = f"{_caveat(answer)}{how}"
    how += f", the same for every {' and '.join(answer.idle)}" if answer.idle else ""
    out.print(heading.append(f"  {how}", style="dim"))
    for index, table in enumerate(answer_tables(answer)):
        if index:
            out.print()
        out.print(table)
    for refused in answer.refused:
        out.print(Text(f"  no interval: {refused}", style="yellow"))
    show_errors(out, answer)
    show_overlap(out, answer)
    show_unseen(out, answer)
    if answer.left_out:
        out.print(Text(f"  … and {answer.left_out:,} more: fix values in the query to see them", style="dim"))
    out.print()


def show_effect(out: Console, answer: EffectAnswer) -> None:
    """An effect's value with its uncertainty."""
    if answer.estimate is None:
        why = _why(answer.hedged)
        if answer.faults:
            why = f"no value: {'; '.join(fault.title for fault in answer.faults)}"
        out.print(Text.assemble((answer.name, "bold"), f"  {answer.text}", (f"  {why}", "red")))
        for advice in dict.fromkeys(help_ for fault in answer.faults for help_ in fault.help):
            out.print(Text(f"  {advice}", style="dim"))
    else:
        shown = answer.estimate.text(_caveat(answer))
        out.print(Text.assemble((f"{answer.name} = ", "bold"), (shown, "bold")))
        if answer.interval is not None:
            out.print(Text(f"  {answer.interval}"))
            if answer.interval.misses(answer.estimate.value):
                out.print(Text(f"  the estimate lies outside its interval: {_SHIFTED}", style="yellow"))
        show_overlap(out, answer)
        show_unseen(out, answer)
        out.print(Text(f"  {answer.text}", style="dim"))


def _why(proofs: Sequence[Identification]) -> str:
    """Why there is no number, in two words."""
    if proofs and all(proof.verdict == "undefined" for proof in proofs):
        return "undefined"
    refused = [proof.answer for proof in proofs if isinstance(proof.answer, Refused)]
    return "not identifiable" if all(each.is_proved for each in refused) else "not identified"


def show_errors(out: Console, answer: QueryAnswer) -> None:
    """How the intervals below a query's numbers were found, and how large their standard errors are."""
    known = [each for each in answer.intervals if each.known]
    if not known:
        return
    least, most = (f"{end(each.standard_error for each in known):#.3g}" for end in (min, max))
    fewest_rows = min(known, key=lambda each: each.rows or each.replicates)
    shown = f"  {fewest_rows.found}; standard error {least}" + (f" to {most}" if least != most else "")
    spreads = [each.seed_spread for each in known if each.seed_spread is not None]
    shown += f"; spread between seeds at most {max(spreads):#.2g}" if spreads else ""
    out.print(Text(shown, style="dim"))


def show_overlap(out: Console, answer: QueryAnswer | EffectAnswer) -> None:
    """The draw that rests on the fewest rows, if that is known."""
    worst = fewest(answer.overlaps)
    if worst is not None:
        out.print(Text(f"  {worst}", style="dim"))


def show_unseen(out: Console, answer: QueryAnswer | EffectAnswer) -> None:
    """The conditions of an answer that no row shows."""
    for unseen in answer.unseen:
        out.print(Text(f"  {unseen}", style="yellow"))


def _caveat(answer: QueryAnswer | EffectAnswer) -> str:
    """What is missing from an answer that was fitted once and has no interval, or whose interval was refused."""
    if answer.refused:
        return WARNING
    fitted = answer.basis is not None and not answer.basis.known
    return CAVEAT if fitted and not answer.intervals else ""


def _outside(answer: QueryAnswer) -> bool:
    pairs = zip(answer.numbers, answer.intervals, strict=False)
    return any(interval.misses(number) for number, interval in pairs)
