"""The exact interpreter of sampling networks: the distribution that they sample if every generator is exact."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import assert_never

import numpy as np

from ...grammar.syntax.program import Value
from ..estimand.contraction import Array, Operand, contract
from ..estimand.errors import no_answer, no_axis
from ..estimand.gaps import Cases, agree, determined
from ..estimand.policies import policy_table
from ..estimand.table import Table
from ..estimand.tables import Tables
from ..model.data import ALONE
from .ir import DataSet, Draw, Fit, Folded, Policy, SamplingNetwork, Simulated, SomeRows, Stage


def evaluate(
    network: SamplingNetwork,
    joint: Table | Mapping[str, Table],
    policies: Mapping[str, Table] | None = None,
) -> Table:
    """The kernel ``outcomes ‖ interventions, conditions``: axes for interventions, conditions, outcomes.

    A name with a value in the query has no axis, and one that the answer does not depend on has an axis if a table
    has its variable.

    Args:
        network: The network.
        joint: Probabilities of the observed variables, or the table of each data set.
        policies: The table of each policy by name.

    Returns:
        The table. Where it needs cases that the joint table has none of, its entries are NaN.

    Raises:
        DofxError: E1002 if a table lacks a variable or is missing, or a value of the query is not an entry of its axis;
            if the tables have none of the cases that are needed, and of several data sets also if that is so at one
            of the settings.
    """
    tables = Tables(joint, network.read, network.holes)

    def compute(cases: Cases) -> Table:
        return _table(_Interpreter(network, tables, policies or {}, cases))

    return determined(network.query, network.data != ALONE, compute)


def _table(interpreter: _Interpreter) -> Table:
    """What a network samples."""
    network, tables = interpreter.network, interpreter.joint
    query, answer = network.query, network.answer
    operands = interpreter.operands(answer)
    operands += [(np.ones(interpreter.size(variable)), (id,)) for variable, id in answer.inputs]
    ids = dict(zip(query.outcomes, (id for _, id in answer.outputs), strict=True))
    open_ = {query.label(event) for event in (*query.given, *query.asked) if event.value is None}
    stated = () if query.plain else query.values.keys() - open_
    roles = {name: variable for name, variable in query.roles.items() if name not in stated or name in ids}
    kept = [
        name
        for name, variable in roles.items()
        if name in network.inputs or name in ids or variable in tables.sizes
    ]
    present = [name for name in kept if name in network.inputs or name in ids]
    array = contract(operands, [ids.get(name, name) for name in present])
    for axis, name in enumerate(kept):
        if name not in present:
            array = array[(slice(None),) * axis + (None,)].repeat(tables.sizes[roles[name]], axis)
    states = {name: tables.states[roles[name]] for name in kept if roles[name] in tables.states}
    values = {name: value for name, value in query.values.items() if query.plain or name not in open_}
    both = [
        (name, event.value)
        for event in query.asked
        if event.value is not None and (name := query.label(event)) in open_
    ]
    return _only(both, Table(kept, array, states)).at(values)


def _only(stated: Sequence[tuple[str, Value]], table: Table) -> Table:
    """A table in which only some values of axes are possible: the values that the query states beside the axis."""
    array = table.array().copy()
    for name, value in stated:
        axis = table.names.index(name)
        array[(slice(None),) * axis + (np.arange(array.shape[axis]) != table.entry(name, value),)] = 0.0
    return Table(table.names, array, table.states) if stated else table


def perfect_tables(network: SamplingNetwork, joint: Table | Mapping[str, Table]) -> dict[Fit, Array]:
    """The table of each generator of a network after perfect training, with axes for the targets, then the conditions.

    For conditions of probability zero, all entries are zero, and for those of which some rows have none to stand for
    them.

    Args:
        network: The network.
        joint: The joint distribution of the variables in the network, or one for each data set.

    Raises:
        DofxError: E1002 if that is so for all conditions of a generator on weighted rows.
    """
    tables = Tables(joint, network.read, network.holes)
    interpreter, other = (_Interpreter(network, tables, {}, Cases(made_up=each)) for each in (False, True))
    found = {fit: interpreter.table(fit) for fit in network.fits}
    for fit in (each for each in network.fits if each.rows.weights):
        known = agree(found[fit], other.table(fit), range(len(fit.targets)))
        if not known.any():
            raise no_answer(network.query, "")
        found[fit] = np.where(known, found[fit], 0.0)
    return found


class _Interpreter:
    def __init__(
        self, network: SamplingNetwork, joint: Tables, policies: Mapping[str, Table], cases: Cases
    ) -> None:
        self.network = network
        self.joint = joint
        self.policies = policies
        self.cases = cases
        self._tables: dict[Fit, Array] = {}

    def size(self, variable: str) -> int:
        """The number of states of a variable."""
        if variable not in self.joint.sizes:
            raise no_axis(variable)
        return self.joint.sizes[variable]

    def operands(self, stage: Stage) -> list[Operand]:
        """One table per draw at its constants, with axes labelled by ids."""
        return [self.operand(draw) for draw in stage.draws]

    def operand(self, draw: Draw) -> Operand:
        """The table of a draw at its constants, with an axis for each value that it draws or reads."""
        table = self.table(draw.fit)
        entries = [
            slice(None) if isinstance(wire, str) else self.joint.entry(variable, wire.value)
            for variable, wire in draw.given
        ]
        return table[(..., *entries)], (*draw.ids, *draw.reads)

    def table(self, fit: Fit) -> Array:
        """The table of a fit's generator after perfect training, with axes for the targets, then the conditions."""
        if fit not in self._tables:
            source = fit.source
            self._tables[fit] = (
                policy_table(source, fit.targets[0], self.policies, self.joint.sizes, self.joint.states)
                if isinstance(source, Policy)
                else self.cases.shares(self.source(fit), len(fit.targets))
            )
        return self._tables[fit]

    def source(self, fit: Fit) -> Array:
        """The joint of a fit's variables in its source."""
        match fit.source:
            case DataSet() | SomeRows():
                return self.cases.joint(self.joint, fit.source, fit.variables)
            case Simulated(name) | Folded(name):
                stage = self.network.stage(name)
                operands = self.operands(stage)
                if stage.inputs:
                    operands.append((self.inputs(stage), stage.input_ids))
                return contract(operands, stage.supplying(fit.variables))
            case Policy():
                raise AssertionError("a policy is a conditional and has no joint")
            case _:
                assert_never(fit.source)

    def inputs(self, stage: Stage) -> Array:
        """The distribution of a stage's inputs while rows are simulated, which is the one of real rows.

        A variable that is an input twice gets two independent values.
        """
        again = [pair for place, pair in enumerate(stage.inputs) if pair[0] in stage.input_variables[:place]]
        first: dict[Hashable, str] = {(name, 0): id for name, id in stage.inputs if (name, id) not in again}
        rows = [
            (array, tuple(first[label] for label in labels))
            for array, labels in self.joint.law(name for name, id in stage.inputs if (name, id) not in again)
        ]
        others = [(array, (id,)) for name, id in again for array, _ in self.joint.law([name])]
        return contract([*rows, *others], stage.input_ids)
