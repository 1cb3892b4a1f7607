"""States, names and file names from elsewhere: whatever they hold, nothing that is printed commands a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import networkx as nx
import pytest

import dofx
from dofx.grammar.diagnostics.width import hidden_character
from dofx.runtime.program import CompiledProgram

BAD = "\x1b]0;title\x07\x9b31m\r\x7f\u202e"
QUOTED = '"' + "".join(f"\\u{ord(character):04x}" for character in BAD) + '"'
ROWS = 400
GRAPH = "z -> {x, y}; x -> y"
PROGRAM = f"""
graph {{ {GRAPH} }}
query risk = P(y | do(x = {QUOTED}))
query each = P(y | do(x), z)
effect gain = P(y = {QUOTED} | do(x = {QUOTED})) - P(y = {QUOTED} | do(x = "a"))
"""


def assert_harmless(text: str) -> None:
    """No character but a line break that a terminal obeys."""
    assert hidden_character(text.replace("\n", "")) is None


@pytest.fixture(scope="module")
def rows() -> dict[str, list[str]]:
    random = Random(0)
    return {name: [random.choice(["a", BAD]) for _ in range(ROWS)] for name in "xyz"}


@pytest.fixture(scope="module")
def sampler(rows: dict[str, list[str]]) -> dofx.Sampler:
    return dofx.compile("P(y | do(x))", GRAPH).fit(rows)


@pytest.fixture(scope="module")
def program(rows: dict[str, list[str]]) -> CompiledProgram:
    compiled = dofx.compile(PROGRAM)
    assert isinstance(compiled, CompiledProgram)
    return compiled.fit(rows)


SAMPLERS: dict[str, Callable[[dofx.Sampler], object]] = {
    "repr": repr,
    "report": lambda s: s.report,
    "explanation": lambda s: s.explain(),
    "page": lambda s: s._repr_html_(),
    "types": lambda s: s.types,
    "samples": lambda s: repr(s.sample(8, do={"x": BAD}, seed=0)),
    "samples in a notebook": lambda s: s.sample(8, do={"x": BAD}, seed=0)._repr_html_(),
    "distribution": lambda s: repr(s.distribution(do={"x": BAD})),
}


@pytest.mark.parametrize("printer", SAMPLERS)
def test_samplers_print_no_command(sampler: dofx.Sampler, printer: str) -> None:
    assert_harmless(str(SAMPLERS[printer](sampler)))


def test_programs_print_no_command(program: CompiledProgram) -> None:
    answers = program.answer(n=2000)
    assert "title" in str(answers)
    for text in (str(answers), repr(answers), answers._repr_html_(), repr(program), program._repr_html_()):
        assert_harmless(text)
    for name in ("risk", "each", "gain"):
        assert_harmless(str(answers[name]))
        assert_harmless(answers[name]._repr_html_())


def test_what_the_compiler_prints_holds_no_command() -> None:
    query = f"P(y | do(x = {QUOTED}))"
    proof = dofx.identify(query, GRAPH)
    assert proof.estimand is not None
    for text in (
        str(proof),
        proof.explain(),
        proof._repr_html_(),
        proof._repr_svg_(),
        proof.estimand.latex(),
    ):
        assert_harmless(text)
    hedged = dofx.identify(query, "x -> y; x <-> y")
    for text in (str(hedged), hedged.explain(), hedged._repr_html_(), hedged._repr_svg_()):
        assert_harmless(text)


NAMED: dict[str, Callable[[dofx.Sampler, Path], object]] = {
    "a value": lambda s, _: s.sample(1, do={"x": f"no{BAD}"}),
    "a variable": lambda s, _: s.sample(1, do={BAD: 1}),
    "a column": lambda s, _: s.fit({BAD: [1]}),
    "a type": lambda s, _: dofx.compile("P(y | do(x))", GRAPH, variables={"x": BAD}),
    "a typed variable": lambda s, _: dofx.compile("P(y | do(x))", GRAPH, variables={BAD: "bool"}),
    "a limit": lambda s, _: dofx.identify("P(y | do(x))", GRAPH, avoid=[BAD]),
    "a bundle": lambda s, folder: dofx.load(folder / BAD),
    "a file of data": lambda s, folder: s.fit(folder / f"{BAD}.csv"),
    "the file of a graph": lambda s, folder: dofx.graph(folder / f"{BAD}.cq"),
    "a program": lambda s, _: dofx.parse(BAD),
    "a name in a text": lambda s, _: dofx.graph(f"{QUOTED} -> y"),
    "a name in a query": lambda s, _: dofx.identify(f"P({QUOTED})", GRAPH),
    "a node": lambda s, _: dofx.graph(nx.DiGraph([(BAD, "y")])),
    "a node with a lone surrogate": lambda s, _: dofx.graph(nx.DiGraph([("\ud800", "y")])),
    "a name of a graph": lambda s, _: dofx.ADMG([BAD]),
    "columns beside a graph": lambda s, _: dofx.judge("x -> y", {f"x{BAD}": [1]}),
}


@pytest.mark.parametrize("what", NAMED)
def test_diagnostics_hold_no_command(sampler: dofx.Sampler, tmp_path: Path, what: str) -> None:
    with pytest.raises(dofx.DofxError) as caught:
        NAMED[what](sampler, tmp_path)
    assert_harmless(str(caught.value))
    for fault in caught.value.diagnostics:
        for text in (fault.title, *fault.notes, *fault.help):
            assert_harmless(text)


@pytest.mark.parametrize("character", ["\x00", "\n", "\t", "\x7f", "\x85", "\x9b", "\u202e", "\ud800"])
def test_no_name_holds_a_command(character: str) -> None:
    for make in (
        lambda: dofx.graph(f'"a\\u{ord(character):04x}b" -> y'),
        lambda: dofx.ADMG([f"a{character}b"]),
        lambda: dofx.graph(nx.DiGraph([(f"a{character}b", "y")])),
    ):
        with pytest.raises(dofx.DofxError) as caught:
            make()
        assert [fault.code for fault in caught.value.diagnostics] == ["E0108"]


def test_names_of_any_script_are_names() -> None:
    names = ["β_治疗", "θ\u0302", "可见 的", "نام\u200cها", "x′", "👩\u200d🔬"]
    assert dofx.ADMG(names).nodes == tuple(names)
