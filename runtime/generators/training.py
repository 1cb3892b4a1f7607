"""Training one network in memory: averaged weights, early stopping, reproducible under a seed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .checkpoint import Checkpoint
from .protocol import FitReport, FitSettings
from .sheets import Sheets
from .team import Loss, team

FEWEST_ROWS = 8
"""Below this many rows a network stays where it starts, which is the marginal distribution of its target."""

FEWEST_STEPS = 5
"""Least number of steps between looks at the held-out rows: on small data an epoch is a single step."""

MOST_HELD_OUT = 20_000


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a family trains where the settings leave it open.

    Args:
        steps: Gradient steps, which the passes over the rows are chosen to make.
        batch_size: Rows a step; all rows if there are fewer.
        learning_rate: Of AdamW, warmed up over 20 steps and then annealed to zero along a cosine.
        weight_decay: Of AdamW.
        memory: Steps over about which weights are averaged.
        small: Whether the network is too small for more than one CPU thread.
        scored: Held-out rows that are looked at at once.
    """

    steps: int = 1_500
    batch_size: int = 1_024
    learning_rate: float = 1e-2
    weight_decay: float = 1e-4
    memory: int = 100
    small: bool = True
    scored: int = 16_384


OF_IMAGES = Recipe(batch_size=128, learning_rate=2e-3, memory=200, small=False, scored=1_024)
"""For a network of one of the small families that reads images, which takes convolutions."""


@contextmanager
def one_thread() -> Iterator[None]:
    """A scope in which torch works on one CPU thread.

    Most networks here are too small to share out: two threads gain nothing on an idle machine, and on a busy
    one they wait for each other (three fits of 20,000 rows took 159 s instead of 20 s).
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def train(
    network: nn.Module,
    loss: Loss,
    rows: int,
    settings: FitSettings,
    recipe: Recipe,
    judge: Loss | None = None,
    sources: Sequence[torch.Generator] = (),
    draw: Callable[[Tensor], Tensor] | None = None,
) -> FitReport:
    """Minimise a loss over rows, and leave the network at the weights that did best on held-out rows.

    What is kept is an exponential average of the weights along the way. On nine test laws it came nearer to
    the true likelihood than the last weights, on easy ones by half, and it took the bias out of means.

    Args:
        network: Its parameters are trained in place; it is already on the settings' device.
        loss: From an index of rows ``(batch,)`` to their losses ``(batch,)``, such as negative
            log-likelihoods.
        rows: How many rows there are.
        settings: What the person asked for.
        recipe: What the family suggests.
        judge: Losses of held-out rows, where they are not to be random as those of training are.
        sources: What `loss` draws random numbers from, so that a resumed training draws the same.
        draw: What `Sheets` shows, where there are to be any.
    """
    checkpoint = Checkpoint(None if recipe.small or team().size > 1 else settings.checkpoint)
    with one_thread() if recipe.small else nullcontext():
        training = _Training(network, loss, judge or loss, rows, settings, recipe, sources)
        return training.run(checkpoint, draw)


class _Training:
    """One network on its way."""

    def __init__(
        self,
        network: nn.Module,
        loss: Loss,
        judge: Loss,
        rows: int,
        settings: FitSettings,
        recipe: Recipe,
        sources: Sequence[torch.Generator],
    ) -> None:
        self.network, self.loss, self.judge, self.rows = network, loss, judge, rows
        self.settings, self.recipe = settings, recipe
        source = torch.Generator().manual_seed(settings.seed)
        self.held_out, self.kept = split(rows, settings, source)
        self.sources = (source, *sources)
        self.batch_size = min(settings.batch_size or recipe.batch_size, max(1, len(self.kept)))
        self.steps_per_epoch = math.ceil(len(self.kept) / self.batch_size)
        usual = max(2, math.ceil(recipe.steps / max(1, self.steps_per_epoch)))
        self.epochs = usual if settings.epochs is None else settings.epochs
        self.rate = settings.learning_rate or recipe.learning_rate
        self.optimiser = torch.optim.AdamW(
            network.parameters(), lr=self.rate, weight_decay=recipe.weight_decay, betas=(0.9, 0.99)
        )
        self.crew = team()
        self.epoch, self.stale, self.before = 0, 0, 0.0
        self.started = time.perf_counter()

    def run(self, checkpoint: Checkpoint, draw: Callable[[Tensor], Tensor] | None) -> FitReport:
        """Train, from a checkpoint where there is one."""
        if not len(self.held_out):
            return self._report(None)
        self.crew.start(self.network)
        self.average = _Average(self.network, self.recipe.memory)
        self.best = self.average.copy()
        found = checkpoint.read()
        if found is None or not self._knows(*found):
            self.score = self._look()
        else:
            self._restore(*found)
        folder = self.settings.sheets if self.crew.rank == 0 else None
        sheets = Sheets(folder, draw, self.held_out, self.epochs, self.epoch)
        while self.epoch < self.epochs and self.stale < self.settings.patience and self._share() < 1:
            self._pass()
            self.epoch += 1
            if self.epoch % math.ceil(FEWEST_STEPS / self.steps_per_epoch) and self.epoch < self.epochs:
                continue
            self._hear(self._look())
            if sheets.due(self.epoch):
                with self.average.installed():
                    sheets.write(self.epoch)
            if checkpoint.due:
                checkpoint.write(self._tensors(), self._numbers())
        self.average.restore(self.best)
        checkpoint.remove()
        return self._report(self.score)

    def _pass(self) -> None:
        """One epoch, or what there is time for."""
        order = self.kept[torch.randperm(len(self.kept), generator=self.sources[0])].to(self.settings.device)
        steps, first = self.epochs * self.steps_per_epoch, self.epoch * self.steps_per_epoch
        for step, batch in enumerate(torch.split(order, self.batch_size), first):
            if (share := self._share()) >= 1:
                return
            self.optimiser.param_groups[0]["lr"] = self.rate * pace(step, steps, share)
            self.optimiser.zero_grad()
            self.crew.backward(self.loss, batch, self.network)
            nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
            self.optimiser.step()
            self.average.update(step)

    def _hear(self, score: float) -> None:
        """A score on the held-out rows."""
        if score > self.score + 1e-5:
            self.score, self.best, self.stale = score, self.average.copy(), 0
        else:
            self.stale += 1
        if self.settings.progress is not None:
            self.settings.progress(self.epoch, self.epochs, score)

    def _look(self) -> float:
        with self.average.installed():
            return self.crew.agree(_score(self.judge, self.held_out, self.recipe.scored))

    def _share(self) -> float:
        """The share of the time that is used up."""
        if self.settings.minutes is None:
            return 0.0
        return self.crew.agree(self._seconds() / (60 * self.settings.minutes))

    def _seconds(self) -> float:
        return self.before + time.perf_counter() - self.started

    def _report(self, score: float | None) -> FitReport:
        return FitReport(score, epochs=self.epoch, rows=self.rows, seconds=self._seconds())

    def _tensors(self) -> dict[str, Tensor]:
        """All tensors that training goes on from."""
        lists: dict[str, Sequence[Tensor]] = {
            "live": self.average.live,
            "mean": self.average.mean,
            "best": self.best,
            "source": [source.get_state() for source in self.sources],
        }
        tensors = {f"{name}.{i}": tensor for name, parts in lists.items() for i, tensor in enumerate(parts)}
        for i, parameter in enumerate(self.network.parameters()):
            moments = self.optimiser.state.get(parameter, {})
            tensors |= {f"{name}.{i}": tensor for name, tensor in moments.items()}
        return tensors

    def _numbers(self) -> dict[str, float]:
        return {
            "epoch": self.epoch,
            "stale": self.stale,
            "score": self.score,
            "seconds": self._seconds(),
        }

    def _knows(self, tensors: dict[str, Tensor], numbers: dict[str, Any]) -> bool:
        """Whether these are of such a training: a file that is not is as good as none."""
        wanted = self._tensors()
        alike = all(name in tensors and tensors[name].shape == wanted[name].shape for name in wanted)
        return alike and {"epoch", "stale", "score", "seconds"} <= numbers.keys()

    def _restore(self, tensors: dict[str, Tensor], numbers: dict[str, Any]) -> None:
        """Go on from there."""

        def parts(name: str) -> list[Tensor]:
            count = sum(key.partition(".")[0] == name for key in tensors)
            return [tensors[f"{name}.{i}"].to(self.settings.device) for i in range(count)]

        self.average.restore(parts("live"))
        self.average.mean, self.best = parts("mean"), parts("best")
        for source, state in zip(self.sources, parts("source"), strict=True):
            source.set_state(state.cpu())
        for i, parameter in enumerate(self.network.parameters()):
            names = [name for name in ("step", "exp_avg", "exp_avg_sq") if f"{name}.{i}" in tensors]
            moments = {name: tensors[f"{name}.{i}"] for name in names}
            self.optimiser.state[parameter] = {
                name: tensor if name == "step" else tensor.to(parameter) for name, tensor in moments.items()
            }
        self.epoch, self.stale = numbers["epoch"], numbers["stale"]
        self.score, self.before = numbers["score"], numbers["seconds"]


def pace(step: int, steps: int, used: float = 0.0) -> float:
    """The share of the learning rate at a step: warmed up over 20, then annealed to zero along a cosine.

    Args:
        step: Of how many.
        steps: How many there are at most.
        used: The share of the time that is used up, where there is a limit.
    """
    return min(1.0, (step + 1) / 20) * 0.5 * (1 + math.cos(math.pi * max(step / steps, used)))


class _Average:
    """An exponential average of a network's weights over about the last `memory` steps."""

    def __init__(self, network: nn.Module, memory: int) -> None:
        self.memory = memory
        self.live = [parameter.detach() for parameter in network.parameters()]
        self.mean = self.copy()

    def copy(self) -> list[Tensor]:
        return [tensor.clone() for tensor in getattr(self, "mean", self.live)]

    def update(self, step: int) -> None:
        torch._foreach_lerp_(self.mean, self.live, 1 - min(1 - 1 / self.memory, (step + 1) / (step + 11)))  # pyright: ignore[reportPrivateImportUsage]

    @contextmanager
    def installed(self) -> Iterator[None]:
        """A scope in which the network has the average weights."""
        trained = [tensor.clone() for tensor in self.live]
        self.restore(self.mean)
        yield
        self.restore(trained)

    def restore(self, weights: list[Tensor]) -> None:
        torch._foreach_copy_(self.live, weights)  # pyright: ignore[reportPrivateImportUsage]


def split(rows: int, settings: FitSettings, source: torch.Generator) -> tuple[Tensor, Tensor]:
    """Held-out and other rows. Small data hold out more than their fraction, or stopping would be blind."""
    held = min(max(round(rows * settings.held_out), min(rows // 4, 20)), MOST_HELD_OUT)
    if rows < FEWEST_ROWS or settings.epochs == 0:
        held = 0
    order = torch.randperm(rows, generator=source)
    return order[:held], order[held:]


def _score(loss: Loss, index: Tensor, at_once: int) -> float:
    """Minus the mean loss over some rows: their mean log-likelihood, where losses are negative ones."""
    with torch.no_grad():
        return -float(torch.cat([loss(part) for part in torch.split(index, at_once)]).mean())
