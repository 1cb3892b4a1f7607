"""The exact interpreter of sampling networks: what they sample when every generator is exact."""

from __future__ import annotations

from ..estimand.contraction import Array, Operand, contract, normalised
from ..estimand.table import Table
from .ir import Data, Fit, SamplingNetwork, Simulated, Stage


def evaluate(network: SamplingNetwork, joint: Table) -> Table:
    """The kernel ``outcomes ‖ interventions, conditions``: axes for interventions, conditions, outcomes.

    Raises:
        ValueError: If the joint table lacks a variable.
    """
    asked = network.interventions + network.conditions + network.outcomes
    missing = [name for name in asked if name not in joint.names]
    if missing:
        raise ValueError(f"the joint table has no axis for {', '.join(missing)}")
    interpreter = _Interpreter(network, joint)
    answer = network.answer
    operands = interpreter.operands(answer)
    ids = dict(answer.outputs)
    present = [name for name in asked if name in answer.inputs or name in network.outcomes]
    operands += [(interpreter.ones(name), (name,)) for name in answer.inputs]
    array = contract(operands, [ids.get(name, name) for name in present])
    for axis, name in enumerate(asked):
        if name not in present:
            array = array[(slice(None),) * axis + (None,)].repeat(joint.sizes[name], axis)
    return Table(asked, array)


class _Interpreter:
    def __init__(self, network: SamplingNetwork, joint: Table) -> None:
        self.network = network
        self.joint = joint
        self._tables: dict[Fit, Array] = {}

    def operands(self, stage: Stage) -> list[Operand]:
        """One table a draw, its axes labelled by ids."""
        return [(self.table(draw.fit), (draw.id, *draw.reads)) for draw in stage.draws]

    def ones(self, name: str) -> Array:
        """A table that leaves a variable as it is."""
        return self.joint.marginal([name]).array() * 0 + 1

    def table(self, fit: Fit) -> Array:
        """What the generator of a fit becomes when trained to perfection: target first, then the given."""
        if fit not in self._tables:
            self._tables[fit] = normalised(self.source(fit), 1)
        return self._tables[fit]

    def source(self, fit: Fit) -> Array:
        """The joint of a fit's variables in its source."""
        names = (fit.target, *fit.given)
        match fit.source:
            case Data():
                return self.joint.marginal(names).array()
            case Simulated(name):
                stage = self.network.stage(name)
                operands = self.operands(stage)
                if stage.inputs:
                    operands.append((self.joint.marginal(stage.inputs).array(), stage.inputs))
                ids = dict(stage.outputs)
                return contract(operands, [ids.get(name, name) for name in names])
