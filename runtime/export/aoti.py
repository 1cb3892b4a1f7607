"""The fast artefact: a package of machine code that AOTInductor compiles, for Python and C++.

It is compiled for the processor at hand and has no gradients: a cache to build where it runs.
"""

from __future__ import annotations

import io
import json
import platform
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import torch._inductor.config
from torch._inductor.cpu_vec_isa import pick_vec_isa
from torch.export import ExportedProgram

from .errors import no_compiler
from .program import quiet
from .signature import METADATA, Signature

FOR_TABLES = {"cpp.simdlen": 0, "max_fusion_size": 2}
"""How look-ups without weights are compiled: short loops over single numbers, of two draws at most.

Looking up in a table is what its draws do, and vectors of indices are taken apart for that; and in a loop of all draws
each waits for the one before. `benchmarks/sampling/table_code.py` measures it.
"""

FOR_SELECTION = {
    "max_fusion_size": 1_000,
    "realize_opcount_threshold": 300,
    "realize_acc_reads_threshold": 300,
}
"""How a graph without look-ups is compiled: all draws in one loop, which keeps in registers what they compare.

A loop of a few draws would write booleans for the next, and read each again by itself.
"""


def need_compiler() -> None:
    """Stop early where there is no C++ compiler.

    Raises:
        DofxError: E0902.
    """
    from torch._inductor.cpp_builder import get_cpp_compiler

    try:
        get_cpp_compiler()
    except RuntimeError as error:
        raise no_compiler(error) from None


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
    if not list(program.parameters()):
        options |= FOR_TABLES if _looks_up(program) else FOR_SELECTION
    if hasattr(torch._inductor.config.aot_inductor, "check_lowerbound"):
        options["aot_inductor.check_lowerbound"] = False  # else checked inputs could not be a single row
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.pt2"
        with quiet():
            torch._inductor.aoti_compile_and_package(
                program, package_path=str(path), inductor_configs=options
            )
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
    root = next(iter(files)).partition("/")[0]
    files[f"{root}/extra/{METADATA}"] = text.encode()
    return _archive({name: _for_this_processor(name, content) for name, content in files.items()})


def _looks_up(program: ExportedProgram) -> bool:
    look_ups = (torch.ops.aten.index_select.default, torch.ops.aten.index.Tensor)
    return any(node.target in look_ups for node in program.graph.nodes)


def _for_this_processor(name: str, content: bytes) -> bytes:
    """A file of a package. Its metadata name the processor, where torch would put none if it used no vectors."""
    if not name.endswith("_metadata.json"):
        return content
    metadata = json.loads(content)
    if "AOTI_CPU_ISA" in metadata:
        metadata["AOTI_CPU_ISA"] = str(pick_vec_isa()).upper()
    return json.dumps(metadata).encode()


def _archive(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
