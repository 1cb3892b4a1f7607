"""Hypothesis strategies for syntax trees, and for texts that are nearly programs."""

from __future__ import annotations

from hypothesis import strategies as st

from dofx.grammar.diagnostics.width import hidden_character
from dofx.grammar.syntax.program import (
    Applied,
    Assignment,
    Chain,
    Contrast,
    DataPart,
    DataStatement,
    Declaration,
    Drawn,
    EffectStatement,
    Expectation,
    Feedback,
    Fixed,
    GraphBlock,
    Group,
    Latents,
    Limit,
    Name,
    Negative,
    Number,
    Operation,
    Placeholder,
    Probability,
    Program,
    QueryStatement,
    Roles,
    Shorthand,
    Term,
    TypeSyntax,
    VariablesBlock,
)

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
        "data",
        "latent",
        "latents",
        "exposure",
        "outcome",
        "adjusted",
        "selected",
        "missing",
        "feedback",
        "through",
        "along",
        "using",
        "sets",
        "ate",
        "subgraph",
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


fixed = st.builds(Fixed, st.integers() | st.floats(allow_nan=False, allow_infinity=False))


def worlds(terms: st.SearchStrategy) -> st.SearchStrategy:
    """Settings in brackets, which read terms that may have brackets of their own, even empty ones."""
    settings = some(assignments(terms), 0)
    return settings.map(lambda found: tuple(sorted(found, key=lambda setting: setting.name.text)))


def formulas(leaf: st.SearchStrategy) -> st.SearchStrategy:
    return st.recursive(
        leaf | fixed,
        lambda inner: (
            st.builds(Applied, st.sampled_from("+-*/"), st.tuples(inner, inner))
            | st.builds(
                Applied, st.just("-"), st.tuples(inner.filter(lambda part: not isinstance(part, Fixed)))
            )
            | st.builds(Applied, st.sampled_from(["min", "max"]), some(inner))
        ),
        max_leaves=4,
    )


def assignments(terms: st.SearchStrategy) -> st.SearchStrategy:
    how = (
        st.none()
        | values
        | st.builds(Placeholder, st.sampled_from(["?a", "?b2"]))
        | st.builds(Drawn, names, some(terms, 0))
        | formulas(terms).filter(lambda formula: not isinstance(formula, Fixed))
    )
    return st.builds(Assignment, names, how)


read = st.recursive(
    st.builds(Term, names), lambda inner: st.builds(Term, names, st.none(), worlds(inner)), max_leaves=3
)
sets = assignments(read)
terms = st.builds(Term, names, st.none() | values, st.none() | worlds(read).filter(bool))
probabilities = st.builds(Probability, some(terms), some(sets, 0), some(terms, 0))
expectations = st.builds(Expectation, terms, some(sets, 0), some(terms, 0))
queries = probabilities | expectations
numbers = st.builds(Number, st.floats(min_value=0, allow_nan=False, allow_infinity=False).map(abs))
unvalued = st.builds(Term, names, st.none(), st.none() | worlds(read).filter(bool))
contrasts = st.builds(
    Contrast,
    formulas(unvalued).filter(lambda found: not isinstance(found, Term)),
    some(sets, 0),
    some(terms, 0),
)
simple = st.builds(Term, names, st.none() | values)
shorthands = st.builds(
    Shorthand,
    st.sampled_from(["ate", "att", "atc", "nde", "nie", "cde", "pse"]),
    simple,
    names,
    st.tuples(values, values),
    some(names, 0),
    some(simple, 0),
    some(some(names, 2), 0),
    some(simple, 0),
)
effects = st.recursive(
    queries | numbers | contrasts | shorthands,
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
feedback = st.builds(Feedback, some(names))
graphs = st.builds(GraphBlock, some(chains() | st.builds(Latents, some(names)) | roles | feedback, 0, 4))
types = st.builds(TypeSyntax, st.sampled_from(["bool", "real", "category"]) | plain, some(values, 0))
variables = st.builds(VariablesBlock, some(st.builds(Declaration, some(names), types), 0))
limits = some(st.builds(Limit, st.sampled_from(["using", "avoiding"]), some(names)), 0, 2)
parts = st.builds(
    DataPart, st.sampled_from(["sets", "measures", "differs at", "keeps by"]), some(names)
) | st.builds(DataPart, st.just("from"), st.just(()), st.text(max_size=6))
codes = st.builds(DataPart, st.just("holes"), codes=some(values))
columns = st.builds(DataPart, st.sampled_from(["weights", "cluster"]), st.tuples(names))
statements = (
    graphs
    | variables
    | st.builds(DataStatement, names, some(parts | columns | codes, 0, 3))
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
        "y[",
        "?a",
        "nde(",
        "through",
        "~ g(",
        "~",
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
