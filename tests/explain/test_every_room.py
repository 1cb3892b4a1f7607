"""What is answered is shown: questions of every kind, on data of every kind, in every form that there is."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from dofx.compiler.driver import compile_query, identify
from dofx.compiler.explain.difference import GONE
from dofx.compiler.printers.identification.svg import identification_svg
from dofx.studio.look import asked_of
from dofx.studio.networks import networks
from dofx.studio.notations import NOTATIONS, export
from dofx.studio.proof import proof

HOLES = "z -> {x, y}; x -> y; z -> missing(y)"
ASKED = {
    "holes": (HOLES, "", "P(y | do(x))"),
    "holes, and a pass that changes the network": (
        "z -> {x, y}; w -> z; x -> y; z -> missing(y)",
        "",
        "P(y | do(x), w)",
    ),
    "holes in several worlds": (HOLES, "", "P(y[x = 1] | x = 0)"),
    "several worlds": ("z -> {x, m, y}; x -> m -> y; x -> y", "", "P(y[x = 1, m = m[x = 0]], x)"),
    "worlds in conflict": ("x -> m -> y; x -> y; m <-> y", "", "P(y[x = 1, m = m[x = 0]])"),
    "a policy": ("z -> {x, y}; x -> y", "", "P(y | do(x ~ g(z)))"),
    "a shift": ("z -> {x, y}; x -> y", "", "P(y | do(x = min(x + 1, 2)))"),
    "several data sets": (
        "z -> {x, y}; x -> y; x <-> y",
        "data survey measures z\ndata trial sets x measures z, y differs at z",
        "P(y | do(x))",
    ),
    "selected rows": (
        "z -> {x, y}; x -> y",
        "data P measures x, y, z keeps by z\ndata all measures z",
        "P(y | do(x))",
    ),
    "the complement of one of two states": (
        "x -> y; x <-> y",
        "variables { x : bool }\ndata P\ndata trial sets x measures y",
        "P(y[x = false] | x = true)",
    ),
    "a cycle": ("feedback {p, d}; x -> p -> d -> p; d -> y", "", "P(y | do(x))"),
    "a hedge": ("x -> y; x <-> y", "", "P(y | do(x))"),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_is_answered_is_shown(name: str) -> None:
    graph, data, query = ASKED[name]
    text = f"graph {{ {graph} }}\n{data}\nquery q = {query}\n"
    asked = asked_of(text)
    found = identify(query, asked.graph, data=asked.data)
    ElementTree.fromstring(identification_svg(found))
    assert found.explain()
    assert {export(text, notation)["file"] for notation in NOTATIONS} == {
        file for file, _ in NOTATIONS.values()
    }
    stages = networks(text, "q")["stages"]
    assert proof(text, "q")
    assert bool(stages) == bool(found)
    if found:
        explained = compile_query(query, asked.graph, data=asked.data).explanation()
        assert str(found.query) in str(explained)
        ElementTree.fromstring(explained.svg())
        assert explained.html().startswith("<!DOCTYPE html>")
        changed = [line for step in explained.passes for line in step.lines if line.mark == GONE]
        assert bool(changed) == any(stage["name"] != "lower" for stage in stages)
