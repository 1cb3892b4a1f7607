"""What `dofx.graph` reads: text, files, syntax trees; and what it says where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

import dofx
from dofx import ADMG, DofxError
from dofx.compiler.graph.read import graph_from_syntax
from dofx.grammar.parse import parse_graph

FRONT_DOOR = ADMG(["x", "m", "y"], [("x", "m"), ("m", "y")], [("x", "y")])

TEXTS = [
    "x -> m -> y; x <-> y",
    "x -> m, m -> y\nx <-> y",
    "graph { x -> m -> y <-> x }",
    "y <- m <- x <-> y",
    "x; m; y; x → m → y; x ↔ y",
    "latent u; u -> {x, y}; x -> m -> y",
    "dag { x -> m -> y  x <-> y }",
    "dag { u [latent]  x -> m -> y  u -> {x y} }",
    "digraph { x -> m -> y; x -> y [dir=both]; }",
    'digraph G { u [observed="no"]; u -> x; u -> y; x -> m -> y }',
]


@pytest.mark.parametrize("text", TEXTS)
def test_texts(text: str) -> None:
    assert dofx.graph(text) == FRONT_DOOR


def test_a_graph_is_returned_as_it_is() -> None:
    assert dofx.graph(FRONT_DOOR) is FRONT_DOOR


def test_nodes_stand_in_the_order_of_their_first_mention() -> None:
    assert dofx.graph("c; b -> a; latent u; u -> {a, d}").nodes == ("c", "b", "a", "d")


def test_a_latent_that_confounds_what_it_also_mediates() -> None:
    assert dofx.graph("latent u; x -> u -> {y, z}") == ADMG([], [("x", "y"), ("x", "z")], [("y", "z")])


def test_syntax_trees() -> None:
    block = parse_graph("x -> m -> y; x <-> y")
    assert dofx.graph(block) == FRONT_DOOR
    assert graph_from_syntax([parse_graph("x -> m"), parse_graph("m -> y; x <-> y")]) == FRONT_DOOR


def test_graph_blocks_of_a_program_add_up() -> None:
    program = dofx.parse("graph { x -> m } query q = P(y | do(x)) graph { m -> y; x <-> y }")
    assert dofx.graph(program) == FRONT_DOOR


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", TEXTS[0]),
        ("a.dagitty", TEXTS[7]),
        ("a.dot", TEXTS[8]),
        ("a.GV", TEXTS[9]),
        ("a.cq", "graph { x -> m -> y; x <-> y }\nquery q = P(y | do(x))\n"),
        ("bom.txt", "\ufeff" + TEXTS[0]),
    ],
)
def test_files(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    assert dofx.graph(str(file)) == FRONT_DOOR
    assert dofx.graph(file) == FRONT_DOOR


def test_a_path_object_may_have_any_suffix(tmp_path: Path) -> None:
    file = tmp_path / "graph"
    file.write_text(TEXTS[0])
    assert dofx.graph(file) == FRONT_DOOR


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "smoking.dagitty").write_text(TEXTS[0])
    with pytest.raises(DofxError, match=r"did you mean `.*smoking\.dagitty`") as caught:
        dofx.graph(str(tmp_path / "smokin.dagitty"))
    assert caught.value.diagnostics[0].code == "E0501"


@pytest.mark.parametrize("there", ["smoking.svg", "smoking.csv", "smoking.dagitty", "smoking"])
def test_only_a_program_is_suggested_for_a_program(tmp_path: Path, there: str) -> None:
    (tmp_path / there).touch()
    with pytest.raises(DofxError) as caught:
        dofx.compile(str(tmp_path / "smoking.cq"))
    assert caught.value.diagnostics[0].help[0].startswith(f"`{tmp_path}` holds no program")
    (tmp_path / "smokin.cq").touch()
    with pytest.raises(DofxError, match=r"did you mean `.*smokin\.cq`"):
        dofx.compile(str(tmp_path / "smoking.cq"))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00x")
    for path in (tmp_path, tmp_path / "binary.txt"):
        with pytest.raises(DofxError) as caught:
            dofx.graph(path)
        assert caught.value.diagnostics[0].code == "E0503"


def test_a_fault_in_a_file_points_into_it(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("x -> y\ny -> x\n")
    with pytest.raises(DofxError) as caught:
        dofx.graph(file)
    assert f"{file}:1:1" in str(caught.value)
    assert "the graph has a cycle: x -> y -> x" in str(caught.value)


def test_every_fault_is_reported_at_once() -> None:
    with pytest.raises(DofxError) as caught:
        dofx.graph("a -> b -> a; c -> c; exposure e; d -> f -> d")
    assert sorted(d.code for d in caught.value.diagnostics) == ["E0201", "E0201", "E0202", "E0301"]
    assert all(d.primary for d in caught.value.diagnostics)


def test_an_undecided_edge() -> None:
    with pytest.raises(DofxError) as caught:
        dofx.graph("pag { x @-> y }")
    assert caught.value.diagnostics[0].code == "E0203"


def test_a_cycle_through_a_latent() -> None:
    with pytest.raises(DofxError, match="x -> u -> x"):
        dofx.graph("latent u; x -> u -> x")


def test_the_name_of_a_file_of_something_else_is_no_graph_of_one_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text("x,y\n0,1\n")
    with pytest.raises(DofxError) as raised:
        dofx.graph("rows.csv")
    (fault,) = raised.value.diagnostics
    assert (fault.code, fault.title.startswith("`rows.csv` is a file")) == ("E0204", True)
    assert dofx.graph("blood.pressure").nodes == ("blood.pressure",)
    assert dofx.graph("rows.csv -> y").nodes == ("rows.csv", "y")
