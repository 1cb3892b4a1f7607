"""What is written as in papers, other programs and other languages is met with the way to write it here."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dofx.grammar.parse import parse_effect, parse_graph, parse_query
from dofx.grammar.reading.data_slips import COMMAS
from dofx.grammar.reading.slips import (
    _ATTRIBUTES,
    _CAUSATION,
    _EDGE,
    _EQUATION,
    _LOADED,
    _OF_ONE,
    _PATHS,
    _POWER,
    _QUESTION,
    _SINGLE,
    _UNMEASURED,
)
from dofx.grammar.reading.world_slips import (
    COUNTERFACTUAL,
    INSIDE,
    LISTED,
    NAMED,
    NESTED,
    OWN_RULE,
    SHIFT,
)
from faces.advice import advice

QUOTE = 'quote a name that holds other characters than letters and digits: `"blood-pressure"`'


ELSEWHERE = [
    # effects and independences as they are written in papers
    (parse_query, "y(1) - y(0)", "a difference of worlds is an effect: `E[y[x = 1] - y[x = 0]]`"),
    (parse_query, "y ~ x + z", f"a regression formula is not a question: {_QUESTION}"),
    (parse_query, "What is the effect of x on y?", _QUESTION),
    (parse_query, "effect of x on y", _QUESTION),
    (parse_query, "y", _QUESTION),
    (parse_query, "do(x)", f"add the outcome: {_QUESTION}"),
    (parse_query, "P( | do(x))", f"the outcome stands before the bar: {_QUESTION}"),
    (parse_query, "sum_z P(y | x, z) P(z)", "the formula is what dofx finds: ask for `P(y | do(x))`"),
    (parse_query, "Σ_z P(y | x, z)", "the formula is what dofx finds: ask for `P(y | do(x))`"),
    (parse_query, "argmax_x E[y | do(x)]", "ask at each value, and compare the answers"),
    (parse_query, "1 - P(y = 1)", "arithmetic makes an effect, not a query"),
    (parse_query, "P(y | x ⊥ z)", "an independence is not a query: `dofx implications` lists those of a graph"),
    (parse_query, r"P(y | \hat{x})", "an intervention is written `do(x)`: `P(y | do(x))`"),
    (parse_query, r"P(y \| do(x))", "a bar stands without a backslash: `P(y | do(x))`"),
    (parse_query, "PNS(y, x)", _CAUSATION),
    (parse_query, "pn(y, x)", _CAUSATION),
    (parse_query, "cate(y, x, 1, 0)", f"named effects are {LISTED}; any other is written out"),
    (parse_query, "ett(y, x, 1, 0)", f"named effects are {LISTED}; any other is written out"),
    (parse_query, "E[log(y) | do(x = 1)]", _OF_ONE),
    (parse_query, "E[y ** 2]", _OF_ONE),
    (parse_query, "$P(y)$", "LaTeX is read without dollar signs"),
    # signs between names
    (parse_query, "P(y | do(x) & z)", COMMAS),
    (parse_query, "P(y | do(x) and z)", COMMAS),
    (parse_query, "P(y | do(x = 1; z = 2))", COMMAS),
    (parse_query, "P(y | missing(y))", "what makes holes stands in the graph; no question can be about it"),
    (parse_query, "P(y in {1, 2})", _SINGLE),
    (parse_query, "P(y = 1 or y = 2)", _SINGLE),
    (parse_query, "P({y} | do({x, z}))", "names stand without brackets of their own: `P(y | do(x, z))`"),
    (parse_query, "P(y | do(not x))", "a value is given with `=`: `x = false`"),
    (parse_query, "P(y | do(x)) = ?", "leave the equals sign out: dofx finds the other side"),
    (parse_query, "P(y); P(z)", "one query at a time: several go into a program, each with a name, `query q = P(y)`"),
    (parse_query, "P(y | do(x = 1,000))", "a number has no separators: `1000`"),
    # formulas and rules
    (parse_query, "P(y | do(x += 1))", "write the sum out: `x = x + 1`"),
    (parse_query, "P(y | do(x = 2x))", "write `*` to multiply"),
    (parse_query, "P(y | do(x = x^2))", _POWER),
    (parse_query, "P(y | do(x = x ** 2))", _POWER),
    (parse_query, "P(y | do(x = if z > 1 then 1 else 0))", OWN_RULE),
    (parse_query, "P(y | do(x = z > 1))", OWN_RULE),
    (parse_query, "P(y | do(x = x - 1 if x > 0 else 0))", OWN_RULE),
    (parse_query, "P(y | do(x = ifelse(x > 1, 1, x)))", OWN_RULE),
    (parse_query, "P(y | do(x + 1))", SHIFT),
    (parse_query, "P(y | do(x <- 0.9 * x))", SHIFT),
    (parse_query, "E[y[x = 1, m = m(x = 0)]]", NESTED),
    (parse_query, "P(y | do(x = 1), m = m[x = 0])", NESTED),
    (parse_effect, "E[y[x = 1]] - E[y[x = 0]] | x = 1", INSIDE),
    (parse_effect, 'cf("y", 0, c(x = 0))', COUNTERFACTUAL),
    (parse_effect, "mediate(y, x, m)", NAMED),
    (parse_effect, "natural_direct_effect(y, x, through m, 1, 0)", NAMED),
    (parse_query, "P(y[x = 1][z = 0])", "all that is set stands in one pair of brackets: `y[x = 1, z = 0]`"),
    (parse_query, "P(y | x = ?a)", "a value that is given later is a named placeholder: `do(x = ?a)`, `y[x = ?a]`"),
    (parse_effect, "pse(y, x, x -> y, 1, 0)", "a path follows `along`: `pse(y, x, along x -> m -> y, 1, 0)`"),
    (parse_effect, "pse(y, x, along {x -> m -> y, x -> y}, 1, 0)", _PATHS),
    (parse_effect, "pse(y, x, along x -> m -> y, x -> y, 1, 0)", _PATHS),
    (parse_effect, "pse(y, x, along x -> m -> y along x -> y, 1, 0)", _PATHS),
    (parse_effect, "pse(y, x, along y, 1, 0)", "a path has at least one arrow: `along x -> m -> y`"),
    (parse_effect, "nde(y, x, through {}, 1, 0)", "a set holds at least one variable"),
    (parse_effect, "cde(y, x, m = 0, 1, 0)", "the held variable follows `holding`: `cde(y, x, holding m = 0, 1, 0)`"),
    # graphs of other programs
    (parse_graph, "x -+ y", "an arrow is written `->`, and an unobserved common cause `<->`"),
    (parse_graph, "x %->% y", "an arrow is written `->`, and an unobserved common cause `<->`"),
    (parse_graph, "x ~~ y", "an unobserved common cause is written `<->`"),
    (parse_graph, "dagify(y ~ x + z)", "a graph is written by its edges, without a call: `x -> y; x <-> y`"),
    (parse_graph, "graph.formula(x -+ y)", "a graph is written by its edges, without a call: `x -> y; x <-> y`"),
    (parse_graph, "[x][y|x]", "an edge is written `x -> y`: `[y|x:z]` of bnlearn is `{x, z} -> y`"),
    (parse_graph, "[(x, y)]", f"{_EDGE}; in Python a graph of networkx is read too"),
    (parse_graph, "graph TD\n  x --> y", "leave Mermaid's first line out: its edges are read without it"),
    (parse_graph, "Graph Edges:\n1. X --> Y", "leave Tetrad's headings and numbers out: `x --> y`"),
    (parse_graph, "<graphml></graphml>", _LOADED),
    (parse_graph, '{"nodes": ["x"]}', _LOADED),
    (parse_graph, 'bb="0,0" x -> y', "the text of DAGitty begins with `dag {`"),
    (parse_graph, "dag x -> y", "the edges of a `dag` stand in braces: `dag { x -> y }`"),
    (parse_graph, "y := x + u", _EQUATION),
    (parse_graph, "y = f(x)", _EQUATION),
    (parse_graph, "y <- x + z", "several causes stand in braces: `{x, z} -> y`"),
    (parse_graph, "u [latent]; u -> x", _UNMEASURED),
    (parse_graph, "hidden u; u -> x", _UNMEASURED),
    (parse_graph, "x -> y [label=1]", _ATTRIBUTES),
    (parse_graph, "selection s", "a variable that decided which rows were kept is declared by `selected s`"),
    (parse_graph, "x: [y, z]", "edges to several are written `x -> {y, z}`"),
    (parse_graph, "x causes y", _EDGE),
    (parse_graph, "x -> y | z", "a variable that changes an edge is a cause too: `{x, z} -> y`"),
    (parse_graph, "do(x) -> y", "`do(…)` stands in a query, not in a graph: `P(y | do(x))`"),
    (parse_graph, r"x -> y\nz -> y", r"write a real line break or `;` in place of the characters `\n`"),
    (parse_graph, "x -> -> y", "a variable is missing on one side of this arrow"),
    (parse_graph, "x ->", "a variable is missing on one side of this arrow"),
    (parse_graph, "x -> {y, {z}}", "a set holds only names: `{x, y}`"),
    (parse_graph, "x^2 -> y", QUOTE),
    (parse_graph, "ate(y, x, 1, 0)", "this is a query, and a graph is read here: a query comes before its graph"),
]  # fmt: skip


@pytest.mark.parametrize(("reader", "text", "expected"), ELSEWHERE)
def test_how_others_write_it(reader: Callable[[str], object], text: str, expected: str) -> None:
    assert advice(reader, text) == expected
