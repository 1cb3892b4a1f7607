"""The formatter and the parser are inverse, and no text is met by anything but a tree or a diagnostic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given

from dofx.grammar.checks.program import check
from dofx.grammar.diagnostics.diagnostic import Diagnostic, DofxError
from dofx.grammar.diagnostics.render import render
from dofx.grammar.diagnostics.source import Source, Span
from dofx.grammar.formatting.program import (
    format_effect,
    format_graph,
    format_program,
    format_query,
    format_type,
)
from dofx.grammar.parse import parse, parse_effect, parse_graph, parse_query, parse_type
from dofx.grammar.syntax.program import Arithmetic, GraphBlock, Program, TypeSyntax
from values import programs


def assert_same(found: object, expected: object) -> None:
    """Equal, and of the same types too: 1, 1.0 and True are equal in Python."""
    assert found == expected
    assert repr(found) == repr(expected)


@given(programs.queries)
def test_query_round_trip(query: Any) -> None:
    assert_same(parse_query(format_query(query)), query)


@given(programs.effects)
def test_effect_round_trip(effect: Arithmetic) -> None:
    assert_same(parse_effect(format_effect(effect)), effect)


@given(programs.graphs)
def test_graph_round_trip(graph: GraphBlock) -> None:
    assert_same(parse_graph(format_graph(graph)), graph)


@given(programs.types)
def test_type_round_trip(type: TypeSyntax) -> None:
    assert_same(parse_type(format_type(type)), type)


@given(programs.programs)
def test_program_round_trip(program: Program) -> None:
    text = format_program(program)
    again = parse(text)
    assert_same(again, program)
    assert format_program(again) == text


@given(programs.programs)
def test_comments_survive(program: Program) -> None:
    lines = format_program(program).split("\n")[:-1]
    commented = "".join(f"# above {i}\n{line} # beside {i}\n" for i, line in enumerate(lines))
    text = format_program(parse(commented))
    assert_same(parse(text), program)
    assert format_program(parse(text)) == text
    for i in range(len(lines)):
        assert text.count(f"# above {i}\n") == text.count(f"# beside {i}\n") == 1


def read(reader: Callable[[str], object], text: str) -> tuple[object, tuple[Diagnostic, ...]]:
    """The tree of a text, or what is wrong with it."""
    try:
        return reader(text), ()
    except DofxError as error:
        return None, error.diagnostics


@pytest.mark.parametrize("reader", [parse, parse_query, parse_effect, parse_graph, parse_type])
@given(text=programs.near_programs)
@example(text="")
@example(text="\ufeff \u200b")
def test_any_text_is_read_or_diagnosed(reader: Callable[[str], object], text: str) -> None:
    tree, faults = read(reader, text)
    assert (tree is None) == bool(faults)
    if isinstance(tree, Program):
        formatted = format_program(tree)
        assert parse(formatted) == tree
        assert format_program(parse(formatted)) == formatted
        faults = check(tree)
    for fault in faults:
        assert fault.source is not None
        assert fault.source.text == text
        assert render(fault).startswith(f"error[{fault.code}]")


@given(programs.near_programs)
def test_positions_count_from_one(text: str) -> None:
    source = Source(text)
    lines = text.split("\n")
    for offset in range(len(text) + 1):
        line, column = source.position(offset)
        assert source.line(line) == lines[line - 1]
        assert sum(len(each) + 1 for each in lines[: line - 1]) + column - 1 == offset
    assert Span(3, 5) | Span(1, 4) == Span(1, 5)
