"""The sampler: a compiled query that is fitted to data, then drawn from, asked, and taken elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ..compiler.emit import SamplingGraph
from ..compiler.estimand.table import Table
from ..grammar.diagnostics.diagnostic import DofxError
from ..grammar.edge.arguments import public
from .data.collection import are_several, refuse_other_arms
from .data.row_weights import observational, read_rows
from .data.values import Values, read_inputs
from .embedding import relaxed_graph
from .exact.distribution import distribution
from .fittable import FittableSampler
from .fitting.fit import fit_options
from .fitting.needs import columns_needed
from .options import refuse_unknown
from .policies import require_given
from .sampling.counts import count_if_given
from .sampling.sizes import require_room
from .training.building import learning, steady
from .training.devices import device_named

if TYPE_CHECKING:
    from ..compiler.explain.explanation import Explanation
    from .answers.bootstrap.replicates import Replicates
    from .exact.folding import FoldedSampler
    from .faster.ways import Faster
    from .fitting.overrides import Key, Spec
    from .judging.links import Links
    from .judging.support import Unseen
    from .policies import Policies


_FIT_ONLY = ("progress", "cache", "checkpoint", "engine")
"""Options of `fit` that a bootstrap does not have."""


class Sampler(FittableSampler):
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
        refuse_unknown("bootstrap", options, Sampler.bootstrap, FittableSampler.fit, without=_FIT_ONLY)
        require_replicates(replicates)
        refuse_intervals("bootstrap", data, several=are_several(self.network))
        columns = columns_needed(self.network)
        known = {name: self.types[name] for name in columns}
        dataset = read_rows(data, columns, observational(self.network.data), known).counted
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
