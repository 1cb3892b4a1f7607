"""Running a stage forwards with all of its values kept, hidden ones included, and functions of these values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor, nn

from ...compiler.estimand.contraction import Array
from ...compiler.network.ir import Draw, Fit, Stage, Wire
from ...compiler.printers.network.text import fit_text
from ..data.dataset import Dataset
from ..exact.distribution import NotExactError
from ..families.protocol import Noise
from ..variables import VariableType
from ..variables.constants import values_read

Function = Callable[[Mapping[str, Tensor]], Array]
"""A number per row, ``(rows,)``, from the values of the outcomes by id."""


MOST_SPREAD = 64
"""Noise of more coordinates is drawn independently."""

BELOW_ONE = 1 - 2.0**-24
"""The largest number below 1 in float32."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stage that was simulated, and functions of its values whose means are asked.

    Args:
        stage: The stage.
        held: The value of each input that is held at one, by id, ``(1, *event)``.
        values: The values of all inputs and draws by id, ``(rows, *event)`` each.
        functions: The functions.
        numbers: The value of each function in each row, ``(rows,)``.
        needs: The ids that the functions read.
        worth: How much each row counts in the answer, ``(rows,)`` with mean 1; None where all count alike, as in the
            answer's own stage.
    """

    stage: Stage
    held: Mapping[str, Tensor]
    values: Mapping[str, Tensor]
    functions: tuple[Function, ...]
    numbers: tuple[Array, ...]
    needs: frozenset[str]
    worth: Array | None = None

    def frees(self, wire: Wire) -> bool:
        """Whether a wire carries values that differ from row to row."""
        return isinstance(wire, str) and wire not in self.held

    def free(self, draw: Draw) -> list[tuple[str, str]]:
        """The conditions of a draw that are not held: each variable with the id that supplies it."""
        return [(name, wire) for name, wire in draw.given if isinstance(wire, str) and wire not in self.held]

    def read(self, draw: Draw, rows: Dataset) -> dict[str, Tensor]:
        """The conditions of a draw that are not held, by the id that supplies them, in real rows."""
        return {wire: rows[name] for name, wire in self.free(draw)}


def spread(noise: Noise, rows: int, source: torch.Generator, times: int | None = None) -> Tensor:
    """Noise of which one row lies in each of as many equally probable parts as there are rows, in each coordinate.

    A mean over such rows has no error of what adds up over coordinates, whereas the mean over independent rows has.

    Args:
        noise: Its law.
        rows: How many rows.
        source: Equal sources give equal noise.
        times: Of how many rows in turn this holds; None if it holds of all.

    Returns:
        ``(rows, *shape)``.

    References:
        McKay, Beckman, Conover (1979), "A comparison of three methods for selecting values of input variables in the
        analysis of output from a computer code" (Latin hypercube sampling).
    """
    width, times = prod(noise.shape), times or rows
    if width > MOST_SPREAD:
        return noise.draw(rows, source)
    parts = torch.rand(rows // times, width, times, generator=source).argsort(dim=2)
    inside = torch.rand(parts.shape, generator=source, dtype=torch.float64)
    places = ((parts + inside) / times).transpose(1, 2).reshape(rows, *noise.shape)
    if noise.law == "uniform":
        return places.float().clamp(max=BELOW_ONE)
    normal: Tensor = torch.special.ndtri(places.clamp(min=torch.finfo(torch.float64).tiny))
    return normal.float()


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
    times: int | None = None,
) -> dict[str, Tensor]:
    """The outputs of one draw by id, at the values that it reads, whose noise is `spread`.

    Args:
        draw: The draw.
        modules: The fitted generators of its stage.
        types: Types of the variables.
        values: What it reads, by id, ``(rows, *event)`` each.
        rows: How many rows.
        source: Of the noise.
        times: How many rows in turn read the same; None if all differ.
    """
    if draw.fit not in modules:
        raise NotExactError(f"draw {draw.id} ~ {fit_text(draw.fit)} is a policy")
    module = modules[draw.fit]
    with torch.inference_mode():
        law = module.noise
        assert isinstance(law, Noise)
        found = module(spread(law, rows, source, times), *values_read(draw, values, types, rows))
    outputs = found if isinstance(found, tuple) else (found,)
    return dict(zip(draw.ids, outputs, strict=True))


def numbers_of(functions: Sequence[Function], values: Mapping[str, Tensor]) -> tuple[Array, ...]:
    """The values of some functions, ``(rows,)`` each."""
    return tuple(function(values) for function in functions)
