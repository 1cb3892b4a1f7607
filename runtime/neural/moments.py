"""The mean and the spread of values, each row counted once or by its weight."""

from __future__ import annotations

import torch
from torch import Tensor


def std_mean(values: Tensor, dims: tuple[int, ...], weights: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Standard deviation and mean over some axes, the axis of the rows among them, without a correction.

    Args:
        values: ``(rows, *event)``.
        dims: The axes over which they are taken; the first axis is one of them.
        weights: How much each row counts, ``(rows,)``; None counts all alike.

    >>> rows, weights = torch.tensor([[0.0], [4.0]]), torch.tensor([1.5, 0.5])
    >>> std_mean(rows, (0,), weights) == std_mean(torch.tensor([[0.0], [0.0], [0.0], [4.0]]), (0,))
    True
    """
    if weights is None:
        return torch.std_mean(values, dim=dims, correction=0)
    shares = (weights / weights.sum()).to(values).reshape(-1, *[1] * (values.ndim - 1))
    within = tuple(dim for dim in dims if dim)
    means = values.mean(within, keepdim=True) if within else values
    mean = (means * shares).sum(0, keepdim=True)
    squares = (values - mean).square()
    variance = ((squares.mean(within, keepdim=True) if within else squares) * shares).sum(0, keepdim=True)
    kept = [size for dim, size in enumerate(values.shape) if dim not in dims]
    return variance.sqrt().reshape(kept), mean.reshape(kept)
