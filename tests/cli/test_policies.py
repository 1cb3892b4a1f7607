"""``--policy``: what a policy does, from a file."""

import json
from pathlib import Path

import numpy as np
import pytest

from faces.shop import dofx

GRAPH = "z -> x -> y; z -> y"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    z = rng.integers(0, 2, 4_000)
    x = (rng.random(4_000) < 0.2 + 0.6 * z).astype(int)
    y = (rng.random(4_000) < 0.1 + 0.3 * x + 0.4 * z).astype(int)
    lines = [f"{'old' if a else 'young'},{b},{c}" for a, b, c in zip(z, x, y, strict=True)]
    (tmp_path / "rows.csv").write_text("\n".join(["z,x,y", *lines]))
    (tmp_path / "old.csv").write_text("z,x\nyoung,0\nold,1\n")
    (tmp_path / "half.csv").write_text("x,z,probability\n0,old,0.5\n1,old,0.5\n0,young,1\n")
    (tmp_path / "short.csv").write_text("z,x\nold,1\n")
    return tmp_path


@pytest.mark.parametrize(("file", "expected"), [("old.csv", 0.45), ("half.csv", 0.375)])
def test_effects_under_a_policy(folder: Path, file: str, expected: float) -> None:
    text = "E[y | do(x ~ advice(z))] + 0"
    result = dofx("effect", text, "-g", GRAPH, "--data", "rows.csv", "--policy", f"advice={file}", "--json")
    assert result.exit_code == 0, result.output
    assert abs(json.loads(result.stdout)[0]["value"] - expected) < 0.03


def test_rows_under_a_policy(folder: Path) -> None:
    made = dofx("fit", "P(y | do(x ~ advice(z)))", "-g", GRAPH, "--data", "rows.csv", "-o", "bundle")
    assert made.exit_code == 0, made.output
    drawn = dofx("sample", "bundle", "-n", "4000", "--seed", "1", "--policy", "advice=old.csv")
    assert drawn.exit_code == 0, drawn.output
    numbers = [int(line) for line in drawn.stdout.split()[1:]]
    assert abs(np.mean(numbers) - 0.45) < 0.04
    bare = dofx("sample", "bundle", "-n", "10")
    assert bare.exit_code == 2
    assert "E0460" in bare.stderr
    assert "--policy advice=FILE" in bare.stderr
    answered = dofx(
        "run", "P(y | do(x ~ advice(z)))", "-g", GRAPH, "--data", "rows.csv", "--policy", "advice=old.csv"
    )
    assert answered.exit_code == 0, answered.output


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("advice", "takes NAME=FILE"),
        ("advise=old.csv", "Did you mean advice?"),
        ("advice=short.csv", "has 0 rows at z = young"),
        ("advice=none.csv", "E0501"),
    ],
)
def test_what_is_wrong_with_a_policy(folder: Path, given: str, message: str) -> None:
    text = "E[y | do(x ~ advice(z))] + 0"
    result = dofx("effect", text, "-g", GRAPH, "--data", "rows.csv", "--policy", given)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_policy_of_what_is_not_identifiable_may_be_given_too(folder: Path) -> None:
    (folder / "two.cq").write_text(
        f"graph {{ {GRAPH} }}\neffect lost = E[y[x ~ advice(y[])]]\neffect gain = E[y | do(x ~ rule(z))] + 0"
    )
    given = ("--data", "rows.csv", "--policy", "rule=old.csv", "--policy", "advice=none.csv")
    result = dofx("run", "two.cq", *given, "--json")
    assert result.exit_code == 1, result.output
    answers = json.loads(result.stdout)["effects"]
    assert [answer["identified"] for answer in answers] == [False, True]
    assert abs(answers[1]["value"] - 0.45) < 0.03
