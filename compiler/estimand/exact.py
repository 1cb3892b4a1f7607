"""The exact interpreter: an estimand's value on a finite joint table, by contraction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from ...grammar.arguments import refused
from ..model.data import DataSet
from .algebra import Conditional, Estimand, Expression, Interim, Marginal, Product
from .contraction import Array, Operand, contract, normalised
from .table import Table

Label: TypeAlias = tuple[str, int]
"""A variable and which of its bound copies is meant; copy 0 is the free one."""


def evaluate(estimand: Estimand, joint: Table) -> Table:
    """The kernel ``outcomes ‖ interventions, conditions``: axes for interventions, conditions, outcomes.

    Idle variables are averaged over their observed distribution. A name with a value in the query has no axis.

    Raises:
        DofxError: E1002 if the joint table lacks a variable, or a value of the query is no entry of its axis.
    """
    asked = estimand.query.variables
    missing = [name for name in asked if name not in joint.names]
    if missing:
        raise refused(f"the joint table has no axis for {', '.join(missing)}")
    interpreter = _Interpreter(estimand, joint)
    operands = interpreter.operands(estimand.body, {})
    idle = tuple(estimand.idle)
    if idle:
        operands.append((joint.marginal(idle).array(), tuple((name, 0) for name in idle)))
    present = {label for _, labels in operands for label in labels}
    output = [(name, 0) for name in asked if (name, 0) in present]
    array = contract(operands, output)
    for axis, name in enumerate(asked):
        if (name, 0) not in present:
            array = array[(slice(None),) * axis + (None,)].repeat(joint.sizes[name], axis)
    return Table(asked, array, joint.states).at(estimand.query.values)


class _Interpreter:
    def __init__(self, estimand: Estimand, joint: Table) -> None:
        self.estimand = estimand
        self.joint = joint
        self.copies = 0
        self._marginals: dict[tuple[str, ...], Array] = {}

    def operands(self, expression: Expression, scope: Mapping[str, Label]) -> list[Operand]:
        """The tables that an expression multiplies, bound variables renamed apart."""
        match expression:
            case Conditional(targets, given):
                labels = tuple(scope.get(name, (name, 0)) for name in (*targets, *given))
                return [(self.conditional(expression), labels)]
            case Product(factors):
                return [operand for factor in factors for operand in self.operands(factor, scope)]
            case Marginal(over, body):
                self.copies += 1
                return self.operands(body, {**scope, **{name: (name, self.copies) for name in over}})

    def conditional(self, leaf: Conditional) -> Array:
        """The table of a conditional, its axes the targets, then the given."""
        names = (*leaf.targets, *leaf.given)
        joint = self.marginal(names) if isinstance(leaf.of, DataSet) else self.interim(leaf.of, names)
        return normalised(joint, len(leaf.targets))

    def marginal(self, names: tuple[str, ...]) -> Array:
        """The observed joint of some variables."""
        if names not in self._marginals:
            self._marginals[names] = self.joint.marginal(names).array()
        return self._marginals[names]

    def interim(self, source: Interim, names: tuple[str, ...]) -> Array:
        """The joint of some variables of an interim kernel, its inputs distributed as observed."""
        kernel = self.estimand.kernel(source.name)
        operands = self.operands(kernel.body, {})
        inputs = tuple(kernel.inputs)
        if inputs:
            operands.append((self.marginal(inputs), tuple((name, 0) for name in inputs)))
        return contract(operands, [(name, 0) for name in names])
