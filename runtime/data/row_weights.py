"""Row weights: how much each row counts, as survey weights, inverse probabilities and repetitions say.

A generator receives its rows' weights as one float tensor ``(rows,)`` with mean 1 over the rows that train it, or None,
which costs nothing and changes no number. Rows of weight 0 train nothing and are left out before.
"""

from __future__ import annotations

from torch import Tensor


def mean_one(weights: Tensor) -> Tensor:
    """Weights in units of their mean.

    >>> import torch
    >>> mean_one(torch.tensor([1.0, 3.0]))
    tensor([0.5000, 1.5000])
    """
    return weights / weights.mean()
