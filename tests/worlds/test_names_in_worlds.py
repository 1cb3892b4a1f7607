"""Names of the variables of several worlds: left open in one and set in another, quoted, or called like a word."""

from __future__ import annotations

import numpy as np
import pytest

import dofx
from dofx.compiler.driver import compile_query
from dofx.compiler.printers.network.text import parse_network
from dofx.grammar.formatting.program import format_program
from dofx.grammar.formatting.query import format_query
from dofx.grammar.parse import parse, parse_query

WORDS = ("latent", "outcome", "exposure", "graph", "do", "query", "missing", "through", "ate")


def estimand_of(query: str, graph: str | dofx.ADMG) -> dofx.Estimand:
    estimand = dofx.identify(query, graph).estimand
    assert estimand is not None
    return estimand


@pytest.mark.parametrize("states", [2, 3])
@pytest.mark.parametrize("order", ["m=m[w],w=1", "w=1,m=m[w]"])
def test_a_name_left_open_in_one_world_and_set_by_do_is_what_is_supplied(states: int, order: str) -> None:
    """Nothing but P(m | w) and P(y | w, m) is needed, which are drawn here."""
    rng = np.random.default_rng(states)
    w, m, y = (rng.dirichlet(np.ones(states), size=(states,) * number) for number in range(3))
    seen = dofx.Table("wmy", w[:, None, None] * m[:, :, None] * y)
    found = estimand_of(f"P(y | do({order}))", "w -> m -> y; w -> y").evaluate(seen)
    assert found.names == ("w", "y")
    np.testing.assert_allclose(found.array(), np.einsum("wm,my->wy", m, y[1]), atol=1e-12)


def test_with_what_is_not_moved() -> None:
    joint = dofx.Table("wma", np.random.default_rng(0).dirichlet(np.ones(8)).reshape(2, 2, 2))
    found = estimand_of("P(a = 0 | do(m=m[w], w=1))", "w -> m; a <-> m").evaluate(joint)
    np.testing.assert_allclose(found.array(["w"]), joint.marginal(["a"]).array()[[0, 0]], atol=1e-12)


@pytest.mark.parametrize("query", ["P(b = 0, y[b])", "P(z, y[b], b = 0)", "P(b = 0, y[b=b[b]])"])
def test_rows_cannot_have_two_columns_of_one_name(query: str) -> None:
    """The draw of y read the drawn b rather than the one that is set."""
    assert dofx.identify(query, "z -> b; z -> y; b -> y").estimand
    with pytest.raises(dofx.DofxError, match=r"E0313.*as what is set and as what is drawn"):
        compile_query(query, "z -> b; z -> y; b -> y")
    compile_query(query.replace("[b]", "[b=?a]"), "z -> b; z -> y; b -> y")


@pytest.mark.parametrize("name", ["x", "xx", "y", "for any", "do", 'a"b', "true"])
@pytest.mark.parametrize("right", ["({})", "{}[w=0]", "{}[]", "1-{}"])
def test_a_shift_that_reads_any_name_is_read_back(name: str, right: str) -> None:
    quoted = '"' + name.replace('"', '\\"') + '"'
    graph = dofx.ADMG(["w", name, "b", "v"], [("w", name), ("b", "v")], [])
    query = f"P(v | do(b = {right.format(quoted)}))"
    estimand = estimand_of(query, graph)
    assert dofx.Estimand.from_json(estimand.to_json()) == estimand
    network = compile_query(estimand.query, graph).network
    assert parse_network(str(network)) == network


def test_a_variable_and_a_text_of_the_same_spelling_make_two_worlds() -> None:
    graph = dofx.ADMG(["two words", "b", "y"], [("two words", "b"), ("b", "y")], [])
    found = dofx.identify('P(y[b=("two words")], y[b="two words"])', graph)
    assert found.query.outcomes == ('y[b=("two words")]', 'y[b="two words"]')


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_a_name_without_quotation_marks(word: str) -> None:
    query = f"P(y[{word}=1] | {word} = 0)"
    assert format_query(parse_query(query)) == query
    plain, quoted = (
        f"graph {{\n  x\n  {name} -> {{y, z}}\n  x -> {name}\n}}\n\nquery q = P({name} | do(x))\n"
        for name in (word, f'"{word}"')
    )
    assert format_program(parse(plain)) == format_program(parse(quoted)) == plain
