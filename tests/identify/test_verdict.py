"""Verdicts as values: what each says of its query, in a word, as a truth value, in words and with its witness."""

from __future__ import annotations

from dataclasses import replace

import pytest

import dofx
from dofx.compiler.identify.hedge import Hedge
from dofx.compiler.identify.verdict import Identified, Refused, Undefined, Verdict, Zero

FOUND = dofx.identify("P(y | do(x))", "z -> {x, y}; x -> y")
LOST = dofx.identify("P(y | do(x))", "x -> y; x <-> y")
assert FOUND.estimand is not None


def test_an_identifiable_query_has_an_estimand_and_no_witness() -> None:
    assert isinstance(FOUND.answer, Identified)
    assert (FOUND.verdict, bool(FOUND), FOUND.witness, FOUND.hedge) == ("identified", True, None, None)
    assert FOUND.estimand is FOUND.answer.estimand


def test_a_query_that_is_not_identifiable_has_a_witness_and_no_estimand() -> None:
    assert isinstance(LOST.answer, Refused)
    assert (LOST.verdict, bool(LOST), LOST.estimand) == ("not identified", False, None)
    assert isinstance(LOST.witness, Hedge)
    assert LOST.hedge is LOST.witness is LOST.answer.witness


@pytest.mark.parametrize(
    ("verdict", "name", "holds", "sentence"),
    [
        (FOUND.answer, "identified", True, "P(y | do(x)) is identifiable."),
        (Zero(FOUND.estimand), "zero", True, "P(y | do(x)) is zero."),
        (Undefined(), "undefined", False, "P(y | do(x)) is undefined."),
        (LOST.answer, "not identified", False, "P(y | do(x)) is not identifiable."),
    ],
)
def test_what_each_verdict_says(verdict: Verdict, name: str, holds: bool, sentence: str) -> None:
    told = replace(LOST, answer=verdict)
    assert (told.verdict, bool(told), told.identified) == (name, holds, holds)
    assert (told.estimand is not None) == holds
    assert (told.witness is not None) == (name == "not identified")
    assert told.explain().startswith(sentence)
    assert ("What would help:" in told.explain()) == (name == "not identified")
    assert str(told).split("\n")[0] == (str(told.estimand) if holds else sentence)
    assert sentence[:-1] in told._repr_html_()
    assert sentence[:-1] in told._repr_svg_()
