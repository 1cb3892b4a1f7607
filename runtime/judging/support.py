"""Positivity of a fitted network: the conditions under which an answer uses its generators, but that no row has.

An intervention may lead where there are no data. A generator still returns values there: a table backs off to
fewer conditions, a network extrapolates. The conditions in the network are therefore compared with those of all
rows on which it was fitted. States must occur together in some row. Numbers must lie within their range in the
rows with the same states, extended by that range divided by the square root of the number of these rows.

If there are many conditions, most combinations are new anyway. One half of the rows estimates the usual share: it is
the share of conditions that do not occur in the other half. Only a larger share is reported, and numbers outside the
range of all rows.

This check does not detect combinations of numbers that are common separately but not together, and combinations that
occur in too few rows to learn from. Images and texts are not compared.

References:
    Petersen, Porter, Gruber, Wang, van der Laan (2012), "Diagnosing and responding to violations in the positivity
    assumption".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from ...compiler.network.ir import Draw, Fit, Stage
from ...compiler.printers.network.text import fit_text
from ..data.dataset import Dataset
from ..data.values import Values, read_inputs
from ..families.counting import joint_counts
from ..sampling.noise import NoiseStream, derive_seed
from ..variables import Finite, Real, VariableType, decode
from ..variables.constants import values_read
from ..variables.faults import show
from .compared import place_of

if TYPE_CHECKING:
    from ..sampler import Sampler

WORTH_TELLING = 0.01
"""The share of what a conditional is asked that must be unseen, besides `FEW` rows, before that is reported."""

FEW = 2
"""Rows at the ends of a range that chance alone puts beyond other rows."""

MOST_HALVED = 1 << 16
"""Rows up to which half of them are compared with the others row by row."""

MOST_COUNTED = 1 << 20
"""Most combinations of states that are counted, rather than sorted."""

FEW_ROWS = 512
"""Rows of the network that are looked at where it draws images or texts; else as many as were held out."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """Conditions that occur in a network and in no row.

    Args:
        fit: The conditional with these conditions, such as ``P(y | z, x)``.
        share: Their share of all conditions at which the conditional is sampled, between 0 and 1.
        example: Some of these conditions, in words.
        weighed: Whether the rows with the same conditions are weighed, to stand for others.

    >>> print(Unseen("P(y | z, x)", 0.447, "z = 0, x = 1"))
    extrapolated: 45 % of the conditions at which P(y | z, x) is used occur in no row, such as z = 0, x = 1
    """

    fit: str
    share: float
    example: str
    weighed: bool = False

    def __str__(self) -> str:
        share = f"{self.share:.0%}".replace("%", " %")
        where = f"the conditions at which {self.fit} is used"
        rows = "no row of some group that its rows stand for" if self.weighed else "no row"
        return f"extrapolated: {share} of {where} occur in {rows}, such as {self.example}"


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
    """

    types: Mapping[str, VariableType]
    keys: Tensor
    low: Tensor
    high: Tensor
    slack: Tensor
    rows: int
    usual: float = 0.0

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
    """What rows show of some of their variables, worked out when it is first asked for; then the rows are let go.

    Args:
        rows: The rows.
        names: The variables.
    """

    def __init__(self, rows: Dataset, names: Iterable[str]) -> None:
        types = {name: rows.types[name] for name in names if isinstance(rows.types[name], (Finite, Real))}
        self._later = Dataset({name: rows[name] for name in types}, types) if types else None
        self._seen = None if types else Seen.of(rows, ())

    @property
    def seen(self) -> Seen:
        """What they show."""
        later = self._later
        if later is not None:
            self._seen = Seen.of(later, later.types)
            self._later = None
        assert self._seen is not None, "it is worked out from the rows, or there was nothing to compare"
        return self._seen


def unseen(
    sampler: Sampler, do: Values | None = None, given: Values | None = None, *, seed: int = 0
) -> tuple[Unseen, ...]:
    """What a fitted sampler asks at some values of its inputs that no row shows, the largest share first.

    Args:
        sampler: Fitted on rows in this process. Nothing is known of one that was loaded or that was fitted on a table.
        do: Values of interventions, over those of the query's text; what is left out is taken from rows.
        given: Values of conditions, likewise.
        seed: Equal seeds give equal results.

    Raises:
        DofxError: E0420 before `fit`, and see `read_inputs` for values.
    """
    network, modules, held = sampler.network, sampler.modules, sampler.held_out
    if held is None or not held.seen:
        return ()
    defaults = sampler.query.values
    inputs = read_inputs(network, sampler.types, do, given, defaults=defaults, rows=1, partial=True)
    drawn = {name for stage in network for draw in stage.draws for name in draw.variables}
    plain = all(isinstance(sampler.types[name], (Finite, Real)) for name in drawn)
    rows = held.inputs if plain else held.inputs.take(torch.arange(min(FEW_ROWS, held.inputs.rows)))
    found: list[Unseen] = []
    for stage in network:
        judged = [draw for draw in stage.draws if draw.fit in held.seen]
        values = met_values(stage, judged, modules, rows, inputs.all, seed)
        for draw in judged:
            read = values_read(draw, values, sampler.types, rows.rows)
            met = {name: value.cpu() for name, value in zip(draw.fit.given, read, strict=True)}
            share, example = held.seen[draw.fit].seen.lacks(met)
            if example:
                found.append(Unseen(fit_text(draw.fit), share, example, bool(draw.fit.rows.weights)))
    return worst(found)


def worst(found: Iterable[Unseen]) -> tuple[Unseen, ...]:
    """The largest share of each conditional, the largest first.

    >>> [each.share for each in worst([Unseen("P(y | x)", 0.1, ""), Unseen("P(y | x)", 0.3, "")])]
    [0.3]
    """
    largest: dict[str, Unseen] = {}
    for each in sorted(found, key=lambda each: -each.share):
        largest.setdefault(each.fit, each)
    return tuple(largest.values())


@torch.no_grad()
def met_values(
    stage: Stage,
    draws: Sequence[Draw],
    modules: Mapping[Fit, nn.Module],
    rows: Dataset,
    fixed: Mapping[str, Tensor],
    seed: int,
) -> dict[str, Tensor]:
    """What some draws of a fitted stage read, row by row.

    Args:
        stage: The stage.
        draws: Whose conditions are wanted; draws that they do not depend on are not made.
        modules: Its generators.
        rows: Rows of the data, from which inputs are taken jointly.
        fixed: Encoded values ``(1, *event)`` of inputs that are set instead.
        seed: Equal seeds give equal values.

    Returns:
        A tensor ``(rows, *event)`` for each input and each draw that was made, by its id.
    """
    values = {id: rows[name] for name, id in stage.inputs if name in rows.tensors}
    for id in stage.input_ids:
        if id in fixed:
            values[id] = fixed[id].expand(rows.rows, *fixed[id].shape[1:])
    wanted = stage.ancestors_of(id for draw in draws for id in draw.reads)
    made = [draw for draw in stage.draws if not wanted.isdisjoint(draw.ids)]
    laws: Any = {draw.id: modules[draw.fit].noise for draw in made}
    noise = NoiseStream(derive_seed(seed, "met", stage.name), laws).take(rows.rows)
    for draw in made:
        module = modules[draw.fit]
        place = place_of(module)
        given = [value.to(place) for value in values_read(draw, values, rows.types, rows.rows)]
        drawn = module(noise[draw.id].to(place), *given)
        for id, value in zip(draw.ids, drawn if len(draw.ids) > 1 else (drawn,), strict=True):
            values[id] = value.cpu()
    return values


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
