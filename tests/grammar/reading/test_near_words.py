"""Words of the language that are written with one wrong letter get the advice that names the word."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.grammar.diagnostics.render import render
from dofx.grammar.parse import parse, parse_effect, parse_graph, parse_query
from dofx.grammar.reading.near_words import nearly
from dofx.grammar.reading.slips import _ARITHMETIC, _QUESTION
from faces.advice import advice

Reader = Callable[[str], object]
LETTERS = "aodx0s"
QUERY = "a query is a probability, as in `query risk = P(y | do(x))`"
WORDS: tuple[tuple[str, Reader, str, str], ...] = (
    ("do", parse_query, "P(y | {}(x))", "`do(…)`"),
    ("do", parse_query, "E[y | z, {}(x = 1)]", "`do(…)`"),
    ("do", parse_effect, "E[y | do(x = 1)] - E[y | {}(x = 0)]", "`do(…)`"),
    ("do", parse, "graph {{ x -> y }}\nquery q = P(y | {}(x))", "`do(…)`"),
    ("ate", parse_effect, "{}(y, x, 1, 0)", "`ate(…)`"),
    ("atc", parse_effect, "1 - {}(y, x, 1, 0)", "`atc(…)`"),
    ("nde", parse_effect, "{}(y, x, through m, 1, 0)", "`nde(…)`"),
    ("pse", parse, "effect e = {}(y, x, along x -> m -> y, 1, 0)", "`pse(…)`"),
    ("through", parse_effect, "nde(y, x, {} {{m, w}}, 1, 0)", "`through`"),
    ("holding", parse_effect, "cde(y, x, {} m = 1, 1, 0)", "`holding`"),
    ("along", parse_effect, "pse(y, x, {} x -> m -> y, 1, 0)", "`along`"),
    ("using", parse, "graph {{ x -> y }}\nquery q = P(y | do(x)) {} {{x}}", "`using {…}`"),
    ("avoiding", parse, "graph {{ x -> y }}\nquery q = P(y | do(x)) {} {{x}}", "`avoiding {…}`"),
    ("missing", parse_graph, "x -> y; {}(y) <- x", "`missing(…)`"),
    ("feedback", parse_graph, "{} {{x, y}}", "`feedback {…}`"),
)
QUESTIONS: tuple[tuple[str, Reader, str, str], ...] = (
    ("P", parse_query, "{}(y | do(x))", _QUESTION),
    ("P", parse, "query q = {}(y | do(x))", QUERY),
    ("P", parse_effect, "{}(y = 1 | do(x = 1)) / P(y = 1)", _QUESTION),
    ("E", parse_query, "{}[y | do(x)]", _QUESTION),
    ("E", parse, "effect e = {}[y | do(x = 1)] - E[y]", _ARITHMETIC),
)


def near(word: str) -> Iterator[str]:
    """All names that differ from a word by a letter that is wrong, missing, too much or swapped."""
    found = {word[:i] + letter + word[i:] for i in range(len(word) + 1) for letter in LETTERS}
    found |= {word[:i] + letter + word[i + 1 :] for i in range(len(word)) for letter in ("", *LETTERS)}
    found |= {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
    return (each for each in sorted(found) if each.isidentifier() and each.lower() != word.lower())


@pytest.mark.parametrize(("word", "reader", "text", "shown"), WORDS)
def test_a_word_with_one_wrong_letter_is_met_with_the_word(
    word: str, reader: Reader, text: str, shown: str
) -> None:
    """`P(y | d0(x))` got advice about square brackets, and most others got none."""
    others = {"te", "ie", "pie", "tde", "pde"}  # effects by other names, which have an advice of their own
    for written in set(near(word)) - others:
        met = advice(reader, text.format(written))
        assert met.startswith("did you mean "), written
        assert shown in met, written


@pytest.mark.parametrize(("word", "reader", "text", "expected"), QUESTIONS)
def test_what_stands_in_place_of_a_probability_or_an_expectation_is_met_with_both(
    word: str, reader: Reader, text: str, expected: str
) -> None:
    for written in set(near(word)) | {"Prb", "Exp", "Mean"}:
        assert advice(reader, text.format(written)) == expected, written


@pytest.mark.parametrize(
    ("reader", "text", "word"),
    [
        (parse_query, "P(y | zz(x))", "do"),
        (parse_query, "P(d0(x = 1))", "do"),
        (parse_query, "P(y[m = 1] | w(x = 1))", "do"),
        (parse_graph, "x -> y; mission(y)", "missing"),
        (parse_effect, "f(y, x, 1, 0)", "ate"),
    ],
)
def test_other_words_are_left_alone(reader: Reader, text: str, word: str) -> None:
    assert "did you mean" not in advice(reader, text)


def test_a_value_shows_that_a_world_may_be_meant() -> None:
    world = " The world of a variable stands in square brackets: `y[x = 1]`"
    assert advice(parse_query, "P(y | d(x = 1))") == f"did you mean `do(…)`?{world}"
    assert advice(parse_query, "P(y | d(x))") == "did you mean `do(…)`?"


def test_one_letter_is_near_two_are_not() -> None:
    assert all(nearly(written, "through") for written in near("through"))
    assert not any(nearly(other, "through") for other in ("thorgh", "throuughh", "htrouhg", "rough", ""))


def test_the_advice_stands_under_the_fault(golden: Callable[[str, str], None]) -> None:
    shown = []
    for word, reader, text, _ in (*WORDS, *QUESTIONS):
        with pytest.raises(DofxError) as caught:
            reader(text.format(max(near(word), key=len)))
        shown.append(render(caught.value.diagnostics[0]))
    golden("near_words.txt", "\n\n".join(shown) + "\n")
