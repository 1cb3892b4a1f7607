"""The weakest link of a fitted sampler: which generator moves the answer most, judged on held-out rows.

Let p₁ … pₙ be the conditionals that a network's draws stand for and q₁ … qₙ the generators that were fitted.
Exchange one after the other. Each exchange moves the answer by no more, in total variation, than the mean distance
of pᵢ and qᵢ at the conditions that the fitted draws before it hand on. So the sum over draws bounds the answer's
error, and the largest term is the weakest link. `links` estimates each term by `compare`: the rows are held-out rows of
the data, the conditions those that the network meets, which differ: an intervention may lead where few rows are.

A draw that trains on an interim stage is compared with rows simulated from the *fitted* stage. What is wrong with the
stage itself passes on: two laws of (v, z) at distance d have conditionals of v at a mean distance of 2d at most, so the
draws of a stage count twice for each draw that trains on it. A folded draw is computed from its stage, so it adds
no error; where it conditions on nothing, its stage is run rather than learned, and counts once.

Images are not judged: to rank each image among its own draws would take hundreds of thousands of draws. They are only
drawn, for the draws that read them.

What this is not: a proof. Distances are those left after rounding (8 bins, 16 groups), so finer errors are missed;
they are estimates from a few thousand rows, so small errors drown in chance; means over z are taken under the laws that
are at hand, which for interim stages are not quite those of the answer. Held-out rows were counted into tables, as a
tenth of all, and a custom module may have been trained on them.

References:
    The exchange one by one is the hybrid argument; see Levin, Peres, Wilmer (2017), section 4.2, for couplings.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ...compiler.network.ir import Draw, Fit, SamplingNetwork, Stage
from ...compiler.printers.network.text import fit_text, source_text
from ..data.collection import Collection
from ..data.dataset import Dataset
from ..data.row_weights import observational, read_rows
from ..families.capabilities import Fittable, OfRows, Tabular, density_of, trained_part
from ..families.joint import stacked, stacked_type
from ..fitting.fit import FitOptions, fit_settings
from ..fitting.simulation import simulate
from ..fitting.training_rows import TrainingRows
from ..sampling.noise import derive_seed
from ..training.course import split
from ..variables import Image, VariableType, encode
from ..variables.constants import values_read
from .compared import Comparison, compare, place_of
from .errors import no_rows_to_judge
from .links import Link, Links
from .support import Shown, met_values

if TYPE_CHECKING:
    from ..sampler import Sampler

MOST_ROWS = 4_096
"""Rows that a generator is compared with, and rows of the network that tell which conditions it meets."""

FEW_ROWS = 512
"""The same where the network draws images."""

MOST_INPUTS = 1_000
"""How many values of inputs are looked at where there are several data sets."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Rows to judge generators by.

    Args:
        rows: For each generator fitted on data, rows that it was not trained on; none where there are several data
            sets.
        inputs: Rows that inputs of stages are taken from, jointly.
        seen: The conditions that all rows show, for each generator of dofx's own that was fitted on them.
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
    rows: dict[Fit, Dataset] = {}
    seen: dict[Fit, Shown] = {}
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
        if fit.given and _from_rows(modules[fit]):
            seen[fit] = Shown(training.standing(fit), fit.given)
    return HeldOut(rows, _for_inputs(network, dataset, common, seed), seen)


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
    seen = {
        fit: Shown(training.standing(fit), fit.given)
        for fit in network.fits
        if fit.interim is None and fit.given and _from_rows(modules[fit])
    }
    source, columns = torch.Generator().manual_seed(0), dict[str, Tensor]()
    for part in sorted(collection.parts.values(), key=lambda each: bool(each.partial)):
        index = torch.randint(part.rows, (MOST_INPUTS,), generator=source)
        for name in part.names:
            if name not in columns:
                own = part.showing([name], [name]) if part.partial else part
                columns[name] = own[name][index % own.rows]
    return HeldOut({}, Dataset(columns, collection.types), seen)


def _from_rows(module: nn.Module) -> bool:
    """Whether rows made a generator what it is: it was trained on them, or repeats them."""
    return isinstance(trained_part(module), Fittable | OfRows)


def _some(rows: int, seed: int) -> Tensor:
    """The numbers of some rows, all of them where they are few."""
    if rows <= MOST_ROWS:
        return torch.arange(rows)
    return torch.randint(rows, (MOST_ROWS,), generator=torch.Generator().manual_seed(seed))


def _for_inputs(network: SamplingNetwork, dataset: Dataset, common: Tensor, seed: int) -> Dataset:
    """Rows that inputs of stages are taken from, jointly: rows that show all of them."""
    if not dataset.partial:
        return dataset.take(common)
    inputs = [name for stage in network for name in stage.input_variables if name in dataset.names]
    names = dict.fromkeys(inputs or dataset.names[:1])
    rows = dataset.showing(names, names)
    return rows.take(_some(rows.rows, seed))


def links(sampler: Sampler, rows: Any = None, *, seed: int = 0) -> Links:
    """Judge each draw of a fitted sampler, but those that are real rows.

    Args:
        sampler: Fitted.
        rows: Rows that it was not fitted on, as for `fit`; None takes those that its last `fit` held out.
        seed: Equal seeds give equal results.

    Raises:
        DofxError: E0420 before `fit`, E0435 without rows, and faults of the rows (see `read_data`).
    """
    modules, network = sampler.modules, sampler.network
    held = sampler.held_out if rows is None else _given(sampler, rows)
    if held is None or not held.judges:
        raise no_rows_to_judge(str(sampler.query), held is None, held is not None and not held.rows)
    fits = [
        fit
        for fit in network.fits  # but the data themselves, and what others make of them
        if not isinstance(modules[fit], OfRows) and not _computed(network, fit, modules)
    ]
    targets = [name for fit in fits for name in fit.targets]
    images = [name for name in targets if isinstance(sampler.types[name], Image)]
    judge = _Judge(sampler, held, seed, FEW_ROWS if images else MOST_ROWS)
    judged = [fit for fit in fits if fit.targets[0] not in images]
    found = (link for stage in network.stages for link in judge.links(stage, judged))
    return Links(tuple(found), tuple(dict.fromkeys(images)))


class _Judge:
    """Compares what generators draw with the rows that they are to look like.

    Args:
        sampler: Fitted.
        held: The rows to judge by.
        seed: Equal seeds give equal results.
        most: The most rows that are drawn.
    """

    def __init__(self, sampler: Sampler, held: HeldOut, seed: int, most: int) -> None:
        self.network, self.modules, self.types = sampler.network, sampler.modules, sampler.types
        self.held, self.seed, self.most = held, seed, most
        self.inputs = held.inputs.take(torch.arange(min(most, held.inputs.rows)))
        self.fixed = {
            name: encode(self.types[name], value, what=f"`{name}`")
            for name, value in sampler.query.values.items()
            if name in self.network.inputs
        }
        self.factors = _factors(self.network)

    def links(self, stage: Stage, fits: Container[Fit]) -> Iterator[Link]:
        """Each draw of a stage whose fit is to be judged, at the conditions that it meets there."""
        values = met_values(stage, stage.draws, self.modules, self.inputs, self.fixed, self.seed)
        for draw in stage.draws:
            fit = draw.fit
            if fit in fits:
                read = values_read(draw, values, self.types, self.inputs.rows)
                comparison = self.compared(fit, read, derive_seed(self.seed, "compare", stage.name, draw.id))
                factor = self.factors[stage.name, draw.id]
                yield Link(draw.id, stage.name, fit_text(fit), source_text(fit), factor, comparison)

    def compared(self, fit: Fit, read: Sequence[Tensor], seed: int) -> Comparison:
        """What a generator draws, at the conditions that it meets, beside its rows."""
        module, target = _whole(fit, self.modules[fit], self.types)
        rows = _rows(self.network, fit, self.modules, self.held, self.seed, self.most)
        drawn = stacked(*zip(*((rows[name], self.types[name]) for name in fit.targets), strict=True))
        types = [target, *(self.types[name] for name in fit.given)]
        return compare(module, drawn, [rows[name] for name in fit.given], read, types, seed)


def _given(sampler: Sampler, rows: Any) -> HeldOut:
    fits = sampler.network.fits
    names = tuple(dict.fromkeys(name for fit in fits for name in fit.variables))
    home = observational(sampler.network.data)
    known = {name: sampler.types[name] for name in names}
    dataset = read_rows(rows, names, home, known).counted
    if dataset.rows > MOST_ROWS:
        dataset = dataset.take(
            torch.randperm(dataset.rows, generator=torch.Generator().manual_seed(0))[:MOST_ROWS]
        )
    every = torch.arange(dataset.rows)
    own = {fit: _alike(dataset.of(sampler.network, fit)) for fit in fits if fit.interim is None}
    return HeldOut(own, _for_inputs(sampler.network, dataset, every, 0))


def _alike(rows: Dataset) -> Dataset:
    """As many rows that count alike, drawn in proportion to their weights; the rows themselves where all do."""
    if rows.design.weights is None:
        return rows
    index = rows.design.drawn(rows.rows, rows.rows, torch.Generator().manual_seed(0))
    return Dataset({name: rows[name][index] for name in rows.tensors}, rows.types)


def _whole(fit: Fit, module: nn.Module, types: Mapping[str, VariableType]) -> tuple[nn.Module, VariableType]:
    """What is compared with rows: a generator, and the type that it draws; of several variables, the stacked one."""
    if len(fit.targets) == 1:
        return module, types[fit.targets[0]]
    return trained_part(module), stacked_type({name: types[name] for name in fit.targets})


def _rows(
    network: SamplingNetwork,
    fit: Fit,
    modules: Mapping[Fit, nn.Module],
    held: HeldOut,
    seed: int,
    most: int,
) -> Mapping[str, Tensor]:
    """The rows that a generator is to look like: held out, or simulated afresh."""
    if fit.interim is None:
        return held.rows[fit].tensors
    stage = network.stage(fit.interim)
    fresh = derive_seed(seed, "judge", stage.name)
    rows = simulate(stage, fit.variables, modules, held.inputs, fresh, most, place_of(modules[fit]))
    return dict(zip(fit.variables, rows, strict=True))


def _factors(network: SamplingNetwork) -> dict[tuple[str, str], float]:
    """How often each draw's error counts, by stage and draw."""
    factors = {(stage.name, draw.id): 0.0 for stage in network.stages for draw in stage.draws}
    for draw in network.answer.draws:
        factors[network.answer.name, draw.id] = 1.0
    for stage in reversed(network.stages):
        ran: dict[tuple[str, str], float] = {}
        for draw in stage.draws:
            if draw.interim is None:
                continue
            once = _runs(draw, stage, network)
            inner = network.stage(draw.interim).needed_for(draw.fit.variables)
            for key in ((inner.name, behind.id) for behind in inner.draws):
                if once:
                    ran[key] = factors[stage.name, draw.id]
                else:
                    factors[key] += 2 * factors[stage.name, draw.id]
        for key, factor in ran.items():
            factors[key] += factor
    return factors


def _runs(draw: Draw, stage: Stage, network: SamplingNetwork) -> bool:
    """Whether a folded draw and those before it are the draws behind it run once: nothing is conditioned on."""
    if not draw.fit.is_folded or draw.interim is None:
        return False
    inner = dict(network.stage(draw.interim).outputs)
    same = {id for other in stage.draws if other.source == draw.source for id in other.ids}
    return all(id in same for variable, id in draw.given if variable in inner)


def _computed(network: SamplingNetwork, fit: Fit, modules: Mapping[Fit, nn.Module]) -> bool:
    """Whether a generator was computed from others, and so adds no error."""
    if not fit.is_folded or fit.interim is None:
        return False
    part = network.stage(fit.interim).needed_for(fit.variables)
    return all(density_of(modules[draw.fit]) is not None for draw in part.draws)
