"""A warning where a gradient is asked for that a finite draw turns into zero."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import torch
from torch import Tensor


class GradientWarning(UserWarning):
    """Part of a gradient stops at a finite draw: a step has no slope."""


def warn_of_cuts(
    cuts: Mapping[str, tuple[str, ...]], values: Mapping[str, Tensor], stacklevel: int = 2
) -> None:
    """Warn of each input whose gradient is asked for and stops at a draw.

    Args:
        cuts: The draws at which the gradient of an input stops, in words.
        values: The inputs' values.
        stacklevel: As in `warnings.warn`, counted from the caller.
    """
    for name, draws in cuts.items():
        value = values.get(name)
        if isinstance(value, Tensor) and value.requires_grad and torch.is_grad_enabled():
            warnings.warn(
                f"the gradient with respect to {name} is zero through {' and '.join(draws)}: "
                "Sampler.relaxed gives finite draws a gradient",
                GradientWarning,
                stacklevel=stacklevel + 1,
            )
