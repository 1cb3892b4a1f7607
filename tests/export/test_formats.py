"""Every format, in a fresh process without dofx, gives the library's rows for the same noise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.export import load_aoti, read_signature, signature_of
from dofx.runtime.families.softmax import SoftmaxGenerator
from dofx.runtime.sampler import Sampler
from dofx.runtime.training.settings import FitSettings
from models.worlds import FRONT_DOOR, front_door_rows
from stand_ins.zoo import QUERY, inputs, small, zoo

ROWS = (1, 2, 500)
PT2 = """
import torch
program = torch.export.load(path, extra_files=(files := {"dofx.json": ""})).module()
text = files["dofx.json"]
def call(values):
    with torch.no_grad():
        return {name: value.numpy() for name, value in program(*map(torch.from_numpy, values)).items()}
"""
ONNX = """
sys.modules["torch"] = None
import onnxruntime
session = onnxruntime.InferenceSession(path)
text = session.get_modelmeta().custom_metadata_map["dofx.json"]
def call(values):
    names = [port["name"] for port in json.loads(text)["inputs"]]
    assert names == [port.name for port in session.get_inputs()]
    outputs = session.run(None, dict(zip(names, values)))
    return dict(zip([port.name for port in session.get_outputs()], outputs))
"""
AOTI = """
import torch, torch._inductor, zipfile
package = torch._inductor.aoti_load_package(path)
text = package.loader.get_metadata()["dofx.json"]
archive = zipfile.ZipFile(path)
assert archive.read(next(n for n in archive.namelist() if n.endswith("extra/dofx.json"))).decode() == text
def call(values):
    return {name: value.numpy() for name, value in package(*map(torch.from_numpy, values)).items()}
"""
CHILD = """
import json, sys
sys.modules["dofx"] = None
import numpy as np
path, folder = sys.argv[1:]
{load}
for file in {rows}:
    given = np.load(f"{{folder}}/in{{file}}.npz")
    order = [port["name"] for port in json.loads(text)["inputs"]]
    np.savez(f"{{folder}}/out{{file}}.npz", **call([given[name] for name in order]))
assert not [name for name in sys.modules if name.startswith("dofx.")]
print(text)
"""


def outputs_elsewhere(load: str, path: Path, sampler: Sampler, folder: Path) -> str:
    """Run an artefact in a fresh process, compare its rows with the library's, and return what it carries."""
    signature = signature_of(sampler)
    for rows in ROWS:
        noise, do, given = inputs(sampler, rows)
        passed = {"noise": noise, "do": do, "given": given}
        values = {port.name: passed[port.role][port.of].numpy() for port in signature.inputs}
        np.savez(folder / f"in{rows}.npz", **values)
    child = CHILD.format(load=load, rows=ROWS)
    command = [sys.executable, "-W", "ignore", "-c", child, str(path), str(folder)]
    checked = {**os.environ, "AOTI_RUNTIME_CHECK_INPUTS": "1"}  # else a package takes what it is not made for
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=checked)
    assert done.returncode == 0, done.stderr
    for rows in ROWS:
        with torch.no_grad():
            expected = sampler.module(*inputs(sampler, rows))
        found = np.load(folder / f"out{rows}.npz")
        assert found.files == [port.name for port in signature.outputs]
        for port in signature.outputs:
            value = expected[port.of].numpy()
            assert found[port.name].dtype == value.dtype
            np.testing.assert_allclose(found[port.name], value, rtol=1e-5, atol=1e-5)
    return done.stdout


def exported(sampler: Sampler, path: Path) -> Path:
    """The file that is written, where there is what it takes."""
    try:
        return sampler.export(path)
    except DofxError as error:
        if error.diagnostics[0].code == "E0902":
            pytest.skip("there is no C++ compiler")
        raise


@pytest.mark.parametrize(("format", "load"), [("pt2", PT2), ("onnx", ONNX)])
def test_a_table_and_a_spline_run_elsewhere(format: str, load: str, tmp_path: Path) -> None:
    path = exported(small(), tmp_path / f"small.{format}")
    carried = json.loads(outputs_elsewhere(load, path, small(), tmp_path))
    assert carried["artefact"] == format
    assert read_signature(path).to_json() == carried


@pytest.mark.long
@pytest.mark.parametrize(("format", "load"), [("pt2", PT2), ("onnx", ONNX), ("aoti", AOTI)])
def test_every_family_runs_elsewhere(format: str, load: str, tmp_path: Path) -> None:
    path = exported(zoo(), tmp_path / f"zoo.{'aoti.pt2' if format == 'aoti' else format}")
    carried = json.loads(outputs_elsewhere(load, path, zoo(), tmp_path))
    assert carried["artefact"] == format
    assert read_signature(path).to_json() == carried
    assert carried["query"] == QUERY
    assert carried["estimand"]["text"] == str(zoo().estimand)
    assert carried["versions"]["torch"] == torch.__version__
    block = [draw for draw in carried["draws"] if len(draw["variables"]) > 1]
    assert [(draw["draw"], draw["variables"]) for draw in block] == [("breath", ["breath", "pulse"])]
    assert "pulse" not in {port["of"] for port in carried["inputs"]}
    season = next(port for port in carried["inputs"] if port["of"] == "season")
    assert season == {
        "name": "given_season",
        "role": "given",
        "of": "season",
        "dtype": "int64",
        "shape": ["rows"],
        "type": "category('cold', 'dry', 'wet')",
        "states": ["cold", "dry", "wet"],
    }
    assert [path.name for path in tmp_path.glob(".*")] == []


@pytest.mark.parametrize("format", ["pt2", "onnx"])
def test_a_softmax_given_an_image_is_exported(format: str, tmp_path: Path) -> None:
    """Each row's noise is 1e-5 from where its state changes, on either side: there only digits tell."""
    photo = torch.randn(300, 2, 9, 9, generator=torch.Generator().manual_seed(0))
    sampler = dofx.compile("P(y | photo)", "photo -> y")
    assert isinstance(sampler, Sampler)
    data = {"photo": photo, "y": photo[:, 0].mean((1, 2)) > 0}
    sampler.fit(data, settings=FitSettings(epochs=1), progress=False)
    with torch.no_grad():
        for weight in sampler.module.parameters():
            weight += 0.1 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
    path, given = sampler.export(tmp_path / f"reader.{format}"), photo[:7]
    (generator,) = (g for g in sampler.modules.values() if isinstance(g, SoftmaxGenerator))
    with torch.no_grad():
        turn = generator.log_prob(torch.zeros(7, dtype=torch.int64), given).exp()
    assert float(turn.std()) > 0.01
    for shift, expected in ((-1e-5, 0), (1e-5, 1)):
        values = [turn + shift, given]
        if format == "pt2":
            y = torch.export.load(str(path)).module()(*values)["y"].numpy()
        else:
            session = pytest.importorskip("onnxruntime").InferenceSession(path)
            names = [port.name for port in session.get_inputs()]
            (y,) = session.run(None, {n: v.numpy() for n, v in zip(names, values, strict=True)})
        assert y.astype(int).tolist() == [expected] * 7


def test_gradients_pass_through_a_pt2_file(tmp_path: Path) -> None:
    program = torch.export.load(str(small().export(tmp_path / "small.pt2"))).module()
    noise = {"z": torch.rand(20), "y": torch.randn(20)}
    slopes = []
    for call in (lambda x: program(*noise.values(), x), lambda x: small().module(noise, {"x": x}, {})):
        x = torch.zeros(20, requires_grad=True)
        slopes.append(torch.autograd.grad(call(x)["y"].sum(), x)[0])
    torch.testing.assert_close(*slopes)
    assert slopes[0].abs().min() > 0


@pytest.mark.long
def test_a_package_runs_in_python_and_from_cpp(tmp_path: Path) -> None:
    """One test, because compiling takes most of its time."""
    pytest.importorskip("torch._inductor")
    path = exported(small(), tmp_path / "small.aoti.pt2")
    signature = read_signature(path)
    assert signature.machine is not None
    assert signature.machine["processor"]
    environment = dict(os.environ)
    loaded = load_aoti(path)
    assert dict(os.environ) == environment
    for rows in ROWS:
        noise = loaded.draw_noise(rows, torch.Generator().manual_seed(rows))
        x = torch.linspace(-1, 1, 2 * rows)[::2]  # strided: made contiguous on the way in
        with torch.no_grad():
            expected = small().module(noise, {"x": x}, {})
        found = loaded(noise, {"x": x.requires_grad_() if rows == 2 else x})  # and it may want a gradient
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            torch.testing.assert_close(found[name], value, rtol=1e-5, atol=1e-5)
    _refuses_bad_inputs(loaded)
    _runs_from_cpp(path, tmp_path)


def _refuses_bad_inputs(loaded: object) -> None:
    """Unchecked, each of these gives garbage."""
    good = {"z": torch.rand(4), "y": torch.randn(4)}
    x = torch.zeros(4)
    bad = [
        (({**good, "z": good["z"].double()}, {"x": x}), "dtype float64"),
        (({**good, "z": good["z"][:3]}, {"x": x}), "unequal numbers of rows"),
        (({**good, "z": torch.rand(4, 2)}, {"x": x}), "shape (4, 2)"),
        (({"z": good["z"]}, {"x": x}), "`y` is missing"),
        ((good, {"xx": x}), "`xx` is not an input"),
        ((good, {"x": 1.5}), "not a tensor"),
        (({"z": torch.rand(0), "y": torch.randn(0)}, {"x": x[:0]}), "no rows"),
    ]
    for arguments, expected in bad:
        with pytest.raises(DofxError) as error:
            loaded(*arguments)  # type: ignore[operator]
        assert {d.code for d in error.value.diagnostics} == {"E0905"}
        assert any(expected in d.title for d in error.value.diagnostics)


def _runs_from_cpp(path: Path, folder: Path) -> None:
    source = Path(__file__).parents[2] / "examples" / "cpp"
    program = folder / "sample"
    options = [f"OUT={program}", f"PYTHON={sys.executable}", "CXXFLAGS=-O0"]
    built = subprocess.run(["make", "-C", str(source), *options], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    done = subprocess.run([program, path, "6", "1.5"], capture_output=True, text=True, check=True)
    torch.manual_seed(0)
    noise = {"z": torch.rand(6), "y": torch.randn(6)}
    with torch.no_grad():
        expected = small().module(noise, {"x": torch.full((6,), 1.5)}, {})
    printed = np.array([line.split() for line in done.stdout.splitlines()], dtype=np.float64)
    np.testing.assert_array_equal(printed[:, 0], expected["z"].numpy())
    np.testing.assert_allclose(printed[:, 1], expected["y"].numpy(), rtol=1e-5, atol=1e-5)
    carried = subprocess.run([program, path], capture_output=True, text=True, check=True).stdout
    assert json.loads(carried)["query"] == "P(z, y | do(x))"


def test_a_finite_sampler_agrees_to_the_bit(tmp_path: Path) -> None:
    rows, _ = front_door_rows(300)
    sampler = Sampler(FRONT_DOOR).fit(rows, progress=False)
    program = torch.export.load(str(sampler.export(tmp_path / "model", format="pt2"))).module()
    noise = {origin.draw: torch.rand(1_000) for origin in sampler.module.provenance}
    x = torch.arange(1_000) % 2
    expected = sampler.module(noise, {"x": x}, {})["y"]
    assert torch.equal(program(*noise.values(), x)["y"], expected)


@pytest.mark.long
def test_a_package_of_a_finite_sampler_agrees_to_the_bit(tmp_path: Path) -> None:
    rows, _ = front_door_rows(300)
    sampler = Sampler(FRONT_DOOR).fit(rows, progress=False)
    noise = {origin.draw: torch.rand(1_000) for origin in sampler.module.provenance}
    x = torch.arange(1_000) % 2
    expected = sampler.module(noise, {"x": x}, {})["y"]
    path = exported(sampler, tmp_path / "model.aoti.pt2")
    assert torch.equal(load_aoti(path)(noise, {"x": x})["y"], expected)
    load = f"import torch, torch._inductor; torch._inductor.aoti_load_package({str(path)!r})"
    said = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, check=True).stderr
    assert "mismatch" not in said  # as torch says of a package for another processor


def test_draws_from_one_real_row_take_one_noise(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    age = rng.normal(size=300)
    rows = {"age": age, "weight": age + rng.normal(size=300), "x": (age > 0).astype(int)}
    rows["y"] = (rows["weight"] + rows["x"] > 0).astype(int)
    sampler = dofx.compile("P(y | do(x))", "age -> weight; {age, weight} -> x; {age, weight, x} -> y")
    assert isinstance(sampler, Sampler)
    sampler.fit(rows, generators={"y": partial(SoftmaxGenerator, hidden=(4,))}, epochs=1, progress=False)
    path = sampler.export(tmp_path / "y.pt2")
    signature = read_signature(path)
    assert [draw["family"] for draw in signature.draws] == ["rows", "softmax"]
    assert [port.name for port in signature.inputs] == ["noise_age", "noise_y", "do_x"]
    noise = {"age": torch.rand(50), "y": torch.rand(50)}
    x = torch.arange(50) % 2
    program = torch.export.load(str(path)).module()
    with torch.no_grad():
        assert torch.equal(program(*noise.values(), x)["y"], sampler.module(noise, {"x": x}, {})["y"])
