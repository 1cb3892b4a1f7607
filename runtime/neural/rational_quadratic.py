"""The monotone rational-quadratic spline inside one bin, in plain tensor operations, in either direction.

A bin runs from the place 0 to 1 along x and from 0 to `rise` along y, with slopes `d0` and `d1` at its ends and the
slope `secant` of the straight line between them. If slopes are per bin rather than per unit of x, `secant` is `rise`.

References:
    Gregory, Delbourgo (1982): Piecewise rational quadratic interpolation to monotonic data.
    Durkan, Bekasov, Murray, Papamakarios (NeurIPS 2019): Neural Spline Flows, arXiv 1906.04032, equations 4 to 8.
"""

from __future__ import annotations

import math

from torch import Tensor

BOUND = 5.0
"""A flow's spline is the identity beyond plus and minus this value, as zuko's are."""

LEAST_SLOPE, LEAST_SCALE = math.log(1e-3), math.log(1e-4)
"""Logarithms of the least slope of a flow's spline, which is zuko's, and of the least scale before it."""


def height_at(place: Tensor, rise: Tensor, secant: Tensor, d0: Tensor, d1: Tensor) -> tuple[Tensor, Tensor]:
    """The height of the spline above the lower end of the bin, and the logarithm of its slope there.

    All tensors and both results have the same shape.

    Args:
        place: Where in the bin, from 0 to 1.
        rise: The height of the bin.
        secant: The rise per unit of x.
        d0: The slope at the lower end.
        d1: The slope at the upper end.
    """
    both = place * (1 - place)
    denominator = secant + (d0 + d1 - 2 * secant) * both
    height = rise * (secant * place.square() + d0 * both) / denominator
    numerator = d1 * place.square() + 2 * secant * both + d0 * (1 - place).square()
    return height, 2 * secant.log() + numerator.log() - 2 * denominator.log()


def place_of(height: Tensor, rise: Tensor, secant: Tensor, d0: Tensor, d1: Tensor) -> Tensor:
    """Where in the bin, from 0 to 1, the spline has a height: the inverse of `height_at`.

    >>> import torch
    >>> bin = (torch.tensor(2.0), torch.tensor(4.0), torch.tensor(1.0), torch.tensor(3.0))
    >>> place_of(height_at(torch.tensor(0.25), *bin)[0], *bin)
    tensor(0.2500)
    """
    bend = height * (d0 + d1 - 2 * secant)
    a, b, c = rise * (secant - d0) + bend, rise * d0 - bend, -secant * height
    root = (b.square() - 4 * a * c).clamp(min=0).sqrt()  # rounding alone makes it negative
    return 2 * c / (-b - root)


def soft_clip(values: Tensor, least: float) -> Tensor:
    """Values bent into the open interval between plus and minus `least`."""
    return values / (1 + (values / least).abs())
