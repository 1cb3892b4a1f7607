"""Small tables in machine code: thresholds are selected, and the states are those of the graph."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._inductor.cpu_vec_isa import pick_vec_isa

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.export import load_aoti, signature_of
from dofx.runtime.export.aoti import need_compiler
from dofx.runtime.export.flat import flat_graph
from dofx.runtime.export.program import exported_program
from dofx.runtime.export.selection import Selection, select
from dofx.runtime.families.table import TableGenerator
from dofx.runtime.sampler import Sampler
from dofx.runtime.variables import Finite

ROWS = 4_001
LOOK_UPS = {torch.ops.aten.index_select.default, torch.ops.aten.index.Tensor}
Tensors = dict[str, Tensor]


def fitted(states: dict[str, int], parents: dict[str, str], family: str = "table") -> Sampler:
    """Draws with the parents that they name, under an intervention on x and given z."""
    draws = tuple(Draw.of(name, name, tuple((p, p) for p in names)) for name, names in parents.items())
    outputs = tuple(pair for draw in draws for pair in draw.outputs)
    stage = Stage("answer", (("x", "x"), ("z", "z")), draws, outputs)
    types = {name: Finite(tuple(range(count))) for name, count in states.items()}
    sampler = Sampler(SamplingNetwork(Query.of(tuple(parents), ("x",), ("z",)), (stage,)), types=types)
    rng = np.random.default_rng(0)
    data = {name: np.arange(600) % count for name, count in states.items()}
    data = {name: rng.permutation(column) for name, column in data.items()}
    return sampler.fit(data, generators=dict.fromkeys(parents, family), epochs=1, progress=False)


def inputs(sampler: Sampler, states: dict[str, int]) -> tuple[Tensors, Tensors, Tensors]:
    """Noise that meets every threshold exactly in some rows, and inputs in every state."""
    source = torch.Generator().manual_seed(0)
    noise = {}
    for origin in sampler.module.provenance:
        table = sampler.module.get_submodule(origin.target)
        assert isinstance(table, TableGenerator)
        met = table.cdf.flatten()[:1_000].clamp(max=1 - 2**-24)
        noise[origin.draw] = torch.cat([met, torch.rand(ROWS - len(met), generator=source)])
        noise[origin.draw] = noise[origin.draw][torch.randperm(ROWS, generator=source)]
    x, z = (torch.randint(states[name], (ROWS,), generator=source) for name in "xz")
    return noise, {"x": x}, {"z": z}


def selected(sampler: Sampler, noise: Tensors, do: Tensors, given: Tensors) -> tuple[Tensors, int]:
    """The outcomes of the graph that selects, and how many of its tables do."""
    signature = signature_of(sampler)
    flat = flat_graph(sampler.module, signature)
    select(flat)
    passed = {"noise": noise, "do": do, "given": given}
    drawn = flat(*(passed[port.role][port.of] for port in signature.inputs))
    return drawn, sum(isinstance(module, Selection) for module in flat.modules())


CHAIN = {"a": "", "b": "xa", "c": "zb", "d": "cxa", "e": "z"}
"""Without conditions; given inputs, draws, and both, in other orders than they are drawn in."""


@pytest.mark.parametrize("counts", [(2, 2, 2, 2, 2, 2, 2), (3, 2, 4, 5, 2, 3, 7), (2, 3, 1, 4, 1, 2, 32)])
def test_selection_draws_the_same_states(counts: tuple[int, ...]) -> None:
    states = dict(zip("xzabcde", counts, strict=True))
    sampler = fitted(states, CHAIN)
    arguments = inputs(sampler, states)
    expected = sampler.module(*arguments)
    drawn, selections = selected(sampler, *arguments)
    assert selections == len(CHAIN)
    assert list(drawn) == list(expected)
    for name, value in expected.items():
        assert drawn[name].dtype == torch.int64
        assert torch.equal(drawn[name], value), name
        assert len(value.unique()) == states[name]
    assert not any(isinstance(module, Selection) for module in sampler.module.modules())


@pytest.mark.parametrize("states", range(2, 41))
def test_tables_of_2_to_40_states(states: int) -> None:
    counts = {"x": 2, "z": 3, "a": states, "b": states}
    sampler = fitted(counts, {"a": "", "b": "x"})
    arguments = inputs(sampler, counts)
    drawn, selections = selected(sampler, *arguments)
    assert selections == (2 if states <= 32 else 0)
    for name, value in sampler.module(*arguments).items():
        assert torch.equal(drawn[name], value), name


@pytest.mark.parametrize(
    ("counts", "parents", "family"),
    [
        ({"x": 20, "z": 13, "a": 2, "b": 2}, {"a": "x", "b": "xz"}, "table"),  # b has 260 thresholds
        (dict.fromkeys("xzabcde", 16), dict.fromkeys("abcde", "x"), "table"),  # 1,200 in all
        ({"x": 2, "z": 2, "a": 2, "b": 2}, {"a": "x", "b": "xz"}, "softmax"),
    ],
)
def test_other_graphs_look_up(counts: dict[str, int], parents: dict[str, str], family: str) -> None:
    signature = signature_of(sampler := fitted(counts, parents, family))
    flat = flat_graph(sampler.module, signature)
    before = str(flat.graph)
    select(flat)
    assert str(flat.graph) == before


def test_only_a_package_selects() -> None:
    sampler = fitted({"x": 2, "z": 2, "a": 3, "b": 2}, {"a": "x", "b": "za"})
    for artefact, looks_up in (("pt2", True), ("onnx", True), ("aoti", False)):
        program = exported_program(sampler.module, signature_of(sampler), artefact)
        assert any(node.target in LOOK_UPS for node in program.graph.nodes) == looks_up


def _processor(path: Path) -> object:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith("_metadata.json")]
        found = [json.loads(archive.read(name)) for name in names]
    (processor,) = {metadata["AOTI_CPU_ISA"] for metadata in found if "AOTI_CPU_ISA" in metadata}
    return processor


@pytest.mark.parametrize("z", [4, pytest.param(30, marks=pytest.mark.long)])
def test_a_package_returns_the_states_of_the_graph(z: int, tmp_path: Path) -> None:
    """Of small tables by selection, and by look-ups where one is large: b has 36 or 270 thresholds."""
    counts = {"x": 3, "z": z, "a": 2, "b": 4, "c": 3}
    sampler = fitted(counts, {"a": "", "b": "xz", "c": "ba"})
    try:
        need_compiler()
    except DofxError:
        pytest.skip("there is no C++ compiler")
    path = sampler.export(tmp_path / "tables.aoti.pt2")
    assert _processor(path) == str(pick_vec_isa()).upper()  # else torch says that the package is for another
    package = load_aoti(path)
    noise, do, given = inputs(sampler, counts)
    for rows in (1, 17, ROWS):
        some = [{name: value[:rows].clone() for name, value in part.items()} for part in (noise, do, given)]
        expected, drawn = sampler.module(*some), package(*some)
        for name, value in expected.items():
            assert torch.equal(drawn[name], value), name
