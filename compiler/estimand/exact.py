"""The exact interpreter: an estimand's value on finite tables, by contraction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, assert_never

import numpy as np

from ...grammar.arguments import refused
from ..model.data import OBSERVED, DataSet
from ..model.worlds import Constant, Policy
from .algebra import Conditional, Estimand, Expression, Interim, Marginal, Never, Product, Same, Wired
from .contraction import Array, Operand, contract, normalised
from .policies import policy_table
from .table import Table

Label: TypeAlias = tuple[str, int]
"""A name and which of its bound copies is meant; copy 0 is the free one."""

Place: TypeAlias = Label | Constant
"""What a variable of a conditional stands for: a label, or one entry of its axis."""


def evaluate(
    estimand: Estimand, joint: Table | Mapping[str, Table], policies: Mapping[str, Table] | None = None
) -> Table:
    """The kernel ``outcomes ‖ interventions, conditions``: axes for interventions, conditions, outcomes.

    Idle variables are averaged over their observed distribution. A name with a value in the query has no axis, and
    one that the answer does not depend on has an axis if a table has its variable.

    Args:
        estimand: The estimand.
        joint: The joint table of the observed variables, or the table of each data set.
        policies: The table of each policy.

    Raises:
        DofxError: E1002 if a table lacks a variable or is missing, or a value of the query is no entry of its axis.
    """
    interpreter = _Interpreter(estimand, joint, policies or {})
    operands = interpreter.operands(estimand.body, {})
    idle = tuple(estimand.idle)
    if idle:
        operands.append((interpreter.marginal(OBSERVED, idle), tuple((name, 0) for name in idle)))
    present = {label for _, labels in operands for label in labels}
    axes, variables = interpreter.axes, estimand.query.roles
    array = contract(operands, [(name, 0) for name in axes if (name, 0) in present])
    kept = [name for name in axes if (name, 0) in present or variables[name] in interpreter.sizes]
    for axis, name in enumerate(kept):
        if (name, 0) not in present:
            size = interpreter.sizes[variables[name]]
            array = array[(slice(None),) * axis + (None,)].repeat(size, axis)
    known = interpreter.states
    table = Table(kept, array, {name: known[variables[name]] for name in kept if variables[name] in known})
    return table.at(estimand.query.values) if estimand.query.plain else table


class _Interpreter:
    def __init__(
        self, estimand: Estimand, joint: Table | Mapping[str, Table], policies: Mapping[str, Table]
    ) -> None:
        self.estimand = estimand
        self.tables = {OBSERVED.name: joint} if isinstance(joint, Table) else dict(joint)
        self.policies = policies
        self.sizes = {name: size for table in self.tables.values() for name, size in table.sizes.items()}
        self.states = {name: some for table in self.tables.values() for name, some in table.states.items()}
        self.copies = 0
        self._variables = dict(estimand.aliases)
        self._marginals: dict[tuple[DataSet, tuple[str, ...]], Array] = {}

    @property
    def axes(self) -> list[str]:
        """The names that the answer may have an axis for."""
        query = self.estimand.query
        if query.plain:
            return list(query.variables)
        opened = [query.label(event) for event in (*query.given, *query.asked) if event.value is None]
        return list(dict.fromkeys((*query.interventions, *opened)))

    def size(self, name: str) -> int:
        """The number of states of a name."""
        variable = self._variables.get(name, name)
        if variable not in self.sizes:
            raise refused(f"the joint table has no axis for {variable}")
        return self.sizes[variable]

    def entry(self, name: str, constant: Constant) -> int:
        """The place of a value among the states of a name."""
        variable = self._variables.get(name, name)
        states = {variable: self.states[variable]} if variable in self.states else None
        return Table([variable], np.zeros(self.size(name)), states).entry(variable, constant.value)

    def operands(self, expression: Expression, scope: Mapping[str, Place]) -> list[Operand]:
        """The tables that an expression multiplies, bound variables renamed apart, constants taken out."""
        match expression:
            case Conditional(targets, given):
                return [self.placed(self.conditional(expression), (*targets, *given), scope)]
            case Product(factors):
                return [operand for factor in factors for operand in self.operands(factor, scope)]
            case Marginal(over, body):
                self.copies += 1
                return self.operands(body, {**scope, **{name: (name, self.copies) for name in over}})
            case Wired(body, wires):
                outer = {
                    variable: wire if isinstance(wire, Constant) else scope.get(wire, (wire, 0))
                    for variable, wire in wires
                }
                return self.operands(body, {**scope, **outer})
            case Never(over):
                return [self.placed(np.zeros([self.size(name) for name in over]), tuple(over), scope)]
            case _:
                assert_never(expression)

    def placed(self, array: Array, names: tuple[str, ...], scope: Mapping[str, Place]) -> Operand:
        """A table at its constants, its axes labelled by what its names stand for."""
        places = [scope.get(name, (name, 0)) for name in names]
        entries = [
            self.entry(name, place) if isinstance(place, Constant) else slice(None)
            for name, place in zip(names, places, strict=True)
        ]
        return array[tuple(entries)], tuple(place for place in places if not isinstance(place, Constant))

    def conditional(self, leaf: Conditional) -> Array:
        """The table of a conditional, its axes the targets, then the given."""
        names = (*leaf.targets, *leaf.given)
        match leaf.of:
            case DataSet():
                return normalised(self.marginal(leaf.of, names), len(leaf.targets))
            case Interim():
                return normalised(self.interim(leaf.of, names), len(leaf.targets))
            case Policy():
                return self.policy(leaf.of, names)
            case Same():
                return np.eye(self.size(names[0]))
            case _:
                assert_never(leaf.of)

    def policy(self, policy: Policy, names: tuple[str, ...]) -> Array:
        """The table of a policy, its axes in the order of `names`, of which the first is what it sets."""
        sets = self._variables.get(names[0], names[0])
        written = (names[0], *map(str, policy.reads))
        table = policy_table(policy, sets, self.policies, self.sizes)
        return table.transpose([written.index(name) for name in names])

    def marginal(self, of: DataSet, names: tuple[str, ...]) -> Array:
        """The joint of some variables in a data set."""
        if (of, names) not in self._marginals:
            table = self.tables.get(of.name)
            if table is None:
                raise refused(f"there is no table for the data set {of.name}")
            missing = [name for name in names if name not in table.names]
            if missing:
                raise refused(f"the joint table has no axis for {', '.join(missing)}")
            self._marginals[of, names] = table.marginal(names).array()
        return self._marginals[of, names]

    def interim(self, source: Interim, names: tuple[str, ...]) -> Array:
        """The joint of some variables of an interim kernel, its inputs distributed as observed.

        Inputs of several worlds have no joint distribution that is observed: each value of them counts the same.
        """
        kernel = self.estimand.kernel(source.name)
        operands = self.operands(kernel.body, {})
        inputs = tuple(name for name in kernel.inputs if name not in self._variables)
        if inputs:
            operands.append((self.marginal(OBSERVED, inputs), tuple((name, 0) for name in inputs)))
        for name in kernel.inputs - inputs:
            operands.append((np.ones(self.size(name)), ((name, 0),)))
        return contract(operands, [(name, 0) for name in names])
