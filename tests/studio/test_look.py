"""What the page is told: verdicts as the library gives them, and faults with places in which a browser counts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

import dofx
from dofx.studio.look import look
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
    for question in seen["questions"]:
        for number, kernel in enumerate(question["kernels"]):
            found = dofx.identify(kernel["query"], dofx.parse(text))
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
