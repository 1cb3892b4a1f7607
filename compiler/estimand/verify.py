"""The verifier of estimands, run at stage borders always."""

from __future__ import annotations

from collections.abc import Iterable

from ..graph.varset import VarSet
from ..model.data import DataSet
from .algebra import Conditional, Estimand, Expression, Interim, Kernel, Marginal, Product


class InvalidEstimandError(AssertionError):
    """An estimand that breaks its own rules: a fault of dofx, not of its user."""


def verify(estimand: Estimand) -> Estimand:
    """The estimand itself, once every rule holds. It takes time linear in the estimand.

    Raises:
        InvalidEstimandError: With every rule broken, one a line.
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
        seen: set[str] = set()
        for name in estimand.query.variables:
            if name not in self.order.index:
                self.fault(f"{name} is not in the order")
            if name in seen:
                self.fault(f"{name} stands twice")
            seen.add(name)

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
        outcomes = self.asked(self.estimand.query.outcomes)
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

    def product(self, factors: tuple[Expression, ...]) -> tuple[int, int]:
        """No two factors define the same variable."""
        if len(factors) < 2:
            self.fault(f"a product of {len(factors)}")
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

    def conditional(self, leaf: Conditional) -> tuple[int, int]:
        """Targets are not given; a conditional of a kernel keeps to the variables of that kernel."""
        targets, given = leaf.targets.mask, leaf.given.mask
        self.sets(leaf.targets, leaf.given)
        if not targets:
            self.fault("a probability of nothing")
        if targets & given:
            self.fault(f"{self.names(targets & given)} is both target and given")
        match leaf.of:
            case DataSet():
                pass
            case Interim(name) if name not in self.known:
                self.fault(f"no earlier kernel is named {name}")
            case Interim(name):
                outputs, inputs = self.known[name]
                if targets & ~outputs:
                    self.fault(f"{self.names(targets & ~outputs)} is not among the outputs of {name}")
                if given & ~(outputs | inputs):
                    self.fault(f"{self.names(given & ~(outputs | inputs))} is no variable of {name}")
        return targets, targets | given
