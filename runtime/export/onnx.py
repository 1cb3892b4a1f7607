"""The artefact for other runtimes: ONNX, with the noise among its inputs."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import torch
from torch.export import ExportedProgram

from ...grammar.edge.libraries import library
from .errors import does_not_fit
from .program import quiet
from .signature import METADATA, Signature


def need_onnx() -> None:
    """Stop early where what writes ONNX is missing.

    Raises:
        DofxError: E0429.
    """
    for name in ("onnx", "onnxscript"):
        library(name)


def convert(program: ExportedProgram, signature: Signature | None = None) -> Any:
    """A program as torch's `ONNXProgram`.

    Args:
        program: The program.
        signature: Names its inputs and outputs.

    Raises:
        DofxError: E0907 if the installed onnxscript is too old for torch.
    """
    inputs = None if signature is None else [port.name for port in signature.inputs]
    outputs = None if signature is None else [port.name for port in signature.outputs]
    try:
        with quiet():
            return torch.onnx.export(
                program, dynamo=True, input_names=inputs, output_names=outputs, verbose=False
            )
    except ImportError as error:  # torch imports the part of onnxscript that is written for its release
        raise does_not_fit("onnxscript", version("onnxscript"), torch.__version__, error) from error


def onnx_bytes(converted: Any, signature: Signature) -> bytes:
    """An ONNX model as the content of one file, the signature in its metadata."""
    model = converted.model_proto
    model.producer_name = "dofx"
    model.producer_version = (signature.versions or {})["dofx"]
    entry = model.metadata_props.add()
    entry.key, entry.value = METADATA, signature.text()
    content: bytes = model.SerializeToString()
    return content


def opset(converted: Any) -> int:
    """The version of the operator set that a model uses."""
    return next(int(entry.version) for entry in converted.model_proto.opset_import if entry.domain == "")
