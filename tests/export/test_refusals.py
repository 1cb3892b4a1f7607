"""What cannot be exported says which draw and why, and leaves what was there."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.export import Signature, load_aoti, read_signature, signature_of
from dofx.runtime.export.artefact import LONGEST_SIGNATURE
from dofx.runtime.sampler import Sampler
from models.worlds import FRONT_DOOR
from stand_ins.strange import NETWORK, Bessel, Branches, Counts, Drops, Fixed, Random, States, sampler_of


def refused(error: pytest.ExceptionInfo[DofxError]) -> tuple[str, str]:
    (diagnostic,) = error.value.diagnostics
    return diagnostic.code, "\n".join((diagnostic.title, *diagnostic.notes))


@pytest.mark.parametrize(
    ("generator", "suffix", "reason"),
    [
        (Branches(), "pt2", "branches on its data"),
        (Random(), "pt2", "its own random numbers, by `randn_like`"),
        (Drops(), "pt2", "shapes or branches depend on the data, by `index`"),
        (Fixed(), "pt2", "always returns values of shape (1)"),
        (Counts(), "pt2", "noise.shape[0] does not"),
        (Bessel(), "onnx", "bessel_j0"),
    ],
)
def test_the_draw_is_named(generator: nn.Module, suffix: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / f"risk.{suffix}"
    path.write_text("the old one")
    with pytest.raises(DofxError) as error:
        sampler_of(generator).export(path)
    code, text = refused(error)
    assert code == "E0901"
    assert f"draw y ~ P(y | x) cannot be exported to {suffix}" in text
    assert type(generator).__name__ in text
    assert reason in text
    assert path.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_policy_of_numbers_is_given_in_another_form_not_fitted(tmp_path: Path) -> None:
    """The advice used to be to fit a policy, which `fit` refuses."""
    rows = {"z": np.arange(40) / 40, "x": np.arange(40) % 2 == 1, "y": np.arange(40) % 3 == 1}
    sampler = dofx.compile("P(y | do(x ~ advice(z)))", "z -> {x, y}; x -> y").fit(rows, epochs=1)
    followed = sampler.following({"advice": lambda z: z > 0.5})
    for use in (lambda: followed.export(tmp_path / "risk.pt2"), followed.relaxed):
        with pytest.raises(DofxError) as error:
            use()
        (diagnostic,) = error.value.diagnostics
        assert "draw x ~ advice(x | z) cannot be" in diagnostic.title
        assert "it follows the policy advice" in diagnostic.notes[0]
        assert diagnostic.help == (
            'give the policy as a dofx.Table or a torch module: following({"advice": ...})',
        )


def test_a_policy_of_states_is_exported_and_relaxed_as_its_table(tmp_path: Path) -> None:
    """A Python function of states amounts to a table; it used to be refused."""
    source = np.random.default_rng(0)
    rows = {
        "z": source.choice(["none", "mild", "severe"], 200),
        "w": source.random(200) < 0.5,
        "x": (x := source.integers(0, 3, 200)),
        "m": x,  # so that an outcome shows what the policy sets
        "y": source.normal(size=200),
    }
    sampler = dofx.compile("P(y, m | do(x ~ advice(z, w)))", "z -> {x, y}; w -> {x, y}; x -> {m, y}")
    sampler.fit(rows, epochs=1, progress=False)
    followed = sampler.following({"advice": lambda z, w: np.where(z == "severe", 2, np.where(w, 1, 0))})
    program = torch.export.load(followed.export(tmp_path / "risk.pt2")).module()
    noise = followed.module.draw_noise(60, torch.Generator().manual_seed(0))
    order = [port.of for port in signature_of(followed).inputs]
    with torch.no_grad():
        found, expected = program(*(noise[name] for name in order)), followed.module(noise, {}, {})
        relaxed = followed.relaxed()(noise, {}, {})
    assert len(expected["m"].unique()) == 3
    assert torch.equal(found["m"], expected["m"])
    assert torch.equal(relaxed["m"].argmax(-1), expected["m"])
    torch.testing.assert_close(found["y"], expected["y"])
    assert "advice" in followed.policies
    assert not isinstance(followed.policies["advice"], nn.Module), "the sampler itself stays as it was"


def test_a_generator_of_ones_own_can_be_exported(tmp_path: Path) -> None:
    path = sampler_of(States(), y="bool").export(tmp_path / "risk.pt2")
    signature = read_signature(path)
    assert signature.draws[0]["family"] == "States"
    program = torch.export.load(str(path)).module()
    assert program(torch.tensor([0.2, 0.9]), torch.zeros(2))["y"].tolist() == [1, 0]


def test_nothing_is_exported_before_fitting(tmp_path: Path) -> None:
    for suffix in ("pt2", "onnx", "aoti"):
        with pytest.raises(DofxError) as error:
            Sampler(FRONT_DOOR).export(tmp_path / f"risk.{suffix}")
        assert refused(error)[0] == "E0420"
    assert not list(tmp_path.iterdir())


def test_missing_tools_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = sampler_of(States(), y="bool")
    monkeypatch.setattr("dofx.grammar.edge.libraries.import_module", _missing_library)
    with pytest.raises(DofxError) as error:
        sampler.export(tmp_path / "risk.onnx")
    assert refused(error)[0] == "E0429"
    assert "pip install -e '.[onnx]'" in error.value.diagnostics[0].help[0]
    monkeypatch.setattr("torch._inductor.cpp_builder.get_cpp_compiler", _missing)
    with pytest.raises(DofxError) as error:
        sampler.export(tmp_path / "risk.aoti")
    assert refused(error)[0] == "E0902"


def _missing_library(name: str) -> None:
    raise ImportError(name)


def _missing() -> str:
    raise RuntimeError("No working C++ compiler found")


@pytest.mark.parametrize(
    ("name", "format", "said"),
    [
        ("risk", None, "gives no format"),
        ("risk.onx", None, "did you mean `onnx`?"),
        ("risk.pt2", "onxx", "`onxx` is not a format"),
    ],
)
def test_formats_are_known(name: str, format: str | None, said: str, tmp_path: Path) -> None:
    with pytest.raises(DofxError) as error:
        sampler_of(States(), y="bool").export(tmp_path / name, format)
    assert [d.code for d in error.value.diagnostics] == ["E0903"]
    assert said in str(error.value)


def _archive(path: Path, content: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/extra/dofx.json", content)
    return path


def _changed(**changes: Any) -> str:
    return json.dumps({**signature_of(sampler_of(States(), y="bool")).to_json(), **changes})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}", "holds no signature"),
        ("not json", "Expecting value"),
        (_changed(version=9), "version 9"),
        (_changed(format="other"), "holds no signature"),
        (json.dumps({"format": "dofx export", "version": 1}), "lacks 'query'"),
    ],
)
def test_files_of_something_else_are_refused(content: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(DofxError) as error:
        read_signature(_archive(tmp_path / "risk.pt2", content))
    code, text = refused(error)
    assert code == "E0904"
    assert said in text


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        ({"system": "Plan 9"}, "compiled for Plan 9"),
        ({"processor": "pdp11"}, "compiled for pdp11"),
        ({"instructions": "AVX2048"}, "compiled for AVX2048 instructions"),
    ],
)
def test_a_package_of_another_machine_is_not_loaded(
    machine: dict[str, str], said: str, tmp_path: Path
) -> None:
    from dofx.runtime.export.aoti import machine as this_machine

    here = this_machine(torch.device("cpu"))
    content = _changed(artefact="aoti", machine={**here, **machine})
    with pytest.raises(DofxError) as error:
        load_aoti(_archive(tmp_path / "risk.aoti.pt2", content))
    code, text = refused(error)
    assert code == "E0904"
    assert said in text


def test_load_aoti_reads_packages_only(tmp_path: Path) -> None:
    with pytest.raises(DofxError) as error:
        load_aoti(_archive(tmp_path / "risk.pt2", _changed()))
    assert "of format pt2" in refused(error)[1]


def test_signatures_survive_json() -> None:
    signature = signature_of(sampler_of(States(), y="bool")).written_as("pt2")
    assert Signature.from_json(json.loads(signature.text())).to_json() == signature.to_json()
    assert [port.name for port in signature.inputs] == ["noise_y", "do_x"]
    assert "noise of draw y, uniform" in str(signature)
    assert NETWORK.draws[0].id in signature.network


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b" " * (LONGEST_SIGNATURE + 1),
        b'{"format": "dofx export", "version": 1e400}',
        b"\xff\xfe",
        b"null",
    ],
)
def test_a_hostile_signature_is_refused(tmp_path: Path, content: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "risk.pt2", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("risk/extra/dofx.json", content)
    with pytest.raises(DofxError) as error:
        read_signature(tmp_path / "risk.pt2")
    assert error.value.diagnostics[0].code == "E0904"
