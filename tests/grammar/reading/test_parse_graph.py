"""Graphs: edge text, DAGitty and DOT."""

from __future__ import annotations

import pytest

from dofx.grammar.checks.graph import edges, variables
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.grammar.parse import parse, parse_graph
from dofx.grammar.syntax.program import GraphBlock, Roles


def said(block: GraphBlock) -> tuple[list[str], set[str], dict[str, list[str]]]:
    """Edges, latents and roles, in short."""
    roles: dict[str, list[str]] = {}
    for item in block.items:
        if isinstance(item, Roles):
            roles.setdefault(item.role, []).extend(name.text for name in item.names)
    written = [f"{left.text} {arrow} {right.text}" for left, arrow, right in edges([block])]
    return written, set(variables([block])[1]), roles


def test_chains_sets_and_arrows() -> None:
    written, latents, roles = said(parse_graph("a -> {b, c} <- d <-> e"))
    assert written == ["a -> b", "a -> c", "b <- d", "c <- d", "d <-> e"]
    assert (latents, roles) == (set(), {})


@pytest.mark.parametrize(
    "text",
    [
        "x -> y\ny <-> z\nlatent u, v\nw",
        "x -> y; y <-> z; latent u, v; w",
        "x -> y, y <-> z, latent u, v\n w",
        "\n\n x->y ;;\n\n# comment\n y<->z # comment\n\nlatents u, v\r\nw\n,",
        "graph { x -> y; y <-> z; latent u, v; w }",
        "graph{\n  x ->\n    y\n  y <->\n  z\n  latent u,\n  v\n  w\n}",
        "x --> y; y <--> z; latent u, v; w",
        "x → y; y ↔ z; latent u, v; w",
        r"x \to y; y \leftrightarrow z; latent u, v; w",
    ],
)
def test_one_graph_in_many_spellings(text: str) -> None:
    block = parse_graph(text)
    assert said(block) == (["x -> y", "y <-> z"], {"u", "v"}, {})
    assert list(variables([block])[0]) == ["x", "y", "z", "u", "v", "w"]


def test_keywords_may_name_variables() -> None:
    block = parse_graph("latent -> graph -> exposure\ndag\nlatent latent")
    assert said(block) == (["latent -> graph", "graph -> exposure"], {"latent"}, {})
    assert "dag" in variables([block])[0]


def test_a_set_may_run_over_lines() -> None:
    assert said(parse_graph("{\n  a,\n  b\n  c\n} -> d"))[0] == ["a -> d", "b -> d", "c -> d"]


DAGITTY = """
dag "a model" {
  // written by hand
  bb="-5,-5,5,5"
  "blood pressure" [outcome,pos="0.1,-0.2"]
  1st [exposure, pos="-1,.5"]
  u [latent] /* not
  measured */
  z [adjusted,latent]
  1st -> "blood pressure" [beta=0.3]
  1st <- u -> {z "blood pressure"} z <-> 1st
}
"""


def test_dagitty() -> None:
    written, latents, roles = said(parse_graph(DAGITTY))
    assert written == [
        "1st -> blood pressure",
        "1st <- u",
        "u -> z",
        "u -> blood pressure",
        "z <-> 1st",
    ]
    assert latents == {"u", "z"}
    assert roles == {"exposure": ["1st"], "outcome": ["blood pressure"], "adjusted": ["z"]}


def test_dagitty_in_a_program() -> None:
    program = parse("dag { x [exposure] x -> y }\nquery q = P(y | do(x))")
    assert said(program.graphs[0]) == (["x -> y"], set(), {"exposure": ["x"]})


DOT = """
/* made by a tool */
strict digraph "g" {
  rankdir=LR; graph [bgcolor="#ffffff"]; node [shape=circle, style="a // b"]; edge [color=red]
  a -> b -> c [label="x y"];
  a -> c [dir=both];  // confounded
  c -> d [dir=back]
  U [latent=yes]; V [observed="no"]
  subgraph cluster_0 { label="inner"; subgraph { U -> a } b -> d }
  {rank=same; a; b}
  lonely
}
"""


def test_dot() -> None:
    block = parse_graph(DOT)
    written, latents, _ = said(block)
    assert written == ["a -> b", "b -> c", "a <-> c", "c <- d", "U -> a", "b -> d"]
    assert latents == {"U", "V"}
    assert list(variables([block])[0]) == ["a", "b", "c", "d", "U", "V", "lonely"]


@pytest.mark.parametrize("text", ["dag { a -> {b = c} }", "digraph { {rank=same} -> b }", "dag { {,} }"])
def test_a_set_of_settings_alone_is_no_set(text: str) -> None:
    with pytest.raises(DofxError, match="expected a variable"):
        parse_graph(text)


@pytest.mark.parametrize(
    ("text", "arrows"),
    [
        ("a @-> b; b <-@ c; c @-@ d; d -- e; e --- f; f --@ g; g @-- h", 7),
        ("a o-> b; b <-o c; c o-o d; d o-- e; e --o f", 5),
        ("dag { a -- b  b @-> c  c -> d }", 2),
        ("pag { a o-o b  b o-> c  c <-o d }", 3),
        ("graph g { a -- b -- c }", 2),
        ("digraph { a -> b [dir=none] }", 1),
    ],
)
def test_undecided_edges_are_refused_one_by_one(text: str, arrows: int) -> None:
    with pytest.raises(DofxError) as caught:
        parse_graph(text)
    assert [d.code for d in caught.value.diagnostics] == ["E0203"] * arrows


def test_a_node_named_o_is_no_mark() -> None:
    assert said(parse_graph("o -> b; a -> o; o <-> c"))[0] == ["o -> b", "a -> o", "o <-> c"]
    assert said(parse_graph("dag { o -> b a -> o o <-> c }"))[0] == ["o -> b", "a -> o", "o <-> c"]


def test_a_chain_of_thousands() -> None:
    block = parse_graph(" -> ".join(f"v{i}" for i in range(5000)))
    assert len(block.items) == 1
    assert len(list(edges([block]))) == 4999


def test_an_empty_block_is_an_empty_graph() -> None:
    assert parse_graph("graph { }") == GraphBlock(())
