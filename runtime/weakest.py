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

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..compiler.emit import fit_text, noise_of, source_text
from ..compiler.grid import Grid
from ..compiler.network.ir import Data, Draw, Fit, Folded, SamplingNetwork, Stage
from .compared import Comparison, compare, place_of
from .data import Dataset, read_data
from .fitting import FitOptions, fit_settings
from .generators.rows import RowsGenerator
from .generators.table import TableGenerator
from .generators.training import split
from .noise import NoiseStream, derive_seed
from .simulation import needed_draws, simulate
from .variables import Image, encode, fault

if TYPE_CHECKING:
    from .fittable import FittableSampler

MOST_ROWS = 4_096
"""Rows that a generator is compared with, and rows of the network that tell which conditions it meets."""

FEW_ROWS = 512
"""The same where the network draws images."""

CLEARLY = 3.0
"""Standard deviations of chance that an error must exceed to be one."""

WORTH_TELLING = 0.01
"""A share of conditions beyond all rows that is worth telling, whatever chance shows."""


@dataclass(frozen=True, slots=True)
class Link:
    """One draw of a network, and how much it may move the answer.

    Args:
        draw: The draw's id.
        stage: Its stage.
        fit: The conditional that its generator was fitted to, such as ``P(y | x)``.
        source: Where the rows came from: ``P`` or the name of an interim stage.
        factor: How often its error counts: 1 in the answer, 2 for each refit that it passes through.
        comparison: What comparing with rows showed.
    """

    draw: str
    stage: str
    fit: str
    source: str
    factor: float
    comparison: Comparison

    @property
    def error(self) -> float:
        """The generator's estimated distance from the rows: what was shown without what chance shows."""
        return _without(self.comparison.shown, self.comparison.chance)

    @property
    def moves(self) -> float:
        """How far the draw moves the answer, estimated; where no row is near, all may be wrong."""
        beyond = self.comparison.beyond
        return self.factor * ((1 - beyond) * self.error + beyond)

    @property
    def at_most(self) -> float:
        """The same, with two standard deviations of chance added: a smaller error could have gone unseen."""
        found, beyond = self.comparison, self.comparison.beyond
        error = _without(found.shown + 2 * found.spread, found.chance)
        return self.factor * ((1 - beyond) * min(1.0, error) + beyond)

    @property
    def clear(self) -> bool:
        """Whether chance does not explain it."""
        found = self.comparison
        shown = found.shown > found.chance + CLEARLY * max(found.spread, 1e-3)
        return shown or found.beyond > WORTH_TELLING


@dataclass(frozen=True, slots=True)
class Links:
    """The links of a network, in the order drawn, interim stages first.

    Args:
        links: Those that were judged.
        unjudged: Variables that were not, because they are images. What is said of the answer leaves them out.
    """

    links: tuple[Link, ...]
    unjudged: tuple[str, ...] = ()

    @property
    def weakest(self) -> Link | None:
        """The link that moves the answer most, or None where chance explains all that was seen."""
        clear = [link for link in self.links if link.clear]
        return max(clear, key=lambda link: link.moves) if clear else None

    @property
    def moves(self) -> float:
        """The answer's estimated distance from the truth in total variation, if errors never cancel."""
        return min(1.0, sum(link.moves for link in self.links if link.clear))

    @property
    def at_most(self) -> float:
        """The sum of what the links may move the answer: a bound on its total variation, estimated."""
        return min(1.0, sum(link.at_most for link in self.links))

    def __iter__(self) -> Iterator[Link]:
        return iter(self.links)

    def __len__(self) -> int:
        return len(self.links)

    def __str__(self) -> str:
        return f"{links_grid(self)}\n{weakest_text(self)}"


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Rows to judge generators by.

    Args:
        rows: For each generator fitted on data, rows that it was not trained on.
        inputs: Rows that inputs of stages are taken from, jointly.
    """

    rows: Mapping[Fit, Dataset]
    inputs: Dataset

    def of(self, fits: Mapping[Fit, Fit]) -> HeldOut:
        """The same rows for another network, whose fits these are under other names."""
        rows = {mine: self.rows[theirs] for mine, theirs in fits.items() if theirs in self.rows}
        return HeldOut(rows, self.inputs)


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
    for fit in network.fits:
        if not isinstance(fit.source, Data):
            continue
        index = common
        if not isinstance(modules[fit], TableGenerator):
            settings = fit_settings(network, fit, options.settings)
            seeded = torch.Generator().manual_seed(settings.seed)
            index = split(dataset.rows, settings, seeded)[0][:MOST_ROWS]
        names = dict.fromkeys((fit.target, *fit.given))
        part = Dataset({name: dataset[name] for name in names}, dataset.types)
        rows[fit] = part.take(index)
    return HeldOut(rows, dataset.take(common))


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
    if held is None:
        raise fault(
            "E0435",
            f"there are no rows to judge the sampler of {sampler.query} by",
            ("it was not fitted in this process",),
            ("pass rows that it was not fitted on",),
        )
    factors = _factors(network)
    found: list[Link] = []
    fits = [
        fit
        for fit in network.fits  # but the data themselves, and what others make of them
        if not isinstance(modules[fit], RowsGenerator) and not _computed(network, fit, modules)
    ]
    images = [fit.target for fit in fits if isinstance(sampler.types[fit.target], Image)]
    most = FEW_ROWS if images else MOST_ROWS
    inputs = held.inputs.take(torch.arange(min(most, held.inputs.rows)))
    for stage in network.stages:
        values = _values(sampler, stage, modules, inputs, seed)
        for draw in stage.draws:
            fit = draw.fit
            if fit not in fits or fit.target in images:
                continue
            judged = _rows(network, fit, modules, held, seed, most)
            comparison = compare(
                modules[fit],
                judged[fit.target],
                [judged[name] for name in fit.given],
                [values[id] for id in draw.reads],
                [sampler.types[name] for name in (fit.target, *fit.given)],
                derive_seed(seed, "compare", stage.name, draw.id),
            )
            factor = factors[stage.name, draw.id]
            found.append(Link(draw.id, stage.name, fit_text(fit), source_text(fit), factor, comparison))
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


def _rows(
    network: SamplingNetwork, fit: Fit, modules: Mapping[Fit, nn.Module], held: HeldOut, seed: int, most: int
) -> Mapping[str, Tensor]:
    """The rows that a generator is to look like: held out, or simulated afresh."""
    if isinstance(fit.source, Data):
        return held.rows[fit].tensors
    stage, names = network.stage(fit.source.stage), (fit.target, *fit.given)
    fresh = derive_seed(seed, "judge", stage.name)
    return simulate(stage, names, modules, held.inputs, fresh, most, place_of(modules[fit]))


@torch.no_grad()
def _values(
    sampler: FittableSampler, stage: Stage, modules: Mapping[Fit, nn.Module], inputs: Dataset, seed: int
) -> dict[str, Tensor]:
    """What the draws of a stage are and read, row by row, at inputs from the data or as the query fixes them."""
    rows = inputs.rows
    values = {name: inputs[name] for name in stage.inputs if name in inputs.tensors}
    if stage is sampler.network.answer:
        for name, value in sampler.query.values:
            if name in values:
                fixed = encode(sampler.types[name], value, what=f"`{name}`")
                values[name] = fixed.expand(rows, *values[name].shape[1:])
    keys = {draw.id: noise_of(draw, modules[draw.fit]) for draw in stage.draws}
    laws: Any = {keys[draw.id]: modules[draw.fit].noise for draw in stage.draws}
    noise = NoiseStream(derive_seed(seed, "met", stage.name), laws).take(rows)
    for draw in stage.draws:
        module = modules[draw.fit]
        place = place_of(module)
        given = [values[id].to(place) for id in draw.reads]
        values[draw.id] = module(noise[keys[draw.id]].to(place), *given).cpu()
    return values


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
            inner = needed_draws(network.stage(draw.source.stage), (draw.variable, *_names(draw)))
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
    part = needed_draws(network.stage(fit.source.stage), (fit.target, *fit.given))
    return all(hasattr(modules[draw.fit], "log_prob") for draw in part.draws)


def _names(draw: Draw) -> tuple[str, ...]:
    return tuple(variable for variable, _ in draw.given)


def _without(shown: float, chance: float) -> float:
    return sqrt(max(0.0, shown**2 - chance**2))


def links_grid(links: Links) -> Grid:
    """A line for each link."""
    rows = []
    for link in links:
        found = link.comparison
        beyond = f"{found.beyond:.0%}" if found.beyond > WORTH_TELLING else ""
        moves = f"{link.moves:.3f}" if link.clear else "not clearly"
        errors = (f"{found.shown:.3f}", f"{found.chance:.3f}", beyond, moves)
        rows.append((link.draw, link.fit, f"{found.rows:,}", *errors))
    heading = ("draw", "from", "rows", "error", "chance", "beyond", "moves the answer")
    return Grid(heading, tuple(rows), "llrrrrr")


def weakest_text(links: Links) -> str:
    """One line: the weakest link, and the bound."""
    weakest, most = links.weakest, f"all links together move it by {links.at_most:.2f} at most"
    if links.unjudged:
        most += f"; not judged: {', '.join(links.unjudged)}"
    if weakest is None:
        return f"no weakest link: chance explains every difference; {most}"
    where = f" of {weakest.stage}" if weakest.stage != "answer" else ""
    moves = f"moves the answer by about {weakest.moves:.2f} in total variation"
    return f"weakest link: {weakest.draw} ~ {weakest.fit}{where} {moves}; {most}"
