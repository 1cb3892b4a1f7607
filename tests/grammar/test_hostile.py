"""Texts of twice the length take twice the work, whatever they say, and what is said of them stays short.

Work is counted in lines of Python that are run, so that a busy machine fails no test. `benchmarks/compiling/texts.py`
measures the same in seconds, which also sees what regular expressions do.
"""

from __future__ import annotations

import sys
import time
from types import FrameType
from typing import Any

import pytest

from dofx import DofxError
from dofx.compiler.graph.read import graph_of
from dofx.compiler.program import program_of
from dofx.grammar.checks.names import MOST_SUGGESTIONS, Scope
from values import hostile

SMALL = 60
MOST = 2.5
LONGEST_REPORT = 40_000


def work(kind: str, n: int) -> int:
    """How many lines of Python it takes to read a text."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        hostile.read(kind, n)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("kind", hostile.KINDS)
def test_twice_the_text_is_twice_the_work(kind: str) -> None:
    hostile.read(kind, SMALL)  # parsers are made when they are first asked for
    small = work(kind, SMALL)
    assert work(kind, 2 * SMALL) <= MOST * small


@pytest.mark.parametrize("kind", hostile.KINDS)
def test_what_is_said_stays_short(kind: str) -> None:
    assert hostile.read(kind, 1500) < LONGEST_REPORT


def test_very_many_faults_are_counted() -> None:
    with pytest.raises(DofxError) as caught:
        graph_of(hostile.lines(1000, "v# -> v#"))
    assert len(caught.value.diagnostics) == 1000
    assert str(caught.value).count("error[E0202]") == 20
    assert str(caught.value).endswith("\n\n… and 980 more faults")


def test_names_are_compared_for_the_first_faults_alone() -> None:
    scope = Scope(["smoking", "tar"])
    found = [scope.suggest("smokng") for _ in range(MOST_SUGGESTIONS + 2)]
    assert found == ["smoking"] * MOST_SUGGESTIONS + [None, None]


def test_a_long_name_is_abridged() -> None:
    with pytest.raises(DofxError) as caught:
        program_of(f"graph {{ x -> y }}\nquery q = P({'a' * 1_000_000})")
    title = caught.value.diagnostics[0].title
    assert title.startswith("unknown variable `aaaa")
    assert "…" in title
    assert len(str(caught.value)) < 1000


def test_a_graph_with_too_many_edges_is_refused_before_they_are_listed() -> None:
    ends = hostile.names(2000)
    with pytest.raises(DofxError, match="the graph has 4,000,000 edges"):
        graph_of(f"{{{ends}}} -> {{{ends.replace('v', 'w')}}}")
    with pytest.raises(DofxError, match="has 20,000 effects"):
        graph_of(f"latent u; u -> {{{hostile.names(20_000)}}}")
    graph = graph_of(f"latent u; u -> {{{hostile.names(3000)}}}")
    assert graph.sizes == (0, 3000 * 2999 // 2)
    with pytest.raises(DofxError, match="the graph has 4,498,500 edges"):
        str(graph)


@pytest.mark.parametrize("text", ['dag { / "#', 'x -> - "#', "graph { x -> }\nquery a = P('#"])
def test_a_quote_that_never_closes_is_scanned_once(text: str) -> None:
    """Regular expressions that try each quote again take minutes; the bound is a hundred times what they take now."""
    start = time.process_time()
    with pytest.raises(DofxError):
        (program_of if "query" in text else graph_of)(text.replace("#", '\\"' * 40_000 + "\\'" * 40_000))
    assert time.process_time() - start < 10
