"""What commands print of answers: estimates, moments, intervals, drawings."""

import json
from pathlib import Path

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
