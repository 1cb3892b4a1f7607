"""The exact interpreter of sampling networks: the distribution that they sample if every generator is exact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from ...grammar.arguments import refused
from ..estimand.contraction import Array, Operand, contract, normalised
from ..estimand.policies import policy_table
from ..estimand.table import Table
from .ir import DataSet, Draw, Fit, Folded, Policy, SamplingNetwork, Simulated, Stage


def evaluate(network: SamplingNetwork, joint: Table, policies: Mapping[str, Table] | None = None) -> Table:
    """The kernel ``outcomes ‖ interventions, conditions``: axes for interventions, conditions, outcomes.

    Args:
        network: The network.
        joint: Probabilities of the observed variables.
        policies: The table of each policy by name.

    Raises:
        DofxError: E1002 if the joint table lacks a variable, a value of the query is not an entry of its axis, or a
            policy is missing.
    """
    roles = network.query.roles
    missing = [variable for variable in dict.fromkeys(roles.values()) if variable not in joint.names]
    if missing:
        raise refused(f"the joint table has no axis for {', '.join(missing)}")
    interpreter = _Interpreter(network, joint, policies or {})
    answer = network.answer
    operands = interpreter.operands(answer)
    operands += [(interpreter.ones(variable), (id,)) for variable, id in answer.inputs]
    ids = dict(zip(network.query.outcomes, (id for _, id in answer.outputs), strict=True))
    present = [name for name in roles if name in network.inputs or name in ids]
    array = contract(operands, [ids.get(name, name) for name in present])
    for axis, (name, variable) in enumerate(roles.items()):
        if name not in present:
            array = array[(slice(None),) * axis + (None,)].repeat(joint.sizes[variable], axis)
    states = {name: joint.states[variable] for name, variable in roles.items() if variable in joint.states}
    return Table(roles, array, states).at(network.query.values)


def perfect_tables(network: SamplingNetwork, joint: Table) -> dict[Fit, Array]:
    """The table of each generator of a network after perfect training, with axes for the targets, then the conditions.

    For conditions of probability zero, all entries are zero.

    Args:
        network: The network.
        joint: The joint distribution of the variables in the network.
    """
    interpreter = _Interpreter(network, joint, {})
    return {fit: interpreter.table(fit) for fit in network.fits}


class _Interpreter:
    def __init__(self, network: SamplingNetwork, joint: Table, policies: Mapping[str, Table]) -> None:
        self.network = network
        self.joint = joint
        self.policies = policies
        self._tables: dict[Fit, Array] = {}

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

    def ones(self, name: str) -> Array:
        """A table of ones for a variable, which changes nothing in a product."""
        return self.joint.marginal([name]).array() * 0 + 1

    def table(self, fit: Fit) -> Array:
        """The table of a fit's generator after perfect training, with axes for the targets, then the conditions."""
        if fit not in self._tables:
            source = fit.source
            self._tables[fit] = (
                policy_table(source, fit.targets[0], self.policies, self.joint.sizes)
                if isinstance(source, Policy)
                else normalised(self.source(fit), len(fit.targets))
            )
        return self._tables[fit]

    def source(self, fit: Fit) -> Array:
        """The joint of a fit's variables in its source."""
        match fit.source:
            case DataSet():
                return self.joint.marginal(fit.variables).array()
            case Simulated(name) | Folded(name):
                stage = self.network.stage(name)
                operands = self.operands(stage)
                if stage.inputs:
                    operands.append((self.inputs(stage), stage.input_ids))
                supply = stage.supply
                return contract(operands, [supply[name] for name in fit.variables])
            case Policy():
                raise AssertionError("a policy is a conditional and has no joint")
            case _:
                assert_never(fit.source)

    def inputs(self, stage: Stage) -> Array:
        """The distribution of a stage's inputs while rows are simulated, which is the one of real rows.

        A variable that is an input twice gets two independent values.
        """
        variables = tuple(dict.fromkeys(stage.input_variables))
        again = [pair for place, pair in enumerate(stage.inputs) if pair[0] in stage.input_variables[:place]]
        first = [id for variable, id in stage.inputs if (variable, id) not in again]
        rows = (self.joint.marginal(variables).array(), tuple(first))
        others = [(self.joint.marginal([variable]).array(), (id,)) for variable, id in again]
        return contract([rows, *others], stage.input_ids)
