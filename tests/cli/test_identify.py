"""`identify` and `explain` on good input."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

import dofx as library
from faces.shop import dofx

QUERY = "P(y | do(x))"
FRONT_DOOR = "x -> z -> y; x <-> y"
BOW = "x -> y; x <-> y"
FORMULA = "P(y | do(x)) = Σ_z P(z | x) Σ_x′ P(x′) P(y | x′, z)"


def test_identify_prints_the_estimand() -> None:
    result = dofx("identify", QUERY, "-g", FRONT_DOOR)
    assert (result.exit_code, result.output) == (0, FORMULA + "\n")


def test_identify_in_other_forms() -> None:
    estimand = library.identify(QUERY, FRONT_DOOR).estimand
    assert estimand is not None
    assert dofx("identify", QUERY, "-g", FRONT_DOOR, "--latex").output == estimand.latex() + "\n"
    data = json.loads(dofx("identify", QUERY, "-g", FRONT_DOOR, "--json").output)
    assert (data["verdict"], data["identified"]) == ("identified", True)
    lost = json.loads(dofx("identify", QUERY, "-g", BOW, "--json").output)
    assert (lost["verdict"], lost["identified"], lost["estimand"]) == ("not identified", False, None)
    assert library.Estimand.from_json(data["estimand"]) == estimand
    assert "[ID line 4]" in dofx("identify", QUERY, "-g", FRONT_DOOR, "--steps").output
    napkin = "w -> r -> x -> y; x <-> w <-> y"
    assert "Q₁" in dofx("identify", QUERY, "-g", napkin).output
    assert "Q₁" not in dofx("identify", QUERY, "-g", napkin, "--expanded").output


@pytest.mark.parametrize("arrows", [20, 60, 120])
@pytest.mark.parametrize("command", ["identify", "compile", "implications"])
def test_a_graph_may_be_longer_than_the_name_of_a_file(command: str, arrows: int) -> None:
    """A name has at most 255 bytes, so that asking whether there is such a file is an error of the system."""
    graph = "; ".join(f"number{i} -> number{i + 1}" for i in range(arrows))
    asked = () if command == "implications" else ("P(number2 | do(number1))",)
    result = dofx(command, *asked, "-g", graph)
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_program_as_text_is_not_looked_for_as_a_file() -> None:
    text = f"graph {{ {'; '.join(f'v{i} -> v{i + 1}' for i in range(60))} }} query q = P(v2 | do(v1))"
    for command in ("identify", "explain"):
        result = dofx(command, text)
        assert result.exit_code == 2
        assert "A query needs its graph" in result.stderr


def test_what_is_not_identifiable_is_an_answer() -> None:
    result = dofx("identify", QUERY, "-g", BOW)
    assert result.exit_code == 1
    assert not result.stderr
    assert "x and y share an unobserved cause" in result.stdout
    assert "randomise x" in result.stdout
    data = json.loads(dofx("identify", QUERY, "-g", BOW, "--json").output)
    assert data["hedge"]["forest"] == ["x", "y"]
    assert {remedy["kind"] for remedy in data["remedies"]} == {"measure", "randomise"}


def test_a_graph_comes_as_text_as_a_file_or_on_stdin(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "graph.any"
    file.write_text("dag { u [latent] u -> {x y} x -> z -> y }")
    assert dofx("identify", QUERY, "-g", file).output == FORMULA + "\n"
    assert dofx("identify", QUERY, "-g", "good.cq").output == FORMULA + "\n"
    assert dofx("identify", QUERY, "-g", "-", input=FRONT_DOOR).output == FORMULA + "\n"


def test_identify_and_explain_a_program(shop: Path) -> None:
    result = dofx("identify", "lost.cq")
    assert result.exit_code == 1
    assert result.output.startswith("risk\n")
    assert "\ndose\nP(z | do(x)) = " in result.output
    assert dofx("explain", "lost.cq").exit_code == 1
    assert [line for line in dofx("explain", "two.cq").output.splitlines() if line.startswith("═")] == [
        "═══ risk, ate (E[y | do(x = 1)])",
        "═══ dose",
        "═══ ate (E[y])",
        "═══ all queries together",
    ]
    titles = [part.splitlines()[0] for part in dofx("identify", "two.cq").output.split("\n\n")]
    assert titles == ["risk, ate (E[y | do(x = 1)])", "dose", "ate (E[y])"]
    names = [proof["names"] for proof in json.loads(dofx("identify", "two.cq", "--json").output)]
    assert names == [["risk", "ate"], ["dose"], ["ate"]]


def test_explain_shows_the_network_after_each_pass() -> None:
    output = dofx("explain", QUERY, "-g", "z -> {x, y}; x -> y").output
    assert output.index("is identifiable") < output.index("Derivation") < output.index("── lower")
    data = json.loads(dofx("explain", QUERY, "-g", "z -> {x, y}; x -> y", "--json").output)
    assert data["stages"][0]["pass"] == "lower"
    assert [each["chosen"] for each in data["considered"]] == [True, False]
    assert [each["made"] for each in data["plan"]] == ["real rows", "trained on P"]
    assert sum(each["cost"] for each in data["plan"]) == data["stages"][-1]["cost"]


def test_explain_writes_a_page_and_a_drawing(shop: Path, tmp_path: Path) -> None:
    page, drawing = tmp_path / "page.html", tmp_path / "drawing.svg"
    result = dofx("explain", "two.cq", "--html", page, "--svg", drawing)
    assert (result.exit_code, result.output) == (0, "")
    root = ElementTree.fromstring(page.read_text(encoding="utf-8"))
    assert root.findtext("head/title") == "two.cq"
    assert [section.get("id") for section in root.iter("section")] == ["q1", "q2", "q3", "together"]
    assert "risk, ate: P(y | do(x))" in "".join(ElementTree.fromstring(drawing.read_text("utf-8")).itertext())
    assert dofx("explain", QUERY, "-g", BOW, "--html", page, "--json").exit_code == 1
    assert "not identifiable" in page.read_text(encoding="utf-8")


def test_explain_tells_what_a_bundle_reached_and_its_weakest_link(shop: Path) -> None:
    result = dofx("explain", "bundle")
    assert result.exit_code == 0
    assert "--data" in result.stderr
    for part in (FORMULA, "── fit plan", "── fit", "table", "weights: refit=1000"):
        assert part in result.stdout
    assert "── held-out rows" not in result.stdout
    result = dofx("explain", "bundle", "--data", "rows.csv")
    assert not result.stderr
    assert "weakest link" in result.stdout
    data = json.loads(dofx("explain", "bundle", "--data", "rows.csv", "--json").stdout)
    assert data["identified"]
    assert "weakest link" in data["more"]["held-out rows"]


def test_explain_takes_weights_and_types_from_the_command_line(shop: Path) -> None:
    output = dofx("explain", QUERY, "-g", FRONT_DOOR, "--weights", "refit = 7,row=2").output
    assert (
        "weights: refit=7, dimension=10, generator=2, condition=1, row=2, widening=25, hole=20, chance=100"
        in output
    )
    Path("scan.cq").write_text(
        "graph { scan -> {x, y}; x -> z -> y }\nvariables { scan : image(1, 28, 28) }\n"
        "query risk = P(y | do(x))",
        encoding="utf-8",
    )
    assert "── chosen: without scan" in dofx("explain", "scan.cq").output
    output = dofx("explain", "scan.cq", "--weights", "condition=0, row=0").output
    assert "── chosen" not in output
    (planned,) = (line.split() for line in output.splitlines() if line.startswith("P(scan)  "))
    assert planned == ["P(scan)", "image(1,", "28,", "28)", "scan", "real", "rows", "784", "0", "0"]
    assert "scan" not in dofx("compile", "scan.cq").output
    assert "scan" in dofx("compile", "scan.cq", "--weights", "condition=0, row=0").output
    Path("scan.cq").unlink()


def test_implications_are_listed_and_held_against_rows(tmp_path: Path) -> None:
    graph = "z -> {x, y}; x -> m -> y"
    listed = dofx("implications", "-g", graph)
    assert (listed.exit_code, listed.output) == (0, "z ⊥ m | x\nx ⊥ y | z, m\n")
    assert json.loads(dofx("implications", "-g", graph, "--json").output)[1]["given"] == ["z", "m"]
    assert "implies no independence" in dofx("implications", "-g", "x -> y").output
    rows = tmp_path / "rows.csv"
    rows.write_text("x,y\n" + "0,1\n1,0\n0,0\n" * 50)
    against = dofx("implications", "-g", "x; y", "--data", rows)
    assert against.exit_code == 1
    assert "the rows contradict 1 of 1" in against.output
    held = dofx("implications", "-g", "x; y", "--data", rows, "--json", "--level", "1e-9")
    assert held.exit_code == 0
    assert json.loads(held.output)["verdicts"][0]["first"] == "x"
    assert dofx("implications").exit_code == 2


def test_an_attribute_that_nothing_reads_is_warned_of_on_stderr() -> None:
    result = dofx("identify", "P(y | do(x))", "-g", "dag { u [latnet] u -> {x y} x -> y }")
    assert result.exit_code == 0
    assert result.stdout == "P(y | do(x)) = Σ_u P(u) P(y | x, u)\n"
    assert result.stderr.startswith("warning[W0201]: dofx does not use the attribute `latnet`\n")
    assert "did you mean `latent`?" in result.stderr


def test_remedies_by_name() -> None:
    result = dofx("identify", "P(y | do(x))", "-g", "latent ability; ability -> {x, y}; x -> y")
    assert result.exit_code == 1
    assert "  - measure ability" in result.stdout
    result = dofx("identify", "P(y | do(x))", "-g", "age -> {x, y}; x -> y", "--avoid", "age")
    assert "  - allow age, observed but excluded" in result.stdout


def test_a_graph_beside_a_query_keeps_what_it_hides() -> None:
    graph = "latent ability; ability -> {x, y}; x -> y"
    result = dofx("compile", "P(y | do(x))", "-g", graph)
    assert "share the unobserved cause ability" in result.stdout
    result = dofx("compile", "P(y | do(x))", "-g", "x -> y -> s; selected s")
    assert result.exit_code == 2
    assert "E0208" in result.stderr


SMOKING = "Age -> Exercise -> Stroke; Age -> Stroke; {} -> Stroke"


@pytest.fixture
def stroke(tmp_path: Path) -> str:
    """Rows of four variables that are independent of each other."""
    rows = [f"{i % 2},{i // 2 % 2},{i // 4 % 2},{i // 8 % 2}" for i in range(160)]
    path = tmp_path / "stroke.csv"
    path.write_text("\n".join(["Age,Exercise,Stroke,Smoking", *rows]), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("typo", ["Smokng", "smokin", "Smokingg"])
def test_a_mistyped_variable_is_not_taken_as_unobserved(stroke: str, typo: str) -> None:
    result = dofx("implications", "-g", SMOKING.format(typo), "--data", stroke)
    assert result.exit_code == 2
    assert f"there is no column `{typo}`" in result.stderr
    assert "did you mean `Smoking`?" in result.stderr
    assert f"latent {typo}" in result.stderr


def test_a_variable_without_a_column_may_be_unobserved(stroke: str) -> None:
    for name in ("Genes", "latent Smokng; Smokng"):
        result = dofx("implications", "-g", SMOKING.format(name), "--data", stroke)
        assert result.exit_code == 0, result.output
    assert (
        "taken as unobserved: Genes"
        in dofx("implications", "-g", SMOKING.format("Genes"), "--data", stroke).stdout
    )
    twins = SMOKING.format("Smoking") + "; Smoking2 -> Stroke"
    assert dofx("implications", "-g", twins, "--data", stroke).exit_code == 0, (
        "the column has its own variable"
    )


@pytest.mark.parametrize("command", ["identify", "explain", "compile"])
def test_each_part_of_an_effect_is_proved(command: str) -> None:
    asked = "E[y | do(x = 1)] / E[z]"
    result = dofx(command, asked, "-g", FRONT_DOOR)
    assert result.exit_code == 0, result.output
    assert result.output.index("P(y | do(x))") < result.output.index("P(z)")
    data = json.loads(dofx(command, asked, "-g", FRONT_DOOR, "--json").output)
    assert [(each["names"], each["query"]) for each in data] == [
        (["effect"], "P(y | do(x))"),
        (["effect"], "P(z)"),
    ]
    assert isinstance(json.loads(dofx(command, QUERY, "-g", FRONT_DOOR, "--json").output), dict)
    assert dofx(command, asked, "-g", f"{BOW}; z").exit_code == 1, "one part is not identifiable"


def test_an_effect_with_a_name_is_identified() -> None:
    result = dofx("identify", "effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]", "-g", FRONT_DOOR)
    assert (result.exit_code, result.output) == (0, f"ate\n{FORMULA}\n")
