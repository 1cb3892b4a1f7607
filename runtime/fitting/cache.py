"""A folder of finished generators, each in a file named by its content address. They are not trained again.

An address (`addresses.py`) covers everything on which training depends: target, conditions and source, also the
program of an interim stage; the columns that are read; family, options and settings; the layout of the family's state.
Any number of fits, programs and processes can therefore share a folder. A file is written under a temporary name and
then renamed, and two processes that write the same address write the same content.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from ...grammar.edge.files import system_faults
from ...grammar.edge.outputs import refuse_address, require_room, sweep, write_atomically
from ..families import Configured, generator_from_config
from ..files import checksum, require_numbers, weights_bytes
from ..training.checkpoint import warn_damaged, warn_unkept
from ..training.settings import FitReport


def prepare(folder: Path) -> None:
    """Make the folder if it does not exist, and check before any training that files can be written in it.

    Incomplete files of killed fits are removed.

    Raises:
        DofxError: E0801 if the folder cannot be used.
    """
    refuse_address(folder)
    with system_faults(folder, "give as cache a folder that can be made and written to"):
        folder.mkdir(parents=True, exist_ok=True)
        require_room(folder, folder)
        sweep(folder)


def keep(folder: Path, address: str, module: nn.Module, report: FitReport) -> None:
    """Write a finished generator. A reader finds the complete file or none.

    Warns:
        UnkeptWarning: If it cannot be written. The trained generator is not lost.
    """
    config = module.config() if isinstance(module, Configured) else None
    header = json.dumps({"config": config, "report": asdict(report)})
    state = module.state_dict()
    content = weights_bytes(state, {"dofx": header, "digest": checksum(header, state)})
    try:
        write_atomically(folder / f"{address}.safetensors", content)
    except OSError as error:
        warn_unkept(error)


def recall(folder: Path, address: str, module: nn.Module) -> tuple[nn.Module, FitReport] | None:
    """The finished generator at an address, or None if there is no complete file.

    Args:
        folder: The folder of the cache.
        address: The address of the fit.
        module: The unfitted generator; it is filled in place unless its family rebuilds it from the file.

    Warns:
        DamagedEntryWarning: If the file was changed after it was written.
    """
    path = folder / f"{address}.safetensors"
    if not os.path.isfile(path):
        return None
    try:
        with safe_open(path, framework="pt") as file:
            about: Mapping[str, str] = file.metadata()
            weights: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        if about["digest"] != checksum(about["dofx"], weights):
            raise ValueError("its checksum does not match")
        header: Mapping[str, Any] = json.loads(about["dofx"])
        found = module if header["config"] is None else generator_from_config(header["config"])
        require_numbers(weights, infinite=header["config"] is None)
        found.load_state_dict(weights)
        return found, FitReport(**header["report"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        warn_damaged(path, error, "its generator is trained again")
        return None
