"""Worlds in the text of a query: what may be written, what it means, and that it is printed as it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

import dofx
from dofx.compiler.driver import resolve
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.model.rule import rule_value
from dofx.compiler.model.shorthand import written_out
from dofx.compiler.model.worlds import Actual, Constant, Event, Natural, Open, Policy, World
from dofx.compiler.printers.query_json import query_from_json, query_to_json
from dofx.compiler.printers.query_latex import query_latex
from dofx.compiler.program import questions
from dofx.grammar.checks.program import check
from dofx.grammar.diagnostics.diagnostic import DofxError, DofxWarning, heard
from dofx.grammar.expand import expanded
from dofx.grammar.formatting.program import format_effect, format_program, format_query
from dofx.grammar.parse import parse, parse_effect, parse_query
from dofx.grammar.syntax.program import Contrast
from dofx.grammar.syntax.walk import parts_of

PUBLISHED = (Path(__file__).parents[1] / "corpus" / "worlds.txt").read_text(encoding="utf-8").splitlines()
GRAPH = dofx.graph("z -> x -> m -> y; x -> y; x <-> y")
X0, X1 = World.where(x=Constant(0)), World.where(x=Constant(1))


@pytest.mark.parametrize("text", dict.fromkeys(PUBLISHED))
def test_published_queries_are_read_and_printed(text: str) -> None:
    syntax = parse_query(text)
    shown = format_query(syntax)
    assert shown.replace(" ", "") == text.replace(" ", "")
    assert parse_query(shown) == syntax
    query = resolve(text, ADMG({part.name.text for part in parts_of(syntax)}))
    assert str(query) == shown
    assert resolve(query, ADMG(query.mentioned)) == query


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("P(y[x = 1] | x = 0)", "P(y[x=1] | x = 0)"),
        ("P(y[x = 1, m = m[x = 0]])", "P(y[m=m[x=0],x=1])"),
        ("P(y[m = m[ ]], z[])", "P(y[m=m[]], z)"),
        ("P(y[z = ?b, Z = 1, M = 2])", "P(y[M=2,Z=1,z=?b])"),
        ("P(y[x ~ g(z, m[x = 1], x)])", "P(y[x~g(z,m[x=1],x)])"),
        ("P(y[x ∼ g()])", "P(y[x~g()])"),
        (r"P\left(y[x \sim g(z)] \mid z\right)", "P(y[x~g(z)] | z)"),
        ("P(y | do(x~g(z,m)), w=1)", "P(y | do(x ~ g(z, m)), w = 1)"),
        ("P(y | do(x=0.9*x, m=m[]))", "P(y | do(x = 0.9 * x, m = m[]))"),
        ("P(y | do(x = (x + 1)*2 - -z))", "P(y | do(x = (x + 1) * 2 - -z))"),
        ("P(y[x = min((x+1), 5)])", "P(y[x=min(x+1,5)])"),
        ("P(y[x = 'on', w = true])", 'P(y[w=true,x="on"])'),
        ('P("a b"[x = ("c d")])', 'P("a b"[x=("c d")])'),
        ('P(y["a b" = "a b"[x = 0]])', 'P(y["a b"="a b"[x=0]])'),
        ("P(P[E = 1], E | do)", "P(P[E=1], E | do)"),
        ("E[y[x=1]]", "E[y[x=1]]"),
    ],
)
def test_canonical_text(text: str, canonical: str) -> None:
    assert format_query(parse_query(text)) == canonical
    assert parse_query(canonical) == parse_query(text)
    assert format_query(parse_query(canonical)) == canonical


def test_a_program_is_formatted() -> None:
    text = "graph {\n  x -> y\n}\n\nquery ett  = P(y[x=1] | x = 0)\neffect att = E[y[x=1] - y[x=0] | x = 1]\n"
    assert format_program(parse(text)) == text
    assert parse(format_program(parse(text))) == parse(text)


@pytest.mark.parametrize(
    ("text", "world"),
    [
        ("y[x = 1]", X1),
        ("y[x]", World.where(x=Open("x"))),
        ("y[x = ?a]", World.where(x=Open("?a"))),
        ("y[x = -1 + 2]", X1),
        ("y[m = m[], x = 1]", World.where(m=Natural(Event("m")), x=Constant(1))),
        ("y[m = m[x = 0], x = 1]", World.where(m=Natural(Event("m", X0)), x=Constant(1))),
        ("y[x ~ g(z, m[x = 1], z[])]", World.where(x=Policy("g", (Event("z"), Event("m", X1), Actual("z"))))),
    ],
)
def test_brackets_are_the_world_of_their_name(text: str, world: World) -> None:
    (asked,), (given,) = (query := resolve(f"P({text} | z = 0)", GRAPH)).asked, query.given
    assert asked == Event("y", world)
    assert given == Event("z", value=0)
    assert not query.do
    assert query.outcomes == (str(asked),)
    assert not query.plain


def test_do_is_the_world_of_every_name() -> None:
    query = resolve("P(Y = 1 | do(x ~ g(Z)), m)", GRAPH)
    assert query.do == World.where(x=Policy("g", (Event("z"),)))
    assert query.asked == (Event("y", query.do, 1),)
    assert (query.outcomes, query.conditions) == (("y",), ("m",))
    assert str(query) == "P(y = 1 | do(x ~ g(z)), m)"


@pytest.mark.parametrize(
    ("formula", "values", "result"),
    [
        ("0.5 * x", (8,), 4),
        ("min(x + 1, 5)", (7,), 5),
        ("max(x, z, 3) / 2", (1, 9), 4.5),
        ("-x - (z - x)", (2, 5), -5),
        ("x + m[x = 0] * 2 + m[]", (1, 2, 3), 8),
    ],
)
def test_shifts(formula: str, values: tuple[int, ...], result: float) -> None:
    ((name, shift),) = resolve(f"P(y | do(x = {formula}))", GRAPH).do
    assert name == "x"
    assert isinstance(shift, Policy)
    assert rule_value(shift, values) == result
    assert resolve(f"P(y[x={shift.name}])", GRAPH).asked[0].world == World.where(x=shift)


def test_an_expectation_of_a_difference_is_a_difference_of_expectations() -> None:
    effect = parse_effect("E[y[x = 1] - (y[x=0] + 2 * z) / 4 | x = 1]")
    assert isinstance(effect, Contrast)
    assert format_effect(effect) == "E[y[x=1] - (y[x=0] + 2 * z) / 4 | x = 1]"
    assert format_effect(expanded(effect)) == (
        "E[y[x=1] | x = 1] - (E[y[x=0] | x = 1] + 2 * E[z | x = 1]) / 4"
    )


def test_a_query_of_other_worlds_is_decided_as_what_it_is() -> None:
    verdicts = {
        "P(m[x = 1])": "identified",
        "P(m | do(x = ?a))": "identified",
        "P(m | do(x ~ g(z)))": "identified",
        "P(y[x = 1] | x = 0)": "not identified",
        "P(y | do(x = 2 * x))": "not identified",
        "P(x[x = 1] = 0)": "zero",
        "P(y | x[x = 1] = 0)": "undefined",
    }
    assert {text: dofx.identify(text, GRAPH).verdict for text in verdicts} == verdicts


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        (
            "P(y | do(x = min(2 * x, z) - m[x=0]))",
            r"P(y \mid \operatorname{do}(x = \min(2 \cdot x, z) - m_{x = 0}))",
        ),
        ("P(y[x ~ g(z, z[])])", r"P(y_{x \sim g(z, z_{\varnothing})})"),
    ],
)
def test_shifts_and_policies_are_printed_in_every_form(text: str, latex: str) -> None:
    query = resolve(text, GRAPH)
    assert query_latex(query, str, str) == latex
    assert query_from_json(query_to_json(query)) == query


@pytest.mark.parametrize(
    ("text", "expansion"),
    [
        ("ATE(y, x, 1, 0)", "E[y | do(x = 1)] - E[y | do(x = 0)]"),
        ("ate(y = 1, x, true, false | z = 0)", "P(y = 1 | do(x = true), z = 0) - P(y = 1 | do(x = false), z = 0)"),
        ("att(y, x, 1, 0)", "E[y[x=1] | x = 1] - E[y[x=0] | x = 1]"),
        ("atc(y, x, 1, 0 | z = 0)", "E[y[x=1] | x = 0, z = 0] - E[y[x=0] | x = 0, z = 0]"),
        ("nde(y, x, through m, 1, 0)", "E[y[m=m[x=0],x=1]] - E[y[x=0]]"),
        ("nie(y, x, through {m, w}, 1, 0)", "E[y[x=1]] - E[y[m=m[x=0],w=w[x=0],x=1]]"),
        ("cde(y, x, holding {m = 0, w = 1}, 1, 0)", "E[y | do(x = 1, m = 0, w = 1)] - E[y | do(x = 0, m = 0, w = 1)]"),
        ("pse(y, x, along x -> y, 1, 0)", "E[y[m=m[x=0],w=w[x=0],x=1]] - E[y[x=0]]"),
        ("pse(Y, x, along x -> m -> y, 1, 0)", "E[y[m=m[x=1],w=w[x=0],x=0]] - E[y[x=0]]"),
        (
            "pse(y, x, along x -> m -> y, along x -> m -> w -> y, 1, 0)",
            "E[y[m=m[x=1],w=w[m=m[x=1],x=0],x=0]] - E[y[x=0]]",
        ),
        ("2 * ate(y, x, 1, 0)", "2 * (E[y | do(x = 1)] - E[y | do(x = 0)])"),
    ],
)  # fmt: skip
def test_effects_by_name_stand_for_plain_ones(text: str, expansion: str) -> None:
    graph = dofx.graph("z -> x -> m -> w -> y; x -> w; {m, x} -> y")
    effect = parse_effect(text)
    assert parse_effect(format_effect(effect)) == effect
    assert format_effect(written_out(effect, graph)) == expansion
    asked = questions(parse(f"graph {{ z -> x -> m -> w -> y; x -> w; {{m, x}} -> y }} effect e = {text}"))
    assert asked.effects[0].text == f"{format_effect(effect)} = {expansion}"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("nde(y, x, 1, 0)", ["`nde` needs mediators"]),
        ("ate(y, x, through m, 1, 0)", ["`ate` takes no mediators"]),
        ("cde(y, x, holding m, 1, 0)", ["this is not a number: `m` has no value"]),
        (
            "nde(y, x, through {y, x}, 1, 0)",
            ["`y` is in two places of `nde`", "`x` is in two places of `nde`"],
        ),
        ("att(y, q, 1, 0)", ["unknown variable `q`"]),
        ("pse(y, x, along m -> y, 1, 0)", ["this is not a path of the effect"]),
    ],
)
def test_faults_of_effects_by_name_are_reported_once(text: str, faults: list[str]) -> None:
    found = check(parse(f"graph {{ x -> m -> y }} effect e = {text}"))
    assert [fault.title for fault in found] == faults


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("ate(y, x, 1, 0)", []),
        ("ate(x, y, 1, 0)", ["W0301"]),
        ("att(z, y, 1, 0 | x = 1)", ["W0301"]),
        ("nie(y, x, through m, 1, 0)", []),
        ("nie(y, x, through z, 1, 0)", ["W0302"]),
        ("nie(y, x, through {m, v}, 1, 0)", ["W0302"]),
        ("nde(y, x, through v, 1, 0)", ["W0302"]),
        ("nde(y, x, through m, 1, 0)", []),
        ("nde(y, x, through {m, w}, 1, 0)", ["W0301"]),
        ("cde(y, x, holding {m = 0, w = 1}, 1, 0)", ["W0301"]),
        ("cde(y, x, holding z = 0, 1, 0)", []),
        ("2 * ATE(X, y, 1, 0) - ate(y, x, 1, 0)", ["W0301"]),
        ("pse(y, x, along x -> m -> y, 1, 0)", []),
    ],
)
def test_an_effect_that_the_graph_alone_decides_is_pointed_out(text: str, codes: list[str]) -> None:
    """The answer 0 is right, and a slip of the order or of a mediator is the usual reason for it."""
    program = parse(f"graph {{ z -> x -> m -> y; x -> w -> y; x -> v }} effect e = {text}")
    with heard() as found:
        asked = questions(program)
    assert [each.code for each in found] == codes
    assert len(asked.effects) == 1


def test_a_slip_of_the_order_is_shown_the_other_way_round() -> None:
    with pytest.warns(DofxWarning, match=r"did you mean the effect of `x` on `y`, `ate\(y, x, …\)`"):
        dofx.compile("effect e = ate(x, y, 1, 0)", "x -> y")


def test_a_path_goes_forwards() -> None:
    with pytest.raises(DofxError, match="a path is made of `->`"):
        parse_effect("pse(y, x, along x <- m -> y, 1, 0)")


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("P(y_x)", "a subscript in print is written in brackets here: `y[x]`"),
        ("P(y_{1} | x)", "a subscript in print is written in brackets here: `y[x = 1]`"),
        ("P(y | x')", "another value of `x` is written as a value: `x = 0`"),
        ("P(y | do(x = low))", "quote a value that is a word: `'low'`"),
        ("P(y | do(x = flase))", "a truth value is `true` or `false`"),
        ("P(y | do[x])", "`do` takes round brackets: `do(x)`"),
    ],
)
def test_advice_on_names_that_no_variable_has(text: str, help: str) -> None:
    with pytest.raises(DofxError) as caught:
        dofx.identify(text, GRAPH)
    assert caught.value.diagnostics[0].help[0] == help


def at(text: str) -> list[tuple[str, str]]:
    """The code of each fault of a program, and the text that is marked."""
    program = parse(text)
    faults = check(program)
    if not faults:
        with pytest.raises(DofxError) as caught:
            questions(program)
        faults = caught.value.diagnostics
    return [(f.code, text[f.primary.span.start : f.primary.span.end]) for f in faults if f.primary]


def test_every_fault_of_the_worlds_is_reported_at_once() -> None:
    text = """
    graph { z -> x -> m -> y }
    variables { x : category(3); z : category('a', 'b'); m : bool }
    query a = P(y[x = 3, m = m[x = 7]] | do(z))
    query b = P(y[x = x + z] | x = 1)
    query c = P(y[m = 0, M = 1, q = 2], m[x ~ g(z)])
    query d = P(y[x ~ g()], m[z] | z)
    effect e = E[y | do(x ~ h(z))] - E[y[x ~ h(z, x)] * 2 - max(y, 3)]
    effect f = E[y[x = ?a]] - E[y[m = m[x]]]
    """
    assert at(text) == [
        ("E0312", "y[x = 3, m = m[x = 7]]"),
        ("E0403", "x = 3"),
        ("E0403", "x = 7"),
        ("E0404", "z"),
        ("E0305", "M = 1"),
        ("E0301", "q"),
        ("E0315", "x ~ g()"),
        ("E0313", "z"),
        ("E0317", "y[x ~ h(z, x)] * 2 - max(y, 3)"),
        ("E0315", "x ~ h(z, x)"),
        ("E0308", "x"),
        ("E0308", "x"),
    ]


def test_policies_that_read_each_other_are_reported_at_once() -> None:
    graph = "graph { z -> x -> m -> y; x -> y }\n"
    asked = (
        "query a = P(y | do(x ~ g(m), m ~ h(x)))\n"
        "query b = P(y | do(x = z, z = x))\n"
        "query c = P(z[x ~ f(y)])\n"
        "query d = P(y[m = m[x = 2 * m]])\n"
        "query fine = P(y | do(m ~ k(x), x ~ l(x, z)))\n"
        "query too = P(y[z = x[], x ~ n(y[z = 1])])\n"
    )
    assert at(graph + asked) == [("E0318", "m"), ("E0318", "z"), ("E0318", "y"), ("E0318", "m")]


@pytest.mark.parametrize(
    ("text", "estimand", "latex"),
    [
        (
            "P(y | do(x = min(x + z, 2)))",
            "P(y | do(x = min(x + z, 2))) = Σ_{z, x, m, x′} P(z, x) P(m | x′) P(y | z, x, m) [min(x+z,2)](x′ | z, x)",
            r"[\texttt{min(x+z,2)}](x' \mid z, x)",
        ),
        ("P(x[x = z])", "P(x[x=z]) = Σ_z P(z) [z](x | z)", r"[\texttt{z}](x \mid z)"),
    ],
)
def test_an_estimand_with_a_shift_is_printed_and_read_back(text: str, estimand: str, latex: str) -> None:
    found = dofx.identify(text, dofx.graph("z -> x -> m -> y; x <-> y")).estimand
    assert found is not None
    assert str(found) == estimand
    assert latex in found.latex()
    assert dofx.Estimand.from_json(found.to_json()) == found
