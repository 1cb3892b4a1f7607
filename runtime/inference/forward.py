"""Running a stage forwards with all of its values kept, hidden ones included."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ...compiler.network.ir import Draw, Fit, Stage
from ...compiler.printers.network.text import fit_text
from ..exact.distribution import NotExactError
from ..variables import VariableType
from ..variables.constants import values_read


def run_stage(
    stage: Stage,
    modules: Mapping[Fit, nn.Module],
    types: Mapping[str, VariableType],
    inputs: Mapping[str, Tensor],
    rows: int,
    seed: int,
) -> dict[str, Tensor]:
    """The values of all inputs and draws by id, ``(rows, *event)`` each.

    Args:
        stage: The stage.
        modules: Its fitted generators.
        types: Types of the variables.
        inputs: The value of each input by id, ``(1, *event)``.
        rows: How many rows.
        seed: Equal seeds give equal rows.
    """
    source = torch.Generator().manual_seed(seed)
    values = {id: value.expand(rows, *value.shape[1:]) for id, value in inputs.items()}
    for draw in stage.draws:
        values |= drawn(draw, modules, types, values, rows, source)
    return values


def drawn(
    draw: Draw,
    modules: Mapping[Fit, nn.Module],
    types: Mapping[str, VariableType],
    values: Mapping[str, Tensor],
    rows: int,
    source: torch.Generator,
) -> dict[str, Tensor]:
    """The outputs of one draw by id, at the values that it reads."""
    if draw.fit not in modules:
        raise NotExactError(f"draw {draw.id} ~ {fit_text(draw.fit)} is a policy")
    module = modules[draw.fit]
    with torch.inference_mode():
        noise = module.noise.draw(rows, source)  # type: ignore[operator, union-attr]
        found = module(noise, *values_read(draw, values, types, rows))
    outputs = found if isinstance(found, tuple) else (found,)
    return dict(zip(draw.ids, outputs, strict=True))
