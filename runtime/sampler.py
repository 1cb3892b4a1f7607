"""The sampler: a compiled query that is fitted to data, then drawn from, asked, and taken elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import nn

from ..compiler.emit import SamplingGraph
from ..compiler.estimand.algebra import Estimand
from ..compiler.estimand.table import Table
from ..compiler.model.query import Query
from ..compiler.network.ir import Fit, SamplingNetwork
from ..grammar.diagnostics.diagnostic import DofxError
from ..grammar.edge.arguments import public
from .data.collection import Pools, refuse_other_arms
from .data.values import Values, read_inputs
from .embedding import relaxed_graph
from .emitted import Emitted
from .engines import EngineSource
from .errors import sampler_not_fitted
from .exact.distribution import distribution
from .fitting.choosing import Chosen
from .fitting.fit import fit_options
from .fitting.needs import Needs, columns_needed, pools_needed
from .fitting.overrides import Key, Spec
from .fitting.progress import Listener
from .fitting.report import FitSummary
from .judging.agreement import Agreement
from .judging.weakest import HeldOut
from .options import refuse_unknown
from .origin import Origin
from .policies import Policies, named_policies, require_given
from .sampling.counts import count_if_given
from .sampling.few import FewTables
from .sampling.rows import RowSampler
from .sampling.running import Asked, GraphRunner
from .sampling.sizes import require_room
from .trained import Untrained
from .training.building import learning, steady
from .training.devices import device_named
from .training.precision import Precision
from .training.settings import FitSettings
from .variables import VariableType, parse_type

if TYPE_CHECKING:
    from ..compiler.compilation import Compilation
    from ..compiler.explain.explanation import Explanation
    from .answers.bootstrap.replicates import Replicates
    from .exact.folding import FoldedSampler
    from .faster.ways import Faster
    from .fitting.openings import OpenDraws
    from .judging.links import Links
    from .judging.support import Unseen


_FIT_ONLY = ("progress", "cache", "checkpoint", "engine")
"""Options of `fit` that a bootstrap does not have."""


class Sampler(RowSampler):
    """Draws from ``P(outcomes | do(interventions), conditions)``.

    Args:
        network: What the query compiled to.
        query: The query. Values fixed in its text, as in ``do(x = 1)``, are defaults of `sample`.
        estimand: What the network was lowered from.
        types: Declared types, or their text; what is left out is inferred from the data.
        trace: The network as lowered and after each pass, each with its name; `explain` shows it.
        compilation: What the compiler did, which brings trace and origin; None for a sampler that was loaded.
        origin: What the network was compiled from, where that is known.

    Attributes:
        declared: The types that were declared.
        types: The type of each variable; whole once the sampler is fitted.
        report: What fitting reached, or None before.
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
        found = self._untrained.trained(data, generators, how, progress, engine)
        self.adopt(found.modules, found.types, found.report, network=found.network)
        self.held_out, self.arms, self.agreements = found.held_out, found.arms, found.agreements
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
        from .fitting.openings import OpenDraws

        return OpenDraws(()) if self.fitted else self._untrained.open_draws(data, generators)

    def chosen(
        self, types: Mapping[str, VariableType], generators: Mapping[Key, Spec] | None = None
    ) -> Chosen:
        """The network that a fit would fill: what is drawn together depends on types and on what is asked for.

        Raises:
            DofxError: E0426 for an unknown key of `generators`, E0414 for draws that no one generator can serve.
        """
        return self._untrained.chosen(types, generators)

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

    @public("do", "given", "policies")
    @steady()
    def distribution(
        self, do: Values | None = None, given: Values | None = None, policies: Policies | None = None
    ) -> Table:
        """The exact distribution that `sample` draws from, by contraction of the fitted tables.

        Args:
            do: One value for each intervention to fix; the others, but for those that the query's text fixes,
                become axes.
            given: Likewise for conditions.
            policies: As for `sample`; one that draws random numbers of its own has no exact distribution.

        Returns:
            A table with axes interventions, conditions, outcomes, states in the order of `types`.

        Raises:
            DofxError: E0425 where a draw is not finite, E0420 before `fit`, E0460 to E0462 for policies, and see
                `read_inputs` for values.
        """
        if policies is not None:
            return self.following(policies).distribution(do, given)
        require_given(self.network, self.policies)
        modules, defaults = self.modules, self.query.values
        inputs = read_inputs(self.network, self.types, do, given, defaults=defaults, rows=1, partial=True)
        refuse_other_arms(self.arms, self.types, inputs.all)
        return distribution(self.network, modules, self.types, inputs.all)

    @public("do", "given")
    @steady()
    def outcome_table(self, do: Values | None = None, given: Values | None = None) -> Table | None:
        """The exact joint distribution of the outcomes at one setting of the inputs.

        Args:
            do: One value for each intervention that the answer depends on and the query's text leaves open.
            given: Likewise for conditions.

        Returns:
            A table over the outcomes alone, or None where a draw is not finite.

        Raises:
            DofxError: E0420 before `fit`, and see `read_inputs` for values; an input may not be left out.
        """
        defaults = self.query.values
        modules, outcomes = self.modules, self.network.query.outcomes
        inputs = read_inputs(self.network, self.types, do, given, defaults=defaults, rows=1)
        refuse_other_arms(self.arms, self.types, inputs.all)
        try:
            table = distribution(self.network, modules, self.types, inputs.all)
        except DofxError:
            return None
        idle = tuple(name for name in table.names if name not in outcomes)
        return Table(outcomes, table.array((*idle, *outcomes))[(0,) * len(idle)], table.states)

    @public("do", "given", "policies")
    @steady()
    def unseen(
        self, do: Values | None = None, given: Values | None = None, policies: Policies | None = None
    ) -> tuple[Unseen, ...]:
        """Where the answer is extrapolated: the conditions that its generators meet and that no row shows.

        Combinations of states, and numbers out of their range; positivity holds where nothing is found. Known of
        a sampler that was fitted in this process.

        Args:
            do: One value for each intervention to fix; others are as in the query's text, else as in the rows.
            given: Likewise for conditions.
            policies: As for `sample`: whether the rows show what is met under them.

        Returns:
            Conditionals that are asked what no row shows in more than a hundredth of all cases, the worst first.

        Raises:
            DofxError: E0420 before `fit`, and see `read_inputs` for values.
        """
        from .judging.support import unseen

        if policies is not None:
            return self.following(policies).unseen(do, given)
        return unseen(self, do, given)

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

    @public()
    def folded(self, dtype: torch.dtype = torch.int64) -> FoldedSampler:
        """The sampler as one table, where all is finite: many times faster, but other rows for a seed.

        It is made once: the next call returns the same, unless a generator has changed.

        Args:
            dtype: Of state numbers; uint8 writes an eighth of the memory.

        Raises:
            DofxError: E0420 before `fit`, E0425 where something is not finite or the table too large, E0433
                for a dtype that cannot number the states, E0460 for a policy that was not given.
        """
        from .exact.folding import FoldedSampler

        require_given(self.network, self.policies)
        if self._folded is None or not self._folded.holds(self, dtype):
            with steady():
                self._folded = FoldedSampler(self, dtype)
        return self._folded

    @public()
    def relaxed(self, temperature: float = 0.25, *, hard: bool = True) -> SamplingGraph:
        """The graph with gradients through finite draws. It shares the sampler's weights.

        States go in as numbers or as rows ``(rows, states)`` of weights, and come out as such rows.

        Args:
            temperature: How far states blend into one another, in (0, 1]: wide is biased, narrow is noisy.
            hard: Whether the rows are one-hot, the very states that `module` draws with the same noise, and
                only gradients are soft.

        Raises:
            DofxError: E0420 before `fit`, E0906 for a draw whose generator cannot be relaxed.
        """
        from .families.relaxation import Relaxation

        return relaxed_graph(self, Relaxation(temperature, hard))

    @public()
    @learning()
    def bootstrap(
        self,
        data: Any,
        replicates: int = 20,
        *,
        seed: int = 0,
        done: Callable[[int], object] | None = None,
        **options: Any,
    ) -> Replicates:
        """The sampler fitted again to resampled rows, once for each replicate.

        Args:
            data: What the sampler was fitted on.
            replicates: How many, at least 2. Twenty give a standard error within a sixth of it; an interval needs 200.
            seed: Equal seeds give equal replicates.
            done: Called with the number of replicates so far after each.
            options: Those of `fit` that say how: `generators`, `epochs`, `settings`, `device`,
                `simulated_rows` and `exact_refits`.

        Returns:
            The replicates, with intervals of effects and distributions.

        Raises:
            DofxError: E0420 before `fit`, E0424 for fewer than two replicates or too many, and what `fit` finds.

        References:
            Efron (1979), "Bootstrap methods: another look at the jackknife".
        """
        from .answers.bootstrap.answers import refuse_intervals
        from .answers.bootstrap.replicates import replicates_of, require_replicates

        if not self.fitted:
            raise self._unfitted()
        refuse_unknown("bootstrap", options, Sampler.bootstrap, Sampler.fit, without=_FIT_ONLY)
        require_replicates(replicates)
        refuse_intervals("bootstrap", data)
        dataset = replace(self._untrained.needs, declared=self.types).sampled(data)
        chosen = self.chosen(dataset.types, options.pop("generators", None))
        settings = fit_options(chosen.specs, **options)
        return replicates_of(self, chosen.network, dataset, settings, replicates, seed, done)

    @public()
    @steady()
    def speed_up(self, rows: int | None = None, device: str | torch.device | None = None) -> Faster:
        """Look for a faster way to sample on a device, measure it, and take it if it is worth it.

        `torch.compile` and AOTInductor take half a minute each and a C++ compiler, and pay for many samples; one
        call for all draws that are alike pays for few rows of many networks. On a GPU, the operations are also
        recorded as a CUDA graph, which starts them all at once. A way is taken only if its rows are the graph's,
        up to rounding. Fitting again and loading forget what was found, and other devices do not use it.

        Args:
            rows: The number of rows to be fast at, such as 1; None takes that of a chunk of a large sample.
            device: Where; None stays where the sampler is.

        Returns:
            What was found.

        Raises:
            DofxError: E0420 before `fit`, E0431 for an invalid number of rows, E0424 for more than fit
                into memory, E0460 for a policy that was not given.
        """
        from .faster.ways import fastest

        require_given(self.network, self.policies)
        place = None if device is None else device_named(device)
        wanted = count_if_given("rows", rows)
        chunk = self._runner(0, place, "float32").chunk
        require_room(wanted or chunk, self._outcome_types())
        self._faster = fastest(self, wanted or chunk)
        return self._faster

    @public()
    @steady()
    def explanation(
        self, *, judged: bool = True, rows: Any = None, generators: Mapping[Key, Spec] | None = None
    ) -> Explanation:
        """The proof, the alternatives, what each pass changed, the fit plan, and what fitting made of it.

        Args:
            judged: Judge the generators on held-out rows, where there are any, and name the weakest link.
            rows: Rows to judge them by, as for `links`, instead of those that the last `fit` held out.
            generators: What `fit` is to be given, before it: which variables one generator draws then counts.

        Raises:
            DofxError: E0420 for rows before `fit`, what `read_data` finds in them, E0426 and E0414 as for `fit`.
        """
        from .explained import explanation_of

        return explanation_of(self, judged=judged, rows=rows, generators=generators)

    def explain(self) -> str:
        """The explanation as text: see `explanation`."""
        return str(self.explanation())

    def _repr_html_(self) -> str:
        return self.explanation(judged=False)._repr_html_()

    @public("folder")
    def save(self, folder: str | Path) -> None:
        """Write the fitted sampler to a folder: JSON and safetensors, no pickle. `dofx.load` reads it.

        The report is saved with it, and says how long each fit took and whether it came from a cache. Two fits with
        equal generators therefore differ in `bundle.json`, though the file of their weights is the same.

        Raises:
            DofxError: E0420 before `fit`, E0606 for a folder that holds other things.
        """
        from .bundle.bundle import save

        save(self, folder)

    @public("path")
    @steady()
    def export(self, path: str | Path, format: str | None = None) -> Path:
        """Write the fitted sampler as one file that runs without dofx; it carries its query and its codings.

        Whoever loads a ``.pt2`` file or a package must trust it like code; a bundle, which `save` writes, is data.

        Args:
            path: The file, replaced in one step.
            format: ``pt2`` (torch.export), ``aoti`` (machine code, needs a C++ compiler) or ``onnx``; None
                goes by the suffix: .pt2, .aoti.pt2 or .onnx.

        Returns:
            The path.

        Raises:
            DofxError: E0420 before `fit`, E0901 for a draw that cannot be exported, E0902 where there is no
                C++ compiler, E0903 for an unknown format, E0429 where ONNX is not installed, E0460 for a policy that
                was not given.
        """
        from .export import export

        require_given(self.network, self.policies)
        return export(self, path, format)

    def __repr__(self) -> str:
        return f"Sampler({self.query}, {'fitted' if self.fitted else 'not fitted'})"

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
    def _untrained(self) -> Untrained:
        """What a fit starts from."""
        graph = None if self.origin is None else self.origin.graph
        columns = columns_needed(self.network)
        needs = Needs(self._separate, columns, self.declared, self.pools, graph, self.query)
        return Untrained(needs, self._context)
