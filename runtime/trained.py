"""Training the generators of a compiled query, and what its data say of them once they are trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from ..compiler.estimand.table import Table
from ..compiler.network.chain import one_by_one
from ..compiler.network.ir import Fit, SamplingNetwork
from ..compiler.passes.context import Context
from .data.arms import arms_among, arms_of
from .data.dataset import Dataset
from .engines import EngineSource, engine_of
from .fitting.choosing import Chosen, choose
from .fitting.fit import FitOptions, fit_network
from .fitting.known_law import arranged, is_known, known_modules, known_types
from .fitting.needs import Needs
from .fitting.overrides import Key, Overrides
from .fitting.progress import Listener
from .fitting.report import FitSummary
from .fitting.training_rows import TrainingRows, Used
from .foreign.chosen import Spec
from .judging.agreement import Agreement, agreements
from .judging.held import HeldOut, held_out, shown_by_law, shown_by_several
from .streaming.fit import Streamed
from .streaming.fit_needed import fit_needed
from .streaming.sources import is_streamed
from .variables import VariableType

if TYPE_CHECKING:
    from .fitting.openings import OpenDraws


@dataclass(frozen=True, slots=True)
class Trained:
    """A network with its generators, and what is known of how they were trained.

    Args:
        network: The network that is filled, in which some variables may be drawn together.
        modules: A generator for each of its fits.
        types: The types that they encode.
        report: What fitting reached, or None if that is not known.
        held_out: Rows to judge the generators by, where one data set was fitted, and what the rows or the given
            distribution show.
        arms: What experiments set the inputs of the network to, where several data sets were fitted.
        agreements: Tests of what is the same in several data sets.
        used: Which rows trained each generator that not all of them trained.
    """

    network: SamplingNetwork
    modules: Mapping[Fit, nn.Module]
    types: Mapping[str, VariableType]
    report: FitSummary | None = None
    held_out: HeldOut | None = None
    arms: dict[str, torch.Tensor] = field(default_factory=dict)
    agreements: tuple[Agreement, ...] = ()
    used: Mapping[Fit, Used] = field(default_factory=dict[Fit, Used])

    def of(
        self,
        network: SamplingNetwork,
        fits: Mapping[Fit, Fit],
        types: Mapping[str, VariableType],
        report: FitSummary,
    ) -> Trained:
        """The part of it that fills another network, whose fits have other names here.

        Args:
            network: The other network.
            fits: The fit of this network that each of its fits is.
            types: The types of its variables.
            report: What fitting reached of it.
        """
        return Trained(
            network,
            {fit: self.modules[theirs] for fit, theirs in fits.items() if theirs in self.modules},
            types,
            report,
            self.held_out and self.held_out.of(fits),
            used={fit: self.used[theirs] for fit, theirs in fits.items() if theirs in self.used},
        )


@dataclass(frozen=True, slots=True)
class Untrained:
    """A compiled query whose generators are to be trained.

    Args:
        needs: The network, which draws every variable separately, and what it needs of the data.
        context: The context of its passes; None if it was not compiled here.
    """

    needs: Needs
    context: Context | None

    def chosen(
        self, types: Mapping[str, VariableType], generators: Mapping[Key, Spec] | None = None
    ) -> Chosen:
        """The network that a fit would fill: see `Sampler.chosen`."""
        return choose(self.needs.network, self.context, types, generators)

    def open_draws(self, data: Any, generators: Mapping[Key, Spec] | None) -> OpenDraws:
        """The draws that lack a generator: see `Sampler.open_draws`."""
        from .fitting.openings import openings

        types = self.needs.declared if data is None else self.needs.read(data).types
        return openings(one_by_one(self.needs.network), types, generators)

    def trained(
        self,
        data: Any,
        generators: Mapping[Key, Spec] | None,
        how: Callable[[Mapping[Fit, Spec]], FitOptions],
        progress: bool | Listener | None,
        engine: EngineSource,
    ) -> Trained:
        """Train every generator.

        Args:
            data: As for `Sampler.fit`.
            generators: As for `Sampler.fit`.
            how: The options of the fit, once it is known which generators the user chose.
            progress: As for `Sampler.fit`.
            engine: As for `Sampler.fit`.

        Raises:
            DofxError: As `Sampler.fit`.
        """
        needs, whole = self.needs, self.needs.network
        choose_for = partial(self.chosen, generators=generators)
        if is_streamed(data):
            return _streamed(*fit_needed(needs, data, choose_for, how({}), progress, engine))
        data = needs.sources(data)
        if isinstance(data, Table) or is_known(data):
            types = known_types(data, needs.declared, whole.holes, needs.home.name, needs.columns)
            network = one_by_one(whole)
            data = arranged(data, types, whole.holes, needs.home.name)
            modules, report, shown = known_modules(network, data, types)
            return Trained(network, modules, types, report, shown_by_law(data, types, shown))
        Overrides(whole, generators)  # so that a mistyped key is found before data are read
        data = needs.opened(data)
        dataset = needs.read(data)
        chosen = choose_for(dataset.types)
        options = how(chosen.specs)
        rows = TrainingRows(chosen.network, dataset, options.settings)
        modules, report = fit_network(chosen.network, dataset, options, progress, engine_of(engine), rows)
        types = {**dataset.types, **needs.idle_types(data)}
        if isinstance(dataset, Dataset):
            held = held_out(chosen.network, dataset, options, modules, rows)
            return Trained(chosen.network, modules, types, report, held, used=rows.some)
        arms, same = arms_of(dataset, chosen.network), agreements(dataset, chosen.network)
        held = shown_by_several(chosen.network, dataset, modules, rows)
        return Trained(chosen.network, modules, types, report, held, arms, same, rows.some)


def _streamed(network: SamplingNetwork, found: Streamed) -> Trained:
    """What was trained on streams."""
    types, sources = found.sample.types, found.sources
    if isinstance(found.sample, Dataset):
        return Trained(network, found.modules, types, found.report, used=found.used)
    arms = arms_among(network, types, partial(sources.arms, network))
    same = agreements(found.sample, network)
    return Trained(network, found.modules, types, found.report, None, arms, same, found.used)
