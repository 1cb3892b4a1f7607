"""Sachs's proteins: which cells are compared, what is downstream, and that the fit itself is right."""

from __future__ import annotations

import numpy as np
import pytest
import sachs


def test_cells_are_distinguished_by_their_reagents() -> None:
    counts = {case.column: len(sachs.treated(case)) for case in sachs.CASES}
    assert counts == {"none": 853, "psitect": 810, "ly": 848, "u0126": 799, "pma": 913, "b2camp": 707}
    assert list(sachs.rows_with("cd3_cd28")) == [
        "raf",
        "mek",
        "plc",
        "pip2",
        "pip3",
        "erk",
        "akt",
        "pka",
        "pkc",
        "p38",
        "jnk",
    ]


def test_what_is_downstream_follows_the_graph() -> None:
    assert sachs.downstream("erk") == ["akt"]
    assert set(sachs.downstream("pka")) == {"raf", "mek", "erk", "akt", "jnk", "p38"}
    assert len(sachs.downstream("pip3")) == 10


def test_untreated_cells_come_back_when_the_target_is_set_to_their_own_values() -> None:
    case = sachs.Reagent("none", "pka", "")
    found = sachs.comparison(case, range(1), None, 3_000)
    assert not found.unchanged.any()
    assert np.mean(found.dofx) < 2 * np.mean(found.floor)


def test_the_small_setting_reports_each_protein(capsys: pytest.CaptureFixture[str]) -> None:
    sachs.main(["--small"])
    text = capsys.readouterr().out
    assert "| u0126: inhibits MEK, which activates ERK | erk | 1 |" in text
    assert text.count("\n| none | ") == 10
