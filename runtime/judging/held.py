"""What a fit leaves for judging it: rows that it held out, and the conditions that it has seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from ...compiler.estimand.table import Table
from ...compiler.network.ir import Fit, SamplingNetwork
from ..data.collection import Collection
from ..data.dataset import Dataset
from ..families.capabilities import Fittable, OfRows, Tabular, trained_part
from ..fitting.fit import FitOptions, fit_settings
from ..fitting.training_rows import TrainingRows
from ..sampling.noise import derive_seed
from ..training.course import split
from ..variables import Finite, VariableType, cardinality_of
from .shown import Seen, Shown

MOST_ROWS = 4_096
"""Rows that a generator is compared with, and rows of the network that show which conditions it meets."""

MOST_INPUTS = 1_000
"""How many values of inputs are looked at where there are several data sets."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Rows to judge generators by.

    Args:
        rows: For each generator fitted on data, rows that it was not trained on; none where there are several data
            sets, or a distribution in place of rows.
        inputs: Rows that inputs of stages are taken from, jointly.
        seen: The conditions that all rows show, for each generator of dofx's own that was fitted on them, or on the
            rows of an interim stage.
    """

    rows: Mapping[Fit, Dataset]
    inputs: Dataset
    seen: Mapping[Fit, Shown] = field(default_factory=dict)

    @property
    def judges(self) -> bool:
        """Whether there are rows to judge each generator by: of few, or if so asked, fitting holds out none."""
        return bool(self.rows) and all(part.rows for part in self.rows.values())

    def of(self, fits: Mapping[Fit, Fit]) -> HeldOut:
        """The same rows for another network, whose fits these are under other names."""
        rows = {mine: self.rows[theirs] for mine, theirs in fits.items() if theirs in self.rows}
        seen = {mine: self.seen[theirs] for mine, theirs in fits.items() if theirs in self.seen}
        return HeldOut(rows, self.inputs, seen)


def held_out(
    network: SamplingNetwork,
    dataset: Dataset,
    options: FitOptions,
    modules: Mapping[Fit, nn.Module],
    training: TrainingRows,
) -> HeldOut:
    """The rows that fitting with those options held out, a few thousand for each generator.

    A table is counted over all rows, so any will do for it. Weighted rows are drawn in proportion to their weights.

    Args:
        network: The network.
        dataset: The rows.
        options: How it was fitted.
        modules: Its generators.
        training: The rows that trained each.
    """
    seed = derive_seed(options.settings.seed, "judge")
    common = _some(dataset.rows, seed)
    inputs = inputs_among(network, dataset, common, seed)
    rows: dict[Fit, Dataset] = {}
    for fit in network.fits:
        if fit.interim is not None:
            continue
        own = training.of(fit)
        index = common if own.rows == dataset.rows else _some(own.rows, seed)
        if not isinstance(modules[fit], Tabular):
            settings = fit_settings(network, fit, options.settings)
            seeded = torch.Generator().manual_seed(settings.seed)
            index = split(own.rows, settings, seeded)[0][:MOST_ROWS]
        part = Dataset({name: own[name] for name in fit.variables}, dataset.types)
        if own.design.weights is not None:
            source = torch.Generator().manual_seed(seed)
            index = index[own.design.take(index).drawn(len(index), len(index), source)]
        rows[fit] = part.take(index)
    return HeldOut(rows, inputs, _shown(network, modules, training, inputs))


def shown_by_several(
    network: SamplingNetwork, collection: Collection, modules: Mapping[Fit, nn.Module], training: TrainingRows
) -> HeldOut:
    """What the rows of several data sets show; none of them are held out to judge generators by.

    Args:
        network: The network.
        collection: The rows of each data set.
        modules: Its generators.
        training: The rows that trained each.
    """
    source, columns = torch.Generator().manual_seed(0), dict[str, Tensor]()
    for part in sorted(collection.parts.values(), key=lambda each: bool(each.partial)):
        index = torch.randint(part.rows, (MOST_INPUTS,), generator=source)
        for name in part.names:
            if name not in columns:
                own = part.showing([name], [name]) if part.partial else part
                columns[name] = own[name][index % own.rows]
    inputs = Dataset(columns, collection.types)
    return HeldOut({}, inputs, _shown(network, modules, training, inputs))


def shown_by_law(
    law: Table | Mapping[str, Table], types: Mapping[str, VariableType], shown: Mapping[Fit, Tensor]
) -> HeldOut:
    """What a distribution shows that was given in place of rows.

    Args:
        law: The distribution, or one for each data set, with axes in the order of the types' states.
        types: Types of the variables.
        shown: For each generator, whether each combination of its conditions has a positive probability.
    """
    source, columns = torch.Generator().manual_seed(0), dict[str, Tensor]()
    for table in (law,) if isinstance(law, Table) else law.values():
        names = [name for name in table.names if isinstance(types.get(name), Finite)]
        states = [cardinality_of(types[name]) for name in names]
        chances = torch.from_numpy(table.marginal(names).array()[tuple(map(slice, states))].copy())
        ends = chances.flatten().cumsum(0)  # torch.multinomial takes no more than 2²⁴ cells
        places = torch.rand(MOST_ROWS, dtype=torch.float64, generator=source) * ends[-1]
        cells = torch.searchsorted(ends, places, right=True).clamp(max=len(ends) - 1)
        drawn = torch.unravel_index(cells, tuple(states)) if names else ()
        columns = {**dict(zip(names, drawn, strict=True)), **columns}
    known = {
        fit: Shown(partial(Seen.of_states, {name: types[name] for name in fit.given}, mask))
        for fit, mask in shown.items()
        if fit.given
    }
    return HeldOut({}, Dataset(columns, types), known)


def _shown(
    network: SamplingNetwork, modules: Mapping[Fit, nn.Module], training: TrainingRows, inputs: Dataset
) -> dict[Fit, Shown]:
    """What each generator of dofx's own has seen of its conditions."""
    return {
        fit: Shown.of_rows(training.standing(fit), fit.given)
        if fit.interim is None
        else Shown.of_stage(network, fit, modules, inputs)
        for fit in network.fits
        if fit.given and _from_rows(modules[fit])
    }


def _from_rows(module: nn.Module) -> bool:
    """Whether rows made a generator what it is: it was trained on them, or repeats them."""
    return isinstance(trained_part(module), Fittable | OfRows)


def _some(rows: int, seed: int) -> Tensor:
    """The numbers of some rows, all of them where they are few."""
    if rows <= MOST_ROWS:
        return torch.arange(rows)
    return torch.randint(rows, (MOST_ROWS,), generator=torch.Generator().manual_seed(seed))


def inputs_among(network: SamplingNetwork, dataset: Dataset, common: Tensor, seed: int) -> Dataset:
    """Rows that inputs of stages are taken from, jointly: rows that show all of them."""
    if not dataset.partial:
        return dataset.take(common)
    inputs = [name for stage in network for name in stage.input_variables if name in dataset.names]
    names = dict.fromkeys(inputs or dataset.names[:1])
    rows = dataset.showing(names, names)
    return rows.take(_some(rows.rows, seed))
