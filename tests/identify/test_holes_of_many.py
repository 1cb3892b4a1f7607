"""Questions about many columns with holes are decided in as many steps as there are columns, or a bounded number."""

from __future__ import annotations

import itertools
import random

import pytest

import dofx
from dofx.compiler.identify.holes import draws, mgraph


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many sets of columns were looked at for odds, as a list of one number for each."""
    found: list[int] = []
    has = draws.Draws._has_odds

    def counted(self: draws.Draws, columns: int, holes: int, beside: int) -> bool:
        found.append(columns)
        return has(self, columns, holes, beside)

    monkeypatch.setattr(draws.Draws, "_has_odds", counted)
    return found


def chain(n: int) -> str:
    return " -> ".join(f"v{i}" for i in range(n))


@pytest.mark.parametrize("columns", [9, 12, 20])
def test_each_column_may_cause_the_holes_of_all_others(columns: int, looked: list[int]) -> None:
    last = f"v{columns - 1}"
    found = dofx.identify(f"P({last} | do(v0))", f"{chain(columns)}; others -> missing(*)")
    assert found.verdict == "identified"
    assert len(looked) <= 7_000
    assert columns == 9 or len(looked) < columns


def test_a_search_that_finds_nothing_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    monkeypatch.setattr(draws, "MOST_ODDS", 200)
    monkeypatch.setattr(draws.Draws, "_has_odds", lambda _, columns, *more: bool(looked.append(columns)))
    found = dofx.identify("P(v10, v0)", f"{chain(11)}; others -> missing(*)")
    assert found.verdict != "identified"
    assert len(looked) <= 200 * 40, "so many for each form that the estimand may have"


@pytest.mark.parametrize("columns", [8, 20])
def test_what_hides_itself_is_refused_at_once(columns: int, looked: list[int]) -> None:
    itself = "; ".join(f"v{i} -> missing(v{i})" for i in range(columns))
    found = dofx.identify(f"P(v{columns - 1} | do(v0))", f"{chain(columns)}; {itself}")
    assert found.verdict == "not identified"
    assert f"rule out v{columns - 1} -> missing(v{columns - 1})" in found.explain()
    assert looked == []


def test_refusing_at_once_changes_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(5)
    cases = [case(rng) for _ in range(80)]
    quick = [decided(*each) for each in cases]
    hiding: list[int] = []
    of = mgraph.MGraph.hiding
    monkeypatch.setattr(mgraph.MGraph, "hiding", lambda graph, some: hiding.append(of(graph, some)) or 0)
    assert quick == [decided(*each) for each in cases]
    assert sum(map(bool, hiding)) > 30


def case(rng: random.Random) -> tuple[str, str]:
    """A query on a random graph of up to four columns with holes."""
    v = [f"v{i}" for i in range(rng.choice((2, 3, 4)))]
    pairs = list(itertools.combinations(v, 2))
    edges = [f"{a} -> {b}" for a, b in pairs if rng.random() < 0.5]
    edges += [f"{a} <-> {b}" for a, b in pairs if rng.random() < 0.15]
    edges += [f"{a} -> missing({b})" for a in v for b in v if rng.random() < 0.3]
    edges += [f"missing({a}) -> missing({b})" for a, b in pairs if rng.random() < 0.15]
    edges += [f"{a} <-> missing({a})" for a in v if rng.random() < 0.1]
    query = f"P({v[-1]} | do({v[0]}))" if rng.random() < 0.6 else f"P({v[-1]}, {v[0]})"
    return query, "; ".join((*v, *edges))


def decided(query: str, graph: str) -> tuple[str, str]:
    found = dofx.identify(query, graph)
    return found.verdict, str(found.estimand)
