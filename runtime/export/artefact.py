"""Writing an artefact, and reading the signature of one without running anything in it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.edge.files import path_of, system_faults
from ...grammar.edge.libraries import library
from ...grammar.edge.outputs import require_output, write_atomically
from ..variables import nearest
from .errors import no_format, not_exported
from .program import exported_program, refusal
from .signature import METADATA, Signature, signature_of

if TYPE_CHECKING:
    from ..network_sampler import NetworkSampler

FORMATS = ("pt2", "aoti", "onnx")
"""``pt2``: torch.export, portable. ``aoti``: machine code, fast. ``onnx``: for other runtimes."""

LONGEST_SIGNATURE = 64 << 20
"""Bytes of a signature that are read at most."""


def export(sampler: NetworkSampler, path: str | Path, format: str | None = None) -> Path:
    """Write a fitted sampler as a file that runs without dofx.

    Whoever loads a ``.pt2`` file or a package must trust it like code; a bundle is data.

    Args:
        sampler: Fitted. It is exported for the device on which it is.
        path: The file; it is replaced in one step.
        format: One of `FORMATS`; None takes the path's suffix.

    Returns:
        The path.

    Raises:
        DofxError: E0420 before `fit`, E0429 for a library that ONNX needs, E0901 for a draw that cannot be
            exported, E0902 where there is no C++ compiler, E0903 for an unknown format, E0801 for a file that
            cannot be written.
    """
    path = path_of(path)
    artefact = format_of(path, format)
    require_output(path)
    with system_faults(path):
        _WRITERS[artefact](sampler, path)
    return path


def format_of(path: Path, format: str | None = None) -> str:
    """The format asked for, or the one of the path's suffix; ``.aoti.pt2`` is a package under torch's suffix.

    >>> format_of(Path("risk.onnx")), format_of(Path("risk.aoti.pt2")), format_of(Path("risk.pt2"), "aoti")
    ('onnx', 'aoti', 'aoti')
    """
    suffix = ".aoti" if path.name.lower().endswith(".aoti.pt2") else path.suffix.lower()
    wanted = suffix.removeprefix(".") if format is None else format
    if wanted in FORMATS:
        return wanted
    near = nearest(wanted, FORMATS) if wanted else None
    raise no_format(format, path, FORMATS, near)


def read_signature(path: str | Path) -> Signature:
    """The signature of an exported sampler, of any format. Nothing in the file is run.

    A clean signature says nothing of the program beside it: loading a ``.pt2`` file with torch can run code.

    Raises:
        DofxError: E0904 for a file that is not an exported sampler, E0429 where ONNX cannot be read, E0801 for a
            file that cannot be opened.
    """
    path = path_of(path)
    with system_faults(path):
        path.open("rb").close()
    try:
        text = _zipped_metadata(path) if zipfile.is_zipfile(path) else _onnx_metadata(path)
        if not text:
            raise ValueError("it holds no signature of dofx")
        found = Signature.from_json(json.loads(text))
        str(found)  # a signature that cannot be shown is none
        return found
    except DofxError:
        raise
    except Exception as error:  # whatever reading a file that somebody else made trips over
        reason = str(error).partition("\n")[0] or type(error).__name__
        reason = f"its signature lacks {error}" if isinstance(error, KeyError) else reason
        raise not_exported(path, reason) from None


def _write_pt2(sampler: NetworkSampler, path: Path) -> None:
    from .pt2 import pt2_bytes

    signature = signature_of(sampler).written_as("pt2")
    write_atomically(path, pt2_bytes(exported_program(sampler.module, signature, "pt2"), signature))


def _write_onnx(sampler: NetworkSampler, path: Path) -> None:
    from . import onnx

    signature = signature_of(sampler)
    onnx.need_onnx()
    program = exported_program(sampler.module, signature, "onnx")
    try:
        converted = onnx.convert(program, signature)
    except DofxError:
        raise
    except Exception as error:
        raise refusal(sampler.module, signature, "onnx", error, onnx.convert) from error
    signature = signature.written_as("onnx", opset=str(onnx.opset(converted)))
    write_atomically(path, onnx.onnx_bytes(converted, signature))


def _write_aoti(sampler: NetworkSampler, path: Path) -> None:
    from . import aoti

    signature = signature_of(sampler)
    aoti.need_compiler()
    program = exported_program(sampler.module, signature, "aoti")
    device = next((t.device for t in program.state_dict.values()), torch.device("cpu"))
    signature = signature.written_as("aoti", machine=aoti.machine(device))
    write_atomically(path, aoti.aoti_bytes(program, signature))


_WRITERS: dict[str, Callable[[NetworkSampler, Path], None]] = {
    "pt2": _write_pt2,
    "aoti": _write_aoti,
    "onnx": _write_onnx,
}


def _zipped_metadata(path: Path) -> str:
    """The signature in an archive of torch, or nothing."""
    with zipfile.ZipFile(path) as archive:
        name = next((name for name in archive.namelist() if name.endswith(f"/extra/{METADATA}")), None)
        if name is None:
            return ""
        with archive.open(name) as entry:
            content = entry.read(LONGEST_SIGNATURE + 1)  # a few bytes may unpack to any number
    if len(content) > LONGEST_SIGNATURE:
        raise ValueError(f"its signature is longer than {LONGEST_SIGNATURE >> 20} MiB")
    return content.decode()


def _onnx_metadata(path: Path) -> str:
    """The signature in an ONNX model's metadata, or nothing."""
    content = path.read_bytes()
    model: Any = library("onnx").ModelProto()
    try:
        model.ParseFromString(content)
    except Exception:
        raise ValueError("it is neither an archive nor an ONNX model") from None
    return next((entry.value for entry in model.metadata_props if entry.key == METADATA), "")
