"""Networks that go on training on all rows of a stream, after they started from its sample."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from ...compiler.network.ir import Fit, SamplingNetwork
from ..data.dataset import Dataset, shows_of
from ..data.design import ALIKE, mean_one
from ..data.streamed.pieces import MIXED
from ..families.capabilities import Streamable
from ..families.joint import stacked
from ..training.course import BETAS, CLIP, EPSILON, better
from ..training.settings import FitReport, FitSettings
from ..training.training import one_thread
from .rows import Rows, joined

BATCH, LEAST_BATCH = 4_096, 256
"""Rows per step. The networks have been trained: what is left to learn needs gradients with little noise."""

STEPS = 300
"""A step has fewer rows where there would be fewer steps than this."""

RATE = 1e-2
"""The highest learning rate of AdamW, warmed up over `WARM` steps and then annealed to zero along a cosine."""

WARM = 50
MEMORY = 200
"""About how many of the last steps the weights are averaged over."""


@dataclass(slots=True)
class Member:
    """One network that is trained.

    Args:
        fit: What it draws.
        module: The network, as its `fit` left it.
        report: The report of that.
        settings: The settings of its fit.
        rows: How many rows it is trained on in a pass; each of them shows what it reads.
    """

    fit: Fit
    module: nn.Module
    report: FitReport
    settings: FitSettings
    rows: int


def train_on(
    members: Sequence[Member],
    network: SamplingNetwork,
    rows: Rows,
    held: Dataset,
    epochs: int,
    heard: Callable[[Fit, int, float], None],
    most: int | None = None,
) -> dict[Fit, FitReport]:
    """Train networks in place, all of them on each row group as it is read; returns the report of each.

    A network whose score on the held-out rows does not rise is left as it was.

    Args:
        members: The networks; each is `Streamable`.
        network: The network whose generators they are.
        rows: The rows.
        held: Rows on which the networks are scored.
        epochs: Number of passes over the rows.
        heard: Called after each pass with the fit, the number of passes, and the score.
        most: Most rows of a pass, which are those of whole row groups in random order; None for all.
    """
    if most is not None:
        members = [replace(member, rows=min(member.rows, most)) for member in members]
    with one_thread():
        running = [_Running(member, network, rows, held, epochs) for member in members]
        for epoch in range(1, epochs + 1):
            seen = 0
            for window in _windows(rows, epoch):
                for each in running:
                    each.take(window)
                seen += window.rows
                if most is not None and seen >= most:
                    break
            for each in running:
                heard(each.member.fit, epoch, each.look(epoch))
        return {each.member.fit: each.settled() for each in running}


class _Running:
    """One network during the passes."""

    def __init__(
        self, member: Member, network: SamplingNetwork, rows: Rows, held: Dataset, epochs: int
    ) -> None:
        self.member, self.network, self.types = member, network, rows.types
        self.started, self.device = time.perf_counter(), torch.device(member.settings.device)
        module = member.module.to(self.device)
        assert isinstance(module, Streamable)
        self.losses: Callable[..., Tensor] = module.row_losses
        self.live = [parameter.detach() for parameter in module.parameters()]
        self.mean, self.best = ([tensor.clone() for tensor in self.live] for _ in range(2))
        self.optimiser = torch.optim.AdamW(module.parameters(), weight_decay=1e-4, betas=BETAS, eps=EPSILON)
        usual = min(BATCH, max(LEAST_BATCH, epochs * member.rows // STEPS))
        self.batch = member.settings.batch_size or usual
        self.rate = member.settings.learning_rate or RATE
        self.steps, self.step = max(1, epochs * member.rows // self.batch), 0
        self.passed = 0
        self.held = self._columns(held)
        self.score = self._score()

    def take(self, window: Dataset) -> None:
        """Train on the rows of a window, in the order in which they stand there."""
        columns, weights = self._columns(window)
        for first in range(0, len(columns[0]), self.batch):
            if self._over():
                return
            part = [column[first : first + self.batch].to(self.device) for column in columns]
            if len(part[0]) < self.batch and first:
                return  # what is left over of a window is too little for a step of its own
            self.optimiser.param_groups[0]["lr"] = self._rate()
            self.optimiser.zero_grad()
            mine = None if weights is None else weights[first : first + self.batch].to(self.device)
            _mean(self.losses(*part), mine).backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self.member.module.parameters(), CLIP)
            self.optimiser.step()
            self.step += 1
            share = 1 - min(1 - 1 / MEMORY, self.step / (self.step + 10))
            torch._foreach_lerp_(self.mean, self.live, share)  # pyright: ignore[reportPrivateImportUsage]

    def look(self, epoch: int) -> float:
        """Score the averaged weights, and keep them if they are better."""
        self.passed = epoch
        trained = [tensor.clone() for tensor in self.live]
        self._set(self.mean)
        score = self._score()
        if better(score, self.score):
            self.score, self.best = score, [tensor.clone() for tensor in self.mean]
        self._set(trained)
        return score

    def settled(self) -> FitReport:
        """Leave the network at the best weights."""
        self._set(self.best)
        before, seconds = self.member.report, time.perf_counter() - self.started
        return FitReport(
            self.score,
            before.epochs + self.passed,
            self.member.rows,
            before.seconds + seconds,
            before.measure,
        )

    def _columns(self, rows: Dataset) -> tuple[list[Tensor], Tensor | None]:
        """The target and the conditions, of the rows that show them, and what these count; None if all count alike."""
        fit = self.member.fit
        mask = rows.shown(shows_of(self.network, fit))
        if mask is not None and not mask.any():
            empty = [rows.partial[n].values if n in rows.partial else rows[n] for n in fit.variables]
            columns, design = [column[:0] for column in empty], ALIKE
        else:
            mine = rows.of(self.network, fit)
            columns, design = [mine[name] for name in fit.variables], mine.design
        number = len(fit.targets)
        target = stacked(columns[:number], [self.types[name] for name in fit.targets])
        weights = None if design.weights is None else mean_one(design.weights).float()
        return [target, *columns[number:]], weights

    def _score(self) -> float:
        held, weights = self.held
        columns = [column.to(self.device) for column in held]
        if not len(columns[0]):
            return -math.inf
        with torch.no_grad():
            return -float(_mean(self.losses(*columns), weights))

    def _rate(self) -> float:
        warm = min(1.0, (self.step + 1) / WARM)
        done = max(min(1.0, self.step / self.steps), self._spent())
        return self.rate * warm * 0.5 * (1 + math.cos(math.pi * done))

    def _spent(self) -> float:
        """The share of the time limit that is used up."""
        minutes = self.member.settings.minutes
        return 0.0 if minutes is None else (time.perf_counter() - self.started) / (60 * minutes)

    def _over(self) -> bool:
        return self._spent() >= 1

    def _set(self, weights: list[Tensor]) -> None:
        torch._foreach_copy_(self.live, weights)  # pyright: ignore[reportPrivateImportUsage]


def _mean(losses: Tensor, weights: Tensor | None) -> Tensor:
    """The mean of the losses of some rows, each counted by its weight, in units of the mean weight."""
    if weights is None:
        return losses.mean()
    return (losses * weights.to(losses)).mean()


def _windows(rows: Rows, epoch: int) -> Iterator[Dataset]:
    """The rows to train on: those of several pieces from different parts of the stream, shuffled."""
    source = np.random.default_rng((rows.seed % (1 << 32), epoch))
    waiting: list[Dataset] = []
    for piece, drawn in rows.pieces(source):
        order = source.permutation((drawn < rows.trained).nonzero().squeeze(1).numpy())
        waiting.append(piece.take(torch.from_numpy(order)))
        if len(waiting) == MIXED:
            yield _shuffled(waiting, rows, source)
            waiting = []
    if waiting:
        yield _shuffled(waiting, rows, source)


def _shuffled(pieces: Sequence[Dataset], rows: Rows, source: np.random.Generator) -> Dataset:
    partial = dict.fromkeys(name for piece in pieces for name in piece.partial)
    whole = joined(pieces, rows.types, tuple(partial))
    return whole.take(torch.from_numpy(source.permutation(whole.rows)))
