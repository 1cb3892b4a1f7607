"""What would help a query of several worlds: each remedy that is named makes it identifiable, and none is missed."""

from __future__ import annotations

import pytest

import dofx
from dofx.compiler.identify.remedy import all_remedies_tried, remedies


@pytest.mark.parametrize(
    ("query", "graph", "cures"),
    [
        ("P(y[x = 1] | x = 0)", "x -> y; x <-> y", ["measure the common cause of x and y"]),
        ("P(y[x = 1] | x = 0)", "latent u, v; u -> {x, y}; v -> {x, y}; x -> y", ["measure u and v"]),
        ("P(y[x = 1, m = m[x = 0]])", "x -> m -> y; x -> y; m <-> y; x <-> y", []),
        ("P(y[x = 1, m = m[x = 0]])", "latent u; x -> m -> y; x -> y; u -> {m, y}", ["measure u"]),
        (
            "P(y | do(x = x + 1))",
            "x -> y; x <-> y; a <-> b",
            ["measure the common cause of x and y"],
        ),
        ("P(y[x = 1] = 1, y[x = 0] = 0)", "x -> y", []),
    ],
)
def test_what_would_help(query: str, graph: str, cures: list[str]) -> None:
    found = dofx.identify(query, graph)
    assert found.verdict == "not identified"
    assert [str(remedy) for remedy in remedies(found)] == cures
    assert all_remedies_tried(found)
    assert ("No single remedy would help." in found.explain()) == (not cures)
    assert all(cure in found.explain() for cure in cures)


NAPKIN = "w -> r -> x -> y; x <-> w <-> y"


@pytest.mark.parametrize(
    ("query", "helps"),
    [
        ("P(y[x = 0] | x = 1)", True),
        ("P(y[x = false] | x = true)", True),
        ("P(y | do(x = 1 - x))", True),
        ("P(y[x = 0] | x = 2)", False),  # which has more states
        ("P(y[x = 'a'] | x = 'b')", False),
        ("P(y[x = 0] | x = 1, w = 1)", False),
    ],
)
def test_that_a_treatment_has_two_states_is_asked_about_where_it_would_help(query: str, helps: bool) -> None:
    found = dofx.identify(query, NAPKIN)
    assert found.verdict == "not identified"
    assert ("declare x as `bool`, if it has two states" in map(str, remedies(found))) == helps
    if helps:
        assert dofx.identify(query, NAPKIN, variables={"x": "bool"})


def test_that_none_would_help_is_said_only_where_all_were_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was said too where more changes were possible than are tried."""
    hopeless = dofx.identify("P(y[x = 1, m = m[x = 0]])", "x -> m -> y; x -> y; m <-> y; x <-> y")
    assert "No single remedy would help." in hopeless.explain()
    monkeypatch.setattr("dofx.compiler.identify.remedy.MOST_TRIES", 1)
    assert not all_remedies_tried(hopeless)
    assert "No single remedy would help." not in hopeless.explain()
