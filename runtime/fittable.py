"""What of a sampler is fitted: its generators, trained on the rows that it needs or taken over from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import nn

from ..compiler.emit import SamplingGraph
from ..compiler.estimand.algebra import Estimand
from ..compiler.estimand.table import Table
from ..compiler.model.query import Query
from ..compiler.network.chain import one_by_one
from ..compiler.network.ir import Fit, SamplingNetwork
from ..grammar.diagnostics.diagnostic import DofxError
from ..grammar.edge.arguments import public
from .data.collection import Pools, arms_of, refuse_other_arms
from .data.dataset import Dataset
from .data.stream import Stream
from .data.values import Values
from .emitted import Emitted
from .engines import EngineSource, engine_of
from .errors import sampler_not_fitted
from .fitting.choosing import Chosen, choose
from .fitting.fit import fit_network, fit_options
from .fitting.known import is_known, known_modules, known_types
from .fitting.needs import Needs, columns_needed, pools_needed
from .fitting.overrides import Key, Overrides, Spec
from .fitting.progress import Listener
from .fitting.report import FitSummary
from .fitting.training_rows import TrainingRows
from .judging.agreement import Agreement, agreements
from .judging.weakest import HeldOut, held_out
from .origin import Origin
from .policies import Policies, named_policies
from .sampling.few import FewTables
from .sampling.rows import RowSampler
from .sampling.running import Asked, GraphRunner
from .training.building import learning, steady
from .training.precision import Precision
from .training.settings import FitSettings
from .variables import VariableType, parse_type

if TYPE_CHECKING:
    from ..compiler.compilation import Compilation
    from .exact.folding import FoldedSampler
    from .faster.ways import Faster
    from .fitting.openings import OpenDraws


class FittableSampler(RowSampler):
    """A compiled query with a generator for each of its fits, once it has them.

    `Sampler`, the class that people hold, adds what a fitted one can be asked. It describes the arguments and
    the attributes.
    """

    def __init__(
        self,
        network: SamplingNetwork,
        *,
        query: Query | None = None,
        estimand: Estimand | None = None,
        types: Mapping[str, VariableType | str] | None = None,
        trace: Sequence[tuple[str, SamplingNetwork]] = (),
        compilation: Compilation | None = None,
        origin: Origin | None = None,
    ) -> None:
        self.network = network
        self._separate = network if compilation is None else compilation.separate
        self._context = None if compilation is None else compilation.context
        self.query = query or network.query
        self.estimand = estimand
        self.trace = tuple(trace) if compilation is None else compilation.trace
        self.compilation = compilation
        self.declared = {name: parse_type(type) for name, type in (types or {}).items()}
        self.origin = Origin.of(compilation, self.declared) if compilation else origin
        self.types = dict(self.declared)
        self.report: FitSummary | None = None
        self.held_out: HeldOut | None = None
        self._policies: Policies = {}
        self._emitted: Emitted | None = None
        self._faster: Faster | None = None
        self._folded: FoldedSampler | None = None
        self.arms: dict[str, torch.Tensor] = {}
        self.agreements: tuple[Agreement, ...] = ()
        self.pools: Pools = {} if compilation is None else pools_needed(compilation)

    @property
    def fitted(self) -> bool:
        """Whether the sampler can be drawn from."""
        return self._emitted is not None

    @property
    def module(self) -> SamplingGraph:
        """The torch.fx graph, in evaluation mode: ``module(noise, do, given)`` on encoded values.

        Raises:
            DofxError: E0420 before `fit`.
        """
        return self._filled.graph

    @property
    def policies(self) -> Policies:
        """The policies that are bound, by name: see `following`."""
        return dict(self._policies)

    @property
    def modules(self) -> Mapping[Fit, nn.Module]:
        """The fitted generators, those of interim stages included.

        Raises:
            DofxError: E0420 before `fit`.
        """
        return self._filled.modules

    @public("cache", "checkpoint")
    @learning()
    def fit(
        self,
        data: Any,
        *,
        generators: Mapping[Key, Spec] | None = None,
        epochs: int | None = None,
        seed: int = 0,
        settings: FitSettings | None = None,
        device: str | torch.device | None = None,
        cache: str | Path | None = None,
        checkpoint: str | Path | None = None,
        progress: bool | Listener | None = None,
        simulated_rows: int | None = None,
        exact_refits: bool = True,
        engine: EngineSource = None,
    ) -> Self:
        """Train every generator of the network.

        Args:
            data: A pandas, polars or pyarrow frame, a dict of arrays or tensors, or a path to CSV, Parquet,
                Arrow or .npz, or to a folder of Parquet files. Or a `Table`, the distribution itself: then nothing is
                trained, and the other arguments say nothing. Or a `Stream`, whose rows are read piece by piece.
                Where there are several data sets, a dict from the name of each to any of these: a generator is trained
                on the rows of its own data set.
            generators: A family's name, a module or a factory by variable, draw id, ``P(y | x)`` or `Fit`. A tuple
                of such keys, as in ``{("x", "y"): "flow-matching"}``, has one generator draw all of them in one call.
            epochs: Most passes over the rows; None leaves it to each family.
            seed: Equal seeds give equal generators, in whatever order they are trained.
            settings: Further settings for every generator; `epochs`, `seed` and `device` take precedence.
            device: Where to train, such as ``cuda``.
            cache: A folder of finished generators, which any number of fits and programs may share. What it has
                for the same conditional, columns, family and settings is kept, what it has not is trained and
                added. So an edited program trains only what is new, and a fit that was killed goes on.
            checkpoint: The earlier name of `cache`.
            progress: True for a bar, False for none, or a function that takes a `FitEvent`; None shows a bar
                where stderr is a terminal.
            simulated_rows: Rows to simulate for generators that train on an interim stage; None for as many
                as there are real ones, and at least 50,000 where all values are single numbers.
            exact_refits: Compute such generators exactly where all is finite and small, instead of
                simulating.
            engine: Where: ``ray``, or a `Ray` with settings, fits on all workers of a cluster at once; None
                fits in this process, small networks of equal shape together. The generators are the same.

        Returns:
            The sampler itself; `report` says what was reached.

        Raises:
            DofxError: E0426 for an unknown key of `generators`, E0414 for draws that no one generator can serve,
                E0440 for an unknown engine, E0801 for a `cache` that cannot be written to, and what `read_data`
                finds in the data.
        """
        kept = cache if cache is not None else checkpoint
        how = partial(fit_options, epochs=epochs, seed=seed, settings=settings, device=device, cache=kept)
        how = partial(how, simulated_rows=simulated_rows, exact_refits=exact_refits)
        needs, choose_for = self._needs, partial(self.chosen, generators=generators)
        if isinstance(data, Stream):
            from .streaming.needed import fit_needed

            network, found = fit_needed(needs, data, choose_for, how(), progress, engine)
            return self.adopt(found.modules, found.sample.types, found.report, network=network)
        data = needs.sources(data)
        if isinstance(data, Table) or is_known(data):
            types = known_types(data, self.declared, self._separate.holes)
            network = one_by_one(self._separate)
            modules, report = known_modules(network, data, types)
            return self.adopt(modules, types, report, network=network)
        Overrides(self._separate, generators)  # so that a mistyped key is found before data are read
        data = needs.opened(data)
        dataset = needs.read(data)
        chosen = choose_for(dataset.types)
        options = how(chosen.specs)
        rows = TrainingRows(chosen.network, dataset, options.settings)
        modules, report = fit_network(chosen.network, dataset, options, progress, engine_of(engine), rows)
        types = {**dataset.types, **needs.idle_types(data)}
        self.adopt(modules, types, report, network=chosen.network)
        if isinstance(dataset, Dataset):
            self.held_out = held_out(self.network, dataset, options, modules, rows)
        else:
            self.arms = arms_of(dataset, self.network)
            self.agreements = agreements(dataset, self.network)
        return self

    @public()
    def open_draws(self, data: Any = None, *, generators: Mapping[Key, Spec] | None = None) -> OpenDraws:
        """The draws that lack a generator: their conditionals, types and shapes. A fitted sampler has none.

        Args:
            data: As for `fit`; the types that were not declared are read from it.
            generators: What is filled in already, as for `fit`.

        Raises:
            DofxError: E0426 for an unknown key of `generators`, and what `read_data` finds in the data.
        """
        from .fitting.openings import OpenDraws, openings

        if self.fitted:
            return OpenDraws(())
        types = self.declared if data is None else self._needs.read(data).types
        return openings(one_by_one(self._separate), types, generators)

    def chosen(
        self, types: Mapping[str, VariableType], generators: Mapping[Key, Spec] | None = None
    ) -> Chosen:
        """The network that a fit would fill: what is drawn together depends on types and on what is asked for.

        Raises:
            DofxError: E0426 for an unknown key of `generators`, E0414 for draws that no one generator can serve.
        """
        return choose(self._separate, self._context, types, generators)

    def adopt(
        self,
        modules: Mapping[Fit, nn.Module],
        types: Mapping[str, VariableType],
        report: FitSummary | None = None,
        *,
        network: SamplingNetwork | None = None,
    ) -> Self:
        """Take over fitted generators, as `fit` and loading do.

        Args:
            modules: A generator for each fit of the network.
            types: The types that they encode.
            report: What fitting reached.
            network: The network that they fill; None for the one that the sampler has.
        """
        self.network = network or self.network
        known = {**self.declared, **types}
        events = {name: known[of] for name, of in self.query.roles.items() if of in known}
        self.types = {**events, **known}
        self.report, self.held_out = report, None
        self._emit(modules)
        return self

    def _emit(self, modules: Mapping[Fit, nn.Module]) -> None:
        """Emit the graph that calls some generators, and the policies that are bound."""
        self._faster = self._folded = None
        self._emitted = Emitted.of(self.network, modules, self.types, self._policies)

    @public("policies")
    @steady()
    def following(self, policies: Policies) -> Self:
        """The sampler with policies bound: it samples, exports and saves without further mention of them.

        Nothing is trained: the generators are shared with this sampler. `policy_module` describes what a policy may be
        given as. Gradients pass through a torch module, and through a shift.

        Args:
            policies: The policies by name; one that is left out stays as it is.

        Raises:
            DofxError: E0420 before `fit`, E0461 for a name that is not a policy of the query, E0462 for something that
                cannot be the policy.
        """
        here = self._filled.device
        twin = object.__new__(type(self))
        vars(twin).update(vars(self))
        twin.bind(policies)
        twin.module.to(here)
        return twin

    def bind(self, policies: Policies) -> None:
        """Bind policies to this sampler itself, which may not be fitted yet."""
        self._policies = {**self._policies, **named_policies(policies)}
        if self._emitted is not None:
            self._emit(self._emitted.modules)

    def like(self, modules: Mapping[Fit, nn.Module], network: SamplingNetwork | None = None) -> Self:
        """A sampler of the same query and types with other generators, perhaps of another network."""
        twin = type(self)(
            self.network,
            query=self.query,
            estimand=self.estimand,
            types=self.declared,
            trace=self.trace,
            compilation=self.compilation,
            origin=self.origin,
        )
        twin._policies = self._policies
        return twin.adopt(modules, self.types, network=network)

    def __getstate__(self) -> dict[str, Any]:
        """What is sent to another process, which emits the graph again. To keep a sampler, call `save`."""
        kept = None if self._emitted is None else self._emitted.on_cpu()
        return {**self.__dict__, "_emitted": kept, "held_out": None, "_faster": None, "_folded": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        modules = state["_emitted"]
        vars(self).update({**state, "_emitted": None})
        if modules is not None:
            self.adopt(modules, self.types, self.report)

    def _asked(self, n: int, start: int, do: Values | None, given: Values | None) -> Asked:
        asked = super()._asked(n, start, do, given)
        refuse_other_arms(self.arms, self.types, {**asked.do, **asked.given})
        return asked

    def _runner(self, seed: int, device: torch.device | None, precision: Precision) -> GraphRunner:
        return self._filled.runner(seed, device, precision, self._faster)

    def _few_rows(self) -> FewTables | None:
        known = self._faster is None and not self.arms
        return self._filled.few(self.query.values) if known else None

    @property
    def _filled(self) -> Emitted:
        """What is fitted.

        Raises:
            DofxError: E0420 before `fit`.
        """
        if self._emitted is None:
            raise self._unfitted()
        return self._emitted

    def _unfitted(self) -> DofxError:
        return sampler_not_fitted(str(self.query))

    @property
    def _needs(self) -> Needs:
        """The rows that it is fitted on."""
        graph = None if self.origin is None else self.origin.graph
        columns = columns_needed(self.network)
        return Needs(self._separate, columns, self.declared, self.pools, graph, self.query)
