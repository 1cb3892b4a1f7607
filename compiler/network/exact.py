"""The exact interpreter of sampling networks: what they sample when every generator is exact."""

from __future__ import annotations

from ...grammar.arguments import refused
from ..estimand.contraction import Array, Operand, contract, normalised
from ..estimand.table import Table
from .ir import Data, Draw, Fit, Folded, SamplingNetwork, Simulated, Stage


def evaluate(network: SamplingNetwork, joint: Table, *, rows: bool = False) -> Table:
    """The kernel ``outcomes ‖ interventions, conditions``: axes for interventions, conditions, outcomes.

    Args:
        network: The network.
        joint: Probabilities of the observed variables.
        rows: Take what may come from one real row from there, rather than draw by draw. On a distribution
            that is Markov to the graph this is the same.

    Raises:
        DofxError: E1002 if the joint table lacks a variable.
    """
    asked = network.interventions + network.conditions + network.outcomes
    missing = [name for name in asked if name not in joint.names]
    if missing:
        raise refused(f"the joint table has no axis for {', '.join(missing)}")
    interpreter = _Interpreter(network, joint, rows)
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


def perfect_tables(network: SamplingNetwork, joint: Table) -> dict[Fit, Array]:
    """What each generator of a network becomes when trained to perfection: target first, then the given.

    Where the conditions cannot occur, all is zero.

    Args:
        network: The network.
        joint: Probabilities of the variables that it mentions.
    """
    interpreter = _Interpreter(network, joint, rows=False)
    return {fit: interpreter.table(fit) for fit in network.fits}


class _Interpreter:
    def __init__(self, network: SamplingNetwork, joint: Table, rows: bool) -> None:
        self.network = network
        self.joint = joint
        self.rows = rows
        self._tables: dict[Fit, Array] = {}

    def operands(self, stage: Stage) -> list[Operand]:
        """One table a draw, or for all draws of a row, its axes labelled by ids."""
        rows: dict[str, list[Draw]] = {}
        for draw in stage.draws:
            rows.setdefault((self.rows and draw.row) or draw.id, []).append(draw)
        return [self.operand(row) for row in rows.values()]

    def operand(self, row: list[Draw]) -> Operand:
        """The table of a draw, or of a real row of several variables."""
        if len(row) == 1:
            return self.table(row[0].fit), (row[0].id, *row[0].reads)
        joint = self.joint.marginal([draw.variable for draw in row]).array()
        return joint, tuple(draw.id for draw in row)

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
            case Simulated(name) | Folded(name):
                stage = self.network.stage(name)
                operands = self.operands(stage)
                if stage.inputs:
                    operands.append((self.joint.marginal(stage.inputs).array(), stage.inputs))
                ids = dict(stage.outputs)
                return contract(operands, [ids.get(name, name) for name in names])
