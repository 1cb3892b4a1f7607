"""Fits a network to a known distribution instead of rows: every generator is set to its exact table."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TypeGuard

import numpy as np
import torch
from torch import nn

from ...compiler.estimand.contraction import Array
from ...compiler.estimand.table import Table, in_order
from ...compiler.graph.holes import NO_HOLES, Indicators
from ...compiler.model.data import OBSERVED
from ...compiler.network.exact import perfect_tables
from ...compiler.network.ir import Fit, SamplingNetwork
from ...compiler.printers.network.text import fit_text, source_text
from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ..families.table import TableGenerator
from ..training.settings import FitReport
from ..variables import Finite, VariableType
from .errors import no_axis, not_a_distribution, not_finite, other_number_of_states, other_states
from .report import FitRecord, FitSummary


def is_known(data: object) -> TypeGuard[dict[str, Table]]:
    """Whether the distributions of several data sets are given, not their rows."""
    return isinstance(data, dict) and bool(data) and all(isinstance(each, Table) for each in data.values())


def known_types(
    joint: Table | Mapping[str, Table],
    declared: Mapping[str, VariableType],
    holes: Indicators = NO_HOLES,
    home: str = OBSERVED.name,
    read: Container[str] | None = None,
) -> dict[str, VariableType]:
    """The types of a table's variables: as declared, else with the table's states, else 0, 1, ….

    A network need not know of the holes of a column that it does not read.

    Args:
        joint: The table, or one for each data set.
        declared: Declared types.
        holes: The indicators, each with its columns: the last entry of such an axis is no state.
        home: The data set that a table alone is of.
        read: The variables that are read, whose entries must be as many as their states; None for all.

    Raises:
        DofxError: E0404 if a declared type is not finite, E0406 if the table has other states.

    >>> known_types(Table("xy", [[0.1, 0.2], [0.3, 0.4]]), {"x": Finite((False, True))})
    {'x': Finite(states=(False, True)), 'y': Finite(states=(0, 1))}
    """
    if not isinstance(joint, Table):
        stated = {
            name: Finite(labels[: size - (name in holes.of(data).columns)])
            for data, table in reversed([*joint.items()])
            for name, size in table.sizes.items()
            if (labels := table.states.get(name))
        }
        each = (
            known_types(table, {**stated, **declared}, holes, name, read) for name, table in joint.items()
        )
        return {name: type for types in each for name, type in types.items()}
    partial = holes.of(home).columns
    types: dict[str, VariableType] = {}
    faults: list[Diagnostic] = []
    for name, size in joint.sizes.items():
        states = size - (name in partial)
        own = joint.states.get(name, tuple(range(size)))[:states]
        type = types[name] = declared[name] if name in declared else Finite(own)
        if read is not None and name not in read:
            continue
        if not isinstance(type, Finite):
            faults.append(not_finite(name, str(type)))
        elif type.cardinality != states:
            faults.append(other_number_of_states(name, states, str(type)))
        elif in_order(joint, name, type.states, size - states) is None:
            faults.append(other_states(name, own, str(type)))
    if faults:
        raise DofxError(faults)
    return types


def arranged(
    joint: Table | Mapping[str, Table],
    types: Mapping[str, VariableType],
    holes: Indicators = NO_HOLES,
    home: str = OBSERVED.name,
) -> Table | dict[str, Table]:
    """The tables with the entries of each axis in the order of its type's states, holes last.

    Args:
        joint: The table, or one for each data set, of which `known_types` found the types.
        types: The types of its variables.
        holes: The indicators, each with its columns.
        home: The data set that a table alone is of.

    >>> joint = Table(["x"], [0.25, 0.75], {"x": (True, False)})
    >>> arranged(joint, {"x": Finite((False, True))}).array()
    array([0.75, 0.25])
    """
    if not isinstance(joint, Table):
        return {name: _arranged(table, types, holes.of(name).columns) for name, table in joint.items()}
    return _arranged(joint, types, holes.of(home).columns)


def _arranged(table: Table, types: Mapping[str, VariableType], partial: Container[str]) -> Table:
    for name in table.names:
        type = types.get(name)
        if isinstance(type, Finite):
            table = in_order(table, name, type.states, int(name in partial)) or table
    return table


def known_modules(
    network: SamplingNetwork, joint: Table | Mapping[str, Table], types: Mapping[str, VariableType]
) -> tuple[dict[Fit, nn.Module], FitSummary, dict[Fit, torch.Tensor]]:
    """The generators of a network under a known distribution, and a record of each: nothing is trained.

    The third result says for each generator whether each combination of its conditions has a positive probability, bool
    ``(*given states)``.

    Args:
        network: The network, which draws every variable separately.
        joint: The joint distribution of all variables in the network, or one for each data set.
        types: Types of the variables.

    Raises:
        DofxError: E0407 if the table is not a distribution, E0504 if it lacks a variable.
    """
    for each in (joint,) if isinstance(joint, Table) else joint.values():
        array = each.array()
        if not (np.isfinite(array).all() and (array >= 0).all() and array.sum() > 0):
            raise not_a_distribution()
    if isinstance(joint, Table):
        _refuse_lacking(network, joint)
    modules: dict[Fit, nn.Module] = {}
    shown: dict[Fit, torch.Tensor] = {}
    for fit, table in perfect_tables(network, joint).items():
        (target,) = fit.targets
        home = joint if isinstance(joint, Table) else next(t for t in joint.values() if target in t.names)
        module = TableGenerator(types[target], [types[name] for name in fit.given], smoothing=0.0)
        module.set_table(torch.from_numpy(_filled(np.moveaxis(table, 0, -1), home, target, len(table))))
        modules[fit] = module.eval()
        shown[fit] = torch.from_numpy(np.asarray(table.sum(0) > 0))
    records = (FitRecord(fit_text(f), "table", source_text(f), FitReport(None, 0, 0, 0.0)) for f in modules)
    return modules, FitSummary(tuple(records)), shown


def _refuse_lacking(network: SamplingNetwork, joint: Table) -> None:
    needed = dict.fromkeys(name for fit in network.fits for name in fit.variables)
    missing = [name for name in needed if name not in joint.names]
    if missing:
        raise no_axis(missing, joint.names)


def _filled(table: Array, joint: Table, target: str, states: int) -> Array:
    """The table, filled with the marginal of the target for conditions of probability zero."""
    marginal = joint.marginal([target]).array()[:states]
    return np.where(table.sum(-1, keepdims=True) > 0, table, marginal / marginal.sum())
