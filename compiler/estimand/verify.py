"""The verifier of estimands, run at stage borders always."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from ..graph.varset import VarSet
from ..model.data import DataSet
from ..model.rows import SomeRows, data_of, indicators_read, rows_of
from ..model.worlds import Policy
from .algebra import (
    Arithmetic,
    Conditional,
    Estimand,
    Expression,
    Interim,
    Kernel,
    Marginal,
    Never,
    Product,
    Same,
    Wired,
)


class InvalidEstimandError(AssertionError):
    """An estimand that breaks its own rules: a fault of dofx, not of its user."""


def verify(estimand: Estimand) -> Estimand:
    """The estimand itself, once every rule holds. It takes time linear in the estimand.

    Raises:
        InvalidEstimandError: With every broken rule, one per line.
    """
    found = faults(estimand)
    if found:
        raise InvalidEstimandError("\n".join(found))
    return estimand


def faults(estimand: Estimand) -> list[str]:
    """Every rule broken, in words."""
    check = _Verifier(estimand)
    check.query()
    for kernel in estimand.kernels:
        check.kernel(kernel)
    check.answer()
    return check.faults


class _Verifier:
    def __init__(self, estimand: Estimand) -> None:
        self.estimand = estimand
        self.order = estimand.order
        self.known: dict[str, tuple[int, int]] = {}
        """The masks of outputs and inputs of the kernels defined so far."""
        self.faults: list[str] = []
        self.where = "query"

    def fault(self, text: str) -> None:
        self.faults.append(f"{self.where}: {text}")

    def names(self, mask: int) -> str:
        """Names in a message, in order."""
        return ", ".join(self.order.set(mask))

    def asked(self, names: Iterable[str]) -> int:
        """The mask of a role's variables, those that the order lacks left out."""
        return self.order.mask(name for name in names if name in self.order.index)

    def sets(self, *sets: VarSet) -> None:
        """Sets are masks over the estimand's own order."""
        for names in sets:
            if (names.order is not self.order and names.order != self.order) or names.mask >> len(
                self.order.names
            ):
                self.fault("a set of variables in another order")

    def query(self) -> None:
        """The order names each variable once; each role's variables are in it, and in one role only."""
        estimand = self.estimand
        if len(self.order.index) < len(self.order.names):
            self.fault("the order names a variable twice")
        if not estimand.query.outcomes:
            self.fault("no outcome")
        seen, query = set[str](), estimand.query
        for name in (*query.inputs, *map(query.label, query.asked)) if query.plain else ():
            if name not in self.order.index:
                self.fault(f"{name} is not in the order")
            if name in seen:
                self.fault(f"{name} stands twice")
            seen.add(name)
        for name, variable in estimand.aliases:
            if name not in self.order.index or variable in dict(estimand.aliases):
                self.fault(f"{name} is not in the order, or {variable} is not a variable")

    def kernel(self, kernel: Kernel) -> None:
        """A definition is over its outputs, and depends on nothing but its inputs."""
        self.where = kernel.name
        self.sets(kernel.outputs, kernel.inputs)
        outputs, inputs = kernel.outputs.mask, kernel.inputs.mask
        if kernel.name in self.known:
            self.fault("the name is taken")
        if not outputs:
            self.fault("no outputs")
        if outputs & inputs:
            self.fault(f"{self.names(outputs & inputs)} is both output and input")
        unread = set(kernel.world.variables if kernel.world else ()) - set(kernel.inputs)
        if unread:
            self.fault(f"{', '.join(sorted(unread))} is set in its world, but not among the inputs")
        defined, mentioned = self.expression(kernel.body)
        if defined != outputs:
            self.fault(f"over {self.names(defined)}, not over its outputs {self.names(outputs)}")
        if mentioned & ~defined & ~inputs:
            self.fault(f"depends on {self.names(mentioned & ~defined & ~inputs)}, not among its inputs")
        self.known[kernel.name] = outputs, inputs

    def answer(self) -> None:
        """The body is over the outcomes."""
        self.where = "answer"
        defined, _ = self.expression(self.estimand.body)
        query = self.estimand.query
        open_ = (query.label(event) for event in query.asked if event.value is None)
        outcomes = self.asked(query.outcomes if query.plain else open_)
        if not query.plain:  # what is asked and set or given too is no outcome any more
            defined |= outcomes & self.asked(query.label(event) for event in query.given)
        if defined != outcomes:
            self.fault(f"over {self.names(defined)}, not over the outcomes {self.names(outcomes)}")

    def expression(self, expression: Expression) -> tuple[int, int]:
        """The masks of what an expression is over and of what it mentions, its faults noted."""
        match expression:
            case Conditional():
                return self.conditional(expression)
            case Product(factors):
                return self.product(factors)
            case Marginal(over, body):
                self.sets(over)
                if not over:
                    self.fault("a sum over nothing")
                if isinstance(body, Marginal):
                    self.fault("a sum of a sum")
                defined, mentioned = self.expression(body)
                if over.mask & ~defined:
                    self.fault(
                        f"sums over {self.names(over.mask & ~defined)}, which its body does not define"
                    )
                return defined & ~over.mask, mentioned & ~over.mask
            case Wired():
                return self.wired(expression)
            case Never(over):
                self.sets(over)
                return over.mask, over.mask
            case Arithmetic(operator, left, right):
                defined, mentioned = self.expression(left)
                other, more = self.expression(right)
                if operator != "/" and defined != other:
                    kind = "difference" if operator == "-" else "sum"
                    self.fault(f"a {kind} of distributions over different variables")
                if operator == "/" and other & ~defined:
                    self.fault(f"a quotient by what it does not define, {self.names(other & ~defined)}")
                return defined & ~other if operator == "/" else defined, mentioned | more
            case _:
                assert_never(expression)

    def wired(self, expression: Wired) -> tuple[int, int]:
        """Wires replace variables that are free in the body by names of the same order."""
        defined, mentioned = self.expression(expression.body)
        if not expression.wires:
            self.fault("a body without wires")
        known = True
        for variable, wire in expression.wires:
            for name in (variable, wire) if isinstance(wire, str) else (variable,):
                if name not in self.order.index:
                    known = False
                    self.fault(f"the wire of {variable} is not in the order")
            if known and not mentioned >> self.order.index[variable] & 1:
                self.fault(f"{variable} is wired and not free in the body")
        if len({variable for variable, _ in expression.wires}) < len(expression.wires):
            self.fault("a variable has two wires")
        return (expression.moved(defined), expression.moved(mentioned)) if known else (defined, mentioned)

    def product(self, factors: tuple[Expression, ...]) -> tuple[int, int]:
        """No two factors define the same variable."""
        if len(factors) == 1:
            self.fault("a product of 1")
        defined = mentioned = 0
        for factor in factors:
            if isinstance(factor, Product):
                self.fault("a product in a product")
            own, read = self.expression(factor)
            if own & defined:
                self.fault(f"two factors define {self.names(own & defined)}")
            defined |= own
            mentioned |= read
        return defined, mentioned

    def rows(self, leaf: Conditional) -> None:
        """The rows of a data set show every column with holes that is read there, and name no other indicator."""
        rows, data = rows_of(leaf.of), data_of(leaf.of)
        holes = self.estimand.holes if data is None else self.estimand.holes.of(data.name)
        if data is not None:
            hidden = ({*leaf.targets, *leaf.given} & holes.columns) - {*rows.shows}
            if hidden:
                self.fault(f"{', '.join(sorted(hidden))} may be a hole in its rows")
        strange = indicators_read(rows) - holes.keys()
        if strange:
            self.fault(f"no indicator is named {', '.join(sorted(strange))}")

    def conditional(self, leaf: Conditional) -> tuple[int, int]:
        """Targets are not given; a conditional of a kernel keeps to the variables of that kernel."""
        targets, given = leaf.targets.mask, leaf.given.mask
        self.sets(leaf.targets, leaf.given)
        if not targets:
            self.fault("a probability of nothing")
        if targets & given:
            self.fault(f"{self.names(targets & given)} is both target and given")
        self.rows(leaf)
        match leaf.of:
            case DataSet() | SomeRows():
                pass
            case Policy() | Same():
                if targets.bit_count() != 1 or (isinstance(leaf.of, Same) and given.bit_count() != 1):
                    self.fault(f"{leaf.of.name} sets one variable, and a copy reads one")
            case Interim(name) if name not in self.known:
                self.fault(f"no earlier kernel is named {name}")
            case Interim(name):
                outputs, inputs = self.known[name]
                if targets & ~outputs:
                    self.fault(f"{self.names(targets & ~outputs)} is not among the outputs of {name}")
                if given & ~(outputs | inputs):
                    self.fault(f"{self.names(given & ~(outputs | inputs))} is not a variable of {name}")
        return targets, targets | given
