"""The table family: a finite variable given finite ones, by counting. It is fitted in milliseconds."""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ...grammar.edge.arguments import public
from ..neural.soft_states import one_hot
from ..training.settings import FitReport, FitSettings
from ..variables import Finite, VariableType, cardinality_of
from .backoff import LEAST, priors
from .base import Family
from .counting import combination, joint_counts
from .protocol import Noise
from .relaxation import Relaxation

MOST_COMPARED = 32
"""Up to this many states, noise is compared with every cumulative probability, which is faster than bisection."""

MOST_DRAWN = 1 << 16
"""Up to this many rows, each row is drawn by itself to be held out for the score; beyond, the number per cell is."""


@public()
class TableGenerator(Family):
    """A table of conditional probabilities: the default for a finite variable whose conditions are finite.

    A cell is one combination of conditions, and holds the frequencies of the states among its rows. A cell without rows
    holds the distribution given fewer conditions (`backoff`), or the marginal distribution if there are no conditions.
    (In full, a cell is ``(counts + smoothing * prior) / (total + smoothing)``, the mean of its posterior under a
    Dirichlet prior.)

    Args:
        target: A finite type.
        given: Finite types.
        smoothing: The pseudo-count, in rows, that pulls every cell towards its prior. The default is a millionth.

    >>> table = TableGenerator(Finite(("a", "b")), [Finite((False, True))])
    >>> report = table.fit(torch.tensor([0, 0, 0, 1]), [torch.tensor([0, 0, 1, 1])], FitSettings())
    >>> table.table.float()
    tensor([[1.0000e+00, 1.2500e-07],
            [5.0000e-01, 5.0000e-01]])
    """

    family = "table"
    may_be_nothing = frozenset({"smoothing"})
    table: Tensor
    cdf: Tensor
    """Cumulative probabilities of all states but the last, float32: ``(states - 1, cells)`` for up to
    `MOST_COMPARED` states, beyond them ``(cells, 2^k - 1)`` with a tail of 2."""

    def __init__(self, target: VariableType, given: Sequence[VariableType], smoothing: float = LEAST) -> None:
        super().__init__(target, given, smoothing=smoothing)
        self.smoothing = smoothing
        self.noise = Noise((), "uniform")
        self.shape = tuple(cardinality_of(type) for type in (*given, target))
        uniform = torch.full(self.shape, 1 / self.shape[-1], dtype=torch.float64)
        self.register_buffer("table", uniform)
        self.register_buffer("cdf", _cdf(uniform))

    @classmethod
    def refuses(cls, target: VariableType, given: Sequence[VariableType]) -> str | None:
        """Why the family cannot draw `target` given `given`, or None if it can."""
        if all(isinstance(type, Finite) for type in (target, *given)):
            return None
        return "a table needs a finite variable and finite conditions"

    def set_table(self, table: Tensor) -> None:
        """Sets the probabilities, of shape ``(*given_states, states)``."""
        self.table = table.to(self.table)
        self.cdf = _cdf(self.table)

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """States, int64 ``(rows,)``: the inverse of the cumulative distribution at ``noise``, ``(rows,)``."""
        cell = self._cell(given) if given else None
        if self.shape[-1] > MOST_COMPARED:
            return bisect(noise, self.cdf, cell)
        reached = noise >= (self.cdf if cell is None else self.cdf.index_select(1, cell))
        return reached[0].long() if len(reached) == 1 else reached.sum(0)

    def relaxed(self, relaxation: Relaxation, noise: Tensor, *given: Tensor) -> Tensor:
        """Soft states ``(rows, states)``; under soft conditions the rows of the table are mixed."""
        mixed = self.table.flatten()
        for values, states in zip(given, self.shape, strict=False):
            weights = one_hot(values, states).to(mixed)
            if mixed.ndim == 1:
                mixed = weights @ mixed.reshape(states, -1)
            else:
                mixed = torch.einsum("rs,rsc->rc", weights, mixed.reshape(len(mixed), states, -1))
        return relaxation.states(noise, mixed.cumsum(-1)[..., :-1].float())

    def as_table(self) -> TableGenerator:
        """The generator itself."""
        return self

    def counted(self) -> tuple[TableGenerator | None, ...]:
        """The generator itself, unless a subclass fits it in a way of its own."""
        return (self if type(self).fit is TableGenerator.fit else None,)

    def thresholds(self) -> Tensor | None:
        """The buffer `cdf`; None beyond `MOST_COMPARED` states, and for a subclass that draws in a way of its own."""
        if self.shape[-1] > MOST_COMPARED or type(self).forward is not TableGenerator.forward:
            return None
        return self.cdf

    def log_prob(self, target: Tensor, *given: Tensor) -> Tensor:
        """Log-probability of each state, float64 ``(rows,)``."""
        log_table = self.table.log().reshape(-1, self.shape[-1])
        return log_table[self._cell(given), target] if given else log_table[0, target]

    def fit(
        self,
        target: Tensor,
        given: Sequence[Tensor],
        settings: FitSettings,
        weights: Tensor | None = None,
    ) -> FitReport:
        """Counts the rows. The score is the one that a table of the other rows reaches on the held-out rows."""
        started = time.perf_counter()
        device = torch.device(settings.device)
        self.to(device)
        target, given = target.to(device), [tensor.to(device) for tensor in given]
        columns = (*given, target)
        rows = weight = joint_counts(columns, self.shape)
        if weights is None:
            held = held_weight = self._held_out(columns, rows, settings)
        else:
            weights = weights.to(device)
            weight = joint_counts(columns, self.shape, weights)
            held, held_weight = self._weighted_held_out(columns, weights, settings)
        score = self._settle(rows, weight, held, held_weight)
        return FitReport(score, epochs=1, rows=len(target), seconds=time.perf_counter() - started)

    def fit_counts(self, counts: Tensor, settings: FitSettings, weights: Tensor | None = None) -> FitReport:
        """As `fit`, where the rows are counted already.

        Args:
            counts: The number of rows of each combination of states, int64 ``(combinations,)``, as `joint_counts`
                of the conditions and then the target.
            settings: As for `fit`.
            weights: How much these rows count together, float64 ``(combinations,)``, in any unit; None counts all
                rows alike.
        """
        started = time.perf_counter()
        self.to(settings.device)
        counts = counts.to(settings.device)
        held = self._drawn_by_cell(counts, settings)
        weight, held_weight = counts, held
        if weights is not None:
            weight = weights.to(settings.device) * (counts.sum() / weights.sum())
            held_weight = weight * held / counts.clamp(min=1)
        score = self._settle(counts, weight, held, held_weight)
        return FitReport(score, epochs=1, rows=int(counts.sum()), seconds=time.perf_counter() - started)

    def _settle(self, rows: Tensor, weight: Tensor, held: Tensor, held_weight: Tensor) -> float | None:
        """Set the table from all rows. Returns the score on the held-out rows of a table of the others."""
        score = None
        if 0 < int(held.sum()) < int(rows.sum()):
            log_table = self._smooth(weight - held_weight, rows - held).log().flatten()
            score = float((log_table * held_weight).sum() / held_weight.sum())
        self.set_table(self._smooth(weight, rows))
        return score

    def _held_out(self, columns: Sequence[Tensor], counts: Tensor, settings: FitSettings) -> Tensor:
        """The number of held-out rows of each cell, int64: rows are held out independently, with one probability.

        If there are many rows, the number is drawn per cell, which has the same distribution.
        """
        if len(columns[0]) > MOST_DRAWN:
            return self._drawn_by_cell(counts, settings)
        held_out = _drawn(columns, torch.Generator().manual_seed(settings.seed), settings)
        return joint_counts([column[held_out] for column in columns], self.shape)

    def _drawn_by_cell(self, counts: Tensor, settings: FitSettings) -> Tensor:
        """The number of held-out rows of each cell, int64."""
        source = torch.Generator().manual_seed(settings.seed)
        share = torch.full(counts.shape, settings.held_out, dtype=torch.float64, device="cpu")
        return torch.binomial(counts.cpu().double(), share, source).to(counts)

    def _weighted_held_out(
        self, columns: Sequence[Tensor], weights: Tensor, settings: FitSettings
    ) -> tuple[Tensor, Tensor]:
        """The number of held-out rows of each cell, and their weight."""
        held_out = _drawn(columns, torch.Generator().manual_seed(settings.seed), settings)
        held = [column[held_out] for column in columns]
        return joint_counts(held, self.shape), joint_counts(held, self.shape, weights[held_out])

    def _smooth(self, weight: Tensor, rows: Tensor) -> Tensor:
        """Probabilities from the weight and the number of rows of each cell, shape ``(*given_states, states)``."""
        shape = (1, *self.shape)
        if not weight.is_floating_point():
            return smoothed(weight.double().reshape(shape), self.smoothing)[0]
        exact = torch.where(rows > 0, weight, 0.0)  # a difference of sums may be a little more than nothing
        return smoothed(exact.reshape(shape), self.smoothing, rows.double().reshape(shape))[0]

    def _cell(self, tensors: Sequence[Tensor]) -> Tensor:
        """The flat index of each row's combination of leading axes, int64 ``(rows,)``."""
        return combination(tensors, self.shape[: len(tensors)])


def smoothed(counts: Tensor, smoothing: float, rows: Tensor | None = None) -> Tensor:
    """The tables of several data sets, each as it would be alone.

    Args:
        counts: Rows, or their weight, float64 ``(data sets, *given_states, states)``.
        smoothing: As for `TableGenerator`.
        rows: The number of rows of each cell, if the counts are weights.
    """
    number = None if rows is None else rows.cpu().numpy()
    prior = torch.from_numpy(priors(counts.cpu().numpy(), smoothing, number)).to(counts)
    pulled = counts + smoothing * prior
    return pulled / pulled.sum(-1, keepdim=True)


def _drawn(columns: Sequence[Tensor], source: torch.Generator, settings: FitSettings) -> Tensor:
    """Which rows are held out, bool ``(rows,)``, on the device of the columns."""
    drawn = torch.rand(len(columns[0]), generator=source)
    return (drawn < settings.held_out).to(columns[0].device)


def _cdf(table: Tensor) -> Tensor:
    """The buffer `TableGenerator.cdf`."""
    states = table.shape[-1]
    cdf = table.reshape(-1, states).cumsum(-1)[:, :-1].float()
    if states <= MOST_COMPARED:
        return cdf.T.contiguous()
    return nn.functional.pad(cdf, (0, (1 << (states - 1).bit_length()) - states), value=2.0)


def bisect(noise: Tensor, cdf: Tensor, cell: Tensor | None) -> Tensor:
    """The number of entries of its row of `cdf` that each noise reaches, by bisection.

    Args:
        noise: Uniform, ``(rows,)``.
        cdf: Ascending, ``(cells, 2^k - 1)``.
        cell: The row of `cdf` of each noise, ``(rows,)``; None if there is one.
    """
    flat, width = cdf.reshape(-1), cdf.shape[1]
    first = torch.zeros_like(noise, dtype=torch.int64) if cell is None else cell * width
    state, step = torch.zeros_like(first), (width + 1) // 2
    while step:
        reached = noise >= flat[first + state + (step - 1)]
        state = state + step * reached
        step //= 2
    return state
