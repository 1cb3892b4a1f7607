"""Each command on good input: what it prints, where, and its exit status."""

import csv
import io
import json
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import dofx as library
from dofx.cli.app import COMMANDS
from faces.shop import PROGRAMS, dofx

QUERY = "P(y | do(x))"
FRONT_DOOR = "x -> z -> y; x <-> y"
BOW = "x -> y; x <-> y"
FORMULA = "P(y | do(x)) = Σ_z P(z | x) Σ_x′ P(x′) P(y | x′, z)"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    result = dofx(name, "--help")
    assert result.exit_code == 0
    assert f"  dofx {name} " in result.output
    summary = COMMANDS[name].split()[0].lower().removesuffix(".")
    assert summary in result.output.lower()


def test_the_group_lists_its_commands() -> None:
    assert all(summary in dofx("--help").output for summary in COMMANDS.values())
    assert dofx("--version").output == f"dofx {library.__version__}\n"


# ── programs ─────────────────────────────────────────────────────────────────────────────────────────────


def test_compile_prints_the_network_and_checks_it() -> None:
    graph = "scan -> {x, z, y}; x -> z -> y"
    network = "network P(y | do(x))\nanswer (y ‖ x)\n  scan ~ P(scan)\n  y ~ P(y | scan, x)\n"
    assert dofx("compile", QUERY, "-g", graph).output == network
    result = dofx("compile", QUERY, "-g", FRONT_DOOR, "--verify", "--models", "1")
    assert result.exit_code == 0
    assert "checked on 1 random model of the graph, largest error:\n  estimand" in result.output
    data = json.loads(dofx("compile", QUERY, "-g", FRONT_DOOR, "--json", "--verify").output)
    assert (data["verdict"], data["identified"]) == ("identified", True)
    assert data["network"]["outcomes"] == ["y"]
    assert any("lower" in line for line in data["verified"])
    assert dofx("compile", QUERY, "-g", BOW).exit_code == 1
    for command in ("compile", "explain"):
        assert json.loads(dofx(command, QUERY, "-g", BOW, "--json").output)["verdict"] == "not identified"


def test_a_variable_is_avoided() -> None:
    graph = "z -> x; z -> y; x -> m -> y"
    assert "do(x)) = Σ_z" in dofx("identify", QUERY, "-g", graph).output
    for command in ("identify", "explain", "compile"):
        result = dofx(command, QUERY, "-g", graph, "--avoid", "Z")
        assert result.exit_code == 0
        assert "x" in result.output
        assert "z" not in result.output
        assert dofx(command, QUERY, "-g", graph, "--avoid", "z", "--only", "z").exit_code == 1


def test_check_counts_what_it_finds(shop: Path) -> None:
    assert dofx("check", "good.cq", "two.cq").output == (
        "good.cq: 1 query, 0 effects, no faults\ntwo.cq: 2 queries, 1 effect, no faults\n"
    )
    assert dofx("check", "-", input=PROGRAMS["good"]).exit_code == 0
    faults = json.loads(dofx("check", "unknown.cq", "--json").stdout)
    assert [(f["code"], f["start"]["line"], f["start"]["column"]) for f in faults] == [
        ("E0301", 2, 23),
        ("E0301", 2, 28),
    ]


def test_check_reports_warnings_as_json_beside_faults(tmp_path: Path) -> None:
    program = tmp_path / "swapped.cq"
    program.write_text("graph { x -> y }\neffect none = ate(x, y, 1, 0)\n")
    result = dofx("check", str(program), "--json")
    assert result.exit_code == 0
    assert [(each["code"], each["severity"]) for each in json.loads(result.stdout)] == [("W0301", "warning")]
    assert "W0301" not in result.stderr
    assert "W0301" in dofx("check", str(program)).stderr


def test_fmt_rewrites_once_and_keeps_permissions(tmp_path: Path) -> None:
    file = tmp_path / "a.cq"
    file.write_text("graph{x->y}query a=P(y|do(x)) # why")
    file.chmod(0o640)
    link = tmp_path / "link.cq"
    link.symlink_to(file)
    assert dofx("fmt", "--check", file).exit_code == 1
    assert dofx("fmt", link).output == f"{link} rewritten\n"
    formatted = "graph {\n  x -> y\n}\n\nquery a = P(y | do(x))  # why\n"
    assert file.read_text() == formatted
    assert (file.stat().st_mode & 0o777, link.is_symlink()) == (0o640, True)
    assert dofx("fmt", file).output == ""
    assert dofx("fmt", "--check", file).exit_code == 0
    assert sorted(os.listdir(tmp_path)) == ["a.cq", "link.cq"]


def test_fmt_to_stdout(shop: Path) -> None:
    before = (shop / "good.cq").read_text()
    assert dofx("fmt", "--stdout", "good.cq").output.startswith("graph {\n  x -> z -> y\n")
    assert (shop / "good.cq").read_text() == before
    assert dofx("fmt", "-", input="graph{x->y}").output == "graph {\n  x -> y\n}\n"


def test_draw_writes_svg(tmp_path: Path) -> None:
    assert dofx("draw", "-g", FRONT_DOOR).output.startswith("<svg")
    for option in ("--query", "--network"):
        file = tmp_path / f"{option}.svg"
        assert dofx("draw", "-g", FRONT_DOOR, option, QUERY, "-o", file).exit_code == 0
        assert "P(y | do(x))" in file.read_text()
    assert "not identifiable" in dofx("draw", "-g", BOW, "--query", QUERY).output
    assert dofx("draw", "-g", BOW, "--network", QUERY).exit_code == 1


def test_a_network_is_drawn_as_it_is_compiled(tmp_path: Path) -> None:
    """Of a declared image and an explicit limit; types beside the graph count for one query as for all."""
    graph = tmp_path / "scan.cq"
    graph.write_text(
        "graph { scan -> {x, y}; x -> z -> y }\nvariables { scan : image(1, 28, 28) }\nquery q = P(z)",
        encoding="utf-8",
    )
    for options in ((), ("--weights", "condition=0, row=0"), ("--avoid", "z"), ("--only", "z")):
        drawn = dofx("draw", "-g", graph, "--network", QUERY, *options).output
        compiled = dofx("compile", QUERY, "-g", graph, *options).output
        assert ("scan" in drawn) is ("scan" in compiled) is (options not in ((), ("--only", "z")))
        assert (
            str(library.compile(QUERY, graph).network) == dofx("compile", QUERY, "-g", graph).output.strip()
        )
    shaded = [dofx("draw", "-g", graph, "--query", QUERY, *more).output for more in ((), ("--avoid", "z"))]
    assert [">z</text>" in drawing for drawing in shaded] == [True, False]
    for options in (("--avoid", "z"), ("--query", QUERY, "--weights", "row=0")):
        assert dofx("draw", "-g", graph, *options).exit_code == 2


# ── fit and sample ───────────────────────────────────────────────────────────────────────────────────────


def test_fit_saves_a_bundle_for_each_query(shop: Path, tmp_path: Path) -> None:
    result = dofx("fit", "two.cq", "--data", "rows.csv", "-o", tmp_path / "both")
    assert result.exit_code == 0
    assert result.output.count("P(z | x)") == 1
    for name in ("risk", "dose"):
        assert library.load(tmp_path / "both" / name).fitted
    one = dofx("fit", "two.cq", "--data", "rows.csv", "-o", tmp_path / "one", "--query", "dose")
    assert one.exit_code == 0
    assert str(library.load(tmp_path / "one").query) == "P(z | x)"


def test_fit_saves_what_is_identifiable(shop: Path, tmp_path: Path) -> None:
    result = dofx("fit", "lost.cq", "--data", "rows.csv", "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert "risk has no bundle" in result.output
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["dose"]


def test_one_generator_draws_several_variables(tmp_path: Path) -> None:
    rows = "\n".join(f"{i % 7},{i % 5 + 0.5},{i % 3 + 0.25}" for i in range(60))
    (tmp_path / "rows.csv").write_text(f"a,x,y\n{rows}\n")
    query = ("P(x, y | do(a))", "-g", "a -> {x, y}; x -> y; x <-> y", "--data", tmp_path / "rows.csv")
    options = ("--generator", "y, x=spline", "--epochs", "1", "-o", tmp_path / "out")
    result = dofx("fit", *query, *options)
    assert result.exit_code == 0
    assert "P(x, y | a)  spline" in result.output


def test_fit_trains_only_what_its_cache_has_not(shop: Path, tmp_path: Path) -> None:
    query = ("fit", QUERY, "-g", FRONT_DOOR, "--data", "rows.csv", "--cache", tmp_path / "kept")
    assert "kept" not in dofx(*query, "-o", tmp_path / "a").output
    assert dofx(*query, "-o", tmp_path / "b").output.count(" kept") == 3


def test_sample_prints_csv_that_a_seed_gives_again(shop: Path) -> None:
    command = ("sample", "bundle", "-n", "50", "--do", "x=1", "--seed", "7")
    result = dofx(*command)
    rows = list(csv.DictReader(io.StringIO(result.output)))
    assert len(rows) == 50
    assert {row["y"] for row in rows} == {"0", "1"}
    assert dofx(*command).output == result.output
    assert dofx("sample", "bundle", "-n", "50", "--do", "X = 1", "--seed", "7").output == result.output


def test_sample_writes_files(shop: Path, tmp_path: Path) -> None:
    command = ("sample", "bundle", "-n", "50", "--do", "x=1", "--seed", "7", "-o")
    assert "50 rows of y" in dofx(*command, tmp_path / "rows.parquet").stderr
    assert dofx(*command, tmp_path / "rows.csv").stdout == ""
    table = pq.read_table(tmp_path / "rows.parquet")
    lines = (tmp_path / "rows.csv").read_text().splitlines()
    assert [str(value) for value in table["y"].to_pylist()] == lines[1:]


def test_sample_draws_rows_again_however_it_runs(shop: Path) -> None:
    command = ("sample", "bundle", "--do", "x=1", "--seed", "7")
    header, *rows = dofx(*command, "-n", "50").stdout.splitlines()
    again = dofx(*command, "-n", "9", "--start", "41", "--workers", "2", "--precision", "bf16").stdout
    assert again.splitlines() == [header, *rows[41:]]
    folded = dofx(*command, "-n", "50", "--folded").stdout
    expected = library.load("bundle").folded().sample(50, do={"x": 1}, seed=7)["y"].tolist()
    assert folded.splitlines() == [header, *map(str, expected)]
    assert dofx(*command, "--precision", "int3").exit_code == 2
    assert dofx(*command, "--start", "-1").exit_code == 2


def test_sample_goes_on_in_a_folder(shop: Path, tmp_path: Path) -> None:
    command = ("sample", "bundle", "-n", "50", "--do", "x=1", "-o", tmp_path / "rows")
    assert "50 rows of y" in dofx(*command, "--seed", "7").stderr
    (tmp_path / "rows" / "_SUCCESS").unlink()
    assert "seed 7" in dofx(*command).stderr
    refused = dofx(*command)
    assert refused.exit_code == 2
    assert "E0441" in refused.stderr


def test_an_edited_program_trains_only_what_is_new(shop: Path, tmp_path: Path) -> None:
    program = tmp_path / "growing.cq"

    def kept(text: str) -> dict[str, bool]:
        """Of each generator, whether the report says that it was kept."""
        program.write_text(text, encoding="utf-8")
        run = ("run", program, "--data", "extra.csv")
        result = dofx(*run, "--cache", tmp_path / "kept", "--verbose")
        assert result.exit_code == 0
        assert answers(result.output) == answers(dofx(*run, "--verbose").output)
        lines = [line for line in result.output.splitlines() if line.startswith("P(") and " table " in line]
        return {line[: line.index(")") + 1]: line.endswith("kept") for line in lines}

    def answers(output: str) -> str:
        return output[output.index("risk  P(") :]

    asked = "query risk = P(y | do(x)) "
    first = kept(PROGRAMS["good"])
    assert first == dict.fromkeys(["P(x)", "P(z | x)", "P(y | x, z)"], False)
    assert kept(PROGRAMS["good"]) == dict.fromkeys(first, True)
    longer = kept(PROGRAMS["good"] + "query dose = P(z | y) effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]")
    assert {fit for fit, was in longer.items() if not was} == {"P(z | y)"}
    edited = kept("graph { x -> z -> y; x <-> y; w -> {z, y} }" + asked)
    assert {fit for fit, was in edited.items() if was} == {"P(x)"}
    assert kept(PROGRAMS["good"]) == dict.fromkeys(first, True)
    program.write_text(PROGRAMS["good"], encoding="utf-8")
    short = dofx("run", program, "--data", "extra.csv", "--cache", tmp_path / "kept").output
    assert "kept 3, fitted 0 generators" in short


# ── effect and run ───────────────────────────────────────────────────────────────────────────────────────


def test_effect_prints_estimates(shop: Path) -> None:
    result = dofx("effect", "two.cq", "--data", "rows.csv")
    assert result.exit_code == 0
    assert result.output.startswith("ate = ")
    (estimate,) = json.loads(dofx("effect", "two.cq", "--data", "rows.csv", "--json").output)
    assert estimate["exact"]
    assert [estimate[key] for key in ("standard_error", "interval", "monte_carlo_error")] == [None, None, 0.0]
    assert "one fit, no interval yet" in result.output.splitlines()[0]
    assert "--intervals influence" in result.output.splitlines()[-1]
    single = dofx("effect", "E[y | do(x = 1)] - E[y]", "-g", FRONT_DOOR, "--data", "rows.csv")
    assert single.output == result.output.replace("ate", "effect")
    lost = dofx("effect", "E[y | do(x = 1)]", "-g", BOW, "--data", "rows.csv")
    assert lost.exit_code == 1
    assert "share an unobserved cause" in lost.output


def test_run_says_how_strong_a_latent_would_have_to_be(shop: Path) -> None:
    """Below the answers in words, and with the same numbers as JSON."""
    (shop / "adjusted.cq").write_text(
        "graph { z -> {x, y}; x -> y } effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]", encoding="utf-8"
    )
    asked = ("run", "adjusted.cq", "--data", "rows.csv", "--sensitivity")
    found = json.loads(dofx(*asked, "--json").output)["sensitivity"]["ate"]
    words = dofx(*asked).output.splitlines()
    assert words[-2] == "An unmeasured common cause that the graph lacks"
    assert words[-1].startswith(f"  ate: E-value {found['e_value']:.2f} (interval ")
    assert 0 <= found["robustness_value_of_interval"] <= found["robustness_value"] < 1


def test_run_reports_everything(shop: Path) -> None:
    result = dofx("run", "two.cq", "--data", "rows.csv")
    assert result.exit_code == 0
    output = result.output
    assert output.index(FORMULA) < output.index("fitted 4 generators") < output.index("exact under the fit")
    lines = output.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("risk  P(y | do(x))"))
    assert lines[start + 1].split() == ["do(x)", "y", "=", "0", "y", "=", "1"]
    assert [line.split()[0] for line in lines[start + 2 : start + 4]] == ["0", "1"]
    assert "ate = " in output
    assert "\x1b[" not in output


def test_run_as_json_says_the_same(shop: Path) -> None:
    data = json.loads(dofx("run", "two.cq", "--data", "rows.csv", "--json").stdout)
    risk, _ = data["queries"]
    assert risk["estimand"] == FORMULA
    assert [setting["do"] for setting in risk["settings"]] == [{"x": 0}, {"x": 1}]
    for setting in risk["settings"]:
        events = setting["outcomes"][0]["events"]
        assert sum(event["probability"] for event in events) == pytest.approx(1)


def test_run_answers_what_it_can(shop: Path) -> None:
    result = dofx("run", "lost.cq", "--data", "rows.csv")
    assert result.exit_code == 1
    assert "risk  P(y | do(x))  not identifiable" in result.output
    assert "dose  P(z | do(x))  one fit, no interval yet; exact" in result.output


def test_a_column_without_a_name_is_noted_in_words(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(",x,y\n" + "".join(f"{i},{i % 2},{i % 3 == 0:d}\n" for i in range(60)))
    result = dofx("effect", "E[y | do(x = 1)]", "-g", "x -> y", "--data", rows)
    assert "left unread: one without a name" in result.stderr


def test_an_effect_that_is_not_identifiable_says_what_would_help(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("x,y\n" + "0,1\n1,0\n" * 20)
    result = dofx("effect", "E[y | do(x = 1)]", "-g", "x -> y; x <-> y", "--data", rows)
    assert result.exit_code == 1
    assert "What would help:\n  - measure the common cause of x and y\n  - randomise x" in result.stdout


def test_fit_without_a_query_asks_what_the_graph_asks(shop: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    marked = "x -> z -> y; x <-> y; exposure x; outcome y"
    result = dofx("fit", "-g", marked, "--data", "rows.csv", "-o", bundle)
    assert result.exit_code == 0, result.output
    assert f"saved in {bundle}" in result.output
    assert str(library.load(bundle).query) == "P(y | do(x))"
    silent = dofx("fit", "-g", "x -> z -> y", "--data", "rows.csv", "-o", tmp_path / "other")
    assert silent.exit_code == 2
    assert "exposure x; outcome y" in silent.stderr
    assert dofx("fit", "--data", "rows.csv", "-o", tmp_path / "other").exit_code == 2
