"""The weakest link of a fitted sampler: which generator moves the answer most, judged on held-out rows.

Let p₁ … pₙ be the conditionals that a network's draws stand for and q₁ … qₙ the generators that were fitted.
Exchange one after the other. Each exchange moves the answer by no more, in total variation, than the mean distance
of pᵢ and qᵢ at the conditions that the fitted draws before it hand on. So the sum over draws bounds the answer's
error, and the largest term is the weakest link. `links` estimates each term by `compare`, with held-out rows of the
data and the conditions that the network meets. The two differ: an intervention may lead where few rows are.

A draw that trains on an interim stage is compared with rows simulated from the *fitted* stage. What is wrong with the
stage itself passes on: two laws of (v, z) at distance d have conditionals of v at a mean distance of 2d at most, so the
draws of a stage count twice for each draw that trains on it. A folded draw is computed from its stage, so it adds
no error; where it conditions on nothing, its stage is run rather than learned, and counts once.

Images are not judged: to rank each image among its own draws would take hundreds of thousands of draws. They are only
drawn, for the draws that read them.

What this is not: a proof. Distances are measured after rounding (8 bins, 16 groups), so finer errors are missed;
they are estimates from a few thousand rows, so chance hides small errors; means over z are taken under the laws that
are at hand, which for interim stages are not quite those of the answer. Held-out rows were counted into tables, as a
tenth of all, and a custom module may have been trained on them.

References:
    The exchange one by one is the hybrid argument; see Levin, Peres, Wilmer (2017), section 4.2, for couplings.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ...compiler.network.ir import Draw, Fit, SamplingNetwork, Stage
from ...compiler.printers.network.text import fit_text, source_text
from ..data.dataset import Dataset
from ..data.row_weights import observational, read_rows
from ..families.capabilities import OfRows, density_of, trained_part
from ..families.joint import stacked, stacked_type
from ..fitting.simulation import simulate
from ..sampling.noise import derive_seed
from ..variables import Image, VariableType, encode
from ..variables.constants import values_read
from .compared import Comparison, compare, place_of
from .errors import no_rows_to_judge
from .held import MOST_ROWS, HeldOut, inputs_among
from .links import Link, Links
from .support import met_values

if TYPE_CHECKING:
    from ..sampler import Sampler

FEW_ROWS = 512
"""How many held-out rows are compared where the network draws images; else `MOST_ROWS`."""


def links(sampler: Sampler, rows: Any = None, *, seed: int = 0) -> Links:
    """Judge each draw of a fitted sampler, except draws of real rows.

    Args:
        sampler: Fitted.
        rows: Rows that it was not fitted on, as for `fit`; None takes the rows that its last `fit` held out.
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
    return HeldOut(own, inputs_among(sampler.network, dataset, every, 0))


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
