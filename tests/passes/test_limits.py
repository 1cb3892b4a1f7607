"""What a query may be answered with: in Python, in a program, and by the sizes of declared types."""

from __future__ import annotations

import pytest

import dofx
from dofx.compiler.model.query import Limits
from dofx.compiler.passes.cost import Weights
from dofx.compiler.program import program_of, questions
from dofx.grammar.diagnostics.diagnostic import DofxError

GRAPH = "scan -> {x, y}; x -> m -> y"
PROGRAM = f"""
graph {{ {GRAPH} }}
variables {{ scan : image(1, 28, 28); note : text }}
query free = P(y | do(x))
query door = P(y | do(x)) avoiding {{scan}}
query back = P(y | do(x)) using {{Scan}}
effect ate = E[y | do(x = 1)] - E[y | do(x = 0)] using {{scan}}
"""


def made(sampler: dofx.Sampler) -> set[str]:
    return {name for draw in sampler.network.draws for name in draw.variables}


def test_a_query_takes_limits_and_the_sizes_of_types() -> None:
    assert made(dofx.compile("P(y | do(x))", GRAPH)) == {"scan", "y"}
    assert made(dofx.compile("P(y | do(x))", GRAPH, avoid=["scan"])) == {"x", "m", "y"}
    large = {"scan": "image(1, 28, 28)"}
    assert made(dofx.compile("P(y | do(x))", GRAPH, variables=large)) == {"x", "m", "y"}
    assert made(dofx.compile("P(y | do(x))", GRAPH, variables=large, only=["scan"])) == {"scan", "y"}
    cheap = Weights(dimension=0, condition=0, row=0)
    assert made(dofx.compile("P(y | do(x))", GRAPH, variables=large, weights=cheap)) == {"scan", "y"}


def test_a_program_says_what_each_query_may_use() -> None:
    program = dofx.compile(PROGRAM.replace("; note : text", ""))
    assert isinstance(program, dofx.CompiledProgram)
    assert {name: made(program[name]) for name in program} == {
        "free": {"x", "m", "y"},
        "door": {"x", "m", "y"},
        "back": {"scan", "y"},
    }
    assert len(program.identifications) == 3
    with pytest.raises(DofxError, match="E0303"):
        dofx.compile(PROGRAM.replace("; note : text", ""), avoid=["y"])


def test_what_may_not_be_used_counts_as_unobserved() -> None:
    assert dofx.identify("P(y | do(x))", "z -> {x, y}; x -> y")
    assert not dofx.identify("P(y | do(x))", "z -> {x, y}; x -> y", avoid=["Z"])
    assert not dofx.identify("P(y | do(x))", "z -> {x, y}; x -> y", only=[])


def test_sizes_come_from_the_declarations() -> None:
    program = PROGRAM.replace("graph {", "graph { note -> y;")
    assert questions(program_of(program)).sizes == {"scan": 784, "note": 1000}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a\nb, c", ("a", "b", "c")),
        ("a\rb", ("a", "b")),
        ('"height, in cm", a', ("height, in cm", "a")),
        ("x" * 200_000, ("x" * 200_000,)),
        ('"a', ("a",)),
    ],
)
def test_names_are_read_from_any_text(text: str, names: tuple[str, ...]) -> None:
    assert Limits.of(avoid=text).avoid == names
