"""Scores how well a model of another library predicts held-out rows: by its density, or by its draws."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import chain
from math import isnan
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ..families.capabilities import Dense, family_name
from ..neural.hashed_words import word_counts
from ..training.course import split
from ..training.settings import FitReport, FitSettings
from .errors import not_numbers

MOST_ROWS = 4_096
"""Largest number of held-out rows on which a model is scored."""

ROWS_AT_ONCE = 256


def scored(
    module: nn.Module,
    target: Tensor,
    given: Sequence[Tensor],
    settings: FitSettings,
    weights: Tensor | None = None,
) -> FitReport:
    """The report of a generator that is not trained: its mean log-likelihood, or else its energy score.

    The score is taken on the rows that other families hold out, or on all rows if there are very few.

    Args:
        module: The generator.
        target: Encoded rows.
        given: Encoded rows of each condition.
        settings: Which rows are held out.
        weights: How much each row counts, ``(rows,)``; None counts all alike.

    References:
        Gneiting and Raftery (2007), "Strictly proper scoring rules", section 4.2: the energy score.
    """
    started = time.perf_counter()
    source = torch.Generator().manual_seed(settings.seed)
    held, _ = split(len(target), settings, source)
    index = (held if len(held) else torch.arange(len(target)))[:MOST_ROWS]
    parts = []
    measure: Literal["log-likelihood", "energy"] = "log-likelihood"
    with torch.no_grad():
        for rows in torch.split(index, ROWS_AT_ONCE):
            place = _place(module, settings)
            part = target[rows].to(place), [values[rows].to(place) for values in given]
            try:
                parts.append(_log_prob(module, *part))
            except NotImplementedError:
                measure = "energy"
                parts.append(energy(module, *part, source).cpu())
    score = _mean(torch.cat(parts).double(), None if weights is None else weights[index]) if parts else None
    if score is not None and isnan(score):
        what = "log-probabilities" if measure == "log-likelihood" else "values"
        raise not_numbers(family_name(module), what)
    return FitReport(score, epochs=0, rows=0, seconds=time.perf_counter() - started, measure=measure)


def energy(module: nn.Module, target: Tensor, given: Sequence[Tensor], source: torch.Generator) -> Tensor:
    """The energy score ``(rows,)``: half the distance between two draws, minus the distance from a draw to the truth.

    Larger is better, and the mean is largest for the true conditional. Distances are Euclidean, in the unit of the
    variable. Two different states have a distance of 1, and the distance of texts is between their word counts.

    Args:
        module: The generator.
        target: Encoded rows.
        given: Encoded rows of each condition.
        source: The random generator of the noise.
    """
    law: Any = module.noise
    one, other = (module(law.draw(len(target), source).to(target.device), *given) for _ in range(2))
    return _distance(one, other) / 2 - (_distance(one, target) + _distance(other, target)) / 2


def _mean(scores: Tensor, weights: Tensor | None) -> float:
    return float(scores.mean() if weights is None else (scores * weights.cpu()).sum() / weights.sum())


def _distance(one: Tensor, other: Tensor) -> Tensor:
    if one.dtype == torch.uint8:
        one, other = word_counts(one), word_counts(other)
    if not one.is_floating_point():
        return (one != other).reshape(len(one), -1).float().mean(1)
    apart: Tensor = torch.linalg.vector_norm((one - other).reshape(len(one), -1), dim=1, dtype=torch.float64)
    return apart


def _log_prob(module: nn.Module, target: Tensor, given: Sequence[Tensor]) -> Tensor:
    if not isinstance(module, Dense):
        raise NotImplementedError
    return module.log_prob(target, *given).cpu()


def _place(module: nn.Module, settings: FitSettings) -> torch.device:
    """The device of a module; the device of the settings if the module has no tensors."""
    tensors = chain(module.parameters(), module.buffers())
    device: torch.device = next((tensor.device for tensor in tensors), torch.device(settings.device))
    return device
