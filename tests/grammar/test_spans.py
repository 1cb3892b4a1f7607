"""Every node knows where it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest

from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.grammar.diagnostics.source import Source, Span
from dofx.grammar.parse import parse, parse_graph, parse_query
from dofx.grammar.syntax.program import Name

PROGRAM = """graph {
  a -> {b, "c d"} <- e  # chain
  latent u, v
  exposure a
}
variables { a, b : category(1, 'x') }
query q = P(b | do(a = 1), e)
effect f = (E[b | do(a = 1)] - 2) * -P(b = 1)
dag { x [latent] x -> y }
"""


def nodes(node: object) -> Iterator[object]:
    """A node and all below it."""
    if isinstance(node, tuple):
        for each in node:
            yield from nodes(each)
    elif is_dataclass(node) and not isinstance(node, (Span, Source)):
        yield node
        for field in fields(node):
            yield from nodes(getattr(node, field.name))


def written(kind: str, text: str = PROGRAM) -> list[str]:
    """What the nodes of a kind span."""
    found = [node for node in nodes(parse(text)) if type(node).__name__ == kind]
    return [text[node.span.start : node.span.end] for node in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("Chain", ['a -> {b, "c d"} <- e', "x -> y"]),
        ("Group", ["a", '{b, "c d"}', "e", "x", "y"]),
        ("Latents", ["latent u, v", "x"]),
        ("Roles", ["exposure a"]),
        ("GraphBlock", [PROGRAM[: PROGRAM.index("\nvar")], "dag { x [latent] x -> y }"]),
        ("VariablesBlock", ["variables { a, b : category(1, 'x') }"]),
        ("Declaration", ["a, b : category(1, 'x')"]),
        ("TypeSyntax", ["category(1, 'x')"]),
        ("QueryStatement", ["query q = P(b | do(a = 1), e)"]),
        ("EffectStatement", ["effect f = (E[b | do(a = 1)] - 2) * -P(b = 1)"]),
        ("Probability", ["P(b | do(a = 1), e)", "P(b = 1)"]),
        ("Expectation", ["E[b | do(a = 1)]"]),
        ("Operation", ["(E[b | do(a = 1)] - 2) * -P(b = 1)", "(E[b | do(a = 1)] - 2)"]),
        ("Negative", ["-P(b = 1)"]),
        ("Number", ["2"]),
        ("Term", ["b", "e", "b", "b = 1"]),
        ("Assignment", ["a = 1", "a = 1"]),
    ],
)
def test_spans(kind: str, texts: list[str]) -> None:
    assert written(kind) == texts


def test_every_name_spans_itself() -> None:
    for node in nodes(parse(PROGRAM)):
        if isinstance(node, Name):
            assert PROGRAM[node.span.start : node.span.end].strip('"') == node.text


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("P(y]", (1, 4)),
        ("P(y", (1, 4)),
        ("P(y |\n  do(x) z)", (2, 9)),
        ("P(日本, 語 語)", (1, 9)),
        ("P(y | x = 'é' ☃)", (1, 15)),
        ("\r\n\tP[y]", (2, 3)),
    ],
)
def test_errors_stand_where_the_text_departs(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(DofxError) as caught:
        parse_query(text)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.source is not None
    assert diagnostic.primary is not None
    assert diagnostic.source.position(diagnostic.primary.span.start) == place


def test_comments_of_dot_do_not_move_spans() -> None:
    text = "/* one\n two */ digraph { // three\n a -> b -- c }"
    with pytest.raises(DofxError) as caught:
        parse_graph(text)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.primary is not None
    assert text[diagnostic.primary.span.start : diagnostic.primary.span.end] == "b -- c"
