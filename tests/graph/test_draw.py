"""Drawings: well-formed, complete, nothing on top of anything."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

import dofx
from dofx import ADMG
from dofx.compiler.drawing.canvas import box_size, text_width
from dofx.compiler.drawing.columns import stand_ins
from dofx.compiler.drawing.crowded import MOST_STAND_INS, followed
from dofx.compiler.drawing.curves import Box, Curve, arc, between, line, point_at
from dofx.compiler.drawing.diagram import Diagram, diagram
from dofx.compiler.drawing.routing import Router
from dofx.compiler.driver import compile_query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Simulated, Stage
from dofx.compiler.network.lower import lower
from dofx.compiler.printers.graph_svg import graph_svg
from dofx.compiler.printers.identification.svg import identification_svg
from dofx.compiler.printers.network.svg import network_svg
from models.graphs import Graph, random_graph

SVG = "{http://www.w3.org/2000/svg}"
NAPKIN = "w -> r -> x -> y; w <-> x; w <-> y"
UNUSUAL = [
    "birth_weight_category",
    "β_治疗",
    "θ\u0302",
    "a & <b>",
    "q\"uo'te",
    "x′",
    "two words",
]


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def admg(graph: Graph) -> ADMG:
    return ADMG(graph.nodes, graph.directed, graph.bidirected)


def randoms(count: int) -> list[ADMG]:
    rng = np.random.default_rng(13)
    return [admg(random_graph(rng, (1, 3, 5, 8)[k % 4])) for k in range(count)]


def shape(graph: ADMG) -> Diagram:
    index = graph.order.index
    return diagram(
        [box_size(name) for name in graph.nodes],
        [False for _ in graph.nodes],
        [(index[a], index[b]) for a, b in graph.directed],
        [(index[a], index[b]) for a, b in graph.bidirected],
    )


def large(size: int, edges: int, links: int) -> ADMG:
    rng = np.random.default_rng(size)
    pairs = [sorted(int(i) for i in rng.choice(size, 2, replace=False)) for _ in range(edges + links)]
    named = [(f"v{a}", f"v{b}") for a, b in pairs]
    return ADMG([f"v{i}" for i in range(size)], named[:edges], named[edges:])


@pytest.mark.parametrize("graph", [*randoms(20), large(20, 32, 10), ADMG()])
def test_every_name_is_there(graph: ADMG) -> None:
    assert texts(graph._repr_svg_()) == list(graph.nodes)


def test_unusual_names() -> None:
    graph = ADMG(UNUSUAL, pairwise(UNUSUAL), [(UNUSUAL[0], UNUSUAL[-1])])
    shown = texts(graph_svg(graph))
    assert shown[:6] == UNUSUAL[:6]
    assert shown[6:] == ["two words"]


@pytest.mark.parametrize("graph", [*randoms(30), large(20, 32, 10), large(40, 70, 20)])
def test_boxes_keep_apart_and_causes_stand_left_of_effects(graph: ADMG) -> None:
    found = shape(graph)
    for one, other in combinations(found.boxes, 2):
        apart = one.centre - other.centre
        across = abs(apart.real) - (one.width + other.width) / 2
        assert max(across, abs(apart.imag) - (one.height + other.height) / 2) > 5
    for a, b in found.arrows:
        assert found.boxes[a].centre.real < found.boxes[b].centre.real


@pytest.mark.parametrize("graph", randoms(40))
def test_curves_of_small_graphs_touch_no_other_box(graph: ADMG) -> None:
    found = shape(graph)
    for a, b, curve in [(*e, c) for part in (found.arrows, found.links) for e, c in part.items()]:
        points = [point_at(segment, i / 20) for segment in curve for i in range(21)]
        for i, box in enumerate(found.boxes):
            if i not in (a, b):
                assert all(box.distance(point) > 0 for point in points)
        assert abs(found.boxes[a].distance(points[0]) - 2) < 0.01
        assert abs(found.boxes[b].distance(points[-1]) - 2) < 0.01


def test_a_chain_is_straight() -> None:
    boxes = shape(dofx.graph(NAPKIN)).boxes
    assert len({round(box.centre.imag, 2) for box in boxes}) == 1


def test_the_same_drawing_every_time() -> None:
    graph = large(20, 32, 10)
    assert graph_svg(graph) == graph_svg(large(20, 32, 10))


def test_roles_have_colours_and_a_legend() -> None:
    graph = dofx.graph("z -> {x, y}; x -> y")
    svg = graph_svg(graph, interventions=["x"], outcomes=["y"], conditions=["z"], title="P(y | do(x), z)")
    assert texts(svg) == ["z", "x", "y", "P(y | do(x), z)", "do(…)", "outcome", "condition"]
    fills = [element.get("fill") for element in ElementTree.fromstring(svg).iter(f"{SVG}rect")]
    assert len(set(fills)) == 3


def test_a_hedge_is_shaded() -> None:
    answer = dofx.identify("P(y | do(x))", "x -> y; x <-> y")
    svg = identification_svg(answer)
    assert "P(y | do(x)) is not identifiable" in texts(svg)
    groups = list(ElementTree.fromstring(svg).iter(f"{SVG}g"))
    assert [len(group) for group in groups] == [4, 1]  # two nodes and two edges; one node


def test_an_identifiable_query_has_no_hedge() -> None:
    svg = identification_svg(dofx.identify("P(y | do(x))", NAPKIN))
    assert "P(y | do(x)) is identifiable" in texts(svg)
    assert "hedge F" not in texts(svg)


def test_a_network_has_a_frame_for_each_stage() -> None:
    estimand = dofx.identify("P(y | do(x))", NAPKIN).estimand
    assert estimand is not None
    network = lower(estimand)
    shown = texts(network_svg(network))
    assert network._repr_svg_() == network_svg(network)
    for stage in network.stages:
        names = [*stage.input_ids, *(draw.id for draw in stage.draws)]
        assert all(name.replace("'", "′") in shown for name in names)
    assert "P(y | do(x))" in shown
    assert any(text.startswith("Q₁(") for text in shown)
    assert "on Q₁" in shown
    assert "trained on rows of an interim kernel" in shown


def test_a_network_without_a_refit_says_nothing_of_one() -> None:
    estimand = dofx.identify("P(y | do(x), z)", "z -> {x, y}; x -> y").estimand
    assert estimand is not None
    shown = texts(network_svg(lower(estimand)))
    assert "trained on rows of an interim kernel" not in shown
    assert "sampled and dropped" not in shown
    assert {"do(…)", "condition"} <= set(shown)


def test_distance_to_a_box() -> None:
    box = Box(0j, 40, 20, 10)
    assert box.distance(0j) == -10
    assert box.distance(25 + 0j) == 5
    assert box.distance(15j) == 5
    assert box.distance(10 + 10j) == 0


def test_a_curve_is_cut_at_the_boxes_that_it_joins() -> None:
    one, other = Box(0j, 40, 20, 10), Box(200 + 50j, 60, 20, 4)
    for curve in (line(0j, 200 + 50j), arc(0j, 200 + 50j, 0.4)):
        cut = between(curve, one, other, (1.0, 3.0))
        assert one.distance(cut[0][0]) == pytest.approx(1, abs=1e-3)
        assert other.distance(cut[-1][3]) == pytest.approx(3, abs=1e-3)


def test_text_is_measured() -> None:
    assert text_width("") == 0
    assert text_width("il") < text_width("ab") < text_width("MW") < text_width("治疗") * 1.01
    assert text_width("e\u0301") == text_width("e")


def confounded_chain(n: int) -> tuple[ADMG, dofx.Query]:
    """Every variable depends on all of its district before it, so that draws read n² / 4 values."""
    v = [f"v{i}" for i in range(n)]
    return ADMG(v, list(pairwise(v)), list(zip(v, v[2:], strict=False))), dofx.Query.of([v[-1]], [v[0]])


def test_a_crowded_graph_says_in_words_what_full_nodes_are_joined_to() -> None:
    v = [f"v{i}" for i in range(100)]
    every = list(combinations(v, 2))
    shown = texts(ADMG(v, every)._repr_svg_())
    assert [text for text in shown if text in v] == v
    assert "← v0, v1, … , v98 (99)" in shown
    assert "← v0, v1, … , v97 (98)" in shown
    shown = texts(ADMG(v, list(pairwise(v)), [pair for pair in every if pair[0] != "v0"])._repr_svg_())
    assert "↔ v1, v2, … , v98 (98)" in shown


@pytest.mark.parametrize("n", [12, 24, 48, 96])
def test_a_drawing_has_no_more_stand_ins_than_can_be_laid_out(n: int) -> None:
    every = list(combinations(range(n), 2))
    shown = followed(n, every, every)
    assert stand_ins(n, shown.arrows, shown.links) <= MOST_STAND_INS
    said = [(tail, head) for head, tails in shown.tails.items() for tail in tails]
    assert sorted([*shown.arrows, *said]) == every
    tied = {(a, b) for a, ends in shown.ends.items() for b in ends if a < b}
    assert sorted([*shown.links, *tied]) == every


def test_a_crowded_network_says_in_words_what_draws_read() -> None:
    graph, query = confounded_chain(60)
    network = compile_query(query, graph).network
    svg = network_svg(network)
    given = [text for text in texts(svg) if text.startswith("given ")]
    assert len(given) > 30
    assert f"({len(network.draws[-1].given)})" in given[-1]
    assert svg.count("<path") < 200 < sum(len(draw.given) for draw in network.draws)


def test_routing_looks_at_no_more_cells_than_it_has_patience_for(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0
    cells = Router._cells

    def counting(curve: Curve) -> Iterator[tuple[int, int]]:
        nonlocal looked
        for cell in cells(curve):
            looked += 1
            yield cell

    monkeypatch.setattr(Router, "_cells", staticmethod(counting))
    v = [f"v{i}" for i in range(140)]
    shape(ADMG([*v, "y"], [(name, "y") for name in v], [(name, "y") for name in v]))
    assert looked < 250_000


def test_only_as_many_stages_are_drawn_as_have_room() -> None:
    draws = tuple(Draw.of(f"v{i}", f"v{i}") for i in range(60))
    outputs = tuple(pair for draw in draws for pair in draw.outputs)
    interim = [Stage(f"Q{i}", (), draws, outputs) for i in range(4)]
    answer = Stage("answer", (), (Draw.of("v0", "v0", (), Simulated("Q3")),), (("v0", "v0"),))
    shown = texts(network_svg(SamplingNetwork(dofx.Query.of(["v0"]), (*interim, answer))))
    assert shown.count("60 draws: too many to draw") == 2
