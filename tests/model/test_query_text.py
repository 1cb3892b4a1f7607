"""A query as text is read as the same query."""

from __future__ import annotations

import pytest

import dofx
from dofx.compiler.model.query import Limits, Query
from dofx.grammar.formatting.query import format_name
from dofx.grammar.syntax.program import QueryStatement

NAMES = ("blood pressure", "true", "given", "do", "P", "1st", "a'b", "holding", "age.x", 'x"y', "a, b")


@pytest.mark.parametrize("name", NAMES)
def test_odd_names_are_quoted_and_read_again(name: str) -> None:
    graph = "; ".join(map(format_name, ("x", "y", "z", name)))
    values = {name: "a b"}
    for query in (
        Query.of([name], ["x"], ["z"]),
        Query.of(["y"], [name], ["z"]),
        Query.of(["y"], ["x"], [name], values),
        Query.of([name, "y"], ["x"], ["z"], values),
        Query.of(["y"], [name], values=values),
    ):
        assert dofx.identify(str(query), graph).query == query
    limited = Query.of(["y"], ["x"], limits=Limits((name, "z"), (name,)))
    program = dofx.parse(f"graph {{ {graph} }}\nquery q = {limited}")
    (statement,) = program.statements[1:]
    assert isinstance(statement, QueryStatement)
    assert [[each.text for each in limit.names] for limit in statement.limits] == [[name, "z"], [name]]
