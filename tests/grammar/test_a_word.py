"""A word that the language does not have: `rr`, the ratio of two risks. The toy is all that has to be written.

A word is one entry of `EFFECTS` and one of the terminal that lists them in the grammar; `tables.json` is made from the
grammar. Checks, formatter, compiler and answers take what it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import dofx
from dofx.grammar.expand import EFFECTS, Effect, Expansion
from dofx.grammar.formatting.query import format_effect
from dofx.grammar.parse import parse_effect
from dofx.grammar.reading import lalr
from dofx.grammar.syntax.query import Arithmetic, Operation
from models.graphs import Query, parse_graph
from models.oracle import random_model

GRAPH = "w -> r -> x -> y; x <-> w <-> y"
PROGRAM = f"graph {{ {GRAPH} }}\nquery law = P(y | do(x))\neffect risk = rr(y = 1, x, 1, 0)"


def ratio(effect: Expansion) -> Arithmetic:
    """The outcome under one value of the exposure, divided by the outcome under the other."""
    return Operation("/", effect.done(effect.value), effect.done(effect.other), effect.sugar.span)


@pytest.fixture
def word(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The language with the word in it."""
    grammar = tmp_path / "causal.lark"
    grammar.write_text(lalr.GRAMMAR.read_text("utf-8").replace("SHORTHAND: /(", "SHORTHAND: /(rr|"), "utf-8")
    monkeypatch.setattr(lalr, "GRAMMAR", grammar)
    monkeypatch.setitem(EFFECTS, "rr", Effect(ratio, "rr(y = 1, x, 1, 0)"))
    lalr.parser.cache_clear()
    yield
    lalr.parser.cache_clear()


def test_the_grammar_lists_the_words_that_have_a_meaning() -> None:
    (listed,) = re.findall(r"^SHORTHAND: /\(([a-z|]+)\)", lalr.GRAMMAR.read_text("utf-8"), re.MULTILINE)
    assert set(listed.split("|")) == EFFECTS.keys()


def test_without_it_the_word_is_unknown() -> None:
    with pytest.raises(dofx.DofxError):
        parse_effect("rr(y, x, 1, 0)")


@pytest.mark.usefixtures("word")
def test_it_is_read_checked_and_written() -> None:
    effect = parse_effect("RR(y=1, x, 1, 0)")
    assert format_effect(effect) == "rr(y = 1, x, 1, 0)"
    with pytest.raises(dofx.DofxError, match="`rr` takes no mediators"):
        dofx.compile("effect risk = rr(y = 1, x, through w, 1, 0)", GRAPH)


@pytest.mark.usefixtures("word")
def test_what_it_stands_for_is_held_to_the_oracle_through_fit_and_sample() -> None:
    """Exact answers to 1e-6; the ratio of two sampled frequencies within five standard errors."""
    shape, rows = parse_graph(GRAPH), 20_000
    for seed in range(2):
        model = random_model(shape, seed)
        law = model.truth(Query(("y",), ("x",)))[:, 1]
        truth = law[1] / law[0]
        program = dofx.compile(PROGRAM)
        assert isinstance(program, dofx.CompiledProgram)
        answers = program.fit(dofx.Table(shape.nodes, model.joint())).answer()
        assert abs(float(answers["risk"]) - truth) < 1e-6
        sampler = program["law"]
        found = [
            float((sampler.sample(rows, do={"x": x}, seed=seed)["y"] == 1).float().mean()) for x in (0, 1)
        ]
        spread = truth * np.sqrt(sum((1 - risk) / (risk * rows) for risk in law[:2]))
        assert abs(found[1] / found[0] - truth) < 5 * spread
