"""The fast artefact: a package of machine code that AOTInductor compiles, for Python and C++.

It is compiled for the processor at hand and has no gradients: a cache to build where it runs.
"""

from __future__ import annotations

import platform
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import torch
import torch._inductor.config
from torch.export import ExportedProgram

from ..variables import fault
from .program import quiet
from .signature import METADATA, Signature


def need_compiler() -> None:
    """Stop early where there is no C++ compiler.

    Raises:
        DofxError: E0902.
    """
    from torch._inductor.cpp_builder import get_cpp_compiler

    try:
        get_cpp_compiler()
    except RuntimeError as error:
        raise fault(
            "E0902",
            "an AOTInductor package needs a C++ compiler, and there is none",
            notes=(str(error).partition("\n")[0],),
            help=(
                "install g++ or clang++, or name one in the environment variable CXX",
                "format='pt2' and format='onnx' need none",
            ),
        ) from None


def machine(device: torch.device) -> dict[str, str]:
    """What a package compiled now is tied to."""
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "device": device.type if device.type == "cpu" else torch.cuda.get_device_name(device),
    }


def aoti_bytes(program: ExportedProgram, signature: Signature) -> bytes:
    """A program compiled into a package, the signature in its metadata and among its extra files."""
    text = signature.text()
    options: dict[str, Any] = {"aot_inductor.metadata": {METADATA: text}}
    if hasattr(torch._inductor.config.aot_inductor, "check_lowerbound"):
        options["aot_inductor.check_lowerbound"] = False  # else checked inputs could not be a single row
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.pt2"
        with quiet():
            torch._inductor.aoti_compile_and_package(
                program, package_path=str(path), inductor_configs=options
            )
        with zipfile.ZipFile(path, "a") as archive:
            root = archive.namelist()[0].partition("/")[0]
            archive.writestr(f"{root}/extra/{METADATA}", text)
        return path.read_bytes()
