"""The sampler: a compiled query that is fitted to data, then drawn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import nn

from ..compiler.emit import SamplingGraph, emit
from ..compiler.estimand.algebra import Estimand
from ..compiler.estimand.table import Table
from ..compiler.identify.query import Query
from ..compiler.network.ir import Fit, SamplingNetwork
from ..grammar.diagnostics import DofxError
from .data import Dataset, read_data
from .distribution import distribution
from .embedding import gradient_cuts, relaxed_graph
from .engines import EngineSource, engine_of
from .fitting import fit_network, fit_options
from .generators import FitSettings
from .overrides import Spec
from .precision import Precision
from .progress import Listener
from .report import FitSummary
from .rows import RowSampler
from .sampling import GraphRunner
from .values import Values, read_inputs
from .variables import VariableType, fault, parse_type

if TYPE_CHECKING:
    from .faster import Faster
    from .folding import FoldedSampler
    from .replicas import Replicas


class Sampler(RowSampler):
    """Draws from ``P(outcomes | do(interventions), conditions)``.

    Args:
        network: What the query compiled to.
        query: The query. Values fixed in its text, as in ``do(x = 1)``, are defaults of `sample`.
        estimand: What the network was lowered from.
        types: Declared types, or their text; what is left out is inferred from the data.
        trace: The network as lowered and after each pass, each with its name; `explain` shows it.

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
    ) -> None:
        self.network = network
        self.query = query or Query(network.outcomes, network.interventions, network.conditions)
        self.estimand = estimand
        self.trace = tuple(trace)
        self.declared = {name: parse_type(type) for name, type in (types or {}).items()}
        self.types = dict(self.declared)
        self.report: FitSummary | None = None
        self._modules: dict[Fit, nn.Module] = {}
        self._module: SamplingGraph | None = None
        self._faster: Faster | None = None

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
    def modules(self) -> Mapping[Fit, nn.Module]:
        """The fitted generators, those of interim stages included.

        Raises:
            DofxError: E0420 before `fit`.
        """
        if self._module is None:
            raise self._unfitted()
        return self._modules

    def fit(
        self,
        data: Any,
        *,
        generators: Mapping[str | Fit, Spec] | None = None,
        epochs: int | None = None,
        seed: int = 0,
        settings: FitSettings | None = None,
        device: str | None = None,
        checkpoint: str | Path | None = None,
        progress: bool | Listener | None = None,
        simulated_rows: int | None = None,
        exact_refits: bool = True,
        engine: EngineSource = None,
    ) -> Self:
        """Train every generator of the network.

        Args:
            data: A pandas, polars or pyarrow frame, a dict of arrays or tensors, or a path to CSV or Parquet.
            generators: A family's name, a module or a factory by variable, draw id, ``P(y | x)`` or `Fit`.
            epochs: Most passes over the rows; None leaves it to each family.
            seed: Equal seeds give equal generators, in whatever order they are trained.
            settings: Further settings for every generator; `epochs`, `seed` and `device` take precedence.
            device: Where to train, such as ``cuda``.
            checkpoint: A folder for finished generators. A fit that was killed resumes at the first one
                missing.
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
            DofxError: E0426 for an unknown key of `generators`, E0440 for an unknown engine, and what
                `read_data` finds in the data.
        """
        options = fit_options(
            self.network,
            generators=generators,
            epochs=epochs,
            seed=seed,
            settings=settings,
            device=device,
            checkpoint=checkpoint,
            simulated_rows=simulated_rows,
            exact_refits=exact_refits,
        )
        dataset = self._read(data)
        modules, report = fit_network(self.network, dataset, options, progress, engine_of(engine))
        return self.adopt(modules, {**dataset.types, **self._idle_types(data)}, report)

    def bootstrap(
        self,
        data: Any,
        replicas: int = 20,
        *,
        seed: int = 0,
        done: Callable[[int], object] | None = None,
        **options: Any,
    ) -> Replicas:
        """The sampler fitted anew on resampled rows, many times over and many at once.

        Args:
            data: What the sampler was fitted on.
            replicas: How many, at least 2. Twenty tell a standard error to a sixth of it, an interval takes 200.
            seed: Equal seeds give equal replicas.
            done: Called with the number of replicas so far after each.
            options: Those of `fit` that say how: `generators`, `epochs`, `settings`, `device`,
                `simulated_rows` and `exact_refits`.

        Returns:
            The replicas, with intervals of effects and distributions.

        Raises:
            DofxError: E0420 before `fit`, E0424 for fewer than two replicas, and what `fit` finds.

        References:
            Efron (1979), "Bootstrap methods: another look at the jackknife".
        """
        from .replicas import replicas_of

        if not self.fitted:
            raise self._unfitted()
        if replicas < 2:
            raise fault("E0424", f"replicas is {replicas!r}, too few to vary", help=("make at least 2",))
        known = {name: self.types[name] for name in self._needed}
        dataset = read_data(data, self._needed, known)
        return replicas_of(self, dataset, fit_options(self.network, **options), replicas, seed, done)

    def like(self, modules: Mapping[Fit, nn.Module]) -> Sampler:
        """A sampler of the same query and types with other generators."""
        twin = Sampler(
            self.network, query=self.query, estimand=self.estimand, types=self.declared, trace=self.trace
        )
        return twin.adopt(modules, self.types)

    def adopt(
        self,
        modules: Mapping[Fit, nn.Module],
        types: Mapping[str, VariableType],
        report: FitSummary | None = None,
    ) -> Self:
        """Take over fitted generators, as `fit` and loading do.

        Args:
            modules: A generator for each fit of the network.
            types: The types that they encode.
            report: What fitting reached.
        """
        self._modules = dict(modules)
        self._module, self._faster = emit(self.network, self._modules), None
        self._module.meta["cuts"] = gradient_cuts(self.network.answer, self._modules, types)
        self._module.eval()
        self.types = {**self.declared, **types}
        self.report = report
        return self

    def distribution(self, do: Values | None = None, given: Values | None = None) -> Table:
        """The exact distribution that `sample` draws from, by contraction of the fitted tables.

        Args:
            do: One value for each intervention to fix; the others, but for those that the query's text fixes,
                become axes.
            given: Likewise for conditions.

        Returns:
            A table with axes interventions, conditions, outcomes, states in the order of `types`.

        Raises:
            DofxError: E0425 where a draw is not finite, E0420 before `fit`, and see `read_inputs` for values.
        """
        modules, defaults = self.modules, dict(self.query.values)
        inputs = read_inputs(self.network, self.types, do, given, defaults=defaults, rows=1, partial=True)
        return distribution(self.network, modules, self.types, inputs.all)

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
        defaults = dict(self.query.values)
        modules, outcomes = self.modules, self.network.outcomes
        inputs = read_inputs(self.network, self.types, do, given, defaults=defaults, rows=1)
        try:
            table = distribution(self.network, modules, self.types, inputs.all)
        except DofxError:
            return None
        idle = tuple(name for name in table.names if name not in outcomes)
        return Table(outcomes, table.array((*idle, *outcomes))[(0,) * len(idle)])

    def folded(self, dtype: torch.dtype = torch.int64) -> FoldedSampler:
        """The sampler as one table, where all is finite: many times faster, but other rows for a seed.

        Args:
            dtype: Of state numbers; uint8 writes an eighth of the memory.

        Raises:
            DofxError: E0420 before `fit`, E0425 where something is not finite or the table too large, E0433
                for a dtype that cannot number the states.
        """
        from .folding import FoldedSampler

        return FoldedSampler(self, dtype)

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
        from .generators.relaxation import Relaxation

        return relaxed_graph(self, Relaxation(temperature, hard))

    def compile(self, rows: int | None = None) -> Faster:
        """Look for a faster way to sample on a CPU, measure it, and take it if it is worth it.

        `torch.compile` takes half a minute and a C++ compiler, and pays for many samples; one call for all draws
        that are alike pays for few rows of many networks. Rows stay the same up to rounding. Fitting anew or
        loading forgets what was found.

        Args:
            rows: The number of rows to be fast at, such as 1; None takes that of a chunk of a large sample.

        Returns:
            What was found.

        Raises:
            DofxError: E0420 before `fit`.
        """
        from .faster import fastest

        self.module.to("cpu")
        self._faster = fastest(self, rows or self._runner(0, None, "float32").chunk)
        return self._faster

    def explain(self) -> str:
        """The estimand, the network after each pass, where each call of the graph comes from, and the fit."""
        parts = [str(self.query)] if self.estimand is None else [str(self.estimand)]
        stages = self.trace or (("network", self.network),)
        parts += [f"── {name}\n{network}" for name, network in stages]
        if self._module is not None:
            parts.append(f"── graph\n{self._module.provenance}")
        if self.report is not None:
            parts.append(f"── fit\n{self.report}")
        return "\n\n".join(parts)

    def save(self, folder: str | Path) -> None:
        """Write the fitted sampler to a folder: JSON and safetensors, no pickle. `dofx.load` reads it.

        Raises:
            DofxError: E0420 before `fit`, E0606 for a folder that holds other things.
        """
        from .bundle import save

        save(self, folder)

    def export(self, path: str | Path, format: str | None = None) -> Path:
        """Write the fitted sampler as one file that runs without dofx; it carries its query and its codings.

        Args:
            path: The file, replaced in one step.
            format: ``pt2`` (torch.export), ``aoti`` (machine code, needs a C++ compiler) or ``onnx``; None
                goes by the suffix: .pt2, .aoti.pt2 or .onnx.

        Returns:
            The path.

        Raises:
            DofxError: E0420 before `fit`, E0901 for a draw that cannot be exported, E0902 where there is no
                C++ compiler, E0903 for an unknown format, E0429 where ONNX is not installed.
        """
        from .export import export

        return export(self, path, format)

    def __repr__(self) -> str:
        return f"Sampler({self.query}, {'fitted' if self.fitted else 'not fitted'})"

    def __getstate__(self) -> dict[str, Any]:
        """For the way to another process, where the graph is emitted anew; `save` is for keeping."""
        return {
            **self.__dict__,
            "_module": None,
            "_faster": None,
            "_modules": {f: _on_cpu(m) for f, m in self._modules.items()},
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if self._modules:
            self.adopt(self._modules, self.types, self.report)

    def _runner(self, seed: int, device: torch.device | None, precision: Precision) -> GraphRunner:
        module, here = self.module, self._device
        if device is not None and device != here:
            module.to(device)
        place = device or here
        faster = self._faster if place.type == "cpu" and precision == "float32" else None
        return GraphRunner(module, seed, place, precision, faster)

    @property
    def _device(self) -> torch.device:
        tensors = chain(self.module.parameters(), self.module.buffers())
        return next((tensor.device for tensor in tensors), torch.device("cpu"))

    def _unfitted(self) -> DofxError:
        return fault(
            "E0420",
            f"the sampler of {self.query} has not been fitted",
            help=("call fit(data) first, or load a fitted one",),
        )

    def _read(self, data: Any) -> Dataset:
        """The columns that some fit needs."""
        return read_data(data, self._needed, {n: t for n, t in self.declared.items() if n in self._needed})

    @property
    def _needed(self) -> tuple[str, ...]:
        """The variables that some fit needs."""
        return tuple(dict.fromkeys(name for fit in self.network.fits for name in (*fit.given, fit.target)))

    def _idle_types(self, data: Any) -> dict[str, VariableType]:
        """Types of interventions and conditions that the answer does not read, where the data have them."""
        needed = {name for fit in self.network.fits for name in (*fit.given, fit.target)}
        found: dict[str, VariableType] = {}
        for name in (*self.network.interventions, *self.network.conditions):
            if name not in needed and name not in self.declared:
                try:
                    found.update(read_data(data, (name,)).types)
                except DofxError:
                    continue  # not in the data, or not usable: the answer does not need it
        return found


def _on_cpu(module: nn.Module) -> nn.Module:
    """The module, or a copy of it where it is on a GPU."""
    tensors = chain(module.parameters(), module.buffers())
    return module if all(t.device.type == "cpu" for t in tensors) else deepcopy(module).cpu()
