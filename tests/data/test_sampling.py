"""Data sets that declare how their rows were sampled: weights and clusters, from the text to what is fitted."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dofx
from dofx import DataSet, DofxError, parse
from dofx.compiler.printers.data_json import data_from_json, data_to_json
from dofx.compiler.program import program_of, questions
from dofx.grammar.formatting.program import format_program
from posed.compiled import program

Rows = dict[str, Any]

GRAPH = "z -> {x, y}; x -> y"
PROGRAM = """graph {{
  z -> {{x, y}}
  x -> y
}}

{data}query d    = P(y | do(x))
effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]
"""
WEIGHTED = PROGRAM.format(data="data P weights w cluster home\n")
PLAIN = PROGRAM.format(data="")


def rows_of(states: int, count: int = 300, seed: int = 0) -> Rows:
    """Rows with whole weights, of which some are 0, in homes of different sizes."""
    rng = np.random.default_rng(seed)
    z = rng.integers(0, states, count)
    x = (rng.random(count) < 0.3 + 0.2 * z).astype(int)
    y = (rng.random((count, 1)) > np.cumsum(rng.dirichlet(np.ones(states), (states, 2))[z, x], 1)).sum(1)
    return {"x": x, "y": y, "z": z, "w": rng.integers(0, 4, count), "home": rng.integers(0, 60, count)}


def repeated(rows: Rows) -> Rows:
    return {name: np.repeat(column, rows["w"]) for name, column in rows.items()}


def test_text_and_objects_say_the_same() -> None:
    (data,) = questions(program_of(WEIGHTED)).data
    assert (data.weights, data.cluster) == ("w", "home")
    assert data == DataSet()
    assert format_program(parse(WEIGHTED)) == WEIGHTED
    assert str(data) == "P weights w cluster home"
    back = data_from_json(data_to_json(data))
    assert (back.weights, back.cluster) == ("w", "home")


def test_words_are_names_where_a_name_stands() -> None:
    (data,) = questions(
        program_of(
            "graph { weights -> cluster }  data cluster measures weights, cluster weights w\nquery q = P(cluster)"
        )
    ).data
    assert data == DataSet("cluster", measures=["weights", "cluster"])
    assert data.weights == "w"


@pytest.mark.parametrize("states", [2, 3])
def test_weighted_rows_answer_as_repeated_ones(states: int) -> None:
    rows = rows_of(states)
    weighted, again = (
        program(text).fit(each).answer() for text, each in ((WEIGHTED, rows), (PLAIN, repeated(rows)))
    )
    assert weighted.numbers == pytest.approx(again.numbers, abs=1e-8)
    unweighted = program(PLAIN).fit(rows).answer()
    assert max(abs(a - b) for a, b in zip(weighted.numbers, unweighted.numbers, strict=True)) > 1e-3


def test_a_sampler_keeps_what_was_declared_of_its_rows(tmp_path: Path) -> None:
    rows = rows_of(2)
    sampler = dofx.compile("P(y | do(x))", GRAPH, data=[DataSet(weights="w", cluster="home")]).fit(rows)
    sampler.save(tmp_path / "bundle")
    (data,) = dofx.load(tmp_path / "bundle").network.data
    assert (data.weights, data.cluster) == ("w", "home")


def test_a_file_with_a_column_of_weights(tmp_path: Path) -> None:
    rows = rows_of(2)
    lines = [",".join(rows), *(",".join(map(str, row)) for row in zip(*rows.values(), strict=True))]
    (tmp_path / "rows.csv").write_text("\n".join(lines))
    text = WEIGHTED.replace("data P", f'data P from "{tmp_path / "rows.csv"}"')
    asked = questions(program_of(text))
    assert asked.data[0].plain
    of_file = program(text).fit(tmp_path / "rows.csv").answer()
    assert of_file.numbers == pytest.approx(program(WEIGHTED).fit(rows).answer().numbers)


def test_several_data_sets_are_weighted_each_by_its_own() -> None:
    trial = DataSet("trial", sets=["x"], measures=["y", "z"], differs=["z"], weights="w")
    survey = DataSet("survey", measures=["z"], weights="w")
    rows, other = rows_of(2), rows_of(2, seed=1)
    graph = f"{GRAPH}; x <-> y"
    both = dofx.compile("P(y | do(x))", graph, data=[trial, survey]).fit({"trial": rows, "survey": other})
    plain = [
        DataSet("trial", sets=["x"], measures=["y", "z"], differs=["z"]),
        DataSet("survey", measures=["z"]),
    ]
    again = dofx.compile("P(y | do(x))", graph, data=plain).fit(
        {"trial": repeated(rows), "survey": repeated(other)}
    )
    np.testing.assert_allclose(both.distribution().array(), again.distribution().array(), atol=1e-8)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"w": -1.0}, "E0510"),
        ({"w": 0.0}, "E0510"),
        ({"w": np.nan}, "E0405"),
        ({"w": "many"}, "E0510"),
        ({"w": None}, "E0504"),
        ({"home": None}, "E0504"),
        ({"home": np.nan}, "E0405"),
    ],
)
def test_columns_that_say_nothing_of_the_rows(changed: Rows, code: str) -> None:
    rows = rows_of(2)
    for name, value in changed.items():
        del rows[name]
        if value is not None:
            rows[name] = [value] * 300
    for fitted in (
        lambda: program(WEIGHTED).fit(rows),
        lambda: dofx.compile("P(y | do(x))", GRAPH, data=[DataSet(weights="w", cluster="home")]).fit(rows),
    ):
        with pytest.raises(DofxError) as refused:
            fitted()
        assert [diagnostic.code for diagnostic in refused.value.diagnostics] == [code]


def test_weights_are_no_variable_of_the_graph() -> None:
    for asked in (
        lambda: dofx.identify("P(y | do(x))", GRAPH, data=[DataSet(weights="Z")]),
        lambda: dofx.compile(WEIGHTED.replace("weights w", "weights z")),
    ):
        with pytest.raises(DofxError) as refused:
            asked()
        assert [diagnostic.code for diagnostic in refused.value.diagnostics] == ["E0511"]
    assert dofx.identify("P(y | do(x))", GRAPH, data=[DataSet(cluster="z")])
