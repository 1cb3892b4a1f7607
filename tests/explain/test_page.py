"""Explanations as pages, notebook fragments and drawings: well-formed, whole, safe and self-contained."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import pytest

import dofx
from dofx import ADMG
from dofx.compiler.drawing.markup import STYLE
from dofx.compiler.driver import compile_query
from dofx.compiler.explain.difference import GONE, NEW
from dofx.compiler.explain.explanation import Explanation
from dofx.compiler.explain.figure import explanations_svg
from dofx.compiler.explain.page import explanations_page
from dofx.compiler.printers.source_kinds import source_kind
from faces import explained

SVG = "{http://www.w3.org/2000/svg}"
NAMES = ("</style><script>alert(1)</script>", "\"a\" & 'b'", "c<br>", "d|e", "\uffff]]>", "日本 語")


@pytest.fixture(params=explained.CASES)
def told(request: pytest.FixtureRequest) -> Explanation:
    return explained.explained(request.param)


def strange() -> Explanation:
    a, b, c, d, e, f = NAMES
    graph = ADMG(NAMES, [(a, b), (b, c), (c, d), (d, e), (a, f), (f, e)], [(a, c), (a, d), (b, e)])
    query = dofx.Query.of((d,), (c,))
    return compile_query(query, graph).explanation(names=(a,), types={d: a})


def parsed(text: str) -> Element:
    assert "\x00" not in text
    return ElementTree.fromstring(text)


def words(root: Element) -> str:
    return "".join(root.itertext())


def classed(root: Element, name: str) -> list[Element]:
    return [element for element in root.iter() if name in element.get("class", "").split()]


def test_a_page_holds_everything(told: Explanation) -> None:
    root = parsed(told.html())
    shown = words(root)
    assert root.tag == "html"
    assert str(told.query) in (root.findtext("head/title") or "")
    proof = told.identification
    assert proof is not None
    assert len(next(root.iter("ol"))) == len(proof.derivation)
    if proof.estimand is None:
        assert "What would help" in shown
        assert told.network is None
        return
    for line in [*str(proof.estimand).split("\n"), *proof.estimand.latex().split("\n")]:
        assert line in shown
    for each in told.considered:
        assert each.name in shown
        assert str(each.cost or "") in shown
    for each in told.plan:
        assert each.text in shown
        assert each.made in shown
    marks = [line.mark for step in told.passes for line in step.lines]
    assert len(classed(root, "gone")) == marks.count(GONE)
    assert len(classed(root, "new")) == marks.count(NEW)
    assert len(list(root.iter(f"{SVG}svg"))) == 2


def test_draws_have_the_colour_of_their_source(told: Explanation) -> None:
    if told.network is None:
        return
    draws = [draw for stage in told.network.stages for draw in stage.draws]
    network = next(pre for pre in parsed(told.html()).iter("pre") if words(pre).startswith("network "))
    chips = [(chip.get("title"), chip.get("style", "")) for chip in classed(network, "chip")]
    kinds = [source_kind(draw.fit) for draw in draws]
    assert [title for title, _ in chips] == [kind.words for kind in kinds]
    assert all(kind.look.fill in style for kind, (_, style) in zip(kinds, chips, strict=True))
    picture = parsed(told.svg())
    shown = words(picture)
    for kind in set(kinds):
        assert kind.words in shown
        assert any(box.get("fill") == kind.look.fill for box in picture.iter(f"{SVG}rect"))


def test_nothing_is_loaded_and_nothing_runs(told: Explanation) -> None:
    for text in (told.html(), told._repr_html_(), told.svg(), strange().html()):
        root = parsed(text)
        assert not [e for e in root.iter() if e.tag.rpartition("}")[2] in ("script", "link", "img", "iframe")]
        assert not re.search(r"@import|url\(|\bsrc=|\bon\w+=", text)
        assert set(re.findall(r'https?://[^"\s]+', text)) <= {"http://www.w3.org/2000/svg"}


def test_wide_things_scroll(told: Explanation) -> None:
    root = parsed(told.html())
    around = {child: parent for parent in root.iter() for child in parent}
    for element in [*root.iter("table"), *root.iter(f"{SVG}svg")]:
        assert around[element].get("class") == "wide"
    assert "overflow-x: auto" in STYLE


def test_what_people_call_their_variables_breaks_nothing() -> None:
    told = strange()
    assert told.network is not None
    assert len(told.plan) > 1
    for text in (told.html(), told._repr_html_(), told.svg()):
        shown = words(parsed(text))
        assert NAMES[0] in shown
        assert "d|e" in shown
        assert "<script" not in text


def test_a_fragment_for_a_notebook_styles_nothing_else() -> None:
    identification = dofx.identify("P(y | do(x))", "x -> m -> y; x <-> y")
    for text in (identification._repr_html_(), explained.explained("napkin")._repr_html_()):
        root = parsed(text)
        assert root.get("class") == "dofx"
        (style,) = root.iter("style")
        rules = re.findall(r"^ *([^\s{}@][^{};]*)\{", style.text or "", re.MULTILINE)
        assert len(rules) > 20
        assert all(part.strip().startswith(".dofx") for rule in rules for part in rule.split(","))


def test_notebooks_show_identifications_compilations_samplers_and_programs() -> None:
    graph, query = "x -> m -> y; x <-> y", "P(y | do(x))"
    sampler = dofx.compile(query, graph)
    rows = {name: np.arange(40) % (2 + k) % 2 for k, name in enumerate("xmy")}
    before = words(parsed(sampler._repr_html_()))
    assert "Fit plan" in before
    assert "epochs" not in before
    assert "epochs" in words(parsed(sampler.fit(rows)._repr_html_()))
    assert "weakest link" in words(parsed(sampler.explanation().html()))
    assert "Fit plan" in words(parsed(compile_query(query, graph)._repr_html_()))
    program = dofx.compile(f"graph {{ {graph} }} query a = {query} query b = P(m | x) query c = P(x | m, y)")
    assert len(list(parsed(program._repr_html_()).iter("section"))) == 4  # type: ignore[union-attr]


def test_several_queries_share_a_page_and_a_drawing() -> None:
    told = [explained.explained("napkin"), explained.explained("bow"), strange()]
    root = parsed(explanations_page(told, "a & b"))
    assert root.findtext("head/title") == "a & b"
    links = [link.get("href", "") for link in root.iter("a")]
    assert links == [f"#{section.get('id')}" for section in root.iter("section")]
    assert links == ["#q1", "#q2", "#q3", "#together"]
    shown = words(parsed(explanations_svg(told)))
    assert shown.count("P(y | do(x)) is ") == 2
    assert f"{NAMES[0]}: P(" in shown


def test_a_large_graph_has_a_page() -> None:
    n = 180
    graph = "; ".join(f"v{i} -> v{i + 1}" for i in range(n)) + "; v0 <-> v2"
    told = compile_query(f"P(v{n} | do(v1), v{n // 2})", graph).explanation()
    assert "too many to draw" in words(parsed(told.html()))
    assert "too many to draw" in words(parsed(told.svg()))
