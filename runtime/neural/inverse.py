"""The sampling direction of a spline flow in plain tensor operations.

zuko builds a `torch.distributions` transform for every call. `torch.compile` cannot compile that into one graph, and
it takes up to four times as long. The sampling direction is therefore implemented here, with the same numbers. Training
alone and densities use zuko. See docs/decisions/spline-inverse.md.

References:
    Durkan, Bekasov, Murray, Papamakarios (NeurIPS 2019): Neural Spline Flows, arXiv 1906.04032, equations 6
    to 8.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .rational_quadratic import BOUND, LEAST_SCALE, LEAST_SLOPE, place_of, soft_clip


def invert_flow(steps: Any, context: Tensor, noise: Tensor) -> Tensor:
    """The values that a flow of autoregressive shifts, scales and splines maps to `noise`, both ``(rows, size)``.

    Args:
        steps: The flow's modules, data side first: `MaskedAutoregressiveTransform`, or `ElementWiseTransform`
            for a single component. Their parameters are a shift, a scale and a spline's widths, heights and
            slopes, in this order.
        context: Features of the conditions, ``(rows, width)``.
        noise: Normal noise.
    """
    value = noise
    for step in reversed(list(steps)):
        image, value = value, torch.zeros_like(value)
        if noise.shape[-1] > 1:  # autoregressive: as many passes as components make all of them right
            for _ in range(step.passes):
                value = _invert_step(step, torch.cat([value, context], dim=-1), image)
        else:
            value = _invert_step(step, context, image)
    return value


def full_precision(values: Tensor) -> Tensor:
    """The values in float32 at least: autocast networks run in 16 bits, too few for splines."""
    return values.float() if values.dtype in (torch.float16, torch.bfloat16) else values


def _invert_step(step: Any, known: Tensor, image: Tensor) -> Tensor:
    """The step's inverse at `image`, where `known` holds what its network reads."""
    parameters = full_precision(step.hyper(known))
    parameters = parameters.reshape(*image.shape, step.total)
    bins = step.shapes[2][0]
    shift, scale, widths, heights, slopes = torch.split(parameters, [1, 1, bins, bins, bins - 1], dim=-1)
    scores = _invert_spline(image, widths, heights, slopes)
    log_scale = soft_clip(scale.squeeze(-1), LEAST_SCALE)
    return (scores - shift.squeeze(-1)) / log_scale.exp()


def _invert_spline(y: Tensor, widths: Tensor, heights: Tensor, slopes: Tensor) -> Tensor:
    """The monotone rational-quadratic spline's inverse at `y`; parameters have the bins last."""
    bins = widths.shape[-1]
    x_knots, y_knots = _knots(widths), _knots(heights)
    derivatives = F.pad(soft_clip(slopes, LEAST_SLOPE), (1, 1)).exp()
    above = (y_knots < y.unsqueeze(-1)).sum(-1)
    inside = (above > 0) & (above <= bins)
    left = (above - 1).clamp(0, bins - 1).unsqueeze(-1)

    def ends(values: Tensor) -> tuple[Tensor, Tensor]:
        return values.gather(-1, left).squeeze(-1), values.gather(-1, left + 1).squeeze(-1)

    (x0, x1), (y0, y1), (d0, d1) = ends(x_knots), ends(y_knots), ends(derivatives)
    secant = (y1 - y0) / (x1 - x0)
    place = place_of(torch.where(inside, y - y0, 0.0), y1 - y0, secant, d0, d1)
    return torch.where(inside, x0 + place * (x1 - x0), y)


def _knots(sizes: Tensor) -> Tensor:
    """Places of the knots, from unconstrained sizes of the bins between them."""
    parts = soft_clip(
        sizes, LEAST_SLOPE / 2
    ).exp()  # few and bounded: torch's softmax takes eight times as long
    shares = parts / parts.sum(-1, keepdim=True)
    return BOUND * (2 * F.pad(shares, (1, 0)).cumsum(-1) - 1)
