"""Trains many small networks together: networks of equal shape form a stack, and each stack has its own thread.

Each member sees the batches that it would see alone. It has its own optimiser, average weights and early
stopping, and leaves the stack when it stops. Its weights are the same as those of `train`, up to rounding, and they
do not depend on the other members, to the bit. If time is limited, the members of a stack split the stack's time
evenly.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from threading import Lock

import torch
from torch import Tensor

from ..data.design import mean_one
from .course import BETAS, CLIP, EPSILON, Course, Recipe, better
from .settings import FitReport, FitSettings
from .stacked import Losses
from .training import one_thread

MOST_STACKED = 1 << 27
"""Largest number of values in the columns of one stack: half a gigabyte."""

SCORED = 4_096
"""Number of held-out rows of each member that are scored at once."""


@dataclass(frozen=True)
class Member:
    """One network that is trained together with others.

    Args:
        losses: A function from stacked weights and columns to losses.
        weights: The network's parameters, in the order in which `losses` takes them; they are trained in place.
        columns: The columns that `losses` reads, each ``(rows, *shape)``, on the settings' device.
        settings: The settings of the user.
        recipe: The defaults of the family.
        held_out: Which rows to hold out, bool ``(rows,)``; None leaves it to the settings.
        row_weights: How much each row counts, ``(rows,)`` with mean 1; None counts all alike.
    """

    losses: Losses
    weights: tuple[Tensor, ...]
    columns: tuple[Tensor, ...]
    settings: FitSettings
    recipe: Recipe
    held_out: Tensor | None = None
    row_weights: Tensor | None = None

    @property
    def shape(self) -> Hashable:
        """Members of equal shape can be stacked."""
        weights = tuple(tuple(weight.shape) for weight in self.weights)
        columns = tuple((column.dtype, tuple(column.shape[1:])) for column in self.columns)
        return self.losses, weights, columns, self.recipe, self.settings.device


@dataclass(frozen=True)
class Plan:
    """A training of a generator from new weights that may run in stacks.

    Args:
        members: Its networks; they may be trained together with networks of other generators.
        finish: Makes the generator's report from the reports of the networks, in the same order.
    """

    members: tuple[Member, ...]
    finish: Callable[[Sequence[FitReport]], FitReport]

    def train(self) -> FitReport:
        """Train the generator alone."""
        return self.finish(train_members(self.members))


def train_plans(plans: Sequence[Plan]) -> list[FitReport]:
    """Train several generators together.

    Returns:
        The report of each generator, in the order given.
    """
    reports = iter(train_members([member for plan in plans for member in plan.members]))
    return [plan.finish([next(reports) for _ in plan.members]) for plan in plans]


def train_members(members: Sequence[Member]) -> list[FitReport]:
    """Minimise each member's loss, and leave the member at the weights that scored best on its held-out rows.

    Returns:
        The report of each member, in the order given.
    """
    runs = [_Run(member) for member in members]
    stacks = _stacks([run for run in runs if len(run.course.held_out)])
    workers = min(len(stacks), torch.get_num_threads())
    with one_thread():
        if workers < 2:
            for stack in stacks:
                _Stack(stack).train()
        else:
            with ThreadPoolExecutor(workers, "dofx-fit", torch.set_num_threads, (1,)) as pool:
                for done in [pool.submit(_train, stack) for stack in stacks]:
                    done.result()
    return [run.report for run in runs]


def _train(stack: list[_Run]) -> None:
    _Stack(stack).train()


def _stacks(runs: Sequence[_Run]) -> list[list[_Run]]:
    """Members of equal shape in stacks, enough of them for every thread and small enough for memory."""
    alike: dict[Hashable, list[_Run]] = {}
    for run in runs:
        alike.setdefault((run.member.shape, _width(run.course.batch_size)), []).append(run)
    threads = torch.get_num_threads()
    stacks: list[list[_Run]] = []
    for group in alike.values():
        numbers = sum(column.numel() for run in group for column in run.member.columns)
        device = group[0].member.settings.device
        parts = max(threads if device == "cpu" else 1, -(-numbers // MOST_STACKED))
        size = -(-len(group) // min(parts, len(group)))
        stacks += [group[i : i + size] for i in range(0, len(group), size)]
    return sorted(stacks, key=lambda stack: -sum(run.course.steps for run in stack))


@dataclass
class _Run:
    """A member during its training."""

    member: Member
    epoch: int = 0
    stale: int = 0
    score: float = -math.inf
    seconds: float = 0.0
    course: Course = field(init=False)
    batches: Iterator[Tensor] = field(init=False)
    """The rows of each step, epoch after epoch."""
    row_weights: Tensor | None = field(init=False)
    """The member's, where batches are: on the CPU."""

    def __post_init__(self) -> None:
        member, rows = self.member, len(self.member.columns[0])
        source = torch.Generator().manual_seed(member.settings.seed)
        held_out = None if member.held_out is None else member.held_out.cpu()
        self.course = Course.of(rows, member.settings, member.recipe, source, held_out)
        weights = None if member.row_weights is None else member.row_weights.cpu()
        self.row_weights = None if weights is None else self.course.shared(weights).float()
        self.batches = (batch for _ in count() for batch in self.course.batches(source))

    @property
    def report(self) -> FitReport:
        rows, score = len(self.member.columns[0]), self.score if len(self.course.held_out) else None
        return FitReport(score, epochs=self.epoch, rows=rows, seconds=self.seconds)

    def factors(self, rows: Tensor) -> Tensor | None:
        """How much each of some rows counts; None if all count alike."""
        return None if self.row_weights is None else self.row_weights[rows]

    def looks(self, step: int) -> bool:
        """Whether the held-out rows are scored after this number of steps."""
        self.epoch, left = divmod(step, self.course.steps_per_epoch)
        return self.used >= 1 or (not left and self.course.looks(self.epoch))

    def hears(self, score: float) -> bool:
        """Takes a score on the held-out rows; returns whether it is the best so far."""
        best = better(score, self.score)
        self.score, self.stale = (score, 0) if best else (self.score, self.stale + 1)
        if self.member.settings.progress is not None:
            with _TELLING:
                self.member.settings.progress(self.epoch, self.course.epochs, score)
        return best

    @property
    def used(self) -> float:
        """The share of the time limit that is used up, if there is a limit."""
        minutes = self.member.settings.minutes
        return 0.0 if minutes is None else min(1.0, self.seconds / (60 * minutes))

    @property
    def done(self) -> bool:
        return (
            self.stale >= self.member.settings.patience or self.epoch >= self.course.epochs or self.used >= 1
        )


_TELLING = Lock()


class _Stack:
    """Members of equal shape; their weights are stored in matrices with one row per member."""

    def __init__(self, runs: Sequence[_Run]) -> None:
        self.runs = list(runs)
        members = [run.member for run in runs]
        self.losses, self.recipe = members[0].losses, members[0].recipe
        self.shapes = [weight.shape for weight in members[0].weights]
        self.device = members[0].columns[0].device
        self.columns = [torch.cat(parts) for parts in zip(*(m.columns for m in members), strict=True)]
        counts = torch.tensor([0] + [len(m.columns[0]) for m in members[:-1]])
        self.firsts = counts.cumsum(0).unsqueeze(1)
        self.live = torch.stack([torch.cat([w.detach().flatten() for w in m.weights]) for m in members])
        self.mean, self.best = self.live.clone(), self.live.clone()
        self.first, self.second = torch.zeros_like(self.live), torch.zeros_like(self.live)
        self.leaves = self._views(self.live)

    def train(self) -> None:
        """Train all members until the last has stopped."""
        started = time.perf_counter()
        for run, score in zip(self.runs, self._scores(range(len(self.runs))), strict=True):
            run.score = score
        step = 0
        while self.runs:
            self._step(step)
            step += 1
            now = time.perf_counter()
            for run in self.runs:
                run.seconds += (now - started) / len(self.runs)
            started = now
            due = [number for number, run in enumerate(self.runs) if run.looks(step)]
            for number, score in zip(due, self._scores(due) if due else (), strict=True):
                if self.runs[number].hears(score):
                    self.best[number] = self.mean[number]
            if any(self.runs[number].done for number in due):
                self._part({number for number in due if self.runs[number].done})

    def _step(self, step: int) -> None:
        """One step of AdamW for each member, at its own rate, on clipped gradients."""
        first, second = BETAS
        batches = [next(run.batches) for run in self.runs]
        factors = [run.factors(batch) for run, batch in zip(self.runs, batches, strict=True)]
        index, weights = _padded(batches, _width(self.runs[0].course.batch_size), factors)
        losses = self.losses(self.leaves, self._rows(range(len(self.runs)), index))
        parts = torch.autograd.grad(losses, self.leaves, weights.to(self.device))
        rates = [run.course.rate_at(step, run.used) for run in self.runs]
        with torch.no_grad():
            gradient = torch.cat([part.flatten(1) for part in parts], dim=1)
            norm = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)
            gradient *= (CLIP / (norm + 1e-6)).clamp(max=1.0)
            rate = torch.tensor(rates, dtype=self.live.dtype, device=self.device).unsqueeze(1)
            self.live *= 1 - rate * self.recipe.weight_decay
            self.first.lerp_(gradient, 1 - first)
            self.second.mul_(second).addcmul_(gradient, gradient, value=1 - second)
            spread = (self.second.sqrt() / math.sqrt(1 - second ** (step + 1))).add_(EPSILON)
            self.live -= rate / (1 - first ** (step + 1)) * (self.first / spread)
            self.mean.lerp_(self.live, self.recipe.renewed(step))

    def _scores(self, numbers: Sequence[int]) -> list[float]:
        """Mean log-likelihood of some members' average weights on their held-out rows."""
        widths = [_width(len(self.runs[number].course.held_out)) for number in numbers]
        scores: dict[int, float] = {}
        for width in dict.fromkeys(widths):
            alike = [number for number, its in zip(numbers, widths, strict=True) if its == width]
            held = [self.runs[number].course.held_out for number in alike]
            counted = [self.runs[number].factors(rows) for number, rows in zip(alike, held, strict=True)]
            factors = [None if each is None else mean_one(each) for each in counted]
            index, weights = _padded(held, width, factors)
            views = self._views(self.mean[alike])
            with torch.no_grad():
                parts = [
                    self.losses(views, self._rows(alike, part)) for part in torch.split(index, SCORED, 1)
                ]
                means = (torch.cat(parts, dim=1) * weights.to(self.device)).sum(1)
            scores.update(zip(alike, (-means).tolist(), strict=True))
        return [scores[number] for number in numbers]

    def _rows(self, numbers: Sequence[int], index: Tensor) -> list[Tensor]:
        """The columns at some members' own row numbers ``(members, rows)``."""
        flat = (index + self.firsts[list(numbers)]).flatten().to(self.device)
        return [
            column.index_select(0, flat).reshape(*index.shape, *column.shape[1:]) for column in self.columns
        ]

    def _views(self, matrix: Tensor) -> list[Tensor]:
        """The weights inside a matrix, each ``(members, *shape)``; the live ones collect gradients."""
        views, first = [], 0
        for shape in self.shapes:
            last = first + shape.numel()
            views.append(matrix[:, first:last].view(-1, *shape).detach().requires_grad_())
            first = last
        return views

    def _part(self, leaving: set[int]) -> None:
        """Give stopped members their best weights, and continue without them."""
        for number in leaving:
            parts = torch.split(self.best[number], [shape.numel() for shape in self.shapes])
            for weight, part in zip(self.runs[number].member.weights, parts, strict=True):
                weight.detach().copy_(part.view_as(weight))
        stay = [number for number in range(len(self.runs)) if number not in leaving]
        self.runs = [self.runs[number] for number in stay]
        self.firsts = self.firsts[stay]
        for name in ("live", "mean", "best", "first", "second"):
            setattr(self, name, getattr(self, name)[stay])
        self.leaves = self._views(self.live)


def _padded(rows: Sequence[Tensor], width: int, factors: Sequence[Tensor | None]) -> tuple[Tensor, Tensor]:
    """Row numbers of several members as a matrix of that width, and the weight of each row in its member's mean.

    Args:
        rows: The row numbers of each member.
        width: The number of columns of the matrix.
        factors: How much each of these rows counts, for each member; None counts all alike.
    """
    index = torch.zeros(len(rows), width, dtype=torch.int64)
    weights = torch.zeros(len(rows), width, dtype=torch.float32)
    for number, (part, factor) in enumerate(zip(rows, factors, strict=True)):
        index[number, : len(part)] = part
        weights[number, : len(part)] = 1 / len(part) if factor is None else factor / len(part)
    return index, weights


def _width(rows: int) -> int:
    """The number of rows, rounded up to three binary digits.

    Sums always run over rows of this length, so their rounding does not depend on the other members of the stack.

    >>> [_width(rows) for rows in (7, 9, 630, 1_024)]
    [7, 10, 640, 1024]
    """
    unit = 1 << max(0, (rows - 1).bit_length() - 3)
    return -(-rows // unit) * unit
