"""The stored parsing tables are those of the grammar, and parse as the parsers that Lark builds."""

import lark
import pytest

from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.grammar.parse import parse_graph
from dofx.grammar.reading.lalr import build, parser
from dofx.grammar.reading.tables import STARTS, TABLES, made_from, stored

TEXTS = {
    "query": (
        "P(y | do(x))",
        "E[y | do(x = 1), z = 'a']",
        "P(y | )",
        "P y",
        "P(y | \\operatorname{do}(x), z)",
    ),
    "graph": ("x -> {y, z} <-> w", "latent u; u -> x; a", "x -> -> y", "", "graph { x <- y }", "x @-> y"),
}


def outcome(tool: lark.Lark, text: str) -> object:
    try:
        return tool.parse(text)
    except lark.UnexpectedInput as error:
        return type(error), error.interactive_parser.accepts()  # type: ignore[no-untyped-call]


def test_the_tables_are_made_from_the_grammar_as_it_is() -> None:
    if made_from()["lark"] not in TABLES.read_text():
        pytest.skip("another version of Lark made the tables")
    assert all(stored(start) for start in STARTS), "run: python -m dofx.grammar.reading.tables"


@pytest.mark.parametrize(("start", "text"), [(start, text) for start in STARTS for text in TEXTS[start]])
def test_stored_tables_parse_as_built_ones(start: str, text: str) -> None:
    assert outcome(parser(start), text) == outcome(build(start), text)


def test_without_tables_the_parser_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dofx.grammar.reading.lalr.stored", lambda start: None)
    parser.cache_clear()
    assert parse_graph("x -> y").items[0].arrows == ("->",)  # type: ignore[union-attr]
    with pytest.raises(DofxError):
        parse_graph("x -> -> y")
    parser.cache_clear()
