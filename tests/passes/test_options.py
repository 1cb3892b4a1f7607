"""Passes by name, with options from text, and as partials."""

from __future__ import annotations

from functools import partial

import pytest

import dofx
from dofx.compiler.driver import compile_query
from dofx.compiler.passes import PASSES, fold, prune, see
from dofx.compiler.passes.options import pass_name, passes_named
from dofx.grammar.diagnostics.diagnostic import DofxError

KNOWN = {pass_name(run): run for run in PASSES}
NAPKIN = "w -> r -> x -> y; x <-> w <-> y"


def test_a_list_of_names_is_the_passes_in_that_order() -> None:
    assert passes_named(" prune ,see", KNOWN) == (prune, see)
    assert passes_named("", KNOWN) == ()


def test_options_limit_what_a_pass_does() -> None:
    states = dict.fromkeys("wrxy", 2)

    def folded(passes: str) -> int:
        network = compile_query("P(y | do(x))", NAPKIN, passes=passes, states=states).network
        return network.refits

    assert folded("fold") == folded("fold{cells=16}") == 0
    assert folded("fold{cells=15}") == 1


def test_a_partial_is_a_pass() -> None:
    states = dict.fromkeys("wrxy", 2)
    compilation = compile_query("P(y | do(x))", NAPKIN, passes=[partial(fold, cells=16)], states=states)
    assert [name for name, _ in compilation.trace] == ["lower", "fold"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sea", "did you mean `see`"),
        ("see{cells=1}", "it has no options"),
        ("fold{cell=1}", "its options are cells"),
        ("fold{cells=many}", "give a whole number"),
        ("see; prune", "is not a list of passes"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, said: str) -> None:
    with pytest.raises(DofxError, match="E0806") as error:
        dofx.compile("P(y | do(x))", "x -> y", passes=text)
    assert said in str(error.value)
