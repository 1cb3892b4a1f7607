"""Semantic checks: everything at once, each fault where it is, and nothing that is no fault."""

from __future__ import annotations

import pytest

from dofx.grammar.checks.names import did_you_mean, resolve
from dofx.grammar.checks.program import check, check_graph, check_query
from dofx.grammar.checks.types import States
from dofx.grammar.diagnostics.diagnostic import Diagnostic
from dofx.grammar.parse import parse, parse_graph, parse_query

GRAPH = "graph { Smoking -> tar -> cancer <-> Smoking; latent gene; age }\n"


def at(diagnostic: Diagnostic) -> tuple[str, str]:
    """The code and the text that its primary label marks."""
    assert diagnostic.source is not None
    assert diagnostic.primary is not None
    span = diagnostic.primary.span
    return diagnostic.code, diagnostic.source.text[span.start : span.end]


def faults(text: str) -> list[tuple[str, str]]:
    return [at(fault) for fault in check(parse(text))]


def test_a_sound_program_has_no_faults() -> None:
    program = parse(
        GRAPH
        + """
        variables { smoking, Cancer : bool; tar : real; age : category('young', 'old'); gene : text }
        query risk = P(CANCER | do(smoking))
        query young = P(cancer, tar | do(smoking = 1), age = 'young')
        query low = P(cancer = true | tar = 0)
        effect ate = E[tar | do(smoking = 1)] - E[tar | do(smoking = false)] / P(cancer = 1 | tar = 0.5)
        """
    )
    assert check(program) == ()


def test_every_fault_is_reported_in_the_order_of_the_text() -> None:
    text = """
    graph { a -> b -> c -> a; d -> d; latent u; u -> e; exposure f }
    variables { a, g : bool; a : real; e : boole; b : image(2); c : category(3) }
    query q = P(y, a | do(a, x), u, c = 3, c = "0")
    effect q = E[a | do(b)] + P(c = true)
    """
    assert faults(text) == [
        ("E0201", "a -> b"),
        ("E0202", "d -> d"),
        ("E0301", "f"),
        ("E0301", "g"),
        ("E0307", "a"),
        ("E0401", "boole"),
        ("E0402", "image(2)"),
        ("E0301", "y"),
        ("E0304", "a"),
        ("E0301", "x"),
        ("E0306", "u"),
        ("E0403", "c = 3"),
        ("E0305", "c"),
        ("E0403", 'c = "0"'),
        ("E0307", "q"),
        ("E0308", "b"),
        ("E0403", "c = true"),
    ]


def test_limits_name_variables_that_the_query_leaves_free() -> None:
    text = "graph { x -> m -> y; latent u; u -> x }\n"
    assert faults(text + "query q = P(y | do(x)) using {m, x} avoiding {M}") == []
    assert faults(
        text + "query q = P(y | do(x)) avoiding {X, mm}\neffect e = E[y] using {y} avoiding {y}"
    ) == [
        ("E0303", "X"),
        ("E0301", "mm"),
        ("E0303", "y"),
    ]


def test_without_a_graph_names_are_not_judged() -> None:
    assert faults("query q = P(y | do(x), x)\nvariables { z : bool }") == [("E0303", "x")]


@pytest.mark.parametrize(
    ("query", "advice"),
    [
        ("P(y | do(x, x))", "keep one"),
        ("P(y = 1, y = 1)", "keep one"),
        ("P(y = 0, y = 1)", "about `y = 0` in one query and about `y = 1` in another"),
        ("P(y | z = 'a', z = 'b')", 'about `z = "a"` in one query and about `z = "b"` in another'),
        ("P(y | do(x = 0, x = 1))", "with `do(x = 0)` and with `do(x = 1)`, and compare"),
        ("P(y | do(x), x = 1)", "`P(y[x = 0] | x = 1)`"),
    ],
)
def test_what_to_do_about_a_variable_with_two_values(query: str, advice: str) -> None:
    (fault,) = check_query(parse_query(query), ["x", "y", "z"])
    assert advice in fault.help[-1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("P(y, y)", [("E0305", "y")]),
        ("P(y | do(x, x))", [("E0305", "x")]),
        ("P(y | z, Z)", [("E0305", "Z")]),
        ("P(y | do(y))", [("E0304", "y")]),
        ("P(y | y)", [("E0303", "y")]),
        ("P(y | do(x), X)", [("E0303", "X")]),
        ("E[y | do(Y)]", [("E0304", "Y")]),
        ("P(y | u)", [("E0306", "u")]),
        ("P(w | do(v))", [("E0301", "w"), ("E0301", "v")]),
        ("P(y | do(x = 2), z = 'b')", [("E0403", "x = 2")]),
        ("P(y | do(x = 1), z = true)", [("E0403", "z = true")]),
    ],
)
def test_queries_against_names(query: str, expected: list[tuple[str, str]]) -> None:
    states = {"X": States((0, 1)), "Z": States(("a", "b"))}
    tree = parse_query(query)
    from dofx.grammar.diagnostics.source import Source

    found = check_query(tree, ["X", "Y", "Z"], Source(query), latents=["U"], states=states)
    assert [at(fault) for fault in found] == expected


def test_a_query_is_checked_without_its_text() -> None:
    (fault,) = check_query(parse_query("P(y | do(w))"), ["x", "y"])
    assert (fault.code, fault.source, fault.notes) == ("E0301", None, ("the graph has x, y",))


@pytest.mark.parametrize(
    ("type_", "code"),
    [
        ("bool(2)", "E0402"),
        ("text('a')", "E0402"),
        ("category", "E0402"),
        ("category(0)", "E0402"),
        ("category(-2)", "E0402"),
        ("category('a', 'b', 'a')", "E0402"),
        ("real(0)", "E0402"),
        ("real('a')", "E0402"),
        ("image", "E0402"),
        ("image(1, 28, 28, 3)", "E0402"),
        ("image(1, 28, 28, 'int8')", "E0402"),
        ("image(1, 28.0, 28)", "E0402"),
        ("float", "E0401"),
        ("Bool", "E0401"),
    ],
)
def test_types_that_do_not_fit(type_: str, code: str) -> None:
    assert faults(f"variables {{ x : {type_} }}") == [
        (code, type_.split("(")[0] if code == "E0401" else type_)
    ]


@pytest.mark.parametrize("type_", ["bool", "text", "category(1)", "category('a')", "category(1, 2.5, 'c')"])
def test_types_that_fit(type_: str) -> None:
    assert faults(f"variables {{ x : {type_} }}") == []


@pytest.mark.parametrize(
    ("type_", "value", "code"),
    [
        ("bool", "'yes'", "E0403"),
        ("bool", "2", "E0403"),
        ("category(2)", "true", "E0403"),
        ("category(2)", "2", "E0403"),
        ("category('1')", "1", "E0403"),
        ("real", "'a'", "E0404"),
        ("real", "true", "E0404"),
        ("real(2)", "1", "E0404"),
        ("image(1, 2, 2)", "1", "E0404"),
        ("text", "1", "E0404"),
    ],
)
def test_values_that_do_not_fit(type_: str, value: str, code: str) -> None:
    assert faults(f"variables {{ x : {type_} }}\nquery q = P(y | x = {value})") == [(code, f"x = {value}")]


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("bool", "1"),
        ("bool", "false"),
        ("category(2)", "1.0"),
        ("real", "1"),
        ("real", "-2.5"),
        ("text", "'a'"),
    ],
)
def test_values_that_fit(type_: str, value: str) -> None:
    assert faults(f"variables {{ x : {type_} }}\nquery q = P(y | x = {value})") == []


def cycles(text: str) -> list[str]:
    found = check_graph([parse_graph(text)])
    return [fault.title.removeprefix("the graph has a cycle: ") for fault in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a -> b -> c; a -> c; c <-> a", []),
        ("a -> b <- a; a <-> b", []),
        ("a -> b; b -> a", ["a -> b -> a"]),
        ("a <- b <- c <- a", ["b -> a -> c -> b"]),
        ("x -> a -> b -> c -> d -> a; b -> a; y <- d", ["a -> b -> a"]),
        ("a -> b -> a -> m -> c -> d -> c", ["a -> b -> a", "c -> d -> c"]),
        ("a -> {b, c} -> d -> a", ["a -> b -> d -> a"]),
        ("latent u; u -> a -> u", ["u -> a -> u"]),
        ("a <-> a", ["`a` has an edge to itself"]),
    ],
)
def test_cycles(text: str, expected: list[str]) -> None:
    assert cycles(text) == expected


def test_a_cycle_over_several_blocks_labels_every_edge() -> None:
    (fault,) = check(parse("graph { a -> b }\ngraph { b -> c }\ndag { c -> a }"))
    assert fault.primary is not None
    assert [label.text for label in (fault.primary, *fault.secondary)] == ["a -> b", "b -> c", "c -> a"]


def test_a_long_cycle_is_cut_short() -> None:
    (fault,) = check_graph([parse_graph(" -> ".join([*(f"v{i}" for i in range(3000)), "v0"]))])
    assert fault.title.endswith("v10 -> v11 -> … -> v0")
    assert fault.notes == ("the cycle has 3000 edges",)


@pytest.mark.parametrize(
    ("name", "names", "meant"),
    [
        ("x", ["x", "X"], "x"),
        ("x", ["X", "y"], "X"),
        ("x", ["y"], None),
        ("aB", ["ab", "AB"], None),
        ("straße", ["STRASSE"], "STRASSE"),
        ("e\u0301", ["É"], "É"),
        ("α", ["Α"], "Α"),
    ],
)
def test_resolve(name: str, names: list[str], meant: str | None) -> None:
    assert resolve(name, names) == meant


@pytest.mark.parametrize(
    ("name", "meant"),
    [("smokng", "Smoking"), ("SMOKIN", "Smoking"), ("tars", "tar"), ("x", None), ("", None)],
)
def test_did_you_mean(name: str, meant: str | None) -> None:
    assert did_you_mean(name, ["Smoking", "tar", "cancer"]) == meant
