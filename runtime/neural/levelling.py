"""Levelling: what a flow draws gets, along each feature of its conditions, the mean that the rows have.

Training maximises the likelihood, stops early, and holds rows out, so that the means of a flow are off by more than the
noise of the rows. One step of Newton's method makes them regressions of all rows again: the line that the flow starts
from is moved by a regression of how far the rows lie from the flow's means.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .bent_line import Line
from .inverse import invert_flow
from .marginals import Marginals

MOST_LEVELLED = 20_000
"""With more rows than this, what training misses is small beside what it costs to level."""

AGAIN = 8
"""How often the flow draws anew at each row, at stratified noise."""

STEP = 0.1
"""By how much scores are moved to see how far values move."""

FARTHEST = 2.0
"""The line is not moved farther than this, in normal scores: means of so heavy tails say nothing of the law."""


def level(
    line: Line,
    steps: Any,
    marginals: Marginals,
    context: Tensor,
    target: Tensor,
    row_weights: Tensor | None = None,
) -> None:
    """Move a line until drawn values have the mean of the rows, along each of its features.

    The line stays where it is if that does not bring the drawn means nearer to the rows.

    Args:
        line: The line that the flow starts from; it is moved.
        steps: The flow's modules, as for `invert_flow`.
        marginals: Of the target.
        context: The features of the rows' conditions, ``(rows, width)``.
        target: The rows' values, ``(rows, 1)``.
        row_weights: The weight of each row, ``(rows,)``, of mean one; None weighs all rows the same.
    """
    rows = len(target)
    source = torch.Generator().manual_seed(0)
    places = torch.arange(AGAIN, dtype=torch.float64).repeat(rows)
    places = (places + torch.rand(len(places), generator=source, dtype=torch.float64)) / AGAIN
    noise = torch.special.ndtri(places).float().unsqueeze(1).to(context.device)
    left = invert_flow(steps, context.repeat_interleave(AGAIN, dim=0), noise) * line.spread
    truth = target.cpu().double()
    share = torch.ones_like(truth) if row_weights is None else row_weights.cpu().double().reshape(-1, 1)
    share = share / rows

    def means(start: Tensor) -> Tensor:
        drawn = Marginals.inverse(marginals, left + start.repeat_interleave(AGAIN, dim=0))
        return drawn.reshape(rows, AGAIN).double().mean(1, keepdim=True).cpu()

    start, features = line(context), line.bent(context).cpu().double()
    missed = truth - means(start)
    slope = (means(start + STEP) - means(start - STEP)) / (2 * STEP)
    weight, bias, _ = line.regression(features, missed, row_weights)
    features = torch.cat([features, torch.ones(rows, 1, dtype=torch.float64)], dim=1)
    gram = features.T @ (share * slope * features)
    ease = 1e-6 * gram.diagonal().mean().clamp(min=1e-12)
    wanted = features.T @ (share * (features @ torch.cat([weight, bias[None]])))
    step = torch.linalg.solve(gram + ease * torch.eye(len(gram), dtype=torch.float64), wanted)
    moved = features @ step
    after = truth - means(start + moved.to(start))
    if moved.abs().max() < FARTHEST and (share * after.square()).sum() <= (share * missed.square()).sum():
        line.move(step[:-1], step[-1])
