"""`dofx run` proves each query once, and opens, reads and encodes its data once."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dofx.compiler import driver
from dofx.runtime.data import column_reader, reading
from dofx.runtime.data.dataset import read_data
from dofx.runtime.data.opened import Opened
from faces.shop import dofx

PROGRAM = """
graph { z -> {x, y}; x -> y; idle -> z }
query risk = P(y | do(x))
query both = P(y, z | do(x, idle))
effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]
"""


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each step is taken."""
    counts: Counter[str] = Counter()

    def count(owner: Any, name: str, key: Callable[..., str] | None = None) -> None:
        inner = getattr(owner, name)

        def counting(*args: Any, **named: Any) -> Any:
            counts[key(*args) if key else name] += 1
            return inner(*args, **named)

        monkeypatch.setattr(owner, name, counting)

    count(driver, "identify_query", lambda query, graph, *_: f"prove {query} on {len(graph.nodes)}")
    count(reading.DelimitedFile, "rows")
    count(reading.DelimitedFile, "__init__")
    count(column_reader, "as_column", lambda values, what, *_: what)
    return counts


@pytest.mark.parametrize("options", [(), ("--json",), ("--bootstrap", "3")])
def test_each_step_is_taken_once(options: tuple[str, ...], counted: Counter[str], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = {name: rng.integers(0, 2, 200) for name in ("z", "x", "y", "extra")} | {
        "idle": rng.normal(size=200)
    }
    pd.DataFrame(rows).to_csv(tmp_path / "rows.csv", index=False)
    (tmp_path / "p.cq").write_text(PROGRAM)
    result = dofx("run", str(tmp_path / "p.cq"), "--data", str(tmp_path / "rows.csv"), *options)
    assert result.exit_code == 0, result.output
    assert "extra" in result.stderr
    assert counted.pop("rows") == 1
    assert counted.pop("__init__") == 2  # the header, and the rows
    steps = {step for step in counted if not step.startswith("prove ")}
    assert {f"column `{name}`" for name in "zxy"} <= steps
    if "--bootstrap" in options:  # which searches again, among smaller graphs, once all types are known
        counted = Counter({step: times for step, times in counted.items() if not step.endswith("on 3")})
    assert set(counted.values()) == {1}, counted


def test_opened_rows_are_the_same_as_read_anew() -> None:
    rows = {"x": [0, 1, 1, 0], "w": [0.5, 1.5, 2.5, 3.5], "id": [1, 2, 3, 4]}
    opened = Opened(rows)
    for variables, types in (
        (["x"], {}),
        (["x", "w"], {}),
        (["X"], {"X": "real"}),
        (["x"], {"x": "category(2)"}),
    ):
        for learned in (False, True):
            again, anew = (read_data(source, variables, types, learned=learned) for source in (opened, rows))
            assert again.types == anew.types
            assert again.fingerprint == anew.fingerprint


def test_what_is_expected_is_read_along(counted: Counter[str], tmp_path: Path) -> None:
    pd.DataFrame({"x": [0, 1], "W": [0.5, 1.5], "other": [1, 2]}).to_csv(tmp_path / "r.csv", index=False)
    opened = Opened(tmp_path / "r.csv")
    opened.expect(("w", "nowhere"))
    assert read_data(opened, ["x"]).rows == read_data(opened, ["w"]).rows == 2
    assert counted["rows"] == 1
    assert read_data(opened, ["other"]).rows == 2
    assert counted["rows"] == 2


@pytest.mark.parametrize(
    ("header", "options", "said"),
    [
        ("z,X1,y", (), "has no column `x`"),
        ("z,x,y", ("--generator", "q=table"), "E0426"),
        ("z,x,y", ("--bootstrap", "3", "--intervals", "influence"), "goes with --intervals bootstrap"),
        ("z,x,y", ("--policy", "rule=nowhere.csv"), "not a policy"),
    ],
)
def test_what_is_wrong_is_reported_before_any_output(
    header: str, options: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    (tmp_path / "rows.csv").write_text(f"{header}\n" + "0,1,1\n1,0,0\n0,0,1\n1,1,0\n" * 9)
    (tmp_path / "p.cq").write_text(PROGRAM.replace("; idle -> z", "").replace(", idle", ""))
    result = dofx("run", str(tmp_path / "p.cq"), "--data", str(tmp_path / "rows.csv"), *options)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr


def test_rows_come_from_standard_input(tmp_path: Path) -> None:
    rows = "z;x;y\n" + "0;1;1\n1;0;0\n0;0;1\n1;1;0\n" * 9
    (tmp_path / "rows.csv").write_text(rows)
    asked = ("run", "P(y | do(x))", "-g", "z -> {x, y}; x -> y", "--json", "--data")
    piped = dofx(*asked, "-", input=rows)
    assert piped.exit_code == 0, piped.output
    assert piped.stdout == dofx(*asked, str(tmp_path / "rows.csv")).stdout
    assert "contradict 1 of 2" in dofx("implications", "-g", "x -> y; z", "--data", "-", input=rows).output
    empty = dofx("effect", "-", "--data", "-", input="graph { x -> y } effect a = E[y | do(x = 1)]")
    assert empty.exit_code == 2
    assert "only one of them" in empty.stderr
