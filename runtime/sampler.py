"""The sampler: a compiled query that is fitted to data, then sampled, asked, explained and saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import torch

from ..compiler.compilation import Compilation
from ..compiler.estimand.algebra import Estimand
from ..compiler.model.query import Query
from ..compiler.network.ir import Fit, SamplingNetwork
from ..grammar.edge.arguments import public
from .data.collection import Pools
from .data.values import Values
from .engines import EngineSource
from .errors import sampler_not_fitted
from .evaluation import Evaluation, require_trained
from .fitting.choosing import Chosen
from .fitting.fit import fit_options
from .fitting.needs import Needs, columns_needed, pools_needed
from .fitting.overrides import Key
from .fitting.progress import Listener
from .fitting.report import FitSummary
from .fitting.training_rows import Used
from .foreign.chosen import Spec
from .judging.agreement import Agreement
from .judging.held import HeldOut
from .network_sampler import NetworkSampler
from .options import refuse_unknown
from .origin import Origin
from .policies import Policies
from .trained import Trained, Untrained
from .training.building import learning, steady
from .training.settings import FitSettings
from .variables import VariableType

if TYPE_CHECKING:
    from ..compiler.explain.explanation import Explanation
    from .answers.bootstrap.replicates import Replicates
    from .fitting.openings import OpenDraws
    from .judging.links import Links
    from .judging.support import Unseen

_FIT_ONLY = ("progress", "cache", "checkpoint", "engine")
"""Options of `fit` that a bootstrap does not have."""


class Sampler(NetworkSampler):
    """Draws from ``P(outcomes | do(interventions), conditions)``.

    Args:
        network: The network to which the query was compiled.
        query: The query. Values fixed in its text, as in ``do(x = 1)``, are defaults of `sample`.
        estimand: The estimand from which the network was lowered.
        types: Declared types, or their text; what is left out is inferred from the data.
        trace: The network as lowered and after each pass, each with its name; `explain` shows it.
        compilation: What the compiler did, from which `trace` and `origin` are taken. An `Evaluation` if the answer
            is one table. None for a sampler that was loaded.
        origin: The graph and the options from which the network was compiled, if they are known.

    Attributes:
        declared: The types that were declared.
        types: The type of each variable; complete once the sampler is fitted.
        report: The results of the last fit, or None before it.
        held_out: Rows to judge the generators by, or None.
        arms: The values to which experiments set its inputs, if several data sets were fitted.
        agreements: Tests of what is the same in several data sets.
        used: The rows of each generator that was not trained on all rows, and why these rows represent all.
    """

    report: FitSummary | None = None
    held_out: HeldOut | None = None
    agreements: tuple[Agreement, ...] = ()
    used: Mapping[Fit, Used] = MappingProxyType({})

    def __init__(
        self,
        network: SamplingNetwork,
        *,
        query: Query | None = None,
        estimand: Estimand | None = None,
        types: Mapping[str, VariableType | str] | None = None,
        trace: Sequence[tuple[str, SamplingNetwork]] = (),
        compilation: Compilation | Evaluation | None = None,
        origin: Origin | None = None,
    ) -> None:
        super().__init__(network, query, types)
        self.estimand, self.compilation = estimand, compilation
        self._separate, self.trace, self.origin = network, tuple(trace), origin
        self.pools: Pools = {}
        if isinstance(compilation, Compilation):
            self._separate, self.trace = compilation.separate, compilation.trace
            self.pools = pools_needed(compilation)
        if compilation is not None:
            self.origin = Origin.of(compilation, self.declared)

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
                Arrow or .npz, or to a folder of Parquet files. Or a `Stream`, whose rows are read piece by piece. Or a
                `Table`, the distribution itself: then nothing is trained, and the other arguments have no effect.
                Where there are several data sets, a dict from the name of each to any of these; each generator is
                trained on the rows of its own data set.
            generators: A family's name, a module or a factory by variable, draw id, ``P(y | x)`` or `Fit`. A tuple
                of such keys, as in ``{("x", "y"): "flow-matching"}``, has one generator draw all of them in one call.
            epochs: The largest number of passes over the rows; None leaves it to each family.
            seed: Equal seeds give equal generators, in whatever order they are trained.
            settings: Further settings for every generator; `epochs`, `seed` and `device` take precedence.
            device: Where to train, such as ``cuda``.
            cache: A folder of finished generators, which any number of fits and programs may share. A generator that
                it holds for the same conditional, columns, family and settings is reused; every other is trained and
                added. So an edited program trains only what is new, and a fit that was killed continues.
            checkpoint: The earlier name of `cache`.
            progress: True for a bar, False for none, or a function that takes a `FitEvent`; None shows a bar
                where stderr is a terminal.
            simulated_rows: Rows to simulate for generators that train on an interim stage; None for as many
                as there are real ones, and at least 50,000 where all values are single numbers.
            exact_refits: Whether to compute such generators exactly, instead of simulating, if all variables are
                finite and the tables small.
            engine: Where to train. ``ray``, or a `Ray` with settings, uses all workers of a cluster at once; None
                trains in this process, small networks of equal shape together. The generators are the same.

        Returns:
            The sampler itself; `report` has the results.

        Raises:
            DofxError: E0426 for an unknown key of `generators`, E0414 for draws that no one generator can serve,
                E0440 for an unknown engine, E0801 for a `cache` that cannot be written to, and faults of the rows
                (see `read_data`).
        """
        if isinstance(self.compilation, Evaluation):
            return self.adopt(self.compilation.evaluated(data, generators))
        kept = cache if cache is not None else checkpoint
        how = partial(fit_options, epochs=epochs, seed=seed, settings=settings, device=device, cache=kept)
        how = partial(how, simulated_rows=simulated_rows, exact_refits=exact_refits)
        return self.adopt(self._untrained.trained(data, generators, how, progress, engine))

    def adopt(self, trained: Trained) -> Self:
        """Take over generators, with the records of their training."""
        self.report, self.held_out, self.used = trained.report, trained.held_out, trained.used
        self.agreements = trained.agreements
        return super().adopt(trained)

    @property
    def trained(self) -> Trained:
        """The generators with the records of their training, for `adopt` of another sampler.

        Raises:
            DofxError: E0420 before `fit`.
        """
        judged = self.report, self.held_out, self.arms, self.agreements, self.used
        return Trained(self.network, self.modules, self.types, *judged)

    @public()
    def open_draws(self, data: Any = None, *, generators: Mapping[Key, Spec] | None = None) -> OpenDraws:
        """The draws that lack a generator: their conditionals, types and shapes. A fitted sampler has none.

        Args:
            data: As for `fit`; the types that were not declared are read from it.
            generators: What is filled in already, as for `fit`.

        Raises:
            DofxError: E0426 for an unknown key of `generators`, and faults of the rows (see `read_data`).
        """
        from .fitting.openings import OpenDraws

        return OpenDraws(()) if self.fitted else self._untrained.open_draws(data, generators)

    def chosen(
        self, types: Mapping[str, VariableType], generators: Mapping[Key, Spec] | None = None
    ) -> Chosen:
        """The network that a fit would train; types and `generators` decide what is drawn together.

        Raises:
            DofxError: E0426 for an unknown key of `generators`, E0414 for draws that no one generator can serve.
        """
        return self._untrained.chosen(types, generators)

    @public("do", "given", "policies")
    @steady()
    def unseen(
        self, do: Values | None = None, given: Values | None = None, policies: Policies | None = None
    ) -> tuple[Unseen, ...]:
        """Where the answer is extrapolated: the conditions at which its generators are used and that no row shows.

        These are combinations of states, and numbers outside the range of the rows. If there are none, positivity
        holds. A sampler that was not fitted in this process reports none, because it has no rows.

        Args:
            do: One value for each intervention to fix; others are as in the query's text, else as in the rows.
            given: Likewise for conditions.
            policies: As for `sample`: whether the rows show what is met under them.

        Returns:
            Each conditional that is used at such conditions in more than one case of a hundred, the worst first.

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
            rows: Rows that the sampler was not fitted on, as for `fit`; None takes the rows that `fit` held out.
            seed: Equal seeds give equal results.

        Raises:
            DofxError: E0420 before `fit`, E0435 without rows, E1002 where the answer is one table, and faults of the
                rows (see `read_data`).
        """
        from .judging.weakest import links

        require_trained("links", self.network, self.query)
        return links(self, rows, seed=seed)

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
            done: Called after each replicate, with the number of replicates so far.
            options: Options of `fit`: `generators`, `epochs`, `settings`, `device`,
                `simulated_rows` and `exact_refits`.

        Returns:
            The replicates, with intervals of effects and distributions.

        Raises:
            DofxError: E0420 before `fit`, E0424 for fewer than two replicates or too many, E1002 where the answer is
                one table, and the errors of `fit`.

        References:
            Efron (1979), "Bootstrap methods: another look at the jackknife".
        """
        from .answers.bootstrap.answers import refuse_intervals
        from .answers.bootstrap.replicates import replicates_of, require_replicates

        if not self.fitted:
            raise sampler_not_fitted(str(self.query))
        require_trained("bootstrap", self.network, self.query)
        refuse_unknown("bootstrap", options, Sampler.bootstrap, Sampler.fit, without=_FIT_ONLY)
        require_replicates(replicates)
        refuse_intervals("bootstrap", data)
        dataset = replace(self._untrained.needs, declared=self.types).sampled(data)
        chosen = self.chosen(dataset.types, options.pop("generators", None))
        settings = fit_options(chosen.specs, **options)
        return replicates_of(self, chosen.network, dataset, settings, replicates, seed, done)

    @public()
    @steady()
    def explanation(
        self, *, judged: bool = True, rows: Any = None, generators: Mapping[Key, Spec] | None = None
    ) -> Explanation:
        """The proof, the alternatives, the changes of each pass, the fit plan, and the results of fitting.

        Args:
            judged: Judge the generators on held-out rows, where there are any, and name the weakest link.
            rows: Rows to judge them by, as for `links`, instead of the rows that the last `fit` held out.
            generators: Before `fit`, the generators that it will be given; they decide which variables are drawn
                together.

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

    def __getstate__(self) -> dict[str, Any]:
        """What is sent to another process, without rows."""
        return {**super().__getstate__(), "held_out": None}

    def __repr__(self) -> str:
        return f"Sampler({self.query}, {'fitted' if self.fitted else 'not fitted'})"

    @property
    def _untrained(self) -> Untrained:
        """What a fit starts from."""
        graph = None if self.origin is None else self.origin.graph
        context = self.compilation.context if isinstance(self.compilation, Compilation) else None
        columns = columns_needed(self.network)
        return Untrained(
            Needs(self._separate, columns, self.declared, self.pools, graph, self.query), context
        )
