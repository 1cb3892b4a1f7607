"""Rows simulated from an interim stage, for the generators that train on them (the paper's step 7 data set).

The stage's inputs are taken jointly from real rows, and each real row is used equally often, or in proportion to its
weight, so the inputs stay in the support of the data. The number of simulated rows is the number of real rows, but at
least 50,000 if all values are single numbers: simulating them is cheap, and the noise of simulation adds to the noise
of the data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from ...compiler.emit import emit, output_names
from ...compiler.network.ir import Fit, Stage
from ..data.dataset import Dataset
from ..sampling.noise import derive_seed
from ..sampling.running import run_rows
from ..variables import VariableType, event_shape
from ..variables.constants import encoder

LEAST_ROWS = 50_000


def simulated_rows(stage: Stage, types: Mapping[str, VariableType], rows: int) -> int:
    """The default number of rows to simulate: see the docstring of this module."""
    variables = {*stage.input_variables, *(name for draw in stage.draws for name in draw.variables)}
    scalar = all(event_shape(types[name]) == () for name in variables)
    return max(rows, LEAST_ROWS) if scalar else rows


def spread(rows: int, real: int, seed: int, weights: Tensor | None = None) -> Tensor:
    """Indices of real rows, each used equally often; the remainder is drawn without replacement.

    Weighted rows are used in proportion to their weights, by systematic resampling.

    Args:
        rows: The number of indices.
        real: The number of real rows.
        seed: Equal seeds give equal indices.
        weights: How much each real row counts, ``(real,)``.

    References:
        Kitagawa (1996), appendix: systematic resampling.

    >>> spread(7, 3, seed=0).bincount().tolist() in ([2, 2, 3], [2, 3, 2], [3, 2, 2])
    True
    >>> spread(4, 2, seed=0, weights=torch.tensor([1.5, 0.5])).tolist()
    [0, 0, 0, 1]
    """
    if weights is not None:
        shares = weights.double().cumsum(0) / weights.double().sum()
        start = torch.rand(1, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        places = (torch.arange(rows, dtype=torch.float64) + start) / rows
        return torch.searchsorted(shares, places, right=True).clamp(max=real - 1)
    whole = torch.arange(real).repeat(rows // real)
    rest = torch.randperm(real, generator=torch.Generator().manual_seed(seed))[: rows % real]
    return torch.cat([whole, rest])


def simulate(
    stage: Stage,
    variables: Sequence[str],
    modules: Mapping[Fit, nn.Module],
    dataset: Dataset,
    seed: int,
    rows: int | None = None,
    device: str = "cpu",
) -> list[Tensor]:
    """Simulated rows of some of a stage's inputs and outputs.

    Args:
        stage: The stage to simulate; only the draws that `variables` need are run.
        variables: Inputs and outputs of the stage.
        modules: Its fitted generators.
        dataset: The real rows, for the inputs, and their weights.
        seed: Equal seeds give equal rows.
        rows: Number of rows; None leaves it to `simulated_rows`.
        device: The device on which it runs.

    Returns:
        A tensor ``(rows, *event)`` for each variable, in their order.
    """
    part = stage.needed_for(variables)
    rows = rows or simulated_rows(part, dataset.types, dataset.rows)
    weights = dataset.design.weights
    index = spread(rows, dataset.rows, derive_seed(seed, "inputs"), weights)
    inputs: dict[str, Tensor] = {}
    known: set[str] = set()
    for variable, id in part.inputs:
        order = index
        if variable in known:  # another value of the variable is independent of the first
            order = spread(rows, dataset.rows, derive_seed(seed, "inputs", id), weights)
            order = order[
                torch.randperm(rows, generator=torch.Generator().manual_seed(derive_seed(seed, id)))
            ]
        inputs[id] = dataset[variable][order]
        known.add(variable)
    module = emit(part, modules, encoder(dataset.types)).eval().to(device)
    outputs = run_rows(module, rows, derive_seed(seed, "draws"), inputs, {}, device)
    drawn = {id: outputs[name] for name, (_, id) in zip(output_names(part), part.outputs, strict=True)}
    return [drawn[id] if id in drawn else inputs[id] for id in part.supplying(variables)]
