"""A folder of finished generators, each in a file under its content address: what is there is not trained again.

An address (`addresses.py`) says all that training depends on: target, conditions and source, the program of an
interim stage included; the columns that are read; family, options and settings; the layout of the family's state.
So a folder serves any number of fits and programs, in any number of processes: a file is written beside its
place and renamed, and two that write one address write the same.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from ...grammar.files import system_faults
from ...grammar.outputs import require_room, sweep, write_atomically
from ..families import Family, generator_from_config
from ..families.rows import JointRows
from ..files import require_numbers, weights_bytes
from ..training.checkpoint import warn_unkept
from ..training.settings import FitReport


class DamagedEntryWarning(UserWarning):
    """A file of the cache was changed or cut short: its generator is trained again and the file replaced."""


def prepare(folder: Path) -> None:
    """Make the folder where there is none, and see that files can be made in it, before anything is trained for it.

    What killed fits left half written is removed.

    Raises:
        DofxError: E0801.
    """
    with system_faults(folder, "give as cache a folder that can be made and written to"):
        folder.mkdir(parents=True, exist_ok=True)
        require_room(folder, folder)
        sweep(folder)


def keep(folder: Path, address: str, module: nn.Module, report: FitReport) -> None:
    """Write a finished generator. A reader sees the whole file or none.

    Warns:
        UnkeptWarning: Where it cannot be written: what was trained is not to be lost for that.
    """
    config = module.config() if isinstance(module, Family | JointRows) else None
    header = json.dumps({"config": config, "report": asdict(report)})
    state = module.state_dict()
    content = weights_bytes(state, {"dofx": header, "digest": _digest(header, state)})
    try:
        write_atomically(folder / f"{address}.safetensors", content)
    except OSError as error:
        warn_unkept(error)


def recall(folder: Path, address: str, module: nn.Module) -> tuple[nn.Module, FitReport] | None:
    """The finished generator at an address, or None where there is no whole one.

    Args:
        folder: Where generators are kept.
        address: Of the fit.
        module: The unfitted generator: filled in place unless its family rebuilds it from the file.

    Warns:
        DamagedEntryWarning: For a file that is not what was written.
    """
    path = folder / f"{address}.safetensors"
    if not os.path.isfile(path):
        return None
    try:
        with safe_open(path, framework="pt") as file:
            about: Mapping[str, str] = file.metadata()
            weights: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        if about["digest"] != _digest(about["dofx"], weights):
            raise ValueError("its checksum does not match")
        header: Mapping[str, Any] = json.loads(about["dofx"])
        found = module if header["config"] is None else generator_from_config(header["config"])
        require_numbers(weights, infinite=header["config"] is None)
        found.load_state_dict(weights)
        return found, FitReport(**header["report"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = "it is cut short" if isinstance(error, SafetensorError) else str(error).partition("\n")[0]
        warnings.warn(
            f"`{path}` of the cache is damaged ({reason}): its generator is trained again",
            DamagedEntryWarning,
            stacklevel=2,
        )
        return None


def _digest(header: str, state: Mapping[str, Tensor]) -> str:
    return blake2b(header.encode() + weights_bytes(dict(sorted(state.items()))), digest_size=16).hexdigest()
