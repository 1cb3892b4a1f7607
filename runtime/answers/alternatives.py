"""The standard error of each exact way to answer: adjustment sets, the front door and the ID form differ in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from ...compiler.compilation import Compilation
from ...compiler.model.query import Limits
from ...compiler.program import Question
from ...grammar.diagnostics.diagnostic import DofxError
from ..variables import Finite
from .rows import rows_of

if TYPE_CHECKING:
    from ..program import CompiledProgram


@dataclass(frozen=True, slots=True)
class Alternative:
    """An exact way to answer a question, and how far its answer would vary between data sets.

    Args:
        question: The question's name.
        name: What it is, in words: ``the ID form``, ``without w``.
        left_out: The variables that it does without: ``avoid=`` them to choose it.
        standard_error: The standard error of the answer, by influence.
        rows: The fewest rows that train one of its generators; a row counts if it shows what the generator reads.
        chosen: Whether it is the way that was compiled.
    """

    question: str
    name: str
    left_out: tuple[str, ...]
    standard_error: float
    rows: int
    chosen: bool

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def alternatives(program: CompiledProgram, data: Any) -> list[Alternative]:
    """The standard error of each exact way that the compiler considered, for each effect and mean.

    It fits tables, so it takes milliseconds; there is none where some variable is not finite.

    Args:
        program: Fitted or not; it stays as it is.
        data: The rows.

    Raises:
        DofxError: What `rows_of` and `fit` find.
    """
    rows = rows_of(program, data, weighed=False)
    if not all(isinstance(type, Finite) for type in rows.types.values()):
        return []
    found: list[Alternative] = []
    for question in (*program.asked.queries, *program.asked.effects):
        if not program.hedged(question):
            found += _of(program, question, data)
    return found


def _of(program: CompiledProgram, question: Question, data: Any) -> Iterator[Alternative]:
    ways: dict[tuple[str, ...], tuple[str, bool]] = {}
    for query in question.kernels:
        compilation = program.sampler_for(query).compilation
        for each in compilation.considered if isinstance(compilation, Compilation) else ():
            if each.cost is not None:
                ways[each.left_out] = each.name, each.chosen
    if len(ways) < 2:
        return
    for left_out, (name, chosen) in ways.items():
        twin = program.asking(question.name, Limits(avoid=left_out))
        if not twin.identified:
            continue
        try:
            answers = twin.fit(data, progress=False).answer(data, intervals="influence")
            error = answers[question.name].standard_error
        except DofxError:
            continue
        fewest = min((record.report.rows for record in twin.report or ()), default=0)
        if error is not None and isfinite(error):  # of an effect that divides by zero it is not
            yield Alternative(question.name, name, left_out, error, fewest, chosen)


def alternatives_text(found: list[Alternative]) -> str:
    """The alternatives as a table, a line for each; with rows, where not all of these train the same number."""
    width = max(len(each.name) for each in found)
    apart = len({each.rows for each in found}) > 1
    names = max(len(each.question) for each in found)
    lines = ["Standard errors of the exact ways, by influence"]
    for each in found:
        how = (
            "compiled"
            if each.chosen
            else f"--avoid {','.join(each.left_out)}"
            if each.left_out
            else "the proof itself"
        )
        rows = f"  {each.rows:,} rows or more" if apart else ""
        error = f"{each.standard_error:#.3g}"
        lines.append(f"  {each.question:{names}}  {each.name:{width}}  {error}{rows}  {how}")
    return "\n".join(lines)
