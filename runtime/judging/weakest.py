"""The weakest link of a fitted sampler: which generator moves the answer most, judged on held-out rows.

Let p₁ … pₙ be the conditionals that a network's draws stand for and q₁ … qₙ the generators that were fitted.
Exchange one after the other. Each exchange moves the answer by no more, in total variation, than the mean distance
of pᵢ and qᵢ at the conditions that the fitted draws before it hand on. So the sum over draws bounds the answer's
error, and the largest term is the weakest link. `links` estimates each term by `compare`: the rows are held-out rows of
the data, the conditions those that the network meets, which differ: an intervention may lead where few rows are.

A draw that trains on an interim stage is compared with rows simulated from the *fitted* stage. What is wrong with the
stage itself passes on: two laws of (v, z) at distance d have conditionals of v at a mean distance of 2d at most, so the
draws of a stage count twice for each draw that trains on it. A folded draw is computed from its stage, so it has no
error of its own; where it conditions on nothing, its stage is run rather than learned, and counts once.

Images are not judged: to rank each among draws of its own takes hundreds of thousands of them. They are drawn where
others read them.

What this is not: a proof. Distances are those left after rounding (8 bins, 16 groups), so finer errors are missed;
they are estimates from a few thousand rows, so small errors drown in chance; means over z are taken under the laws that
are at hand, which for interim stages are not quite those of the answer. Held-out rows were counted into tables, as a
tenth of all, and a module of one's own may have been trained on them.

References:
    The exchange one by one is the hybrid argument; see Levin, Peres, Wilmer (2017), section 4.2, for couplings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ...compiler.emit import joint_text, source_text
from ...compiler.network.ir import Data, Draw, Fit, Folded, SamplingNetwork, Stage
from ..data.dataset import Dataset, read_data
from ..families.capabilities import Fittable, Tabular, density_of
from ..families.joint import stacked, stacked_type
from ..families.rows import RowsGenerator
from ..fitting.fit import FitOptions, fit_settings
from ..fitting.joint import Chain, generator_of, together
from ..fitting.simulation import simulate
from ..sampling.noise import derive_seed
from ..training.course import split
from ..variables import Image, VariableType, encode, fault
from .compared import compare, place_of
from .links import Link, Links
from .support import Seen, met_values

if TYPE_CHECKING:
    from ..fittable import FittableSampler

MOST_ROWS = 4_096
"""Rows that a generator is compared with, and rows of the network that tell which conditions it meets."""

FEW_ROWS = 512
"""The same where the network draws images."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Rows to judge generators by.

    Args:
        rows: For each generator fitted on data, rows that it was not trained on.
        inputs: Rows that inputs of stages are taken from, jointly.
        seen: The conditions that all rows show, for each generator of dofx's own that was fitted on them.
    """

    rows: Mapping[Fit, Dataset]
    inputs: Dataset
    seen: Mapping[Fit, Seen] = field(default_factory=dict)

    @property
    def judges(self) -> bool:
        """Whether there are rows to judge each generator by: of few, or if so asked, fitting holds out none."""
        return all(part.rows for part in self.rows.values())

    def of(self, fits: Mapping[Fit, Fit]) -> HeldOut:
        """The same rows for another network, whose fits these are under other names."""
        rows = {mine: self.rows[theirs] for mine, theirs in fits.items() if theirs in self.rows}
        seen = {mine: self.seen[theirs] for mine, theirs in fits.items() if theirs in self.seen}
        return HeldOut(rows, self.inputs, seen)


def held_out(
    network: SamplingNetwork, dataset: Dataset, options: FitOptions, modules: Mapping[Fit, nn.Module]
) -> HeldOut:
    """The rows that fitting with those options held out, a few thousand for each generator.

    A table is counted over all rows, so any will do for it.
    """
    source = torch.Generator().manual_seed(derive_seed(options.settings.seed, "judge"))
    common = torch.randint(dataset.rows, (min(MOST_ROWS, dataset.rows),), generator=source)
    if dataset.rows <= MOST_ROWS:
        common = torch.arange(dataset.rows)
    rows: dict[Fit, Dataset] = {}
    seen: dict[Fit, Seen] = {}
    for chain in together(network.fits, modules):
        fit = chain[0]
        if not isinstance(fit.source, Data):
            continue
        index = common
        if not isinstance(modules[fit], Tabular):
            settings = fit_settings(network, fit, options.settings)
            seeded = torch.Generator().manual_seed(settings.seed)
            index = split(dataset.rows, settings, seeded)[0][:MOST_ROWS]
        names = dict.fromkeys((*(each.target for each in chain), *fit.given))
        part = Dataset({name: dataset[name] for name in names}, dataset.types)
        rows[fit] = part.take(index)
        if fit.given and isinstance(generator_of(modules[fit]), Fittable):
            seen[fit] = Seen.of(dataset, fit.given)
    return HeldOut(rows, dataset.take(common), seen)


def links(sampler: FittableSampler, rows: Any = None, *, seed: int = 0) -> Links:
    """Judge each draw of a fitted sampler, but those that are real rows.

    Args:
        sampler: Fitted.
        rows: Rows that it was not fitted on, as for `fit`; None takes those that its last `fit` held out.
        seed: Equal seeds give equal results.

    Raises:
        DofxError: E0420 before `fit`, E0435 without rows, and what `read_data` finds in them.
    """
    modules, network = sampler.modules, sampler.network
    held = sampler.held_out if rows is None else _given(sampler, rows)
    if held is None or not held.judges:
        why = "it was not fitted in this process" if held is None else "fitting held out no rows"
        raise fault(
            "E0435",
            f"there are no rows to judge the sampler of {sampler.query} by",
            (why,),
            ("pass rows that it was not fitted on",),
        )
    factors = _factors(network)
    found: list[Link] = []
    chains = {
        chain[0]: chain
        for chain in together(network.fits, modules)  # but the data themselves, and what others make of them
        if not isinstance(modules[chain[0]], RowsGenerator) and not _computed(network, chain[0], modules)
    }
    targets = [fit.target for chain in chains.values() for fit in chain]
    images = [name for name in targets if isinstance(sampler.types[name], Image)]
    most = FEW_ROWS if images else MOST_ROWS
    inputs = held.inputs.take(torch.arange(min(most, held.inputs.rows)))
    fixed = {
        name: encode(sampler.types[name], value, what=f"`{name}`")
        for name, value in sampler.query.values
        if name in network.inputs
    }
    for stage in network.stages:
        values = met_values(stage, stage.draws, modules, inputs, fixed, seed)
        for draw in stage.draws:
            fit = draw.fit
            if fit not in chains or fit.target in images:
                continue
            chain = chains[fit]
            module, target = _whole(chain, modules[fit], sampler.types)
            judged = _rows(network, chain, modules, held, seed, most)
            comparison = compare(
                module,
                stacked([judged[each.target] for each in chain], [sampler.types[e.target] for e in chain]),
                [judged[name] for name in fit.given],
                [values[id] for id in draw.reads],
                [target, *(sampler.types[name] for name in fit.given)],
                derive_seed(seed, "compare", stage.name, draw.id),
            )
            factor = factors[stage.name, draw.id]
            found.append(Link(draw.id, stage.name, joint_text(chain), source_text(fit), factor, comparison))
    return Links(tuple(found), tuple(dict.fromkeys(images)))


def _given(sampler: FittableSampler, rows: Any) -> HeldOut:
    fits = sampler.network.fits
    names = tuple(dict.fromkeys(name for fit in fits for name in (*fit.given, fit.target)))
    dataset = read_data(rows, names, {name: sampler.types[name] for name in names})
    if dataset.rows > MOST_ROWS:
        dataset = dataset.take(
            torch.randperm(dataset.rows, generator=torch.Generator().manual_seed(0))[:MOST_ROWS]
        )
    return HeldOut({fit: dataset for fit in fits if isinstance(fit.source, Data)}, dataset)


def _whole(
    chain: Chain, module: nn.Module, types: Mapping[str, VariableType]
) -> tuple[nn.Module, VariableType]:
    """What is compared with rows: a generator, and the type that it draws; of a block, the stacked one."""
    alone = module, types[chain[0].target]
    if len(chain) == 1:
        return alone
    return generator_of(module), stacked_type({fit.target: types[fit.target] for fit in chain})


def _rows(
    network: SamplingNetwork,
    chain: Chain,
    modules: Mapping[Fit, nn.Module],
    held: HeldOut,
    seed: int,
    most: int,
) -> Mapping[str, Tensor]:
    """The rows that a generator is to look like: held out, or simulated afresh."""
    fit = chain[0]
    if isinstance(fit.source, Data):
        return held.rows[fit].tensors
    stage, names = network.stage(fit.source.stage), (*(each.target for each in chain), *fit.given)
    fresh = derive_seed(seed, "judge", stage.name)
    return simulate(stage, names, modules, held.inputs, fresh, most, place_of(modules[fit]))


def _factors(network: SamplingNetwork) -> dict[tuple[str, str], float]:
    """How often each draw's error counts, by stage and draw."""
    factors = {(stage.name, draw.id): 0.0 for stage in network.stages for draw in stage.draws}
    for draw in network.answer.draws:
        factors[network.answer.name, draw.id] = 1.0
    for stage in reversed(network.stages):
        ran: dict[tuple[str, str], float] = {}
        for draw in stage.draws:
            if isinstance(draw.source, Data):
                continue
            once = _runs(draw, stage, network)
            inner = network.stage(draw.source.stage).needed_for((draw.variable, *_names(draw)))
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
    if not isinstance(draw.source, Folded):
        return False
    inner = dict(network.stage(draw.source.stage).outputs)
    same = {other.id for other in stage.draws if other.source == draw.source}
    return all(id in same for variable, id in draw.given if variable in inner)


def _computed(network: SamplingNetwork, fit: Fit, modules: Mapping[Fit, nn.Module]) -> bool:
    """Whether a generator was computed from others, and so has no error of its own."""
    if not isinstance(fit.source, Folded):
        return False
    part = network.stage(fit.source.stage).needed_for((fit.target, *fit.given))
    return all(density_of(modules[draw.fit]) is not None for draw in part.draws)


def _names(draw: Draw) -> tuple[str, ...]:
    return tuple(variable for variable, _ in draw.given)
