"""The conditions that rows show, a distribution that was given in their place, or an interim stage.

`support.py` compares with them what a network asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import prod

import numpy as np
import torch
from torch import Tensor, nn

from ...compiler.network.ir import Fit, SamplingNetwork, Stage
from ..data.dataset import Dataset
from ..families.counting import joint_counts
from ..fitting.simulation import LEAST_ROWS, simulate
from ..sampling.noise import derive_seed
from ..variables import Finite, Real, VariableType, decode
from ..variables.faults import show

WORTH_TELLING = 0.01
"""The share of what a conditional is asked that must be unseen, besides `FEW` rows, before that is reported."""

FEW = 2
"""Rows at the ends of a range that chance alone puts beyond other rows."""

MOST_HALVED = 1 << 16
"""Rows up to which half of them are compared with the others row by row."""

MOST_COUNTED = 1 << 20
"""Most combinations of states that are counted, rather than sorted."""

TABLE = "table"
"""What shows conditions where a distribution was given instead of rows. Interim stages are called Q₁ or the like."""

MANY = 1 << 40
"""The number of rows that a distribution stands for: chance has no part in what it shows."""

FEW_ROWS = 512
"""Rows of the network that are looked at where it draws images or texts."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The conditions that some rows show: combinations of states, each with the range of its numbers.

    Args:
        types: The conditions that are compared: finite ones, numbers and vectors.
        keys: A number for each combination of states that occurs, ascending, int64 ``(combinations,)``.
        low: The least of each number there, float64 ``(combinations, numbers)``.
        high: The greatest, likewise.
        slack: How far beyond these a number still counts as shown.
        rows: How many rows there are.
        usual: The share of the conditions of half of the rows that the other half does not show.
        source: What shows them: an interim stage or a table; none for the rows of the data.
    """

    types: Mapping[str, VariableType]
    keys: Tensor
    low: Tensor
    high: Tensor
    slack: Tensor
    rows: int
    usual: float = 0.0
    source: str = ""

    @staticmethod
    def of(rows: Dataset, names: Iterable[str]) -> Seen:
        """What rows show of some of their variables."""
        types = {name: rows.types[name] for name in names if isinstance(rows.types[name], (Finite, Real))}
        if not types:
            return Seen._of(rows, types)
        part = Dataset({name: rows[name] for name in types}, types)
        sizes = [type.cardinality | 1 for type in types.values() if isinstance(type, Finite)]
        if rows.rows > MOST_HALVED and len(sizes) == len(types) and prod(sizes) <= MOST_COUNTED:
            return Seen._counted(part, types, sizes)
        if rows.rows < 2:
            return Seen._of(part, types)
        half, other = torch.randperm(rows.rows, generator=torch.Generator().manual_seed(0)).chunk(2)
        usual = Seen._of(part.take(half), types)._new(part.take(other).tensors)
        return replace(Seen._of(part, types), usual=float(usual.double().mean()))

    @staticmethod
    def of_states(types: Mapping[str, VariableType], shown: Tensor) -> Seen:
        """What a distribution shows.

        Args:
            types: The conditions, all finite.
            shown: Whether each combination of their states has a positive probability, bool ``(*states)``.
        """
        columns = dict(zip(types, shown.nonzero().unbind(1), strict=True))
        return replace(Seen._of(Dataset(columns, types), types), rows=MANY, source=TABLE)

    @staticmethod
    def _counted(rows: Dataset, types: Mapping[str, VariableType], sizes: Sequence[int]) -> Seen:
        """The same for many rows of states alone. How many of each combination are in a half is drawn."""
        counts = joint_counts([rows[name] for name in types], sizes).numpy()
        source, size = np.random.default_rng(0), rows.rows // 2
        half = source.multivariate_hypergeometric(counts, size, method="marginals")
        keys, none = torch.from_numpy(np.flatnonzero(counts)), torch.zeros(0, dtype=torch.float64)
        none = none.reshape(1, 0).expand(len(keys), 0)
        usual = float(counts[half == 0].sum()) / (rows.rows - size)
        return Seen(types, keys, none, none, none, rows.rows, usual)

    @staticmethod
    def _of(rows: Dataset, types: Mapping[str, VariableType]) -> Seen:
        key, numbers = _keys(rows.tensors, types), _numbers(rows.tensors, types)
        keys, member, counts = torch.unique(key, return_inverse=True, return_counts=True)
        member = member.unsqueeze(1).expand_as(numbers)
        low, high = (
            numbers.new_zeros(len(keys), numbers.shape[1]).scatter_reduce(
                0, member, numbers, end, include_self=False
            )
            for end in ("amin", "amax")
        )
        slack = (high - low) / counts.double().sqrt().unsqueeze(1)
        return Seen(types, keys, low, high, slack, rows.rows)

    def lacks(self, met: Mapping[str, Tensor]) -> tuple[float, str]:
        """The share of some rows, each ``(rows, *event)``, whose conditions are not shown, and an example.

        None, and no example, where the share is too small to be worth reporting.
        """
        far, least = self._far(met), min(0.5, WORTH_TELLING + FEW / self.rows)
        new = self._new(met) | far.any(1)
        share = float(new.double().mean())
        if float(far.any(1).double().mean()) > least:
            row = int(far.any(1).nonzero()[0])
            return share, self._range(met, row, far[row], self.low.amin(0), self.high.amax(0))
        if share <= self.usual + least:
            return 0.0, ""
        key, place = _keys(met, self.types), self._place(met)
        row = int((new & (key == key[new].mode().values)).nonzero()[0])
        words = [
            f"{name} = {show(decode(type, met[name][row : row + 1]).tolist()[0])}"
            for name, type in self.types.items()
            if isinstance(type, Finite)
        ]
        at = int(place[row])
        if bool(self.keys[at] == key[row]):
            outside = self._outside(_numbers(met, self.types), place)[row] | far[row]
            words.append(self._range(met, row, outside, self.low[at], self.high[at]))
        return share, ", ".join(words)

    def _range(self, met: Mapping[str, Tensor], row: int, outside: Tensor, low: Tensor, high: Tensor) -> str:
        """The first number of a row that is outside a range, in words."""
        at = int(outside.nonzero()[0])
        value = f"{_labels(self.types)[at]} = {float(_numbers(met, self.types)[row, at]):.4g}"
        return f"{value}, where rows reach from {float(low[at]):.4g} to {float(high[at]):.4g}"

    def _place(self, met: Mapping[str, Tensor]) -> Tensor:
        """Where each row's combination of states is, or would be."""
        return torch.searchsorted(self.keys, _keys(met, self.types)).clamp(max=len(self.keys) - 1)

    def _outside(self, numbers: Tensor, place: Tensor) -> Tensor:
        """Which numbers are outside their range in that combination, bool ``(rows, numbers)``."""
        return (numbers < (self.low - self.slack)[place]) | (numbers > (self.high + self.slack)[place])

    def _new(self, met: Mapping[str, Tensor]) -> Tensor:
        """Which rows are not shown, bool ``(rows,)``."""
        place = self._place(met)
        outside = self._outside(_numbers(met, self.types), place)
        return (self.keys[place] != _keys(met, self.types)) | outside.any(1)

    def _far(self, met: Mapping[str, Tensor]) -> Tensor:
        """Which numbers are beyond those of all rows, bool ``(rows, numbers)``."""
        low, high, numbers = self.low.amin(0), self.high.amax(0), _numbers(met, self.types)
        slack = (high - low) / self.rows**0.5
        far: Tensor = (numbers < low - slack) | (numbers > high + slack)
        return far


class Shown:
    """What shows conditions, worked out when it is first asked for; then what it is worked out from is let go.

    Args:
        work: Works it out.
    """

    def __init__(self, work: Callable[[], Seen]) -> None:
        self._work: Callable[[], Seen] | None = work
        self._seen: Seen | None = None

    @staticmethod
    def of_rows(rows: Dataset, names: Iterable[str]) -> Shown:
        """What rows show of some of their variables."""
        types = {name: rows.types[name] for name in names if isinstance(rows.types[name], (Finite, Real))}
        if not types:
            nothing = Seen.of(rows, ())
            return Shown(lambda: nothing)
        return Shown(partial(Seen.of, Dataset({name: rows[name] for name in types}, types), types))

    @staticmethod
    def of_stage(
        network: SamplingNetwork, fit: Fit, modules: Mapping[Fit, nn.Module], rows: Dataset
    ) -> Shown:
        """What an interim stage shows of the conditions of a generator that learned from it.

        Args:
            network: The network.
            fit: Of the generator.
            modules: The generators of the network.
            rows: Rows that the inputs of the stage are taken from.
        """
        return Shown(partial(_made, network.stage(fit.interim or ""), fit, modules, rows))

    @property
    def seen(self) -> Seen:
        """What is shown."""
        if self._work is not None:
            self._seen, self._work = self._work(), None
        assert self._seen is not None, "it was worked out"
        return self._seen


def _made(stage: Stage, fit: Fit, modules: Mapping[Fit, nn.Module], rows: Dataset) -> Seen:
    part = stage.needed_for(fit.given)
    drawn = [name for draw in part.draws for name in draw.variables]
    plain = all(isinstance(rows.types[name], (Finite, Real)) for name in drawn)
    columns = simulate(
        part, fit.given, modules, rows, derive_seed(0, "shown"), LEAST_ROWS if plain else FEW_ROWS
    )
    types = {name: rows.types[name] for name in fit.given}
    made = Dataset({name: column.cpu() for name, column in zip(fit.given, columns, strict=True)}, types)
    return replace(Seen.of(made, fit.given), source=stage.name)


def _keys(columns: Mapping[str, Tensor], types: Mapping[str, VariableType]) -> Tensor:
    """A number for the states of each row, int64 ``(rows,)``: its own up to 2⁶³ combinations, beyond them a hash."""
    rows = len(next(iter(columns.values())))
    key = torch.zeros(rows, dtype=torch.int64)
    for name, type in types.items():
        if isinstance(type, Finite):
            key = key * (type.cardinality | 1) + columns[name]
    return key


def _numbers(columns: Mapping[str, Tensor], types: Mapping[str, VariableType]) -> Tensor:
    """The numbers of each row, float64 ``(rows, numbers)``."""
    rows = len(next(iter(columns.values())))
    real = [
        columns[name].double().reshape(rows, -1) for name, type in types.items() if isinstance(type, Real)
    ]
    return torch.cat([torch.zeros(rows, 0, dtype=torch.float64), *real], dim=1)


def _labels(types: Mapping[str, VariableType]) -> list[str]:
    """What to call each of the numbers."""
    labels: list[str] = []
    for name, type in types.items():
        if type == Real():
            labels.append(name)
        elif isinstance(type, Real):
            size = torch.Size(type.shape).numel()
            labels += [f"{name}[{index}]" for index in range(size)]
    return labels
