"""What commands print of answers: estimates, moments, intervals, drawings."""

import json
from pathlib import Path

import pytest

from faces.shop import dofx

QUERY = "P(y | do(x))"


def test_real_outcomes_come_with_moments_and_quantiles(tmp_path: Path) -> None:
    rows = ["x,y"] + [f"{i % 2},{i % 2 + (i * 37 % 100) / 100:.2f}" for i in range(400)]
    (tmp_path / "rows.csv").write_text("\n".join(rows))
    command = ("run", QUERY, "-g", "x -> y", "--data", tmp_path / "rows.csv", "--epochs", "1", "-n", "500")
    output = dofx(*command).output
    assert "from 500 simulated rows" in output
    assert "mean of y" in output
    assert "median" in output
    setting = json.loads(dofx(*command, "--json").output)["queries"][0]["settings"][0]
    assert setting["rows"] == 500
    assert list(setting["outcomes"][0]["quantiles"]) == ["0.05", "0.25", "0.5", "0.75", "0.95"]


def test_answers_are_drawn(shop: Path) -> None:
    before = sorted(shop.iterdir())
    for name, start in (("answers.svg", b"<?xml"), ("answers.PNG", b"\x89PNG"), ("answers.pdf", b"%PDF")):
        result = dofx("run", "two.cq", "--data", "rows.csv", "--plot", name)
        assert result.exit_code == 0, result.output
        assert (shop / name).read_bytes().startswith(start)
    assert len(sorted(shop.iterdir())) == len(before) + 3
    refused = dofx("effect", "two.cq", "--data", "rows.csv", "--plot", "answers.jpg")
    assert refused.exit_code == 2
    assert "E0803" in refused.output


def test_intervals_by_influence_are_printed(shop: Path) -> None:
    result = dofx("effect", "two.cq", "--data", "rows.csv", "--intervals", "influence")
    assert "(95 % by the influence of" in result.output
    assert "effective rows" in result.output
    data = json.loads(
        dofx("run", "two.cq", "--data", "rows.csv", "--intervals", "influence", "--json").stdout
    )
    assert data["effects"][0]["interval"]["method"] == "influence"
    result = dofx("run", "two.cq", "--data", "rows.csv", "--intervals", "influence", "--bootstrap", "5")
    assert result.exit_code == 2


def test_bootstrap_intervals_are_printed(shop: Path) -> None:
    result = dofx("effect", "two.cq", "--data", "rows.csv", "--bootstrap", "5")
    assert "(95 % of 5 bootstrap replicates)" in result.output
    assert not result.stderr
    data = json.loads(dofx("run", "two.cq", "--data", "rows.csv", "--bootstrap", "5", "--json").stdout)
    assert data["effects"][0]["interval"]["replicates"] == 5


def test_json_has_only_numbers_that_json_has(tmp_path: Path) -> None:
    """Of effects that divide by zero neither value nor standard error is a number; `NaN` is no JSON."""
    rows = [f"{i % 3},{(i * 7 + i // 3) % 2},{(i * 5 + i // 4) % 2}" for i in range(120)]
    (tmp_path / "rows.csv").write_text("\n".join(["z,x,y", *rows]))
    (tmp_path / "zero.cq").write_text(
        "graph { z -> {x, y}; x -> y }\neffect d = E[y | do(x = 1)] / (E[y | do(x = 0)] - E[y | do(x = 0)])\n"
    )
    asked = (tmp_path / "zero.cq", "--data", tmp_path / "rows.csv")
    found = dofx("run", *asked, "--intervals", "influence", "--json").stdout
    (effect,) = json.loads(found, parse_constant=pytest.fail)["effects"]
    assert effect["value"] is effect["standard_error"] is None
    shown = json.loads(dofx("explain", *asked, "--json").stdout, parse_constant=pytest.fail)
    assert shown["alternatives"] == []
    assert " nan " not in dofx("explain", *asked).stdout
