"""Drawings in every format: what is in the file, and what cannot be drawn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from faces.shop import dofx

GRAPH = r'latent ability; ability -> {school, wage}; school -> wage; wage <-> "a_b$ %"; \beta_1 -> school'
QUERY = "P(wage | do(school))"
NAPKIN = ("-g", "w -> r -> x -> y; x <-> w <-> y", "--network", "P(y | do(x))")


@pytest.mark.parametrize("what", [("-g", GRAPH), ("-g", GRAPH, "--query", QUERY), NAPKIN])
@pytest.mark.parametrize(("suffix", "begins"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<svg")])
def test_files(what: tuple[str, ...], suffix: str, begins: bytes, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    place = tmp_path / f"drawing.{suffix}"
    result = dofx("draw", *what, "-o", place)
    assert result.exit_code == 0, result.output
    assert place.read_bytes().startswith(begins)
    assert len(place.read_bytes()) > 1000


def test_a_picture_shows_the_colours_of_the_drawing(tmp_path: Path) -> None:
    image = pytest.importorskip("matplotlib.image")
    place = tmp_path / "bow.png"
    assert dofx("draw", "-g", "x -> y; x <-> y", "--query", "P(y | do(x))", "-o", place).exit_code == 0
    pixels = (image.imread(place)[..., :3] * 255).round().astype(int).reshape(-1, 3)
    shown = {tuple(map(int, pixel)) for pixel in pixels}
    assert {(0xFF, 0xE2, 0xAD), (0xCF, 0xE3, 0xFF), (0xD3, 0x3C, 0x56), (255, 255, 255)} <= shown


def test_tikz_has_nodes_and_edges_by_name(tmp_path: Path) -> None:
    place = tmp_path / "graph.tex"
    assert dofx("draw", "-g", GRAPH, "--query", QUERY, "-o", place).exit_code == 0
    text = place.read_text(encoding="utf-8")
    assert r"{$\beta_{1}$}" in text
    assert r"{$\mathrm{a\_b\$\ \%}$}" in text
    assert "[dashed] (v0)" in text
    assert text.count(r"\draw[->]") == 4
    assert text.count(r"\draw[<->, dashed]") == 1
    assert dofx("draw", "-g", GRAPH, "--query", QUERY, "--format", "tikz").stdout == text


def test_tikz_bends_edges_around_variables() -> None:
    graph = "age -> {smoking, cancer}; smoking -> tar -> cancer; age -> missing(tar)"
    text = dofx("draw", "-g", graph, "--format", "tikz").stdout
    nodes = dict(re.findall(r"\((v\d)\) at .*?\{\$\\mathrm\{(.*)\}\$\}", text))
    (bent,) = re.findall(r"\((v\d)\) to\[bend right=\d+\] \((v\d)\)", text)
    assert [nodes[each] for each in bent] == ["age", "cancer"]
    assert text.count(" -- ") == 4


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((*NAPKIN, "--format", "tikz"), "TikZ has the graph, not a network"),
        (("-g", GRAPH, "--format", "png"), "pass -o"),
        (("-g", GRAPH, "-o", "graph.gif"), "E0803"),
    ],
)
def test_what_cannot_be_drawn(arguments: tuple[str, ...], fault: str) -> None:
    result = dofx("draw", *arguments)
    assert result.exit_code == 2
    assert fault in result.output
