"""Hypothesis strategies for syntax trees, and for texts that are nearly programs."""

from __future__ import annotations

from hypothesis import strategies as st

from dofx.grammar.syntax import (
    Chain,
    Declaration,
    EffectStatement,
    Expectation,
    GraphBlock,
    Group,
    Latents,
    Limit,
    Name,
    Negative,
    Number,
    Operation,
    Probability,
    Program,
    QueryStatement,
    Roles,
    Term,
    TypeSyntax,
    VariablesBlock,
)
from dofx.grammar.width import hidden_character

plain = st.from_regex(r"[A-Za-zα-ω_][A-Za-z0-9₀-₉_′]{0,5}", fullmatch=True)
keyword = st.sampled_from(
    [
        "P",
        "E",
        "do",
        "query",
        "effect",
        "graph",
        "variables",
        "latent",
        "outcome",
        "dag",
        "digraph",
        "true",
        "o",
    ]
)
names = st.builds(
    Name, plain | keyword | st.text(max_size=6).filter(lambda text: hidden_character(text) is None)
)
values = (
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6)
)


def some(strategy: st.SearchStrategy, least: int = 1, most: int = 3) -> st.SearchStrategy:
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


terms = st.builds(Term, names, st.none() | values)
probabilities = st.builds(Probability, some(terms), some(terms, 0), some(terms, 0))
expectations = st.builds(Expectation, terms, some(terms, 0), some(terms, 0))
queries = probabilities | expectations
numbers = st.builds(Number, st.floats(min_value=0, allow_nan=False, allow_infinity=False).map(abs))
effects = st.recursive(
    queries | numbers,
    lambda inner: (
        st.builds(Negative, inner) | st.builds(Operation, st.sampled_from(["+", "-", "*", "/"]), inner, inner)
    ),
    max_leaves=8,
)

groups = st.builds(Group, some(names))


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    parts = draw(some(groups))
    arrows = draw(some(st.sampled_from(["->", "<-", "<->"]), len(parts) - 1, len(parts) - 1))
    return Chain(parts, arrows)


roles = st.builds(Roles, st.sampled_from(["exposure", "outcome", "adjusted"]), some(names))
graphs = st.builds(GraphBlock, some(chains() | st.builds(Latents, some(names)) | roles, 0, 4))
types = st.builds(TypeSyntax, st.sampled_from(["bool", "real", "category"]) | plain, some(values, 0))
variables = st.builds(VariablesBlock, some(st.builds(Declaration, some(names), types), 0))
limits = some(st.builds(Limit, st.sampled_from(["using", "avoiding"]), some(names)), 0, 2)
statements = (
    graphs
    | variables
    | st.builds(QueryStatement, names, probabilities, limits)
    | st.builds(EffectStatement, names, effects, limits)
)
programs = st.builds(Program, some(statements, 0, 4))

_PIECES = (
    *("P(", "E[", "y", "x'", "x_{1}", "do(", "|", ")", "]", ",", "=", "1", "-0.5", "1e999", '"a b"', "'a'"),
    *("->", "<-", "<->", "--", "o-o", "@->", "{", "}", "latent ", "exposure ", ";", "\n", " ", "\t", "\r\n"),
    *(
        "graph {",
        "variables {",
        "query ",
        "effect ",
        "avoiding {",
        "dag {",
        "digraph g {",
        "[",
        "dir=both",
        ":",
        "real",
    ),
    *(
        "category(",
        "+",
        "*",
        "/",
        "(",
        "# c\n",
        "\\alpha",
        "\\mid",
        "“",
        "日本",
        "e\u0301",
        "\x00",
        "☃",
        "'",
        '"',
    ),
)
near_programs = st.lists(st.sampled_from(_PIECES), max_size=25).map("".join)
