"""What is fitted already, written as the program that it answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..compiler.model.data import ALONE, DataSet
from ..compiler.program import Questions, questions
from ..grammar.formatting.program import format_effect, format_name, format_program
from ..grammar.parse import parse
from ..runtime.answers.querying import reference_points
from ..runtime.compile import types_of
from ..runtime.program import CompiledProgram
from ..runtime.sampler import Sampler
from ..runtime.variables import VariableType
from .desk import program_of_text
from .errors import unknown_graph


def fitted_as_program(fitted: Sampler | CompiledProgram) -> tuple[str, CompiledProgram | None]:
    """The text of what is fitted, and the fitted program; None for the program where nothing is fitted yet.

    Raises:
        DofxError: E0420 for a sampler that knows nothing of its graph.
    """
    if isinstance(fitted, CompiledProgram):
        return text_of(fitted.asked, fitted.declared), fitted if fitted.fitted else None
    origin = fitted.origin
    if origin is None:
        raise unknown_graph()
    lines = [f"graph {{\n{origin.graph}\n}}", *_types(fitted.declared), *_data(origin.data)]
    text = format_program(parse("\n".join([*lines, f"query q = {fitted.query}"]), "program"))
    return text, _adopted(text, fitted) if fitted.fitted else None


def text_of(asked: Questions, declared: Mapping[str, VariableType]) -> str:
    """The program that asks some questions, of the graph over what is observed."""
    lines = [f"graph {{\n{asked.graph}\n}}", *_types(declared), *_data(asked.data)]
    lines += [f"query {format_name(each.name)} = {format_effect(each.written)}" for each in asked.queries]
    lines += [f"effect {format_name(each.name)} = {format_effect(each.written)}" for each in asked.effects]
    return format_program(parse("\n".join(lines), "program"))


def _adopted(text: str, sampler: Sampler) -> CompiledProgram:
    """The program of a text, with what was fitted for its one query."""
    asked = questions(program_of_text(text))
    program = CompiledProgram(asked, types_of(asked.types, asked.graph.nodes))
    (question,) = asked.queries
    for mine in (program[question.name], program.sampler_for(question.queries[0])):
        mine.adopt(sampler.trained)
    program.types, program.report = dict(sampler.types), sampler.report
    program.reference = reference_points({}, sampler.types, sampler.network)
    return program


def _types(declared: Mapping[str, VariableType]) -> Iterator[str]:
    if declared:
        lines = "\n".join(f"{format_name(name)} : {type}" for name, type in declared.items())
        yield f"variables {{\n{lines}\n}}"


def _data(data: tuple[DataSet, ...]) -> Iterator[str]:
    for each in () if data == ALONE else data:
        yield f"data {each}"
