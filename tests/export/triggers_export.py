"""What sets off the diagnostics of export and embedding (E09)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import torch

from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.export import LoadedSampler, read_signature, signature_of
from dofx.runtime.export.aoti import need_compiler
from stand_ins.strange import Random, States, sampler_of


def beside(use: Callable[[Path], object]) -> object:
    """Use a file of a stable name; where it lies is left out of what is said."""
    with tempfile.TemporaryDirectory() as place:
        try:
            return use(Path(place) / "risk.pt2")
        except DofxError as error:
            raise DofxError(
                replace(d, title=d.title.replace(f"{place}/", "")) for d in error.diagnostics
            ) from None


def no_compiler() -> None:
    with patch("torch._inductor.cpp_builder.get_cpp_compiler", side_effect=RuntimeError("g++ was not found")):
        need_compiler()


def too_old_for_torch() -> object:
    missing = ModuleNotFoundError("No module named 'onnxscript._framework_apis.torch_2_11'")
    with (
        patch("torch.onnx.export", side_effect=missing),
        patch("dofx.runtime.export.onnx.version", return_value="0.4.0"),
        patch("torch.__version__", "2.13.0"),
    ):
        return beside(lambda path: sampler_of(States(), y="bool").export(path.with_suffix(".onnx")))


def wrong_inputs() -> object:
    signature = signature_of(sampler_of(States(), y="bool"))
    loaded = LoadedSampler(None, signature, torch.device("cpu"))
    return loaded({"y": torch.rand(3, dtype=torch.float64)}, {"dose": torch.zeros(3)})


def not_ours(path: Path) -> object:
    path.write_bytes(b"rows")
    return read_signature(path)


TRIGGERS = {
    "E0901": lambda: beside(sampler_of(Random()).export),
    "E0902": no_compiler,
    "E0903": lambda: sampler_of(States(), y="bool").export("risk.pt"),
    "E0904": lambda: beside(not_ours),
    "E0905": wrong_inputs,
    "E0906": lambda: sampler_of(States(), y="bool").relaxed(),
    "E0907": too_old_for_torch,
}
