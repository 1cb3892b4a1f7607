"""The estimand algebra: what identification proves and every interpreter reads.

An expression denotes a kernel. Variables are scoped lexically: `Marginal` binds the variables it sums over,
and a name inside it means the bound value, not the outer one. Interim kernels are defined once, in order,
and referred to by name, so an estimand stays as small as its derivation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ...grammar.arguments import public
from ..graph.varset import Order, VarSet
from ..model.data import OBSERVED, DataSet
from ..model.query import Query
from ..model.worlds import World

if TYPE_CHECKING:
    import sympy

    from .table import Table


@dataclass(frozen=True, slots=True)
class Interim:
    """An interim kernel, defined earlier in the same estimand (the distribution ID line 7 recurses on)."""

    name: str


Source: TypeAlias = DataSet | Interim


@dataclass(frozen=True, slots=True)
class Conditional:
    """``P(targets | given)`` of a source. Inputs of an interim kernel that are not in `given` are idle."""

    targets: VarSet
    given: VarSet
    of: Source = OBSERVED


@dataclass(frozen=True, slots=True)
class Product:
    """The product of its factors, no variable a target of two of them. Built by `product`."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Marginal:
    """The sum of `body` over the values of `over`. Built by `marginal`."""

    over: VarSet
    body: Expression


Expression: TypeAlias = Conditional | Product | Marginal


def product(factors: Iterable[Expression]) -> Expression:
    """The product in normal form: flat, and no product of one."""
    flat: list[Expression] = []
    for factor in factors:
        flat.extend(factor.factors if isinstance(factor, Product) else (factor,))
    return flat[0] if len(flat) == 1 else Product(tuple(flat))


def marginal(over: VarSet, body: Expression) -> Expression:
    """The marginal in normal form: sums nothing twice, and no empty sum."""
    if not over:
        return body
    if isinstance(body, Marginal) and not over & body.over:
        return Marginal(over | body.over, body.body)
    return Marginal(over, body)


def leaves(expression: Expression) -> Iterator[Conditional]:
    """The conditionals in an expression, in the order written."""
    stack = [expression]
    while stack:
        node = stack.pop()
        match node:
            case Conditional():
                yield node
            case Product(factors):
                stack.extend(reversed(factors))
            case Marginal(_, body):
                stack.append(body)


def defines(expression: Expression) -> int:
    """The mask of the variables an expression is a distribution over."""
    match expression:
        case Conditional(targets):
            return targets.mask
        case Product(factors):
            mask = 0
            for factor in factors:
                mask |= defines(factor)
            return mask
        case Marginal(over, body):
            return defines(body) & ~over.mask


def mentions(expression: Expression) -> int:
    """The mask of the variables that occur free: those it is over, and those it depends on."""
    match expression:
        case Conditional(targets, given):
            return targets.mask | given.mask
        case Product(factors):
            mask = 0
            for factor in factors:
                mask |= mentions(factor)
            return mask
        case Marginal(over, body):
            return mentions(body) & ~over.mask


def reads(expression: Expression) -> int:
    """The mask of the free variables that an expression depends on but is not a distribution over."""
    return mentions(expression) & ~defines(expression)


@dataclass(frozen=True, slots=True)
class Kernel:
    """The definition of an interim kernel ``name(outputs ‖ inputs)``.

    Args:
        name: Its name.
        outputs: What it is a distribution over.
        inputs: What it may mention besides.
        body: Its value.
        world: What it is, causally: the distribution of its outputs in this world. None where that is not
            known. An input that the world does not set makes no difference.
    """

    name: str
    outputs: VarSet
    inputs: VarSet
    body: Expression
    world: World | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Estimand:
    """A causal query's answer in terms of the observational distribution.

    Args:
        query: What it answers.
        order: The topological order that every variable set in it follows.
        kernels: The interim kernels, each reading only earlier ones.
        body: The kernel ``outcomes ‖ interventions, conditions`` of the query. Any other variable free in it
            is *idle*: the value of the body is the same for each of its values.
    """

    query: Query
    order: Order
    kernels: tuple[Kernel, ...]
    body: Expression

    @property
    def idle(self) -> VarSet:
        """The free variables that the value does not depend on (Verma and Pearl 1990)."""
        return self.order.set(mentions(self.body)) - self.query.variables

    def kernel(self, name: str) -> Kernel:
        """The interim kernel of that name."""
        return next(kernel for kernel in self.kernels if kernel.name == name)

    @public()
    def text(self, *, expanded: bool = False) -> str:
        """Unicode text; `expanded` writes interim kernels out as quotients."""
        from ..printers.estimand_text import estimand_text

        return estimand_text(self, expanded=expanded)

    def __repr__(self) -> str:
        return f"Estimand({self})"

    def __str__(self) -> str:
        return self.text()

    @public()
    def latex(self, *, expanded: bool = False) -> str:
        """LaTeX for display mathematics."""
        from ..printers.estimand_latex import estimand_latex

        return estimand_latex(self, expanded=expanded)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def sympy(self) -> sympy.Expr:
        """A SymPy expression in which ``P`` is a function of events."""
        from ..printers.estimand_sympy import estimand_sympy

        return estimand_sympy(self)

    def to_json(self) -> dict[str, Any]:
        """Plain data for `json.dumps`; `from_json` reads it back."""
        from ..printers.estimand_json import estimand_to_json

        return estimand_to_json(self)

    @staticmethod
    def from_json(data: dict[str, Any]) -> Estimand:
        """The estimand that `to_json` wrote."""
        from ..printers.estimand_json import estimand_from_json

        return estimand_from_json(data)

    @public()
    def evaluate(self, joint: Table) -> Table:
        """The exact answer on a joint table: one axis for each name of the query that has no value there.

        Args:
            joint: Probabilities of the observed variables (at least those the estimand mentions).

        Raises:
            ValueError: If the table lacks a variable, or a value of the query is no entry of its axis.
        """
        from .exact import evaluate

        return evaluate(self, joint)
