"""The exact interpreter: an estimand's value on finite tables, by contraction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, assert_never

import numpy as np

from ..model.data import ALONE, DataSet
from ..model.query import Query
from ..model.rows import SomeRows, data_of
from ..model.worlds import Constant, Policy
from .algebra import (
    Arithmetic,
    Conditional,
    Estimand,
    Expression,
    Interim,
    Marginal,
    Never,
    Product,
    Same,
    Wired,
    leaves,
    mentions,
)
from .contraction import Array, Operand, contract
from .errors import no_answer, no_axis
from .gaps import Cases, determined, setting
from .policies import policy_table
from .table import Table
from .tables import Tables

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

    Returns:
        The table. An entry is NaN if it depends on a conditional whose condition has probability zero there.

    Raises:
        DofxError: E1002 if a table is missing or lacks a variable, if a value of the query is not on its axis, or if
            every entry would be NaN. With several data sets, one such entry is enough.
    """
    query, tables = estimand.query, Tables(joint, estimand.data, estimand.holes)

    def compute(cases: Cases) -> Table:
        table = _table(_Interpreter(estimand, tables, policies or {}, cases))
        return table.at(query.values) if query.plain else table

    if query.plain and estimand.data != ALONE:
        _refuse_gaps(query, compute(Cases()))
    return determined(query, estimand.data != ALONE, compute)


def _table(interpreter: _Interpreter) -> Table:
    """The value of an estimand, also at the values that its query states."""
    estimand, tables = interpreter.estimand, interpreter.tables
    operands = interpreter.operands(estimand.body, {}) + tables.law(estimand.idle)
    present = {label for _, labels in operands for label in labels}
    axes, variables = interpreter.axes, estimand.query.roles
    array = contract(operands, [(name, 0) for name in axes if (name, 0) in present])
    kept = [name for name in axes if (name, 0) in present or variables[name] in tables.sizes]
    for axis, name in enumerate(kept):
        if (name, 0) not in present:
            size = tables.sizes[variables[name]]
            array = array[(slice(None),) * axis + (None,)].repeat(size, axis)
    known = tables.states
    return Table(kept, array, {name: known[variables[name]] for name in kept if variables[name] in known})


def _refuse_gaps(query: Query, answer: Table) -> None:
    """Refuse an answer that is no distribution somewhere: a data set had none of the cases that are needed there.

    Outcomes with a value have no axis; then a gap cannot be distinguished from a probability.

    Raises:
        DofxError: E1002 with the first setting that cannot be answered.
    """
    if set(query.outcomes) & set(query.values):
        return
    given = [name for name in answer.names if name not in query.outcomes]
    totals = answer.marginal(given).array()
    gaps = np.argwhere(np.abs(totals - 1) > 1e-6)
    if len(gaps):
        raise no_answer(query, setting(answer, given, gaps[0]))


class _Interpreter:
    """Computes the tables that an estimand multiplies.

    Args:
        estimand: The estimand.
        tables: The tables of its data sets.
        policies: The table of each policy.
        cases: What conditionals are where no case shows them.
    """

    def __init__(
        self, estimand: Estimand, tables: Tables, policies: Mapping[str, Table], cases: Cases
    ) -> None:
        self.estimand = estimand
        self.tables = tables
        self.policies = policies
        self.sizes, self.states = tables.sizes, tables.states
        self.copies = 0
        self.cases = cases
        self._variables = dict(estimand.aliases)

    @property
    def axes(self) -> list[str]:
        """The names that the answer may have an axis for."""
        query = self.estimand.query
        if query.plain:
            return list(query.variables)
        opened = [query.label(event) for event in (*query.given, *query.asked) if event.value is None]
        free = (name for name in query.interventions if name not in query.values)
        return list(dict.fromkeys((*free, *opened)))

    def size(self, name: str) -> int:
        """The number of states of a name."""
        variable = self._variables.get(name, name)
        if variable not in self.sizes:
            raise no_axis(variable)
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
            case Arithmetic():
                return [self.arithmetic(expression, scope)]
            case _:
                assert_never(expression)

    def arithmetic(self, expression: Arithmetic, scope: Mapping[str, Place]) -> Operand:
        """A quotient, a difference or a sum as one table."""
        arrays, labels = [], list[Label]()
        for half in (expression.left, expression.right):
            places = (scope.get(name, (name, 0)) for name in self.estimand.order.set(mentions(half)))
            free = [place for place in dict.fromkeys(places) if not isinstance(place, Constant)]
            arrays.append((contract(self.operands(half, scope), free), free))
            labels += [label for label in free if label not in labels]
        one, other = (
            array[(..., *[None] * (len(labels) - len(free)))].transpose(
                [[*free, *(label for label in labels if label not in free)].index(label) for label in labels]
            )
            for array, free in arrays
        )
        if expression.operator == "-":
            return np.asarray(one - other), tuple(labels)
        if expression.operator == "+":
            return np.asarray(one + other), tuple(labels)
        return self.cases.quotient(one, other, differs=_subtracts(expression.right)), tuple(labels)

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
            case DataSet() | SomeRows():
                return self.cases.shares(self.cases.joint(self.tables, leaf.of, names), len(leaf.targets))
            case Interim():
                return self.cases.shares(self.interim(leaf.of, names), len(leaf.targets))
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
        table = policy_table(policy, sets, self.policies, self.sizes, self.states)
        return table.transpose([written.index(name) for name in names])

    def interim(self, source: Interim, names: tuple[str, ...]) -> Array:
        """The joint of some variables of an interim kernel, its inputs distributed as observed.

        Inputs of several worlds have no joint distribution that is observed: each value of them counts the same.
        """
        kernel = self.estimand.kernel(source.name)
        own = [data for leaf in leaves(kernel.body) if (data := data_of(leaf.of))]
        inputs = tuple(name for name in kernel.inputs if name not in self._variables)
        operands = self.operands(kernel.body, {}) + self.tables.law(inputs, own)
        for name in kernel.inputs - inputs:
            operands.append((np.ones(self.size(name)), ((name, 0),)))
        return contract(operands, [(name, 0) for name in names])


def _subtracts(expression: Expression) -> bool:
    """Whether an expression is made of a difference, so that rounding may leave something of zero."""
    match expression:
        case Product(factors):
            return any(map(_subtracts, factors))
        case Marginal(_, body) | Wired(body, _):
            return _subtracts(body)
        case Arithmetic(operator, left, right):
            return operator == "-" or _subtracts(left) or _subtracts(right)
        case _:
            return False
