"""How far a generator's draws lie from rows that it should look like, at the conditions that a network meets.

The distance is a total variation after rounding: targets fall into bins, conditions into groups. A finite target
is binned by its states. Any other is binned by its rank among draws of the generator for the same conditions, which
is uniform where the generator is right (simulation-based calibration); of a vector, the ranks of a few projections are
looked at, and the worst counts. So a family needs no density, and the unit is the same for all.

References:
    Talts, Betancourt, Simpson, Vehtari, Gelman (2018), arXiv 1804.06788: ranks among draws are uniform.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..neural.hashed_words import word_counts
from ..sampling.noise import NoiseStream
from ..sampling.running import device_of
from ..variables import Finite, Text, VariableType

REFERENCE = 31
"""Draws for each row that its target is ranked among: a rank is one of 32."""

STAND_INS = 16
"""Draws for each row that take the target's place, to see what chance alone would show."""

BINS = 8
MOST_STATES = 32
MOST_GROUPS = 16
LEAST_ROWS = 64
"""Rows that a group of conditions has at least."""

MOST_FEATURES = 6
"""Components and projections of a vector that are looked at."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of a comparison.

    Args:
        rows: Rows compared with.
        shown: The distance between the generator's draws and the rows, between 0 and 1.
        chance: The mean distance if draws of the generator itself replace the rows.
        spread: The standard deviation of that distance.
        beyond: The share of the network's conditions that no row comes near, about which nothing is known.
    """

    rows: int
    shown: float
    chance: float
    spread: float
    beyond: float


def compare(
    module: nn.Module,
    target: Tensor,
    given: Sequence[Tensor],
    met: Sequence[Tensor],
    types: Sequence[VariableType],
    seed: int,
) -> Comparison:
    """Compare a generator with rows.

    Args:
        module: The generator.
        target: Encoded rows ``(rows, *event)`` that it should look like.
        given: The conditions of each of these rows.
        met: The conditions that the network meets, row by row, in the same order as `given`.
        types: Of the target, then of the conditions.
        seed: Equal seeds give equal results.
    """
    groups = Groups(given, types[1:], seed)
    group, met_group = groups(given), groups(met)
    known = met_group >= 0
    share = torch.ones(1) if not given else torch.bincount(met_group[known], minlength=groups.count).float()
    weights = share / share.sum().clamp(min=1)
    drawn = [features(target, types[0], seed)]
    drawn += [features(sample, types[0], seed) for sample in _samples(module, target, given, seed)]
    source = torch.Generator().manual_seed(seed)
    shown = torch.zeros(1 + STAND_INS)
    for values in torch.stack(drawn, dim=-1).unbind(1):
        others, reference = values[:, : 1 + STAND_INS], values[:, 1 + STAND_INS :]
        if isinstance(types[0], Finite):
            codes, expected = _states(others, reference, group, groups.count)
        else:
            codes, expected = _ranks(others, reference, source), torch.tensor(1 / BINS)
        shown = torch.maximum(shown, _distance(codes, expected, group, weights))
    stand_ins = shown[1:]
    beyond = float(1 - known.double().mean()) if given else 0.0
    return Comparison(len(target), float(shown[0]), float(stand_ins.mean()), float(stand_ins.std()), beyond)


def features(values: Tensor, type: VariableType, seed: int) -> Tensor:
    """A few numbers that stand for each value, float64 ``(rows, features)``: components, or random projections."""
    values = word_counts(values) if isinstance(type, Text) else values
    flat = values.detach().cpu().double().reshape(len(values), -1)
    size = flat.shape[1]
    if isinstance(type, Finite) or size == 1:
        return flat
    source = torch.Generator().manual_seed(seed)
    directions = torch.randn(size, max(2, MOST_FEATURES - size), generator=source, dtype=torch.float64)
    directions /= directions.norm(dim=0)
    return torch.cat([flat, flat @ directions], dim=1) if size < MOST_FEATURES else flat @ directions


class Groups:
    """Rows alike in their conditions: equal states, then halves of halves of each number's range of values.

    Args:
        given: The conditions of some rows, each ``(rows, *event)``.
        types: Of each condition.
        seed: Of the projections of vectors.
    """

    def __init__(self, given: Sequence[Tensor], types: Sequence[VariableType], seed: int) -> None:
        self._types, self._seed = tuple(types), seed
        states, numbers = self._split(given)
        self._low, self._high = _range(numbers)
        self._known, member = torch.unique(states, dim=0, return_inverse=True)
        counts = torch.bincount(member)
        large = counts.argsort(descending=True, stable=True)[: MOST_GROUPS - 1]
        large = large[counts[large] >= LEAST_ROWS]
        self._cells = torch.full((len(self._known),), len(large))
        self._cells[large] = torch.arange(len(large))
        self._cuts: list[Tensor] = []
        cell, self.count = self._cells[member], len(large) + 1
        while self.count < MOST_GROUPS and numbers.shape[1]:
            cut = self._halves(cell, numbers[:, len(self._cuts) % numbers.shape[1]])
            if bool(cut.isinf().all()):
                break
            self._cuts.append(cut)
            cell = self._below(cell, numbers, len(self._cuts) - 1)
            self.count = 2 * self.count

    def __call__(self, given: Sequence[Tensor]) -> Tensor:
        """The group of each row, -1 for rows with states or numbers that were not among those seen."""
        states, numbers = self._split(given)
        both, member = torch.unique(torch.cat([self._known, states]), dim=0, return_inverse=True)
        cells = torch.full((len(both),), -1)
        cells[member[: len(self._known)]] = self._cells
        cell = cells[member[len(self._known) :]]
        outside = ((numbers < self._low) | (numbers > self._high)).any(1) | (cell < 0)
        cell = cell.clamp(min=0)
        for depth in range(len(self._cuts)):
            cell = self._below(cell, numbers, depth)
        return torch.where(outside, -1, cell)

    def _split(self, given: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """States int64 ``(rows, finite)`` and numbers float64 ``(rows, others)``."""
        rows = len(given[0]) if given else 1
        finite, others = [torch.zeros(rows, 1, dtype=torch.int64)], [torch.zeros(rows, 0).double()]
        for values, type in zip(given, self._types, strict=True):
            if isinstance(type, Finite):
                finite.append(values.detach().cpu().reshape(-1, 1))
            else:
                others.append(features(values, type, self._seed))
        return torch.cat(finite, dim=1), torch.cat(others, dim=1)

    def _halves(self, cell: Tensor, column: Tensor) -> Tensor:
        """Where each group is cut in two: its median, or nowhere if it is small or nothing lies above."""
        cuts = torch.full((self.count,), torch.inf, dtype=torch.float64)
        for number in range(self.count):
            inside = column[cell == number]
            if len(inside) >= 2 * LEAST_ROWS:
                middle = inside.median()
                cuts[number] = middle if bool((inside > middle).any()) else torch.inf
        return cuts

    def _below(self, cell: Tensor, numbers: Tensor, depth: int) -> Tensor:
        above = numbers[:, depth % numbers.shape[1]] > self._cuts[depth][cell]
        return 2 * cell + above


def _range(numbers: Tensor) -> tuple[Tensor, Tensor]:
    if not len(numbers):
        return torch.zeros(numbers.shape[1]), torch.zeros(numbers.shape[1])
    return numbers.amin(0), numbers.amax(0)


def place_of(module: nn.Module) -> str:
    """The device that a generator is on."""
    return str(device_of(module))


@torch.no_grad()
def _samples(module: nn.Module, target: Tensor, given: Sequence[Tensor], seed: int) -> list[Tensor]:
    """Draws for the conditions of each row: those that take the target's place, then those to rank among."""
    law: Any = module.noise
    stream, place = NoiseStream(seed, {"draw": law}), place_of(module)
    given = [values.to(place) for values in given]
    samples = []
    for _ in range(STAND_INS + REFERENCE):
        noise = stream.take(len(target))["draw"].to(place)
        samples.append(module(noise, *given).cpu())
    return samples


def _states(others: Tensor, reference: Tensor, group: Tensor, groups: int) -> tuple[Tensor, Tensor]:
    """Bins of a finite target, rare states in one, and the probability of each bin in each group."""
    states = int(max(others.max(), reference.max())) + 1
    order = torch.bincount(reference.long().flatten(), minlength=states).argsort(descending=True, stable=True)
    bins = torch.full((states,), min(states, MOST_STATES) - 1)
    bins[order[:MOST_STATES]] = torch.arange(min(states, MOST_STATES))
    count = min(states, MOST_STATES)
    found = bins[reference.long()]
    expected = torch.zeros(groups * count)
    expected += torch.bincount((group.unsqueeze(1) * count + found).flatten(), minlength=groups * count)
    expected = expected.reshape(groups, count)
    return bins[others.long()], expected / expected.sum(1, keepdim=True).clamp(min=1)


def _ranks(others: Tensor, reference: Tensor, source: torch.Generator) -> Tensor:
    """The bin of each value's rank among the draws of its row; ties are broken by chance."""
    ranks = torch.zeros(others.shape)
    for column in reference.T:
        ranks += (others > column.unsqueeze(1)).float()
    ties = torch.zeros(others.shape)
    for column in reference.T:
        ties += (others == column.unsqueeze(1)).float()
    ranks = (ranks + torch.rand(others.shape, generator=source) * (ties + 1)).floor()
    return (ranks * BINS / (REFERENCE + 1)).long().clamp(max=BINS - 1)


def _distance(codes: Tensor, expected: Tensor, group: Tensor, weights: Tensor) -> Tensor:
    """Half the sum of absolute differences of frequencies in each group, averaged by weight; one per column."""
    groups, bins = len(weights), expected.shape[-1] if expected.ndim else BINS
    found = []
    for column in codes.T:
        counts = torch.bincount(group * bins + column, minlength=groups * bins).reshape(groups, bins).float()
        shares = counts / counts.sum(1, keepdim=True).clamp(min=1)
        found.append(0.5 * (weights * (shares - expected).abs().sum(1)).sum())
    return torch.stack(found)
