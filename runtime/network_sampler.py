"""A network with generators: it is sampled, answers exactly where all is finite, and is exported."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import Tensor, nn

from ..compiler.emit import SamplingGraph
from ..compiler.estimand.algebra import Estimand
from ..compiler.estimand.table import Table
from ..compiler.model.query import Query
from ..compiler.network.ir import Fit, SamplingNetwork
from ..grammar.diagnostics.diagnostic import DofxError
from ..grammar.edge.arguments import public
from .data.arms import refuse_other_arms, tried
from .data.values import Values, read_inputs
from .embedding import relaxed_graph
from .emitted import Emitted
from .errors import sampler_not_fitted
from .exact.distribution import distribution
from .families.capabilities import Relaxable, Tabular
from .policies import Policies, named_policies, require_given
from .sampling.counts import count_if_given
from .sampling.few_rows import FewTables
from .sampling.rows import RowSampler
from .sampling.running import Asked, GraphRunner
from .sampling.sizes import require_room
from .trained import Trained
from .training.building import steady
from .training.devices import device_named
from .training.precision import Precision
from .variables import VariableType, parse_type

if TYPE_CHECKING:
    from .exact.folding import FoldedSampler
    from .faster.ways import Faster


class NetworkSampler(RowSampler):
    """Draws from a network with generators that were trained elsewhere.

    It does not know how the network was compiled. A `Sampler` does, so it can also fit and explain it.

    Args:
        network: The network.
        query: The query, with the values that its text fixes; None for the query of the network, without values.
        types: Declared types, or their text.

    Attributes:
        declared: The types that were declared.
        types: The type of each variable; whole once there are generators.
        estimand: What the network was lowered from, which is exported with it; None if that is not known.
        arms: The values to which experiments set its inputs, if several data sets were fitted.
    """

    estimand: Estimand | None = None
    _emitted: Emitted | None = None
    _faster: Faster | None = None
    _folded: FoldedSampler | None = None

    def __init__(
        self,
        network: SamplingNetwork,
        query: Query | None = None,
        types: Mapping[str, VariableType | str] | None = None,
    ) -> None:
        self.network, self.query = network, query or network.query
        self.declared = {name: parse_type(type) for name, type in (types or {}).items()}
        self.types = dict(self.declared)
        self.arms: dict[str, Tensor] = {}
        self._policies: Policies = {}

    def adopt(self, trained: Trained) -> Self:
        """Take over generators, with the network that they fill."""
        self.network, self.arms = trained.network, trained.arms
        known = {**self.declared, **trained.types}
        events = {name: known[of] for name, of in self.query.roles.items() if of in known}
        self.types = {**events, **known}
        self._emit(trained.modules)
        return self

    def like(self, modules: Mapping[Fit, nn.Module], network: SamplingNetwork | None = None) -> Self:
        """A sampler of the same query and types with other generators, perhaps of another network."""
        return copy(self).adopt(Trained(network or self.network, modules, self.types))

    def __copy__(self) -> Self:
        """A sampler that shares everything, until it adopts other generators or binds other policies."""
        twin = object.__new__(type(self))
        vars(twin).update(vars(self))
        return twin

    def __getstate__(self) -> dict[str, Any]:
        """What is sent to another process, which emits the graph again. To keep a sampler, call `save`."""
        kept = None if self._emitted is None else self._emitted.on_cpu()
        return {**vars(self), "_emitted": kept, "_faster": None, "_folded": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update({**state, "_emitted": None})
        if state["_emitted"] is not None:
            self._emit(state["_emitted"])

    @property
    def fitted(self) -> bool:
        """Whether the sampler is fitted."""
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
        here, twin = self._filled.device, copy(self)
        twin.bind(policies)
        twin.module.to(here)
        return twin

    def bind(self, policies: Policies) -> None:
        """Bind policies to this sampler itself, which may not be fitted yet."""
        self._policies = {**self._policies, **named_policies(policies)}
        if self._emitted is not None:
            self._emit(self._emitted.modules)

    @public("do", "given", "policies")
    @steady()
    def distribution(
        self, do: Values | None = None, given: Values | None = None, policies: Policies | None = None
    ) -> Table:
        """The exact distribution that `sample` draws from, by contraction of the fitted tables.

        Args:
            do: One value for each intervention to fix. The others become axes, unless the query's text fixes
                them.
            given: Likewise for conditions.
            policies: As for `sample`; one that draws random numbers of its own has no exact distribution.

        Returns:
            A table with axes interventions, conditions, outcomes, states in the order of `types`. A variable that
            experiments set has only the states that were tried.

        Raises:
            DofxError: E0425 where a draw is not finite, E0420 before `fit`, E0460 to E0462 for policies, and see
                `read_inputs` for values.
        """
        if policies is not None:
            return self.following(policies).distribution(do, given)
        require_given(self.network, self.policies)
        modules, inputs = self.modules, self._inputs(do, given, partial=True)
        return tried(distribution(self.network, modules, self.types, inputs), self.arms)

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
        modules, inputs = self.modules, self._inputs(do, given, partial=False)
        try:
            table = distribution(self.network, modules, self.types, inputs)
        except DofxError:
            return None
        outcomes = self.network.query.outcomes
        idle = tuple(name for name in table.names if name not in outcomes)
        return Table(outcomes, table.array((*idle, *outcomes))[(0,) * len(idle)], table.states)

    @public()
    def folded(self, dtype: torch.dtype = torch.int64) -> FoldedSampler:
        """The sampler as one table, if all variables are finite. It is many times faster.

        For the same seed it draws other rows than `sample`, from the same distribution. It is made once: the next call
        returns the same table, unless a generator has changed.

        Args:
            dtype: The dtype of state numbers; uint8 takes an eighth of the memory of int64.

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
            temperature: How far states blend into one another, in (0, 1]: high values bias the gradients, and low
                values make them noisy.
            hard: Whether the rows are one-hot, and so the same states as `module` draws from the same noise; then only
                the gradients are soft.

        Raises:
            DofxError: E0420 before `fit`, E0906 for a draw whose generator cannot be relaxed.
        """
        from .families.relaxation import Relaxation

        return relaxed_graph(self._tabulated(), Relaxation(temperature, hard))

    @public()
    @steady()
    def speed_up(self, rows: int | None = None, device: str | torch.device | None = None) -> Faster:
        """Look for a faster way to sample on a device, measure it, and use it from now on if it is worth it.

        Several ways are tried: `torch.compile` and AOTInductor, which need a C++ compiler and half a minute each, and
        help with many samples; one call for all draws that are alike, which helps with few rows of many draws; and on
        a GPU a CUDA graph, which starts all operations at once. A way is used only if its rows are those of `sample`,
        up to rounding. It is forgotten when the sampler is fitted again or loaded, and other devices do not use it.

        Args:
            rows: The number of rows for which to be fast, such as 1; None means a chunk of a large sample.
            device: Where to sample; None means the device of the sampler.

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
        return export(self._tabulated(), path, format)

    def _tabulated(self) -> Self:
        """The sampler with the table of each policy that is a Python function of states."""
        tables: dict[str, nn.Module] = {}
        for fit, module in self.modules.items():
            if fit.policy and isinstance(module, Tabular) and not isinstance(module, Relaxable):
                tables |= {fit.policy.name: table} if (table := module.as_table()) else {}
        return self.following(tables) if tables else self

    def _inputs(self, do: Values | None, given: Values | None, *, partial: bool) -> dict[str, Tensor]:
        """One encoded value for each input, or where that is enough for some."""
        defaults = self.query.values
        inputs = read_inputs(self.network, self.types, do, given, defaults=defaults, rows=1, partial=partial)
        refuse_other_arms(self.arms, self.types, inputs.all)
        return inputs.all

    def _asked(self, n: int, start: int, do: Values | None, given: Values | None) -> Asked:
        asked = super()._asked(n, start, do, given)
        refuse_other_arms(self.arms, self.types, {**asked.do, **asked.given})
        return asked

    def _runner(self, seed: int, device: torch.device | None, precision: Precision) -> GraphRunner:
        return self._filled.runner(seed, device, precision, self._faster)

    def _few_rows(self) -> FewTables | None:
        known = self._faster is None and not self.arms
        return self._filled.few(self.query) if known else None

    @property
    def _filled(self) -> Emitted:
        """What is fitted.

        Raises:
            DofxError: E0420 before `fit`.
        """
        if self._emitted is None:
            raise sampler_not_fitted(str(self.query))
        return self._emitted

    def _emit(self, modules: Mapping[Fit, nn.Module]) -> None:
        """Emit the graph that calls some generators, and the policies that are bound."""
        self._faster = self._folded = None
        self._emitted = Emitted.of(self.network, modules, self.types, self._policies)
