"""Positivity before training: the conditions at which each draw is used, and how many rows have them.

Nothing is trained. The network runs with real rows in place of generators: a draw takes its values from a row that
is among the nearest in its conditions. So conditions come as the question asks them, and are compared with the rows.

References:
    Hwang, Choe, Kwon, Lee (2024), "On positivity condition for causal inference", ICML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...compiler.estimand.contraction import Array
from ...compiler.network.ir import Draw, SamplingNetwork, Stage
from ...compiler.printers.network.text import fit_text
from ..data.collection import Collection
from ..data.dataset import Dataset
from ..exact.distribution import NotExactError
from ..judging.shown import Seen
from ..sampling.noise import derive_seed
from ..variables import Finite, Real, VariableType, decode
from ..variables.constants import values_read
from ..variables.faults import show
from .regression import Basis, ratio_of

ASKED = 1_000
"""How many times a network is run."""

MOST_ROWS = 4_000
"""Most rows among which the nearest are searched."""

NEAREST = 10
"""The number of nearest rows from which a draw takes its values."""

NEAR = 0.2
"""A row shows a point of a real variable if it is within this many standard deviations."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a question asks a draw, and what the rows show of that.

    Args:
        draw: The draw's conditional, as text.
        asked: The conditions that are held, as text; the others come as the network draws them.
        rows: How many rows have the conditions that are held.
        unseen: The share of what is asked that no row shows.
        effective_rows: The number of equally weighted rows that the answer rests on there.
        largest_ratio: The largest ratio of the law of the conditions as asked to their law in the rows.
    """

    draw: str
    asked: str
    rows: int
    unseen: float
    effective_rows: float
    largest_ratio: float


@dataclass(frozen=True, slots=True)
class Resampled:
    """A network that draws from real rows instead of generators.

    Args:
        network: The network.
        rows: The rows of each data set.
        types: Types of the variables.
        seed: Equal seeds give equal results.
    """

    network: SamplingNetwork
    rows: Collection
    types: Mapping[str, VariableType]
    seed: int = 0

    def shown(self, inputs: Mapping[str, Tensor]) -> list[Shown]:
        """Where the answer asks each of its draws at one setting of its inputs.

        Args:
            inputs: The value of each input by id, ``(1, *event)``.

        Raises:
            NotExactError: For a draw that follows a policy.
        """
        found: dict[tuple[str, str], Shown] = {}
        for stage in self.network.stages:
            values = self._run(stage, self._inputs(stage, inputs))
            held = inputs if stage is self.network.answer else {}
            for draw in stage.draws:
                if draw.given:
                    each = self._of(draw, values, held)
                    found.setdefault((each.draw, each.asked), each)
        return list(found.values())

    def _inputs(self, stage: Stage, held: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The inputs of a stage: as held, or for an interim stage those of real rows, jointly."""
        if stage is self.network.answer:
            return {id: value.expand(ASKED, *value.shape[1:]) for id, value in held.items()}
        source = torch.Generator().manual_seed(derive_seed(self.seed, "inputs", stage.name))
        rows = self._of_interim(stage.name)
        index = torch.randint(rows.rows, (ASKED,), generator=source)
        return {id: rows[variable][index] for variable, id in stage.inputs}

    def _of_interim(self, name: str) -> Dataset:
        """The rows for the inputs of an interim stage."""
        return self.rows.of(self.network, next(fit for fit in self.network.fits if fit.interim == name))

    def _run(self, stage: Stage, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The values of a stage's inputs and draws by id, each taken from a real or a simulated row."""
        values = dict(inputs)
        for draw in stage.draws:
            if draw.fit.is_policy:
                raise NotExactError(f"{fit_text(draw.fit)} is a policy")
            rows = self._drawn_from(draw)
            source = torch.Generator().manual_seed(derive_seed(self.seed, stage.name, draw.id))
            some = torch.randperm(rows.rows, generator=source)[:MOST_ROWS]
            given = values_read(draw, values, self.types, ASKED)
            index = some[_near(rows.take(some), draw.fit.given, given, source)]
            values |= {id: rows[name][index] for name, id in draw.outputs}
        return values

    def _drawn_from(self, draw: Draw) -> Dataset:
        """The rows that a draw takes its values from: the rows that would train its generator."""
        if draw.interim is None:
            return self.rows.of(self.network, draw.fit)
        stage = self.network.stage(draw.interim)
        values = self._run(stage, self._inputs(stage, {}))
        return Dataset({name: values[id] for name, id in stage.supply.items()}, self.rows.types)

    def _of(self, draw: Draw, values: Mapping[str, Tensor], inputs: Mapping[str, Tensor]) -> Shown:
        met = dict(zip(draw.fit.given, values_read(draw, values, self.types, ASKED), strict=True))
        rows = self._drawn_from(draw)
        worth = 1.0 if draw.interim is None else self._of_interim(draw.interim).rows / rows.rows
        held = [name for name, wire in draw.given if not isinstance(wire, str) or wire in inputs]
        here = torch.ones(rows.rows, dtype=torch.bool)
        words: list[str] = []
        for name in held:
            point, column = met[name][:1], rows[name]
            here &= _shows(self.types[name], column, point)
            value = decode(self.types[name], point).tolist()[0]
            words.append(f"{name} = {f'{value:.4g}' if isinstance(value, float) else show(value)}")
        unseen, _ = Seen.of(rows, draw.fit.given).lacks(met)
        ratios = self._ratios([name for name in draw.fit.given if name not in held], met, rows, here)
        effective = float(ratios.sum() ** 2 / max((ratios**2).sum(), 1e-12))
        return Shown(
            fit_text(draw.fit),
            ", ".join(words),
            round(int(here.sum()) * worth),
            unseen if bool(here.any()) else 1.0,
            effective * worth,
            float(ratios.max(initial=0.0)),
        )

    def _ratios(self, free: list[str], met: Mapping[str, Tensor], rows: Dataset, here: Tensor) -> Array:
        """The density ratio at the rows that have what is held."""
        count, share = int(here.sum()), float(here.double().mean())
        types = [self.types[name] for name in free]
        known = [isinstance(type, (Finite, Real)) for type in types]
        if not count:
            return np.zeros(0)
        if not free or not all(known):
            return np.full(count, 1 / share)
        asked, shown = [met[name] for name in free], [rows[name][here] for name in free]
        if all(isinstance(type, Finite) for type in types):
            return _counted(asked, shown) / share
        basis = Basis.of(types, shown)
        features = basis(shown)
        return np.maximum(features @ ratio_of(features, basis(asked), share, basis.orders), 0.0)


def _shows(type: VariableType, column: Tensor, point: Tensor) -> Tensor:
    """Which rows have a value that is held, or are near it, bool ``(rows,)``."""
    if isinstance(type, Finite):
        return column == point
    if not isinstance(type, Real):
        return torch.ones(len(column), dtype=torch.bool)
    spread = column.double().std(0).clamp(min=1e-12)
    away = ((column.double() - point.double()) / spread).abs().reshape(len(column), -1)
    found: Tensor = away.amax(1) <= NEAR
    return found


def _counted(asked: list[Tensor], shown: list[Tensor]) -> Array:
    """The ratio of the frequencies of combinations of states, at the rows that show them."""
    both = torch.stack([torch.cat(pair).long() for pair in zip(asked, shown, strict=True)], dim=1)
    _, place = torch.unique(both, dim=0, return_inverse=True)
    there, here = place[: len(asked[0])], place[len(asked[0]) :]
    size = int(place.max()) + 1
    of_asked, of_shown = (torch.bincount(part, minlength=size).double() for part in (there, here))
    ratio = (of_asked / len(there)) / (of_shown / len(here))
    return np.asarray(ratio[here].numpy())


def _near(rows: Dataset, names: tuple[str, ...], asked: list[Tensor], source: torch.Generator) -> Tensor:
    """For each condition that is asked one of the rows that are nearest, as an index ``(asked,)``.

    Rows that differ in fewer states are nearer than all others.
    """
    away = torch.rand(ASKED, rows.rows, generator=source) * 1e-3
    for name, point in zip(names, asked, strict=True):
        column, type = rows[name], rows.types[name]
        if isinstance(type, Finite):
            away += 1e4 * (point.unsqueeze(1) != column.unsqueeze(0))
        elif isinstance(type, Real):
            spread = column.double().std(0).clamp(min=1e-12)
            a, b = ((each.double() / spread).reshape(len(each), -1).float() for each in (point, column))
            away += torch.cdist(a, b).clamp(max=1e3)
    nearest = away.topk(min(NEAREST, rows.rows), largest=False)
    usable = (nearest.values < nearest.values[:, :1] + 5e3).sum(1)
    chosen = (torch.rand(ASKED, generator=source) * usable).long()
    index: Tensor = nearest.indices.gather(1, chosen.unsqueeze(1)).squeeze(1)
    return index
