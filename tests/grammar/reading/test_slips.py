"""The usual slips are met with the right advice."""

from __future__ import annotations

from collections.abc import Callable

import lark
import pytest

from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.grammar.parse import parse, parse_effect, parse_graph, parse_query, parse_type
from dofx.grammar.reading.data_slips import COMMAS
from dofx.grammar.reading.lalr import GRAMMAR, parser
from dofx.grammar.reading.slips import (
    _ARITHMETIC,
    _NAMED,
    _POLICY,
    _RATIO,
    _WORLD,
)
from dofx.grammar.reading.unexpected import UNMENTIONED, WORDS
from dofx.grammar.reading.world_slips import (
    LISTED,
)
from faces.advice import advice

QUOTE = 'quote a name that holds other characters than letters and digits: `"blood-pressure"`'
STATEMENTS = "`graph`, `variables`, `data`, `query`, `effect` or the end"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P(y | x = flase)", "a truth value is `true` or `false`"),
        ("P(y | x = ture)", "a truth value is `true` or `false`"),
        ("P[y]", "a probability takes round brackets: `P(y | do(x))`"),
        ("E(y)", "an expectation takes square brackets: `E[y | do(x)]`"),
        ("P(y | do{x})", "`do` takes round brackets: `do(x)`"),
        ("P(y | do x)", "`do` takes round brackets: `do(x)`"),
        ("P(do(x))", "`do` stands after the bar: `P(y | do(x))`"),
        ("P(y, do(x))", "`do` stands after the bar: `P(y | do(x))`"),
        ("E[y, do(x)]", "an expectation has one outcome: ask for each in turn"),
        ("E[do(x)]", "`do` stands after the bar: `E[y | do(x)]`"),
        ("P(y | Do(x))", "an intervention is written `do(x)`"),
        ("P(y | do())", "leave `do()` out to ask about the observed distribution"),
        ("P(y || x)", "one bar is enough; commas separate what is given: `P(y | do(x), z)`"),
        ("P(y | x | z)", "one bar is enough; commas separate what is given: `P(y | do(x), z)`"),
        ("P(y | x == 1)", "a value is given with one `=`: `x = 1`"),
        ("P(y | do(x := 1))", "a value is given with one `=`: `x = 1`"),
        ("P(y > 0 | x)", "only single values can be asked for, with `=`"),
        ("P(y | x = young)", "quote a value that is a word: `'young'`"),
        ("P(y | x z)", 'commas separate variables: `x, z`; a name of several words is quoted: `"blood pressure"`'),
        ("P(y | “x”)", "use straight quotes: `'a'`"),
        ("P(y ｜ x，z)", "use plain ASCII punctuation"),
        ("P(blood-pressure)", QUOTE),
        ("P(y | 1st)", 'a name starts with a letter; quote any other: `"1st"`'),
        ("p(y | x)", "a probability is written with a capital P: `P(y | do(x))`"),
        ("e[y | x]", "an expectation is written with a capital E: `E[y | do(x)]`"),
        ("P(y) - P(z)", "arithmetic makes an effect, not a query"),
        ("P(y | set(x = 1))", "set a variable by `do(x)`; one that is seen stands alone: `P(y | x)`"),
        ("P(y | see(x))", "set a variable by `do(x)`; one that is seen stands alone: `P(y | x)`"),
        ("P(y(x = 1))", f"the world of a variable stands in square brackets: {_WORLD}"),
        ("P(Y(1))", f"the world of a variable stands in square brackets: {_WORLD}"),
        ("E[Y(1, M(0))]", f"the world of a variable stands in square brackets: {_WORLD}"),
        ("P(y{x = 1})", f"the world of a variable stands in square brackets: {_WORLD}"),
        ("P(y^{x=1})", f"what is above a name in print is in brackets here: {_WORLD}"),
        ("P(y^1)", f"what is above a name in print is in brackets here: {_WORLD}"),
        ("P(y_{x=1}, z)", f"a subscript in print is written in brackets here: {_WORLD}"),
        ("P_x(y)", "what is set stands after the bar: `P(y | do(x))`"),
        ("P_{x}(y)", "what is set stands after the bar: `P(y | do(x))`"),
        ("P(y @ -x)", f"the world of a variable stands in brackets: {_WORLD}"),
        ("P(y[do(x = 1)])", f"brackets set a variable, without `do`: {_WORLD}"),
        ("P(y | do(x ~ g))", "a policy says what it reads, if only nothing: `x ~ g()`"),
        ("P(y[x ~ N(0, 1)])", _POLICY),
        ("P(y[x ~ N(m=0)])", _POLICY),
        ("P(y[x ~ 0.5])", "after `~` stands a policy: `x ~ g(z)`"),
        ("P(y[x -> 1])", f"the world of a variable says what is set: {_WORLD}"),
        ("P(y[x := 1])", "a value is given with one `=`: `x = 1`"),
        ("E[y[x = 1] - y[x = 0]]", "a difference makes an effect, not a query"),
        ("ATE(x, y)", "a named effect is an effect, not a query: `effect ate = ate(y, x, 1, 0)`"),
        ("ETT(x, y)", f"named effects are {LISTED}; any other is written out"),
        ("P(y; do(x))", "a bar stands before what is given: `P(y | do(x))`"),
        ("query q = P(y)", "a single query stands alone here, without a name"),
        ("x -> y", "edges stand in a graph: `graph { x -> y }`; a query comes before its graph"),
    ],
)  # fmt: skip
def test_slips_in_queries(text: str, expected: str) -> None:
    assert advice(parse_query, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P(y | do(x))", "a query needs a name: `query risk = P(…)`"),
        ("E[y]", "an expectation needs a name: `effect ate = E[…]`"),
        ("graph stroke.dagitty", "a program holds its graph: copy what the file says into `graph { … }`"),
        ("effect a = log(E[y])", _ARITHMETIC),
        (
            "effect a = cde(y, x, 1, 0, m = 1)",
            "what is held stands before the two values: `cde(y, x, holding m = 0, 1, 0)`",
        ),
        ("effect a = nde(y, x, m, 1, 0)", "a mediator follows `through`: `nde(y, x, through m, 1, 0)`"),
        ("effect a = rr(y, x, 1, 0)", _RATIO),
        ("effect a = 1 / NNT(y, x)", _RATIO),
        ("effect a = Q50[y]", _ARITHMETIC),
        ("effect a = Var[y | do(x = 1)]", _ARITHMETIC),
        ("effect b = a / 2", _NAMED),
        ("query q = E[y[x = 1] - y]", "a difference is a number: `effect` in place of `query`"),
        (
            "effect e = ate(y, x)",
            "the two values that are compared stand after outcome and exposure: `(y, x, 1, 0)`",
        ),
        ("effect e = ETT(y, x)", f"named effects are {LISTED}; any other is written out"),
        ("query = P(y)", "give it a name: `query risk = …`"),
        ("query q: P(y)", "a name and its query are joined by `=`"),
        ("query q P(y)", "a name and its query are joined by `=`"),
        ("query q = 2", "a query is a probability, as in `query risk = P(y | do(x))`"),
        ("effect e = 2 E[y]", "write `*` to multiply"),
        ("graph { a -> b\nquery q = P(b)", "close the block above with `}` first"),
        ("variables { a : bool\nquery q = P(b)", "close the block above with `}` first"),
        ("variables { a real }", "a type follows a colon: `tar : real`"),
        ("variables { a : real[4] }", "arguments of a type take round brackets: `real(4)`"),
        ("variables { a : category(x, y) }", "quote a value that is a word: `'x'`"),
        ("// old\ngraph { a -> b }", "a comment starts with `#`"),
        ("graph { a => b }", "an arrow is written `->`"),
        ("graph { a : bool }", "types stand in a block of their own: `variables { x : bool }`"),
    ],
)
def test_slips_in_programs(text: str, expected: str) -> None:
    assert advice(parse, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a => b", "an arrow is written `->`"),
        ("a ==> b", "an arrow is written `->`"),
        ("a > b", "an arrow is written `->`"),
        ("a - b", "an arrow is written `->`"),
        ("a <= b", "an arrow is written `->` or `<-`"),
        ("a <=> b", "an unobserved common cause is written `<->`"),
        ("a <- > b", "an unobserved common cause is written `<->`"),
        ("a ~> b", "an arrow is written `->`"),
        ("y ~ x + z", "a regression formula is not a graph: draw edges from causes to effects, `x -> y`"),
        ("a% -> b", QUOTE),
        ("age (years) -> b", QUOTE),
        ("treated? -> b", QUOTE),
        (
            "a b -> c",
            "edges are separated by a line break, `;` or `,`, and "
            'a name with blanks stands in quotes: `"blood pressure"`',
        ),
        ("a\n  -> b", "a chain runs over a line break only after an arrow: end the line above with it"),
        ("latent u -> x", "name latent variables on a line of their own, their edges on another"),
        ("P(y | do(x))", "this is a query, and a graph is read here: a query comes before its graph"),
        ("exposure x -> y", "name roles on a line of their own: `exposure x`"),
        ("{} -> b", "a set holds at least one variable"),
        ("1 -> 2", 'a name starts with a letter; quote any other: `"1st"`'),
        ("a-b -> c", QUOTE),
    ],
)
def test_slips_in_graphs(text: str, expected: str) -> None:
    assert advice(parse_graph, text) == expected


@pytest.mark.parametrize(
    ("reader", "text", "code", "title"),
    [
        (parse_query, "P()", "E0101", "expected a variable, found `)`"),
        (parse_query, "P(y))", "E0101", "expected the end, found `)`"),
        (parse_query, r"P(\foo)", "E0101", r"expected a variable, found `\foo`"),
        (parse_query, "P(y", "E0102", "`(` is not closed"),
        (parse_query, "E[y | do(x]", "E0102", "`(` is not closed"),
        (parse_effect, "(1 + 2", "E0102", "`(` is not closed"),
        (parse_effect, "", "E0107", "there is nothing here to read"),
        (parse_graph, "\n", "E0107", "there is nothing here to read"),
        (parse_graph, "a -> {b, c", "E0102", "`{` is not closed"),
        (parse_graph, "a -> ", "E0101", "expected a variable or `{`, found the end"),
        (parse_graph, 'a -> "b', "E0104", 'the quotation mark " is not closed'),
        (parse_type, "image(1,", "E0102", "`(` is not closed"),
        (parse, "hello", "E0101", f"expected {STATEMENTS}, found `hello`"),
    ],
)  # fmt: skip
def test_titles(reader: Callable[[str], object], text: str, code: str, title: str) -> None:
    with pytest.raises(DofxError) as caught:
        reader(text)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.title) == (code, title)


STARTS = ["program", "query", "effect", "graph", "foreign", "type"]


@pytest.mark.parametrize("start", STARTS)
def test_every_terminal_has_human_words(start: str) -> None:
    built = parser(start)
    terminals = {terminal.name for terminal in built.terminals} - set(built.lexer_conf.ignore)
    assert terminals - WORDS.keys() - UNMENTIONED == set()


def conflicts(grammar: str, start: list[str], caplog: pytest.LogCaptureFixture) -> list[str]:
    caplog.clear()
    with caplog.at_level("DEBUG", logger=lark.logger.name):
        lark.Lark(grammar, start=start, parser="lalr", debug=True)
    return [message for message in caplog.messages if "conflict" in message]


def test_the_grammar_has_no_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    assert conflicts('a: a "+" a | "x"', ["a"], caplog)
    assert not conflicts(GRAMMAR.read_text(encoding="utf-8"), STARTS, caplog)


DATA_LINES = {
    "data P weight w": "a column of weights is named by `weights w`",
    "data P weights w, v": "`weights`, `cluster`, `person` and `time` name one column each",
    "data P weights": "a name is missing: `sets x`, `weights w`",
    "data P strata s": "strata are not taken into account: `weights` and `cluster` are",
    "data P holes NA": 'quote a code that is a word: `holes -99, "NA"`',
    "data P holes -99 -98": "commas separate codes: `holes -99, -98`",
    "data P missing -99": "codes for missing values are declared by `holes -99`",
    "data P from trial.csv": 'a file stands in quotes: `from "trial.csv"`',
    "data from 'trial.csv'": "a data set has a name: `data trial sets x`",
    "data trial = 'a.csv'": 'the file of a data set follows `from`: `data trial from "trial.csv"`',
    "data trial: sets x": "a data set is declared without a colon: `data trial sets x`",
    "data trial sets do(x)": "an experiment is declared by bare names: `sets x`",
    "data trial sets x = 1": "an experiment sets every value in turn: `sets x`",
    "data trial sets {x, z}": "names stand without braces: `sets x, z`",
    "data trial sets x and z": COMMAS,
    "data trial randomised x": "an experiment is declared by `sets x`",
    "data trial sets x measure y": "columns are declared by `measures x, y`",
    "data trial(x, y)": "columns follow `measures`: `data trial measures x, y`",
    "data trial differs z": "another mechanism is declared by `differs at z`",
    "data trial keeps s": "a selection is declared by `keeps by s`",
    "data P id person": "the column that identifies people is named by `person id`",
    "data P dates born": "columns and a unit follow: `dates born, admitted in years`",
    "data P dates born in years since 2000": 'a day stands in quotes: `since "2000-01-01"`',
    "data: trial": "a data set has a name: `data trial sets x`",
    "dataset trial sets x": "did you mean `data`?",
    "policy rule(z)": "a policy is named where it is used, `do(x ~ rule(z))`, and supplied with the rows",
    "latent u": "this is a part of the graph: it stands in `graph { … }`",
    "feedback {x, y}": "this is a part of the graph: it stands in `graph { … }`",
    "query q = P(y) avoiding z": "names stand in braces: `avoiding {z}`",
    "query q = P(y) within z": (
        "conditions stand in the query, `P(y | do(x), z)`; `using {…}` and `avoiding {…}` limit its formula"
    ),
    "query 1q = P(y)": 'a name starts with a letter; quote any other: `"1st"`',
    "variables { x: [0, 1] }": "states stand in `category(…)`: `category(0, 1)`",
}


@pytest.mark.parametrize("line", DATA_LINES)
def test_slips_in_data_lines_and_statements(line: str) -> None:
    assert advice(parse, f"graph {{ {{x, z}} -> y }}\n{line}\nquery k = P(y | do(x))") == DATA_LINES[line]
