"""Values that stand for a hole, said in the `data` line: read as holes, kept, and refused where they mean nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.grammar.formatting.program import format_program
from dofx.runtime.data.dataset import read_data

GRAPH = "z -> {x, income}; x -> income; x -> missing(income); missing(z)"
CODES = (-99, "?")


def survey(rows: int = 1_200) -> pd.DataFrame:
    """Rows in which -99 stands for an income and ? for a z that are missing."""
    rng = np.random.default_rng(0)
    z = rng.integers(0, 3, rows)
    x = rng.random(rows) < 0.3 + 0.2 * (z > 0)
    income = np.round(rng.normal(30 + 10 * x + 3 * z, 5, rows), 1)
    return pd.DataFrame(
        {
            "z": np.where(rng.random(rows) < 0.1, "?", z.astype(str)),
            "x": x,
            "income": np.where(rng.random(rows) < np.where(x, 0.4, 0.1), -99, income),
        }
    )


@pytest.mark.parametrize(
    ("column", "codes", "shown", "values"),
    [
        ([1.5, -99.0, 2.5], (-99,), [True, False, True], [1.5, 2.5]),
        ([3, "NA", 4, None, 3, 4], ("NA",), [True, False, True, False, True, True], [0, 1, 0, 1]),
        (pd.Series([3, "", 4, 3, 4], dtype=object), ("",), [True, False, True, True, True], [0, 1, 0, 1]),
        ([1, -99, None, 2, 1, 2], (-99,), [True, False, False, True, True, True], [0, 1, 0, 1]),
        (["1.5", "?", "2.5"], ("?",), [True, False, True], [1.5, 2.5]),
        (["a", "NA", "a", "b", "b"], ("NA", -99), [True, False, True, True, True], [0, 0, 1, 1]),
        (pd.Series(["-99", "3.5", "x"]), (-99, "x"), [False, True, False], [3.5]),
    ],
)
def test_codes_are_holes(column: Any, codes: tuple[Any, ...], shown: list[bool], values: list[float]) -> None:
    read = read_data({"v": column}, ["v"], holes=True, codes=codes)
    assert read.partial["v"].shown.tolist() == shown
    assert read.showing(["v"], ["v"])["v"].tolist() == values


def test_codes_that_do_not_occur_change_nothing() -> None:
    frame = {"v": [0.5, 1.5, 2.5], "w": ["a", "b", "a"]}
    coded, plain = (read_data(frame, ["v", "w"], holes=True, codes=codes) for codes in (CODES, ()))
    assert not coded.partial
    assert coded.fingerprint == plain.fingerprint


def test_a_program_declares_codes(tmp_path: Path) -> None:
    frame = survey()
    frame.to_csv(tmp_path / "rows.csv", index=False)
    text = (
        f'graph {{ {GRAPH} }}\ndata P from "rows.csv" holes -99, "?"\n'
        "effect ate = E[income | do(x = true)] - E[income | do(x = false)]\n"
    )
    program = dofx.compile(text).fit(tmp_path / "rows.csv", epochs=4)
    rows = {record.fit: record.report.rows for record in program.report or ()}
    shown = frame[(frame["z"] != "?") & (frame["income"] != -99)]
    assert rows["P(income | z, x; income, z shown)"] == len(shown)
    assert str(program.types["z"]) == "category(0.0, 1.0, 2.0)"
    assert abs(program.answer()["ate"].value - 10) < 2
    (answer,) = program.answer(tmp_path / "rows.csv", intervals="bootstrap", replicates=2, epochs=1)
    assert answer.interval is not None


def test_codes_stay_with_the_data_set(tmp_path: Path) -> None:
    data = dofx.DataSet("P", holes=CODES)
    assert str(data) == 'P holes -99, "?"'
    assert data == dofx.DataSet("P")
    sampler = dofx.compile("P(x | z)", GRAPH, data=[data]).fit(survey(300))
    sampler.save(tmp_path / "bundle")
    assert dofx.load(tmp_path / "bundle").network.data[0].holes == CODES


def test_codes_of_several_data_sets() -> None:
    trial = dofx.DataSet("trial", sets=["x"], measures=["x", "y"], holes=[9])
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 2, 400), rng.integers(0, 2, 400)
    frame = {"x": x, "y": np.where(rng.random(400) < 0.3, 9, y)}
    sampler = dofx.compile("P(y | do(x))", "x -> y; x <-> y; missing(y)", data=[trial]).fit({"trial": frame})
    assert [record.report.rows for record in sampler.report or ()] == [int((frame["y"] != 9).sum())]


def test_coded_holes_need_a_statement_too() -> None:
    data = [dofx.DataSet("P", holes=CODES)]
    with pytest.raises(DofxError, match="E0515"):
        dofx.compile("P(income | do(x))", "z -> {x, income}; x -> income", data=data).fit(survey(200))


def test_the_line_is_printed_as_it_is_read() -> None:
    text = 'graph { x -> y }\ndata P holes -99, "NA", 0.5 weights w\nquery risk = P(y | do(x))\n'
    program = dofx.parse(text)
    assert program.data[0].codes == (-99, "NA", 0.5)
    assert 'data P holes -99, "NA", 0.5 weights w' in format_program(program)


class Textless:
    """Has no text."""

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__


def nested(depth: int) -> list[object]:
    found: list[object] = []
    for _ in range(depth):
        found = [found]
    return found


@pytest.mark.parametrize(
    "cell", [nested(3_000), {"a": nested(3_000)}, Textless(), 10**5_000, b"NA"], ids=type
)
def test_codes_are_looked_for_among_numbers_and_words_alone(cell: object) -> None:
    sampler = dofx.compile("P(y)", "y", data=[dofx.DataSet(holes=[-99, "NA"])])
    with pytest.raises(dofx.DofxError, match="column `y`"):
        sampler.fit({"y": ["NA", 1, cell, 2, "a"]})
