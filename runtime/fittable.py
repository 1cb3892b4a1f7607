"""What of a sampler is fitted: its generators, trained on data or taken over, and the graph that calls them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import nn

from ..compiler.emit import SamplingGraph, emit
from ..compiler.estimand.algebra import Estimand
from ..compiler.estimand.table import Table
from ..compiler.model.data import OBSERVED
from ..compiler.model.query import Query
from ..compiler.model.rows import columns_weighed
from ..compiler.network.chain import one_by_one
from ..compiler.network.ir import Fit, SamplingNetwork
from ..grammar.diagnostics.diagnostic import DofxError
from ..grammar.edge.arguments import public
from .data.collection import (
    Collection,
    Pools,
    are_several,
    arms_of,
    needed_of,
    pools_of,
    read_collection,
    refuse_other_arms,
    sources_of,
)
from .data.dataset import Dataset, read_data
from .data.opened import Opened
from .data.reading import names_any
from .data.row_weights import observational, read_rows
from .data.shaped.shape import shaped, shaped_each
from .data.stream import Stream
from .data.values import Values
from .embedding import gradient_cuts
from .engines import EngineSource, engine_of
from .errors import sampler_not_fitted
from .exact.followed import followed_modules
from .fitting.choosing import Chosen, choose
from .fitting.fit import FitOptions, fit_network, fit_options
from .fitting.known import is_known, known_modules, known_types
from .fitting.overrides import Key, Overrides, Spec
from .fitting.progress import Listener
from .fitting.report import FitSummary
from .fitting.training_rows import TrainingRows
from .fitting.undeclared import refuse_undeclared
from .judging.agreement import Agreement, agreements
from .judging.weakest import HeldOut, held_out
from .origin import Origin
from .policies import Policies, named_policies, policy_modules
from .sampling.few import FewTables, few_tables
from .sampling.rows import RowSampler
from .sampling.running import Asked, GraphRunner, device_of
from .training.building import learning, steady
from .training.precision import Precision
from .training.settings import FitSettings
from .variables import VariableType, parse_type
from .variables.constants import encoder

if TYPE_CHECKING:
    from ..compiler.compilation import Compilation
    from .exact.folding import FoldedSampler
    from .faster.ways import Faster
    from .fitting.openings import OpenDraws
    from .judging.links import Links


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
        self._modules: dict[Fit, nn.Module] = {}
        self._policies: Policies = {}
        self._module: SamplingGraph | None = None
        self._faster: Faster | None = None
        self._folded: FoldedSampler | None = None
        self._few: tuple[SamplingGraph, FewTables | None] | None = None
        self.arms: dict[str, torch.Tensor] = {}
        self.agreements: tuple[Agreement, ...] = ()
        self.pools: Pools = {} if compilation is None else _pools(compilation)

    @property
    def fitted(self) -> bool:
        """Whether the sampler can be drawn from."""
        return self._module is not None

    @property
    def module(self) -> SamplingGraph:
        """The torch.fx graph, in evaluation mode: ``module(noise, do, given)`` on encoded values.

        Raises:
            DofxError: E0420 before `fit`.
        """
        if self._module is None:
            raise self._unfitted()
        return self._module

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
        if self._module is None:
            raise self._unfitted()
        return self._modules

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
        if isinstance(data, Stream):
            options = fit_options(
                epochs=epochs,
                seed=seed,
                settings=settings,
                device=device,
                cache=cache if cache is not None else checkpoint,
                simulated_rows=simulated_rows,
                exact_refits=exact_refits,
            )
            return self._fit_stream(data, generators, options, progress, engine)
        if are_several(self._separate):
            data = shaped_each(sources_of(data, self._separate, self.pools), self._separate.data)
        elif OBSERVED.name not in self._needed and names_any(data, (OBSERVED.name,)):
            data = data[OBSERVED.name]
        if isinstance(data, Table) or is_known(data):
            types = known_types(data, self.declared, self._separate.partial)
            network = one_by_one(self._separate)
            modules, report = known_modules(network, data, types)
            return self.adopt(modules, types, report, network=network)
        Overrides(self._separate, generators)  # so that a mistyped key is found before data are read
        if not are_several(self._separate):
            home = observational(self._separate.data)
            data = shaped(data, home) if home.by_row else Opened.of(shaped(data, home))
        dataset = self._read(data)
        chosen = self.chosen(dataset.types, generators)
        options = fit_options(
            chosen.specs,
            epochs=epochs,
            seed=seed,
            settings=settings,
            device=device,
            cache=cache if cache is not None else checkpoint,
            simulated_rows=simulated_rows,
            exact_refits=exact_refits,
        )
        rows = TrainingRows(chosen.network, dataset, options.settings)
        modules, report = fit_network(chosen.network, dataset, options, progress, engine_of(engine), rows)
        types = {**dataset.types, **self._idle_types(data)}
        self.adopt(modules, types, report, network=chosen.network)
        if isinstance(dataset, Dataset):
            self.held_out = held_out(self.network, dataset, options, modules, rows)
        else:
            self.arms = arms_of(dataset, self.network)
            self.agreements = agreements(dataset, self.network)
        return self

    def _fit_stream(
        self,
        stream: Stream,
        generators: Mapping[Key, Spec] | None,
        options: FitOptions,
        progress: bool | Listener | None,
        engine: EngineSource,
    ) -> Self:
        """`fit` to rows that need not fit into memory."""
        from .streaming.errors import engine_of_stream, not_streamed
        from .streaming.fit import fit_stream
        from .streaming.rows import Rows

        if engine is not None:
            raise engine_of_stream()
        home = observational(self._separate.data)
        if are_several(self._separate) or not home.by_row or home.shaped:
            of_rows = (
                "its rows have weights or clusters" if not home.by_row else "its rows are made of others"
            )
            why = of_rows if home.shaped or not home.by_row else "it has several data sets"
            raise not_streamed(str(self.query), why)
        declared = {name: type for name, type in self.declared.items() if name in self._needed}
        rows = Rows.of(stream, self._needed, declared, home.holes, options.settings.seed)
        chosen = self.chosen(rows.types, generators)
        options = replace(options, specs=chosen.specs)
        found = fit_stream(
            chosen.network,
            rows,
            options,
            progress,
            lambda sample: self._refuse_undeclared({OBSERVED.name: sample}),
        )
        return self.adopt(found.modules, rows.types, found.report, network=chosen.network)

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
        types = self.declared if data is None else self._read(data).types
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
        given = policy_modules(self.network, self.types, self._policies)
        self._modules = {**modules, **given}
        if self.network.following:
            self._modules |= followed_modules(self.network, self._modules, self.types)
        self._faster = self._folded = None
        self._module = emit(self.network, self._modules, encoder(self.types))
        self._module.meta["cuts"] = gradient_cuts(self.network.answer, self._modules, self.types)
        self._module.eval()

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
        here = self._device
        twin = object.__new__(type(self))
        vars(twin).update(vars(self))
        twin.bind(policies)
        twin.module.to(here)
        return twin

    def bind(self, policies: Policies) -> None:
        """Bind policies to this sampler itself, which may not be fitted yet."""
        self._policies = {**self._policies, **named_policies(policies)}
        if self._module is not None:
            self._emit(self._modules)

    @public()
    @steady()
    def links(self, rows: Any = None, *, seed: int = 0) -> Links:
        """How much each generator may move the answer, judged on held-out rows; its `weakest` moves it most.

        Args:
            rows: Rows that the sampler was not fitted on, as for `fit`; None takes those that `fit` held out.
            seed: Equal seeds give equal results.

        Raises:
            DofxError: E0420 before `fit`, E0435 without rows, and what `read_data` finds in them.
        """
        from .judging.weakest import links

        return links(self, rows, seed=seed)

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
        here = {**self.__dict__, "_module": None, "_faster": None, "_folded": None, "held_out": None}
        return {**here, "_few": None, "_modules": _on_cpu(self._modules)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if self._modules:
            self.adopt(self._modules, self.types, self.report)

    def _asked(self, n: int, start: int, do: Values | None, given: Values | None) -> Asked:
        asked = super()._asked(n, start, do, given)
        refuse_other_arms(self.arms, self.types, {**asked.do, **asked.given})
        return asked

    def _runner(self, seed: int, device: torch.device | None, precision: Precision) -> GraphRunner:
        module, here = self.module, self._device
        if device is not None and device != here:
            module.to(device)
        place = device or here
        faster = self._faster if precision == "float32" else None
        if faster and (faster.device != device_of(module) or faster.device.type != place.type):
            faster = None
        return GraphRunner(module, seed, place, precision, faster)

    def _few_rows(self) -> FewTables | None:
        module = self.module
        if self._faster is not None or self.arms:
            return None
        if self._few is None or self._few[0] is not module:
            self._few = module, few_tables(module, self.network, self.types, self.query.values)
        return self._few[1]

    @property
    def _device(self) -> torch.device:
        return device_of(self.module)

    def _unfitted(self) -> DofxError:
        return sampler_not_fitted(str(self.query))

    def _read(self, data: Any) -> Dataset | Collection:
        """The columns that some fit needs."""
        declared = {name: type for name, type in self.declared.items() if name in self._needed}
        if are_several(self._separate):
            sources = shaped_each(sources_of(data, self._separate, self.pools), self._separate.data)
            needed = needed_of(self._separate, self.pools)
            found = read_collection(sources, needed, declared, self.pools)
            self._refuse_undeclared(found.parts)
            return found
        home = observational(self._separate.data)
        rows = read_rows(data, self._needed, home, declared, learned=True)
        self._refuse_undeclared({OBSERVED.name: rows})
        return rows

    def _refuse_undeclared(self, parts: Mapping[str, Dataset]) -> None:
        """Refuse holes that the graph does not speak of."""
        graph = None if self.origin is None else self.origin.graph
        refuse_undeclared(parts, self._separate.holes, graph, [self.query.kernel])

    @property
    def _needed(self) -> tuple[str, ...]:
        """The variables that some fit or policy needs."""
        drawn = (draw.fit for stage in self.network.stages for draw in stage.draws)
        names = dict.fromkeys(name for fit in drawn for name in fit.variables)
        read = (draw.fit.rows for stage in self.network.stages for draw in stage.draws)
        holes = self.network.holes
        return tuple(names | dict.fromkeys(n for r in read for n in (*r.shows, *columns_weighed(r, holes))))

    def _idle_types(self, data: Any) -> dict[str, VariableType]:
        """Types of interventions and conditions that the answer does not read, where the data have them."""
        needed = set(self._needed)
        found: dict[str, VariableType] = {}
        roles = self.network.query.roles
        for name in dict.fromkeys(roles[each] for each in self.network.query.inputs):
            if name not in needed and name not in self.declared:
                for source in data.values() if are_several(self._separate) else (data,):
                    try:
                        codes = observational(self._separate.data).holes
                        found.update(read_data(source, (name,), holes=True, codes=codes).types)
                    except DofxError:
                        continue  # not in the data, or not usable: the answer does not need it
        return found


def _pools(compilation: Compilation) -> Pools:
    """The fits that several data sets train."""
    proof, network = compilation.identification, compilation.separate
    return pools_of(network, proof.graph, proof.data) if are_several(network) else {}


def _on_cpu(modules: dict[Fit, nn.Module]) -> dict[Fit, nn.Module]:
    """The modules, or copies of them where one is on a GPU; what several share, their copies share."""
    tensors = (t for m in modules.values() for t in chain(m.parameters(), m.buffers()))
    if all(t.device.type == "cpu" for t in tensors):
        return modules
    return {fit: module.cpu() for fit, module in deepcopy(modules).items()}
