"""What the page receives: verdicts as the library gives them, and faults with places in which a browser counts."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

import dofx
from dofx.studio.look import asked_of, look
from dofx.studio.notations import NOTATIONS
from dofx.studio.respond import respond

GALLERY = sorted((Path(__file__).parents[2] / "src" / "studio" / "gallery").glob("*.cq"))


def ask(**request: Any) -> Any:
    return json.loads(respond(json.dumps(request)))


@pytest.mark.parametrize("file", GALLERY, ids=lambda file: file.stem)
def test_the_gallery(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert ask(do="format", text=text)["value"] == text
    seen = look(text)
    assert seen["faults"] == []
    data = asked_of(text).data
    for question in seen["questions"]:
        for number, kernel in enumerate(question["kernels"]):
            found = dofx.identify(kernel["query"], dofx.parse(text), data=data)
            assert (kernel["verdict"] == "identified") == bool(found)
            assert kernel["text"] == str(found)
            proof = ask(do="proof", text=text, name=question["name"], kernel=number)["value"]
            assert len(proof["steps"]) == len(found.derivation)
            assert bool(proof["remedies"]) == (not found)
            stages = ask(do="networks", text=text, name=question["name"], kernel=number)["value"]["stages"]
            assert bool(stages) == bool(found)
    for notation in NOTATIONS:
        assert ask(do="export", text=text, notation=notation)["value"]["text"]


@pytest.mark.parametrize("notation", ["dagitty", "dot", "cq"])
def test_what_is_exported_is_imported(notation: str) -> None:
    text = "graph {\n  exposure x\n  outcome y\n  latent u\n  x -> y\n  u -> {x, y}\n  x <-> z\n}\n"
    written = ask(do="export", text=text, notation=notation)["value"]["text"]
    back = ask(do="import", text=written)["value"]
    assert dofx.graph(dofx.parse(back)) == dofx.graph(dofx.parse(text))
    assert dofx.graph(dofx.parse(back)).latent == ("u",)


def test_networkx_code_makes_the_graph() -> None:
    text = 'graph { "a b" -> y; latent u; u -> {"a b", y}; y <-> z }  query q = P(y)'
    code = ask(do="export", text=text, notation="networkx")["value"]["text"]
    scope: dict[str, Any] = {}
    exec(code, scope)
    assert isinstance(scope["graph"], nx.MultiDiGraph)
    assert dofx.graph(scope["graph"]) == dofx.graph(dofx.parse(text))


def test_python_code_parses_back() -> None:
    text = GALLERY[0].read_text(encoding="utf-8")
    code = ask(do="export", text=text, notation="python")["value"]["text"]
    scope: dict[str, Any] = {}
    exec(code.split("\n\n#", 1)[0], scope)
    assert scope["program"] == dofx.parse(text)


def test_faults_are_placed_in_utf_16() -> None:
    seen = look('graph { "𝛼" -> y }\nquery q = P(y | do(zz))')
    (fault,) = seen["faults"]
    text = 'graph { "𝛼" -> y }\nquery q = P(y | do(zz))'.encode("utf-16-le")
    (label,) = fault["labels"]
    assert text[2 * label["start"] : 2 * label["end"]].decode("utf-16-le") == "zz"
    assert seen["graph"]["nodes"] == ["𝛼", "y"]
    assert seen["questions"] == []


def test_a_program_that_asks_nothing_has_no_fault() -> None:
    assert look("")["faults"] == look("graph { x -> y }")["faults"] == []
    (asked,) = look("graph { x -> y; exposure x; outcome y }")["questions"]
    assert asked["written"] == "P(y | do(x))"


def test_a_cycle_is_shown_and_laid_out() -> None:
    seen = look("graph { x -> y -> z -> x }")
    assert [fault["code"] for fault in seen["faults"]] == ["E0201"]
    assert not seen["graph"]["sound"]
    graph = {key: seen["graph"][key] for key in ("nodes", "directed", "bidirected")}
    assert set(ask(do="places", **graph)["value"]) == {"x", "y", "z"}


def test_faults_come_back_as_faults() -> None:
    assert ask(do="format", text="graph {")["faults"][0]["code"] == "E0102"


def test_an_effect_of_several_queries_has_several() -> None:
    text = "graph { x -> y; x <-> y; z -> x }  effect gap = E[y | do(x = 1)] - E[y | do(z = 1)]"
    (asked,) = look(text)["questions"]
    assert [kernel["verdict"] for kernel in asked["kernels"]] == ["refused", "identified"]
    assert (asked["kind"], asked["verdict"]) == ("effect", "refused")


def test_worlds_are_named_where_there_are_several() -> None:
    text = "graph { x -> m -> y; x -> y }  query q = P(y[x = 1, m = m[x = 0]])  query p = P(y | do(x = 1))"
    found = {each["name"]: each["kernels"][0]["worlds"] for each in look(text)["questions"]}
    assert found == {"q": {"m": ["m=m[x=0]"], "x": ["x=0", "x=1"]}, "p": {}}


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("graph { x -> y; x <-> y }  query q = P(y[x = 1] | x = 0)", "not identifiable", "has two values"),
        ("graph { x -> y }  query q = P(y | x[x = 1] = 0)", "undefined", ""),
        ("graph { x -> y }  query q = P(x[x = 1] = 0, y)", "zero", ""),
        (
            "graph { x -> y; x <-> y }  data trial measures x, y  query q = P(y | do(x))",
            "not identifiable",
            "trial: x, y are confounded in it",
        ),
        (
            "graph { x -> y -> x; feedback {x, y} }  query q = P(y | do(x))",
            "not identified: no derivation found",
            "do(x) is inside the cycle",
        ),
    ],
)
def test_every_verdict_has_its_words(text: str, words: str, shown: str) -> None:
    (question,) = look(text)["questions"]
    (kernel,) = question["kernels"]
    assert kernel["words"] == words
    assert shown in kernel["text"]
    assert kernel["hedge"] is None
    assert (question["verdict"] == "identified") == (words == "zero")


def test_an_instrument_is_named() -> None:
    text = "graph { z -> x -> y; x <-> y }  query q = P(y | do(x))"
    found = ask(do="proof", text=text, name="q")["value"]
    assert found["instruments"] == ["z is an instrument for the effect of x on y"]
    assert "two-stage least squares" in found["estimators"]
    assert not found["hopeless"]


def test_alternatives_of_the_same_cost_are_reported_with_their_formulas() -> None:
    text = "graph { a -> x; a -> b -> y; x -> y }  query q = P(y | do(x))"
    considered = ask(do="networks", text=text, name="q")["value"]["considered"]
    assert considered["heading"][:2] == ["alternative", "computes"]
    one, other = considered["rows"]
    assert (one[1], other[1]) == ("Σ_a P(a) P(y | x, a)", "Σ_b P(b) P(y | x, b)")
    assert one[3] == other[3]
    assert (one[4], other[4]) == ("chosen", "costs the same")


def test_networks_read_the_data_sets_of_the_program() -> None:
    text = "graph { x -> y; x <-> y }  data trial sets x measures x, y  query q = P(y | do(x))"
    stages = ask(do="networks", text=text, name="q")["value"]["stages"]
    assert stages[-1]["lines"][-1]["text"].strip() == "y ~ trial(y | x)"


def test_networks_of_graphs_with_holes_are_shown() -> None:
    text = "graph { z -> x -> m -> y; z -> missing(m); x <-> y }  query q = P(y | do(x))"
    stages = ask(do="networks", text=text, name="q")["value"]["stages"]
    assert any('holes "missing(m)" = m' in line["text"] for line in stages[0]["lines"])


def test_a_warning_is_no_error() -> None:
    (fault,) = look("dag { x [weight_of=3] x -> y }  query q = P(y | do(x))")["faults"]
    assert fault["severity"] == "warning"


def test_nothing_heavy_is_imported() -> None:
    text = GALLERY[0].read_text(encoding="utf-8")
    code = (
        "import json, sys\nfrom dofx.studio.respond import respond\n"
        f"for do in ('look', 'proof', 'networks', 'export'):\n    about = dict(do=do, text={text!r})\n"
        "    about |= {'proof': {'name': 'risk'}, 'networks': {'name': 'risk'}, 'export': {'notation': 'svg'}}"
        ".get(do, {})\n    assert 'value' in json.loads(respond(json.dumps(about)))\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(run.stdout))
    assert not loaded & {"torch", "numpy", "sympy", "networkx", "click", "pyarrow", "pandas", "rich"}


MARKED = """graph {
  age -> income -> health
  missing(income, health) <- age
  missing(*)
  latent habit
}

data trial from "trial.csv" sets income measures health
data boston differs at age keeps by health

query q = P(health | do(income))
"""


def test_marks_of_data_sets_and_holes() -> None:
    graph = ask(do="look", text=MARKED)["value"]["graph"]
    assert graph["holes"] == [["missing(health, income)", ["health", "income"]], ["missing(*)", []]]
    nobody = {"person": None, "time": None}
    assert graph["data"] == [
        {"name": "trial", "sets": ["income"], "measures": ["health"], "differs": [], "keeps": []} | nobody,
        {"name": "boston", "sets": [], "measures": None, "differs": ["age"], "keeps": ["health"]} | nobody,
    ]


def test_an_edit_leaves_data_lines_and_holes_alone() -> None:
    data = MARKED[MARKED.index("data trial") :]
    edited = ask(do="edit", text=MARKED, edits=[["confound", ["age", "health"]], ["randomise", ["income"]]])[
        "value"
    ]
    assert edited.endswith(data)
    assert "missing(income, health) <- age" in edited
    assert "age <-> health" in edited
    formatted = ask(do="format", text=edited)["value"]
    assert ask(do="format", text=formatted)["value"] == formatted
    again = ask(do="look", text=formatted)["value"]["graph"]
    assert again["data"] == ask(do="look", text=MARKED)["value"]["graph"]["data"]
    renamed = ask(do="edit", text=MARKED, edits=[["rename", ["income", "wage"]]])["value"]
    assert "missing(wage, health)" in renamed
    assert "sets wage measures" in renamed


def test_roles_of_a_query_over_several_worlds_are_variables() -> None:
    text = "graph { x -> m -> y; z -> {x, m, y} }  query q = P(y[x = 1, m = m[x = 0]] | x = 1)"
    (question,) = ask(do="look", text=text)["value"]["questions"]
    (kernel,) = question["kernels"]
    assert (kernel["outcomes"], kernel["conditions"]) == (["y"], ["x"])
    assert set(kernel["interventions"]) == {"x", "m"}


def test_a_notebook_runs(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    text = "graph { x -> m -> y; x <-> y }  effect ate = E[y | do(x = true)] - E[y | do(x = false)]"
    written = ask(do="export", text=text, notation="notebook")["value"]["text"]
    made = nbformat.reads(written, as_version=4)
    nbformat.validate(made)
    rows = [
        (x, m, y) for x in "01" for m in "01" for y in "01" for _ in range(20 + 9 * (x == m) + 7 * (m == y))
    ]
    names = {"0": "false", "1": "true"}
    lines = [",".join(names[each] for each in row) for row in rows]
    (tmp_path / "rows.csv").write_text("\n".join(["x,m,y", *lines]), encoding="utf-8")
    scope: dict[str, object] = {}
    *before, last = (cell.source for cell in made.cells if cell.cell_type == "code")
    for source in before:
        exec(source.replace("rows.csv", str(tmp_path / "rows.csv")), scope)
    assert "ate" in str(eval(last, scope))
    twin = ask(do="export", text=text.replace("x <-> y", "x <-> y; x <-> m"), notation="notebook")["value"]
    assert "is not identifiable" in twin["text"]
    assert ".fit(" not in twin["text"]


def test_a_script_names_the_rows_of_each_data_set() -> None:
    text = 'graph { x -> y; x <-> y }  data trial from "a.csv" sets x  data P  query q = P(y | do(x))'
    code = ask(do="export", text=text, notation="python")["value"]["text"]
    assert 'rows = {"trial": "a.csv", "P": "P.csv"}' in code
    compile(code, "program.py", "exec")


def test_a_long_graph_goes_down_so_that_its_names_can_be_read() -> None:
    names = [f"variable_{i}" for i in range(20)]
    arrows = [[a, b] for a, b in pairwise(names)]
    for length, axis in ((4, 0), (20, 1)):
        drawn = ask(do="places", nodes=names[:length], directed=arrows[: length - 1], bidirected=[])["value"]
        along = [drawn[name][axis] for name in names[:length]]
        assert along == sorted(along)
        assert len({drawn[name][1 - axis] for name in names[:length]}) == 1


def test_a_graph_with_long_names_goes_down_on_a_narrow_canvas() -> None:
    names = ["blood_pressure", "heart_rate", "treatment_given", "outcome"]
    graph = {"nodes": names, "directed": [[a, b] for a, b in pairwise(names)], "bidirected": []}
    for room, axis in (([460, 620], 0), ([300, 240], 1)):
        drawn = ask(do="places", **graph, room=room)["value"]
        along = [drawn[name][axis] for name in names]
        assert along == sorted(along)
        assert len({drawn[name][1 - axis] for name in names}) == 1
