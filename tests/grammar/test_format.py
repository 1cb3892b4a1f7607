"""The canonical text: its layout, and what becomes of comments."""

from __future__ import annotations

import pytest

from dofx.grammar.formatting.program import (
    format_effect,
    format_graph,
    format_name,
    format_program,
    format_query,
    format_value,
)
from dofx.grammar.parse import parse, parse_effect, parse_graph, parse_query
from dofx.grammar.syntax.program import Program, Value

UNTIDY = """# smoking.cq: does smoking cause cancer?
# A second line.
graph{smoking->tar->cancer # chains



smoking<->{cancer} # common; x' isn't a string
     # latents below
latent gene;;     # or named
        # last inside
}# after the graph
# about variables
variables {

  smoking,cancer:bool

  # tar
  tar:real; 年齢 : category('a' # inside
    ,'b') } # tail
query risk=P(cancer|do(smoking))
effect ate=E[tar|do(smoking=1)]  # treated
   - (E[tar|do(smoking=0)]) # control

query young = P(cancer|年齢='a',do(smoking=true))


# the end

# really"""

TIDY = """# smoking.cq: does smoking cause cancer?
# A second line.
graph {
  smoking -> tar -> cancer  # chains

  smoking <-> cancer  # common; x' isn't a string
  # latents below
  latent gene  # or named
  # last inside
}  # after the graph

# about variables
variables {
  smoking, cancer : bool

  # tar
  tar             : real
  # inside
  年齢            : category("a", "b")
}  # tail

query risk  = P(cancer | do(smoking))
# treated
effect ate  = E[tar | do(smoking = 1)] - E[tar | do(smoking = 0)]  # control

query young = P(cancer | do(smoking = true), 年齢 = "a")

# the end

# really
"""


def test_layout_and_comments() -> None:
    assert format_program(parse(UNTIDY)) == TIDY
    assert format_program(parse(TIDY)) == TIDY
    assert parse(TIDY) == parse(UNTIDY)


def test_a_tree_made_by_hand_needs_no_text() -> None:
    made = Program(parse(UNTIDY).statements)
    assert "#" not in format_program(made)
    assert parse(format_program(made)) == made


@pytest.mark.parametrize("text", ["", "# only a comment\n", "graph {\n}\n", "query q = P(y)  # c\n# d\n"])
def test_what_is_canonical_stays(text: str) -> None:
    assert format_program(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("P(y∣z,do(x),do(w=1))", "P(y | do(x, w = 1), z)"),
        ("E[y]", "E[y]"),
        ("P(\"y\"|'a b'='c')", 'P(y | "a b" = "c")'),
        ("P(y|x=1.50,z=1e3,w=TRUE)", "P(y | x = 1.5, z = 1000.0, w = true)"),
    ],
)
def test_queries(text: str, canonical: str) -> None:
    assert format_query(parse_query(text)) == canonical


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("(1-2)-3", "1 - 2 - 3"),
        ("1-(2-3)", "1 - (2 - 3)"),
        ("1-(2*3)", "1 - 2 * 3"),
        ("(1-2)*3", "(1 - 2) * 3"),
        ("1/(2*3)", "1 / (2 * 3)"),
        ("-(1+2)", "-(1 + 2)"),
        ("--1", "-(-1)"),
        ("-1*2", "-1 * 2"),
        ("1.0+0.5+1e300", "1 + 0.5 + 1e+300"),
        ("E[y]×2", "E[y] * 2"),
    ],
)
def test_effects(text: str, canonical: str) -> None:
    assert format_effect(parse_effect(text)) == canonical


def test_graphs() -> None:
    block = parse_graph("digraph { 'a b' -> c [dir=both]; u [latent] } ".replace("'", '"'))
    assert format_graph(block) == 'graph {\n  "a b" <-> c\n  latent u\n}'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x", "x"),
        ("x₁′", "x₁′"),
        ("a.b", "a.b"),
        ("a.", '"a."'),
        ("1st", '"1st"'),
        ("", '""'),
        ("outcome", "outcome"),
        ("true", '"true"'),
        ("x_{1}", '"x_{1}"'),
        ("a\n\u2028b", '"a\\n\\u2028b"'),
    ],
)
def test_names(name: str, text: str) -> None:
    assert format_name(name) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "1"), (1.0, "1.0"), (True, "true"), ("a", '"a"'), ('"\\', '"\\"\\\\"'), (-2.5, "-2.5")],
)
def test_values(value: Value, text: str) -> None:
    assert format_value(value) == text
