"""The families that growth is measured on are what they say, and what is printed of them grows with their size."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks" / "compiling"))
import growth
from hard_graphs import HARD

from dofx.compiler.driver import compile_query, identify
from dofx.compiler.identify.derivation import Rule


@pytest.mark.parametrize("n", [8, 20, 30])
def test_an_onion_alternates_between_the_reductions_half_as_often_as_it_has_variables(n: int) -> None:
    identification = identify(*growth.asked(HARD["onion"](n)))
    assert identification
    assert Counter(step.rule for step in identification.derivation)[Rule.RECURSE] == n // 2 - 1
    assert len(HARD["onion"](n).nodes) == n


@pytest.mark.parametrize(("family", "rule"), [("exchanged", Rule.EXCHANGE), ("dropped", Rule.DROP_CONDITION)])
def test_conditions_move_or_stay_as_their_family_says(family: str, rule: Rule) -> None:
    steps = Counter(step.rule for step in identify(*growth.asked(HARD[family](30))).derivation)
    assert steps[rule] == 30
    staying = Counter(step.rule for step in identify(*growth.asked(HARD["staying"](30))).derivation)
    assert not staying[rule]


@pytest.mark.parametrize("family", sorted(HARD.keys() - {"onion"}))
def test_what_is_printed_of_twice_the_graph_is_at_most_two_and_a_half_times_as_long(family: str) -> None:
    queries = [growth.asked(HARD[family](n)) for n in (120, 240)]
    estimands = [len(str(identify(*query))) for query in queries]
    assert 100 < estimands[0] < estimands[1] < 2.5 * estimands[0]
    if family not in ("ladder", "sparse"):  # the passes find much less to draw in the smaller one
        explained = [len(compile_query(*query).explain()) for query in queries]
        assert explained[1] < 2.5 * explained[0]


def calls(work: Callable[[], object]) -> int:
    """How many functions some work calls, Python's own included: a busy machine calls as many as an idle one."""
    found = 0

    def count(frame: Any, event: str, about: Any) -> None:
        nonlocal found
        found += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return found


@pytest.mark.parametrize(
    ("work", "family", "n"),
    [
        *(
            (growth.identifying, family, 60)
            for family in ("chain", "ladder", "exchanged", "dropped", "staying")
        ),
        *((growth.compiling, family, 60) for family in ("joint", "exchanged", "staying")),
        (growth.notebook, "joint", 16),
    ],
)
def test_twice_the_graph_takes_at_most_two_and_a_half_times_as_many_calls(
    work: Callable[[str], Callable[[int], Callable[[], object]]], family: str, n: int
) -> None:
    small, large = (calls(work(family)(size)) for size in (n, 2 * n))
    assert 1_000 < small < large < 2.5 * small


def test_a_slope_is_the_exponent() -> None:
    assert growth.slope([10, 20, 40], [3.0, 12.0, 48.0]) == "2.00"
    assert growth.slope([10], [3.0]) == "—"
