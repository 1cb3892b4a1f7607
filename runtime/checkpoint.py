"""Finished generators on disk, each in a file under its content address, so that a killed fit can resume."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from .files import weights_bytes, write_atomically
from .generators import Family, FitReport, generator_from_config


def keep(folder: Path, address: str, module: nn.Module, report: FitReport) -> None:
    """Write a finished generator. A reader sees the whole file or none."""
    config = module.config() if isinstance(module, Family) else None
    header = json.dumps({"config": config, "report": asdict(report)})
    content = weights_bytes(module.state_dict(), {"dofx": header})
    write_atomically(folder / f"{address}.safetensors", content)


def recall(folder: Path, address: str, module: nn.Module) -> tuple[nn.Module, FitReport] | None:
    """The finished generator at an address, or None where there is no whole one.

    Args:
        folder: Where generators are kept.
        address: Of the fit.
        module: The unfitted generator: filled in place unless its family rebuilds it from the file.
    """
    path = folder / f"{address}.safetensors"
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            header: Mapping[str, Any] = json.loads(file.metadata()["dofx"])
            weights: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        if isinstance(module, Family):
            module = generator_from_config(header["config"])
        module.load_state_dict(weights)
        return module, FitReport(**header["report"])
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError):
        return None  # a file of another version or cut short by the disk: fit again and replace it
