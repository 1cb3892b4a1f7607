"""Samplers and programs that are fitted on several data sets."""

import csv
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import dofx
from dofx import DofxError, Table
from dofx.cli.app import cli
from models.populations import Populations, Problem, Rows
from posed.problems import data_of, graph_of, tables_of

CARRIED = Problem(
    ("z", "x", "m", "y"),
    (("z", "y"), ("x", "m"), ("m", "y"), ("z", "x")),
    (("x", "y"),),
    ("y",),
    ("x",),
    (),
    (Rows("survey", measures=("z",)), Rows("trial", ("x",), ("z", "m", "y"), ("z",))),
)
PROGRAM = """graph { z -> y; x -> m -> y; z -> x; x <-> y }
data survey from "survey.csv" measures z
data trial sets x measures z, m, y differs at z
query q = P(y | do(x))
effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]
"""
ROWS = 30_000
BOUND = 0.03
"""More than four standard errors of a probability that is estimated from a third of the rows, in 12 cells."""


def rows_of(table: Table, seed: int, count: int = ROWS) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    chances = table.array() / table.array().sum()
    found = np.unravel_index(rng.choice(chances.size, count, p=chances.ravel()), chances.shape)
    return dict(zip(table.names, found, strict=True))


@pytest.fixture(scope="module")
def world() -> tuple[dict[str, Table], Populations]:
    return tables_of(CARRIED, 5)


def compiled() -> dofx.Sampler:
    return dofx.compile(CARRIED.query, graph_of(CARRIED), data=data_of(CARRIED))


def test_a_sampler_is_trained_on_each(world: tuple[dict[str, Table], Populations]) -> None:
    tables, model = world
    rows = {name: rows_of(table, seed) for seed, (name, table) in enumerate(tables.items())}
    sampler = compiled().fit(rows)
    truth = model.truth(("x", "y"))
    assert np.abs(sampler.distribution().array(["x", "y"]) - truth).max() < BOUND
    shares = np.bincount(np.asarray(sampler.sample(ROWS, do={"x": 1}, seed=1)["y"]), minlength=truth.shape[1])
    assert np.abs(shares / ROWS - truth[1]).max() < BOUND
    assert "counted in survey" in sampler.explain()
    assert "trained on trial" in sampler.explain()
    pooled = {name: np.concatenate([rows["survey"][name], rows["trial"][name]]) for name in ("z",)}
    shift = np.bincount(pooled["z"]) / len(pooled["z"]) - np.bincount(rows["survey"]["z"]) / ROWS
    assert np.abs(shift).max() > BOUND, "pooling the rows would have been noticed"


def test_a_sampler_of_known_distributions(
    world: tuple[dict[str, Table], Populations], tmp_path: Path
) -> None:
    tables, model = world
    sampler = compiled().fit(tables)
    np.testing.assert_allclose(sampler.distribution().array(["x", "y"]), model.truth(("x", "y")), atol=1e-12)
    sampler.save(tmp_path / "bundle")
    again = dofx.load(tmp_path / "bundle")
    np.testing.assert_allclose(again.distribution().array(), sampler.distribution().array(), atol=1e-12)
    assert again.network == sampler.network
    assert "survey(z) trial(y | do(x), z)" in again.explain()


def test_an_interim_stage_trains_on_its_own_data_set() -> None:
    """The napkin graph, asked of a data set of another name, with another beside it."""
    problem = Problem(
        ("w", "r", "x", "y"),
        (("w", "r"), ("r", "x"), ("x", "y")),
        (("w", "x"), ("w", "y")),
        ("y",),
        ("x",),
        (),
        (Rows("survey", measures=("w", "r", "x", "y")), Rows("lab", ("x",), ("r",))),
    )
    tables, model = tables_of(problem, 3)
    rows = {name: rows_of(table, seed, 100_000) for seed, (name, table) in enumerate(tables.items())}
    sampler = dofx.compile(problem.query, graph_of(problem), data=data_of(problem)).fit(rows)
    assert sampler.network.refits or "F" in str(sampler.network)
    assert np.abs(sampler.distribution().array(["x", "y"]) - model.truth(("x", "y"))).max() < BOUND


def test_a_program(world: tuple[dict[str, Table], Populations]) -> None:
    tables, model = world
    program = dofx.compile(PROGRAM)
    assert isinstance(program, dofx.CompiledProgram)
    answers = program.fit(tables).answer()
    truth = model.truth(("x", "y")) @ np.arange(tables["trial"].sizes["y"])
    assert float(answers["ate"]) == pytest.approx(truth[1] - truth[0], abs=1e-12)
    said = answers.assumptions()
    assert "trial set x, and nothing else changed with it" in said
    assert "trial shares every mechanism except that of z with the target population" in said
    with pytest.raises(DofxError, match="a known distribution has no intervals"):
        program.answer(tables, intervals="bootstrap")


def write(path: Path, rows: dict[str, np.ndarray]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(rows)
        writer.writerows(zip(*rows.values(), strict=True))


def test_the_command_line(world: tuple[dict[str, Table], Populations], tmp_path: Path) -> None:
    tables, _ = world
    file = tmp_path / "carried.cq"
    file.write_text(PROGRAM)
    for name, table in tables.items():
        write(tmp_path / f"{name}.csv", rows_of(table, 1, 500))
    run = CliRunner().invoke(cli, ["run", str(file), "--data", f"trial={tmp_path / 'trial.csv'}"])
    assert run.exit_code == 0, run.output
    assert "ate" in run.output
    missing = CliRunner().invoke(cli, ["run", str(file)])
    assert missing.exit_code == 2
    unknown = CliRunner().invoke(cli, ["run", str(file), "--data", "other=x.csv"])
    assert "NAME one of survey, trial" in unknown.output


def test_what_is_refused(world: tuple[dict[str, Table], Populations]) -> None:
    tables, _ = world
    rows = {name: rows_of(table, 0, 50) for name, table in tables.items()}

    def said(data: object) -> str:
        with pytest.raises(DofxError) as error:
            compiled().fit(data)
        return str(error.value)

    assert "there are no rows for the data set `survey`" in said({"trial": rows["trial"]})
    lacking = {name: column for name, column in rows["trial"].items() if name != "m"}
    text = said({**rows, "trial": lacking})
    assert "no column `m`" in text
    assert "the rows of the data set `trial`" in text
    labels = {**rows["survey"], "z": np.array(["a", "b"] * 25)}
    assert "`z` is" in said({**rows, "survey": labels}) or "different" in said({**rows, "survey": labels})


def test_an_arm_that_never_occurred_is_refused(world: tuple[dict[str, Table], Populations]) -> None:
    """There is nothing to learn it from: it is an error, not an extrapolation."""
    rows = {name: rows_of(table, 0, 2000) for name, table in world[0].items()}
    tried = rows["trial"]["x"] < 2
    rows["trial"] = {name: column[tried] for name, column in rows["trial"].items()}
    sampler = dofx.compile(
        CARRIED.query, graph_of(CARRIED), data=data_of(CARRIED), variables={"x": "category(3)"}
    ).fit(rows)
    assert len(sampler.sample(5, do={"x": 1})["y"]) == 5
    for ask in (lambda: sampler.sample(5, do={"x": 2}), lambda: sampler.distribution(do={"x": 2})):
        with pytest.raises(DofxError, match="no experiment has set `x` to 2"):
            ask()
    table = sampler.distribution()
    assert table.states["x"] == (0, 1)
    assert np.allclose(table.array(["x", "y"])[1], sampler.distribution(do={"x": 1}).array(["y"]))
    kinds = {"x": "category(3)"}
    assert len(dofx.compile(PROGRAM, variables=kinds).fit(rows).answer()["q"].settings) == 2
    program = dofx.compile(PROGRAM + "query r = P(y | do(x = 2))", variables=kinds).fit(rows)
    with pytest.raises(DofxError, match="E0509"):
        program["r"].sample(5)


def test_states_that_one_data_set_lacks() -> None:
    """A state that occurs in the trial alone has probability zero in the survey, and is a state there too."""
    sampler = compiled()
    rng = np.random.default_rng(0)
    trial = {name: rng.integers(0, 3, 300) for name in ("x", "z", "m", "y")}
    sampler.fit({"survey": {"z": rng.integers(0, 2, 300)}, "trial": trial})
    assert str(sampler.types["z"]) == "category(3)"


def test_rows_are_pooled_where_the_conditional_is_the_same() -> None:
    """X is not confounded: trial and survey have the same P(y | x, z), and the clinic, where y differs, has not."""
    graph, rng = "z -> {x, y}; x -> y", np.random.default_rng(1)

    def rows(x: np.ndarray, z: np.ndarray, shift: float) -> dict[str, np.ndarray]:
        return {"x": x, "z": z, "y": (rng.random(len(x)) < 0.2 + 0.3 * x + 0.2 * z + shift).astype(int)}

    z = rng.integers(0, 2, 3000)
    survey = rows((rng.random(3000) < 0.3 + 0.4 * z).astype(int), z, 0)
    small = rng.integers(0, 2, 500)
    trial = rows(rng.integers(0, 2, 500), small, 0)
    clinic = rows(rng.integers(0, 2, 500), small, 0.2)
    data = [
        dofx.DataSet("trial", sets=["x"]),
        dofx.DataSet("survey", differs=["z"]),
        dofx.DataSet("clinic", differs=["y"]),
    ]
    sampler = dofx.compile("P(y | do(x), z)", graph, data=data)
    sampler.fit({"trial": trial, "survey": survey, "clinic": clinic})
    assert sampler.report is not None
    assert sampler.report.records[0].report.rows == 3500
    (agreement,) = sampler.agreements
    assert agreement.data in (("trial", "survey"), ("survey", "trial"))
    assert agreement.p > 0.05, "equal conditionals are said to differ; the seed is fixed"
    alone = dofx.compile("P(y | do(x), z)", graph, data=data).fit({"trial": trial, "survey": survey})
    np.testing.assert_array_equal(alone.distribution().array(), sampler.distribution().array())
    other = dofx.compile("P(y | do(x), z)", graph, data=[data[0], dofx.DataSet("clinic")])
    other.fit({"trial": trial, "clinic": clinic})
    assert other.agreements[0].p < 0.01, "what was declared is wrong, and the rows show it"
    program = dofx.compile("query q = P(y | do(x), z)", graph, data=[data[0], dofx.DataSet("clinic")])
    assert isinstance(program, dofx.Sampler)
    effects = dofx.compile(
        "effect ate = E[y | do(x = 1), z = 0] - E[y | do(x = 0), z = 0]",
        graph,
        data=[data[0], dofx.DataSet("clinic")],
    )
    assert isinstance(effects, dofx.CompiledProgram)
    leans = effects.fit({"trial": trial, "clinic": clinic}).answer().assumptions()
    assert "DISAGREE" in leans
    for name in ("trial", "clinic"):  # the rows of both were used
        assert f"{name} shares every mechanism" in leans


def test_a_program_that_needs_one_of_several_data_sets_takes_them_by_name() -> None:
    program = dofx.compile("""
        graph { z -> {x, y}; w -> y; x -> y; x <-> y }
        data P
        data trial sets w measures y
        effect seen = E[y | x = 1] - E[y | x = 0]
        effect lost = E[y | do(x = 1)] - E[y | do(x = 0)]
    """)
    assert isinstance(program, dofx.CompiledProgram)
    rng = np.random.default_rng(0)
    rows = {name: rng.integers(0, 2, 200) for name in "zwxy"}
    alone = program.fit(rows).answer(rows, intervals="influence")["seen"]
    named = {"P": rows, "trial": {"w": rows["w"], "y": rows["y"]}}
    both = program.fit(named).answer(named, intervals="influence")["seen"]
    assert (both.value, both.standard_error) == (alone.value, alone.standard_error)
    assert program.influence(named)["seen"].shape == (200,)


def test_differences_that_cancel_over_all_rows_are_found() -> None:
    """The treatment of two files differs upwards in one stratum and downwards in the other. Fixed seed."""
    source = np.random.default_rng(0)

    def rows(chances: tuple[float, float], z: float) -> dict[str, np.ndarray]:
        stratum = (source.random(2_000) < z).astype(int)
        return {"z": stratum, "x": source.integers(0, 2, 2_000)} | {
            "y": (source.random(2_000) < np.array(chances)[stratum]).astype(int)
        }

    text = """graph { z -> {x, y}; x -> y }
    data trial sets x differs at z
    data survey
    effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]"""
    program = dofx.compile(text)
    assert isinstance(program, dofx.CompiledProgram)
    for chances, said in (((0.3, 0.7), "agree on"), ((0.7, 0.3), "DISAGREE on")):
        program.fit({"trial": rows(chances, 0.5), "survey": rows((0.3, 0.7), 0.5)})
        (agreement,) = program.agreements
        assert agreement.holds == (said == "agree on")
        assert ("differs at" in str(program.answer())) != agreement.holds
        assert str(agreement) in program.explain()


def test_what_selected_rows_lean_on() -> None:
    text = """graph { z -> {x, y}; x -> y }
    data clinic keeps by z
    effect ate = E[y | do(x = 1), z = 0] - E[y | do(x = 0), z = 0]"""
    program = dofx.compile(text)
    assert isinstance(program, dofx.CompiledProgram)
    rows = dict(zip("zxy", np.random.default_rng(0).integers(0, 2, (3, 400)), strict=True))
    said = " ".join(program.fit({"clinic": rows}).answer().assumptions().split())
    assert "which rows there are depends on nothing in the graph, but for the selection below" in said
    assert "which rows clinic kept depends on z alone" in said
