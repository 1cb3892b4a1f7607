"""Tables show what their entries stand for, and objects that a person meets print as one short line."""

from __future__ import annotations

import pytest

import dofx


def test_a_table_shows_its_states() -> None:
    sampler = dofx.compile("P(y | do(x))", "x -> y").fit(
        {"x": [True, False] * 20, "y": ["a", "b", "b", "b"] * 10}
    )
    table = sampler.distribution()
    assert table.states == {"x": (False, True), "y": ("a", "b")}
    assert [line.split() for line in repr(table).splitlines()][::3] == [
        ["x", "y", "value"],
        ["true", "a", "0.5"],
    ]
    assert "<td>true</td><td>b</td><td>0.5</td>" in table._repr_html_()
    frame = table.to_pandas()
    assert frame.columns.tolist() == ["x", "y", "value"]
    assert frame.loc[3].tolist() == [True, "b", pytest.approx(0.5)]
    assert table.marginal(["y"]).states == {"y": ("a", "b")}
    assert sampler.distribution(do={"x": True}).to_pandas()["y"].tolist() == ["a", "b"]


def test_a_large_table_is_shown_in_part() -> None:
    assert repr(dofx.Table("xy", [[0] * 10] * 10)).splitlines()[-1] == "… and 84 more"
    assert dofx.Table((), 0.5).to_pandas()["value"].tolist() == [0.5]


def test_states_fit_their_axis() -> None:
    with pytest.raises(ValueError, match="3 states for the 2 entries of x"):
        dofx.Table("x", [0.5, 0.5], {"x": (1, 2, 3)})


def test_reprs_are_one_short_line() -> None:
    proof = dofx.identify("P(y | do(x))", "x -> y")
    assert repr(proof) == "Identification(P(y | do(x)) = P(y | x))"
    assert repr(proof.estimand) == "Estimand(P(y | do(x)) = P(y | x))"
    assert (
        repr(dofx.identify("P(y | do(x))", "x -> y; x <-> y"))
        == "Identification(P(y | do(x)) is not identifiable)"
    )
