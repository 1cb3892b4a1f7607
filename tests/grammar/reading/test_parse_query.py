"""Queries and effects: what may be written, and what it means."""

from __future__ import annotations

import copy

import pytest

from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.grammar.formatting.program import format_effect
from dofx.grammar.parse import parse, parse_effect, parse_query, parse_type
from dofx.grammar.syntax.program import (
    Assignment,
    Expectation,
    Name,
    Negative,
    Number,
    Operation,
    Probability,
    Term,
    TypeSyntax,
    Value,
)


def terms(*names: str, **values: Value) -> tuple[Term, ...]:
    return (*(Term(Name(n)) for n in names), *(Term(Name(n), v) for n, v in values.items()))


def sets(*names: str, **values: Value) -> tuple[Assignment, ...]:
    return tuple(Assignment(term.name, term.value) for term in terms(*names, **values))


FULL = Probability(terms("y1", "y2"), sets("x1", x2=1), terms("z", w="a"))


@pytest.mark.parametrize(
    "text",
    [
        "P(y1, y2 | do(x1, x2 = 1), z, w = 'a')",
        "P(y1,y2|do(x1,x2=1),z,w='a')",
        'P(y1, y2 ∣ z, do(x1), w = "a", do(x2 = 1))',
        r"P(y1, y2 \mid \operatorname{do}(x1, x2 = 1), z, w = 'a')",
        r"\mathbb{P}\left(y1, y2 \mid \mathrm{do}\left(x1, x2 = 1\right),\, z, w = 'a'\right)",
        r"\Pr(y1, y2 \mid \text{do}(x1), \text{do}(x2 = 1), z, w = 'a')",
        "  P ( y1 ,\n y2 | # a comment\n do ( x1 , x2 = 1 ) , z , w = 'a' )  # another\n",
        "\ufeffP(y1, y2 | do(x1, x2 = +1), z, w = 'a')",
    ],
)
def test_one_query_in_many_spellings(text: str) -> None:
    assert parse_query(text) == FULL


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("P(y)", Probability(terms("y"))),
        ("P(y | z)", Probability(terms("y"), (), terms("z"))),
        ("P(y | do(x))", Probability(terms("y"), sets("x"))),
        ("P(y = 1 | do(x = 0))", Probability(terms(y=1), sets(x=0))),
        ("E[y | do(x = 1), z = 0]", Expectation(*terms("y"), sets(x=1), terms(z=0))),
        (r"\mathbb{E}[y]", Expectation(*terms("y"))),
        ("P(P | do(E), do, graph, true)", Probability(terms("P"), sets("E"), terms("do", "graph", "true"))),
    ],
)
def test_shapes_of_queries(text: str, query: Probability | Expectation) -> None:
    assert parse_query(text) == query


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("smoking_2", "smoking_2"),
        ("blood.pressure", "blood.pressure"),
        ("Größe", "Größe"),
        ("收入", "收入"),
        ("x₁", "x₁"),
        ("x′", "x′"),
        ("x''", "x''"),
        ("y′₁", "y′₁"),
        ("θ̂", "θ̂"),
        ("x_{12}", "x_12"),
        (r"\alpha_{1}", "α_1"),
        (r"\Omega", "Ω"),
        (r"\lambda", "λ"),
        (r"\varepsilon'", "ε'"),
        ('"blood pressure"', "blood pressure"),
        ("'1st'", "1st"),
        (r'"a \"quoted\" \\ name\u00a0"', 'a "quoted" \\ name\u00a0'),
    ],
)
def test_names(written: str, name: str) -> None:
    assert parse_query(f"P({written} | do({written}))") == Probability(terms(name), sets(name))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1", 1),
        ("-1", -1),
        ("\u22121", -1),
        ("+2.50", 2.5),
        (".5", 0.5),
        ("1e-3", 0.001),
        ("12345678901234567890", 12345678901234567890),
        ("true", True),
        ("False", False),
        ("'it\\'s'", "it's"),
        ("''", ""),
    ],
)
def test_values(written: str, value: Value) -> None:
    found = parse_query(f"P(y | x = {written})").conditions[0].value
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("1 - 2 - 3", Operation("-", Operation("-", Number(1), Number(2)), Number(3))),
        ("1 - (2 - 3)", Operation("-", Number(1), Operation("-", Number(2), Number(3)))),
        ("1 + 2 * 3", Operation("+", Number(1), Operation("*", Number(2), Number(3)))),
        ("-1 * 2", Operation("*", Negative(Number(1)), Number(2))),
        ("--1", Negative(Negative(Number(1)))),
        ("1 × 2 ÷ 3", Operation("/", Operation("*", Number(1), Number(2)), Number(3))),
        (r"1 \cdot 2", Operation("*", Number(1), Number(2))),
        ("1 \u2212 2", Operation("-", Number(1), Number(2))),
        ("((P(y = 1)))", Probability(terms(y=1))),
    ],
)
def test_arithmetic(text: str, expression: object) -> None:
    assert parse_effect(text) == expression


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("real", TypeSyntax("real")),
        ("real(4)", TypeSyntax("real", (4,))),
        ("image(1, 28, 28)", TypeSyntax("image", (1, 28, 28))),
        ("category('a', \"b\")", TypeSyntax("category", ("a", "b"))),
        ("category(true, false)", TypeSyntax("category", (True, False))),
    ],
)
def test_types(text: str, type_: TypeSyntax) -> None:
    assert parse_type(text) == type_


def test_a_program() -> None:
    program = parse(
        """
        # smoking.cq
        graph { smoking -> tar -> cancer
                latent gene; gene -> {smoking, cancer} }
        variables {
          smoking, cancer : bool
          tar : real; scan : image(1, 28, 28)
          age : category('young', 'old')
        }
        query risk = P(cancer | do(smoking))
        effect ate = E[cancer | do(smoking = 1)]
                   - E[cancer | do(smoking = 0)]
        dag { x -> y }
        """,
        "smoking.cq",
    )
    assert [len(graph.items) for graph in program.graphs] == [3, 1]
    assert [[n.text for n in d.names] for d in program.declarations] == [
        ["smoking", "cancer"],
        ["tar"],
        ["scan"],
        ["age"],
    ]
    assert program.queries[0].query == parse_query("P(cancer | do(smoking))")
    assert program.effects[0].expression == parse_effect(
        "E[cancer | do(smoking = 1)] - E[cancer | do(smoking = 0)]"
    )
    assert program.source.name == "smoking.cq"


def test_brackets_do_not_nest_the_tree() -> None:
    assert parse_effect("(" * 5000 + "1" + ")" * 5000) == Number(1)


@pytest.mark.parametrize("text", ["-" * 5000 + "1", "+".join(["1"] * 5000), "1-(" * 5000 + "1" + ")" * 5000])
def test_deep_arithmetic_is_diagnosed(text: str) -> None:
    with pytest.raises(DofxError) as caught:
        parse_effect(text)
    assert [d.code for d in caught.value.diagnostics] == ["E0106"]
    with pytest.raises(DofxError, match="E0106"):
        parse(f"effect e = {text}")


@pytest.mark.parametrize("text", ["-" * 100 + "1", "+".join(["1"] * 101)])
def test_arithmetic_as_deep_as_may_be_can_be_used(text: str) -> None:
    effect = parse_effect(text)
    assert parse_effect(format_effect(effect)) == effect == copy.deepcopy(effect)
    assert repr(effect).count("Number") == text.count("1")


def test_integers_too_long_for_python_are_diagnosed() -> None:
    with pytest.raises(DofxError, match="E0105"):
        parse_query(f"P(y | x = {'9' * 5000})")
