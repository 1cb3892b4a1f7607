"""Every syntax fault of a text at once: those that are there, each once, and no others that follow from them."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dofx import DofxError, parse
from dofx.grammar.diagnostics.render import render_all
from dofx.grammar.formatting.program import format_program
from dofx.grammar.parse import parse_effect, parse_graph, parse_query, parse_type
from dofx.grammar.reading.recovery import MOST_WORDS, statements
from dofx.grammar.syntax.program import Program
from values import programs

QUERIES = (
    "query # = P(y | do(x), z = 'low')",
    "query # = P(y |\n  do(x), z)",
    "effect # = E[y | do(x = 1)]\n  - E[y | do(x = 0)]",
    "effect # = P(y | x = 1) / 2  # half",
    "query # = P(y) avoiding {w}",
)
BROKEN_QUERIES = (
    "query # = P(y | do(x), z = low)",
    "query # = P[y | do(x)]",
    "query # = P(y | z | w)",
    "effect # = E[y | do(x == 1)] - 1",
    "effect # = log(2)",
    "query # P(y)",
    "query # = P(y) avoiding w",
    "query # = P(y | do(x = 1e999))",
)
EDGES = (
    "x -> y",
    "x -> {y, z} <-> w",
    "x ->\n  y",
    "latent u, v",
    "{y\n z} -> x",
    "# => is not an arrow\n",
    "x",
)
BROKEN_EDGES = ("x => y", "x y", "x -> 1st", "x ~ y", "x -> {y, => z}", "y -")
TYPES = ("x : bool", "x, y : real(4)", "x : category('a', 'b')", "x,\n  y : bool", "x :\n  bool")
BROKEN_TYPES = ("x bool", "x : category(low)", "x : real[4]", "x -> y", "x : 'a b' 3")


def places(text: str, read: Callable[[str], object] = parse) -> list[tuple[int, str]]:
    """The line and the code of each fault."""
    try:
        read(text)
    except DofxError as error:
        faults = error.diagnostics
    else:
        return []
    assert all(each.source is not None and each.source.text == text for each in faults)
    return [
        (each.source.position(each.primary.span.start)[0], each.code)
        for each in faults
        if each.source and each.primary
    ]


def written(draw: random.Random, sound: tuple[str, ...], broken: tuple[str, ...]) -> tuple[str, list[int]]:
    """Items on lines of their own, and the lines of those that are broken, counted from 0."""
    text, lines = "", []
    for i in range(draw.randint(1, 6)):
        bad = draw.random() < 0.4
        if bad:
            lines.append(text.count("\n"))
        text += (
            draw.choice(broken if bad else sound).replace("y #", f"y q{i}").replace("t #", f"t q{i}") + "\n"
        )
    return text, lines


@pytest.mark.parametrize("seed", range(150))
def test_each_broken_item_is_reported_where_it_stands_and_nothing_else(seed: int) -> None:
    draw = random.Random(seed)
    text, expected = "", []
    for head, sound, broken in (
        ("graph {\n", EDGES, BROKEN_EDGES),
        ("variables {\n", TYPES, BROKEN_TYPES),
        ("", QUERIES, BROKEN_QUERIES),
    ):
        start = (text + head).count("\n")
        items, lines = written(draw, sound, broken)
        text += head + items + ("}\n" if head else "")
        expected += [start + line + 1 for line in lines]
    found = places(text)
    assert [line for line, code in found if code.startswith("E01")] == expected, text


@pytest.mark.parametrize("seed", range(30))
def test_so_is_each_broken_edge_of_a_graph(seed: int) -> None:
    text, lines = written(random.Random(seed), EDGES, BROKEN_EDGES)
    assert [line for line, _ in places(text, parse_graph)] == [line + 1 for line in lines]


@given(programs.programs, st.randoms())
def test_sound_statements_are_read_by_themselves(program: Program, draw: random.Random) -> None:
    """What stands after a fault is cut where its own grammar cuts it, so sound text never becomes a fault."""
    text = "query broken = P(y | x = ☃)\n" + format_program(program)
    faults = places(text)
    assert [code for line, code in faults if code.startswith("E01")] == ["E0103"], text


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (parse_query, "P(y | x = low, z = high)"),
        (parse_effect, "E[y | x = low] - E[y | x = high]"),
        (parse_type, "category(low, high)"),
    ],
)
def test_each_unquoted_word_is_a_fault_of_its_own(read: Callable[[str], object], text: str) -> None:
    assert len(places(text, read)) == 2


def test_unquoted_words_are_counted_up_to_a_number() -> None:
    assert len(places(f"category({', '.join(['low'] * 50)})", parse_type)) == MOST_WORDS


def test_sound_queries_are_checked_where_only_other_queries_are_broken() -> None:
    graph, broken = "graph { x -> y }\n", "query a = P(y | x = low)\n"
    wrong = "query b = P(y | do(x), q)\n"
    assert places(graph + broken + wrong) == [(2, "E0101"), (3, "E0301")]
    assert places(graph + wrong + broken) == [(2, "E0301"), (3, "E0101")]
    assert places("graph { x => y }\n" + wrong) == [(1, "E0101")], "its variables are not known"
    assert places(graph + "variables { y bool }\n" + wrong) == [(2, "E0101")], "nor are its types"


@pytest.mark.parametrize(
    "text",
    [
        "graph {\n  x -> y\nquery a = P(y)\nquery b = P(y | do(x))\n",
        "graph { x -> y }\nquery a = P(y | do(x)\nquery b = P(y)\n",
        "graph { x -> y }\nqeury a = P(y)\nquery b = P(y)\n",
        "graph { x -> y }\nvariables { x : category('a', 'b'\nquery b = P(y)\n",
        'graph { x -> y }\nquery a = P("y)\nquery b = P(y)\n',
        "graph x.dagitty\nquery a = P(y)\n",
        "effect a = log(E[y])\n  + exp(E[y])\n  + 2\nquery b = P(y)\n",
        "smoking -> tar\ntar -> cancer\nquery a = P(cancer)",
    ],
)
def test_one_slip_is_one_fault(text: str) -> None:
    assert len(places(text)) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dag { a -> ; b -> -> c ; d -> e }", [1, 1]),
        ("dag {\n a -> b\n a -> -> c  // no -> ->\n b ->\n -> c\n d -> e\n f -> = g\n}", [3, 5, 7]),
        ("digraph {\n a -> -> b;\n { c; -> d };\n e -> f [dir=both;\n}", [2, 3, 5]),
        ("dag {\n x -> {a -> -> ; b }\n c -> ->\n d -> e }", [2, 3]),
        ("dag { x -> }", [1]),
        ("dag { x -> y", [1]),
        ("dag {\n x ->\n y -> ->\n z\n a -> b }", [3]),
    ],
)
def test_every_fault_of_dagitty_and_dot_is_reported_at_once(text: str, expected: list[int]) -> None:
    assert [line for line, _ in places(text, parse_graph)] == expected


def test_statements_are_found_on_one_line_too() -> None:
    text = "graph { query -> effect } query query = P(effect)  effect effect = E[effect]; variables { effect : bool }"
    assert [text[each.start : each.end].split()[0] for each in statements(text)] == [
        "graph",
        "query",
        "effect",
        "variables",
    ]


def test_what_is_printed(golden: Callable[[str, str], None]) -> None:
    text = (
        "graph {\n  smoking => tar\n  tar -> cancer; age -> {smoking cancer}; age - tar\n}\n\n"
        "variables {\n  tar : category(low, high)\n  age real\n}\n\n"
        "query a = P(cancer | do(smoking = never), age = old)\nquery b = P[cancer | tar]\n"
        "query c = P(cancer | do(smoking)\nquery d = P(cancer | tar)\neffect e = log(2)\n"
    )
    with pytest.raises(DofxError) as error:
        parse(text, "typos.cq")
    golden("recovery.txt", render_all(error.value.diagnostics))


@pytest.mark.parametrize("word", ["efect", "Effects", "quer"])
def test_a_statement_with_a_misspelt_word_is_reported_after_another_fault(word: str) -> None:
    """It used to be taken for a part of the broken statement above it."""
    graph, broken = "graph { x -> y }\n", "query a = P(y | x =)\n"
    text = f"{graph}{broken}  {word} b = E[y | do(x = 1)]\nquery c = P(q)"
    assert places(text) == [(2, "E0101"), (3, "E0101"), (4, "E0301")]
    with pytest.raises(DofxError) as caught:
        parse(text)
    assert caught.value.diagnostics[1].help[0] in ("did you mean `effect`?", "did you mean `query`?")


def test_so_is_a_block_with_a_misspelt_word() -> None:
    text = (
        "query a = P(y | x =)\nvarables { x : bool }\ngrap { x -> y }\ndta P sets x\nquery c = P(y\n  z = 1)"
    )
    assert [line for line, _ in places(text)] == [1, 2, 3, 4, 6]
