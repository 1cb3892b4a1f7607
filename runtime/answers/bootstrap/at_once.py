"""The bootstrap of finite networks: the tables of all replicates as one array, and one contraction for all of them.

A replicate of rows that are states is a number for each distinct row: how often it was drawn. So the counts of all
replicates are one array whose first axis is the replicate. Smoothing, refits and answers are those of a single fit
with that axis in front, and each replicate has the numbers that fitting its rows would give.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ....compiler.estimand.contraction import Array, Operand
from ....compiler.estimand.table import Table
from ....compiler.model.rows import columns_weighed
from ....compiler.network.ir import Fit, SamplingNetwork, Stage
from ....grammar.diagnostics.diagnostic import DofxError
from ...data.collection import Collection
from ...data.dataset import Dataset
from ...data.values import Values, read_inputs
from ...engines import Local
from ...exact.distribution import NotExactError, outcomes, refitted, states_of
from ...families.capabilities import OfRows, Tabular, counted_by, only_counted
from ...families.table import TableGenerator, smoothed
from ...fitting.fit import FitOptions, FitPlan
from ...fitting.jobs import MOST_EXACT_CELLS
from ...fitting.training_rows import TrainingRows
from ...inference.weighed import Weighed
from ...inference.weighed_rows import weighed_of_rows
from ...policies import Policies, policy_modules
from ...sampling.noise import derive_seed
from ...variables import Finite, VariableType
from ...variables.constants import encoded
from ..effects import REPLICATE, Exact, pseudo_rows
from .resampled import Rows
from .several_data_sets import Pooled, RowsOfEach, drawing_of

MOST_CELLS = 1 << 20
"""Most probabilities in the tables of one replicate; networks with more are fitted one replicate after another."""

MOST_NUMBERS = 1 << 23
"""Most numbers in memory at once of the tables or of the resampled rows of several replicates."""


@dataclass(frozen=True, slots=True)
class Tables:
    """A network's fitted tables in every replicate.

    Args:
        network: The network.
        types: The known types of its variables and of the inputs of its query.
        arrays: For each fit the tables of its targets, ``(replicates, *given states, states)``; a target of a real
            row is given the targets before it.
        smoothing: The pseudo-count, in rows, of each fit that counts.
    """

    network: SamplingNetwork
    types: Mapping[str, VariableType]
    arrays: Mapping[Fit, tuple[Array, ...]]
    smoothing: Mapping[Fit, float]

    @property
    def replicates(self) -> int:
        """How many there are."""
        return len(next(iter(self.arrays.values()))[0])

    def part(
        self, network: SamplingNetwork, fits: Mapping[Fit, Fit], types: Mapping[str, VariableType]
    ) -> Tables:
        """The tables of another network with its types, given which of these each of its fits is."""
        arrays = {mine: self.arrays[theirs] for mine, theirs in fits.items()}
        smoothing = {
            mine: self.smoothing[theirs] for mine, theirs in fits.items() if theirs in self.smoothing
        }
        return Tables(network, types, arrays, smoothing)

    def operands(self, stage: Stage, fixed: Mapping[str, Tensor]) -> list[Operand]:
        """The tables of each draw, axes labelled by the replicate, then as `stage_operands` labels them."""
        held = {id: fixed[id] for id in stage.input_ids if id in fixed}
        found: list[Operand] = []
        for draw in stage.draws:
            at: list[Any] = []
            labels: tuple[str, ...] = ()
            for name, wire in draw.given:
                if isinstance(wire, str) and wire not in held:
                    at.append(slice(None))
                    labels += (wire,)
                else:
                    value = held[wire] if isinstance(wire, str) else encoded(self.types, name, wire)
                    at.append(int(value[0]))
            for id, array in zip(draw.ids, self.arrays[draw.fit], strict=True):
                labels += (id,)
                found.append((array[(slice(None), *at)], (REPLICATE, *labels)))
                at.append(slice(None))
        return found

    def distribution(self, do: Values | None, given: Values | None, defaults: Values) -> Table:
        """What `Sampler.distribution` gives, with an axis `REPLICATE` in front."""
        inputs = read_inputs(self.network, self.types, do, given, defaults=defaults, rows=1, partial=True)
        return self._distribution(inputs.all)

    def outcome_table(self, do: Values, given: Values, defaults: Values) -> Exact:
        """What `Sampler.outcome_table` gives, with an axis `REPLICATE` in front.

        Raises:
            NotExactError: Where it takes too many cells.
            DofxError: What `read_inputs` finds.
        """
        inputs = read_inputs(self.network, self.types, do, given, defaults=defaults, rows=1)
        try:
            table, wanted = self._distribution(inputs.all), self.network.query.outcomes
        except DofxError as error:
            raise NotExactError(str(error)) from None
        idle = [name for name in table.names if name not in (REPLICATE, *wanted)]
        array = table.array((*idle, REPLICATE, *wanted))[(0,) * len(idle)]
        return Exact(Table((REPLICATE, *wanted), array, table.states), pseudo_rows(self.smoothing.values()))

    def _distribution(self, fixed: Mapping[str, Tensor]) -> Table:
        operands_of = partial(self.operands, fixed=fixed)
        names, array = outcomes(self.network, self.types, fixed, operands_of, (REPLICATE,))
        return Table((REPLICATE, *names), array, states_of(self.types))


@dataclass(frozen=True, slots=True)
class Batch:
    """Some replicates, fitted at once.

    Args:
        plan: What was to be fitted.
        rows: Their rows.
        tables: Their tables.
    """

    plan: FitPlan
    rows: Rows | RowsOfEach
    tables: Tables

    def __len__(self) -> int:
        return len(self.rows)

    def modules(self, number: int) -> dict[Fit, nn.Module]:
        """The generators of one replicate."""
        whole, settings = self.rows.of(number), self.plan.options.settings
        found: dict[Fit, nn.Module] = {}
        for fit, unfitted in self.plan.unfitted.items():
            module = deepcopy(unfitted)
            rows = TrainingRows(self.plan.network, whole, settings).of(fit)
            weights = rows.design.relative
            if isinstance(module, OfRows):
                module.keep([rows[name] for name in fit.targets], [], settings, weights)
            elif (table := only_counted(module)) is not None:
                table.set_table(torch.from_numpy(self.tables.arrays[fit][0][number]))
            found[fit] = self.plan.assembled(fit, module.eval().to(settings.device))
        return found


def fit_at_once(
    network: SamplingNetwork,
    dataset: Dataset | Collection,
    options: FitOptions,
    replicates: int,
    seed: int = 0,
    policies: Policies | None = None,
) -> Iterator[Batch] | None:
    """Fit a network whose generators are all tables to resampled rows, many replicates at once.

    Args:
        network: What to fit.
        dataset: The real rows, or those of each data set, which are resampled by themselves.
        options: As for a fit; a cache is not used.
        replicates: How many.
        seed: Equal seeds give equal replicates; replicate i is the same however many there are.
        policies: The policies of the network, which are the same in every replicate.

    Returns:
        The replicates in order, in as many batches as memory takes; None where a generator, or a chance that weighs
        rows, is not a small table.
    """
    parts = [dataset] if isinstance(dataset, Dataset) else list(dataset.parts.values())
    weighed = _weighed(network, dataset)
    if weighed is None:
        return None
    plan = FitPlan(network, dataset, replace(options, cache=None), Local())
    known = {fit: _tables_of(module) for fit, module in plan.unfitted.items()}
    followed = _followed(network, dataset.types, policies or {})
    if followed is None:
        return None
    cells = [prod(table.shape) for tables in known.values() for table in tables]
    if not known or not all(known.values()) or sum(cells) > MOST_CELLS:
        return None
    inputs = (name for stage in network.stages for name in stage.input_variables)
    drawn = (name for fit in network.fits for name in fit.variables)
    shown = {name for part in parts for name in part.names}
    read = (
        name for fit in network.fits for name in (*fit.rows.shows, *columns_weighed(fit.rows, network.holes))
    )
    names = [name for name in dict.fromkeys((*drawn, *inputs, *read)) if name in shown]
    if not all(isinstance(dataset.types[name], Finite) for name in names):
        return None
    drawing = drawing_of(dataset, names, weighed)
    size = max(1, MOST_NUMBERS // max(sum(cells), drawing.numbers))
    source = np.random.default_rng(derive_seed("replicates", seed))

    def batches() -> Iterator[Batch | None]:
        for first in range(0, replicates, size):
            number = min(size, replicates - first)
            rows = drawing.rows(source, number)
            tables = _fitted(plan, rows, known, followed)
            yield None if tables is None else Batch(plan, rows, tables)

    made = batches()
    first = next(made)
    return None if first is None else chain([first], (batch for batch in made if batch is not None))


def _weighed(network: SamplingNetwork, dataset: Dataset | Collection) -> dict[Fit, Weighed] | None:
    """The rows of each fit that chances weigh; None where a chance is not a small table."""
    found: dict[Fit, Weighed] = {}
    for fit in network.fits:
        if fit.rows.weights and fit.data is not None:
            weighed = weighed_of_rows(dataset.part(fit.data.name), network, fit)
            if weighed is None:
                return None
            found[fit] = weighed[0]
    return found


def _followed(
    network: SamplingNetwork, types: Mapping[str, VariableType], policies: Policies
) -> dict[Fit, Array] | None:
    """The table of each policy, ``(*given states, states)``; None where one is not finite or draws random numbers."""
    found: dict[Fit, Array] = {}
    if network.following:
        return None
    for fit, module in policy_modules(network, types, policies).items():
        table = module.as_table() if isinstance(module, Tabular) else None
        if table is None:
            return None
        found[fit] = np.asarray(table.table.detach().cpu().numpy(), np.float64)
    return found


def _tables_of(module: nn.Module) -> tuple[TableGenerator, ...]:
    """The table of each target of a generator that does nothing but count; none if it does something else."""
    tables = counted_by(module)
    found = tuple(table for table in tables if table is not None)
    return found if len(found) == len(tables) else ()


def _fitted(
    plan: FitPlan,
    rows: Rows | RowsOfEach,
    known: Mapping[Fit, tuple[TableGenerator, ...]],
    followed: Mapping[Fit, Array],
) -> Tables | None:
    """The tables of all replicates; None where a refit would be trained on simulated rows."""
    network, types = plan.network, plan.dataset.types
    replicates = len(rows)
    arrays: dict[Fit, tuple[Array, ...]] = {
        fit: (np.broadcast_to(table, (replicates, *table.shape)),) for fit, table in followed.items()
    }
    smoothing = {fit: max(table.smoothing for table in tables) for fit, tables in known.items()}
    found = Tables(network, types, arrays, smoothing)
    for fit, tables in known.items():
        if fit.interim is None:
            mine = rows.training(network, fit)
            arrays[fit] = tuple(
                _smooth(mine, (*fit.given, *fit.targets[: number + 1]), table.smoothing)
                for number, table in enumerate(tables)
            )
            continue
        if not (plan.options.exact_refits or fit.is_folded):
            return None
        refit = refitted(
            network.stage(fit.interim),
            fit,
            types,
            partial(found.operands, fixed={}),
            rows.inputs(network, fit),
            MOST_EXACT_CELLS,
            (REPLICATE,),
        )
        if refit is None:
            return None
        arrays[fit] = (refit[0],)
    return found


def _smooth(rows: Rows | Pooled, names: Sequence[str], smoothing: float) -> Array:
    numbers = rows.numbers(names)
    known = None if numbers is None else torch.from_numpy(numbers)
    return np.asarray(smoothed(torch.from_numpy(rows.counts(names)), smoothing, known).numpy())
