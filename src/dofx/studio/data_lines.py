"""Edits of what a program says besides its graph: its data sets, and what its questions may use.

They are what a remedy asks for: one more column, one more data set, a mechanism that does not differ, a variable that
a question may use after all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ..compiler.model.data import OBSERVED
from ..grammar.diagnostics.source import Span
from ..grammar.formatting.program import format_name
from ..grammar.syntax.data import DIFFERS, KEEPS, MEASURES, SETS, DataPart, DataStatement
from ..grammar.syntax.program import EffectStatement, Limit, Name, Program, QueryStatement
from .rewriting import Change, free_name

USING = "using"


def measure_in(program: Program, data: str, name: str) -> list[Change]:
    """Give a data set one more column; one that measures all has it already."""
    parts = [part for part in _statement(program, data).parts if part.word == MEASURES]
    if not parts or name in _texts(parts):
        return []
    end = parts[-1].names[-1].span.end
    return [(Span(end, end), f", {format_name(name)}")]


def agree_on(program: Program, data: str, name: str) -> list[Change]:
    """Say no longer that the mechanism of a variable differs in a data set."""
    statement = _statement(program, data)
    changes = list[Change]()
    for part in statement.parts:
        if part.word == DIFFERS and name in _texts([part]):
            left = tuple(each for each in part.names if each.text != name)
            changes.append(_rewritten(program, part, replace(part, names=left)))
    return changes


def keep_all(program: Program, data: str) -> list[Change]:
    """Say no longer that rows of a data set were selected."""
    parts = _statement(program, data).parts
    return [_rewritten(program, part, replace(part, names=())) for part in parts if part.word == KEEPS]


def experiment_on(program: Program, name: str, *measured: str) -> list[Change]:
    """Declare one more data set, of an experiment on a variable; it measures all if no columns are named."""
    columns = f" {MEASURES} {', '.join(map(format_name, measured))}" if measured else ""
    return _declared(program, "experiment", f" {SETS} {format_name(name)}{columns}")


def survey_all(program: Program) -> list[Change]:
    """Declare one more data set, an observational one that measures all."""
    return _declared(program, "survey", "")


def allow(program: Program, question: str, *names: str) -> list[Change]:
    """Let a question use variables that its limits left out."""
    changes = list[Change]()
    for limit in _limits(program, question):
        if limit.word == USING:
            have = [name.text for name in limit.names]
            wanted = [*have, *(name for name in names if name not in have)]
        else:
            wanted = [name.text for name in limit.names if name.text not in names]
        words = f"{limit.word} {{{', '.join(map(format_name, wanted))}}}"
        changes.append((limit.span, words) if wanted else (_with_space(program, limit.span), ""))
    return changes


def differing(program: Program, data: str) -> tuple[str, ...]:
    """The variables that a data set says to differ, as they are written."""
    return tuple(_texts(part for part in _statement(program, data).parts if part.word == DIFFERS))


def _declared(program: Program, stem: str, words: str) -> list[Change]:
    """A line more after the last one of its kind; the observational data set is named where it was meant."""
    there = [each for each in program.statements if isinstance(each, DataStatement)]
    name = free_name(stem, {each.name.text for each in there} | {OBSERVED.name})
    line = f"data {format_name(name)}{words}"
    if there:
        end = max(each.span.end for each in there)
        return [(Span(end, end), f"\n{line}")]
    end = max(each.span.end for each in program.graphs)
    return [(Span(end, end), f"\n\ndata {OBSERVED.name}\n{line}")]


def _rewritten(program: Program, part: DataPart, new: DataPart) -> Change:
    """A part of a data line with fewer names; without names it goes, and the space before it."""
    if new.names:
        return part.span, f"{new.word} {', '.join(format_name(name.text) for name in new.names)}"
    return _with_space(program, part.span), ""


def _with_space(program: Program, span: Span) -> Span:
    text = program.source.text
    return Span(len(text[: span.start].rstrip()), span.end)


def _statement(program: Program, data: str) -> DataStatement:
    found = (each for each in program.statements if isinstance(each, DataStatement))
    return next((each for each in found if each.name.text == data), DataStatement(Name(data)))


def _limits(program: Program, question: str) -> Iterator[Limit]:
    for each in program.statements:
        if isinstance(each, QueryStatement | EffectStatement) and each.name.text == question:
            yield from each.limits


def _texts(parts: Iterable[DataPart] | Sequence[DataPart]) -> list[str]:
    return [name.text for part in parts for name in part.names]
