"""The estimand algebra: what identification proves and every interpreter reads.

Expressions are trees of the nodes of `nodes.py`, built in normal form by `product`, `marginal` and `wired`. Interim
kernels are defined once, in order, and referred to by name, so an estimand stays as small as its derivation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...grammar.edge.arguments import public
from ..graph.holes import NO_HOLES, Indicators
from ..graph.varset import Order, VarSet
from ..model.data import DataSet
from ..model.query import Query
from ..model.rows import data_of
from ..model.worlds import World
from .nodes import (
    Arithmetic,
    Conditional,
    Expression,
    Interim,
    Marginal,
    Never,
    Product,
    Same,
    Source,
    Wire,
    Wired,
    Wires,
)

if TYPE_CHECKING:
    import sympy

    from .table import Table

__all__ = [
    "Arithmetic",
    "Conditional",
    "Estimand",
    "Expression",
    "Interim",
    "Kernel",
    "Marginal",
    "Never",
    "Product",
    "Same",
    "Source",
    "Wire",
    "Wired",
    "Wires",
    "defines",
    "leaves",
    "marginal",
    "mentions",
    "product",
    "reads",
    "wired",
]


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


def wired(body: Expression, wires: Mapping[str, Wire], order: Order) -> Expression:
    """The body with free variables replaced, in normal form: wires stand at the conditionals, as far as they can.

    A wire of a variable that is not free in the body, or to the variable itself, is no wire. Wires move into a product
    and into a sum, unless a sum binds the name of a wire.

    >>> from ..model.worlds import Constant
    >>> order = Order(["x", "m", "y", "y[x=1]"])
    >>> body = Conditional(order.of("y"), order.of("x", "m"))
    >>> found = wired(body, {"x": Constant(1), "y": "y[x=1]", "z": Constant(0)}, order)
    >>> order.set(defines(found)), order.set(reads(found))
    ({y[x=1]}, {m})
    """
    free = order.set(mentions(body))
    needed = {variable: wire for variable, wire in wires.items() if variable in free and variable != wire}
    if not needed:
        return body
    match body:
        case Product(factors):
            return product(wired(factor, needed, order) for factor in factors)
        case Marginal(over, inner) if not any(
            wire in over for wire in needed.values() if isinstance(wire, str)
        ):
            return marginal(over, wired(inner, needed, order))
        case Wired(inner, before):
            through = {
                variable: needed.get(wire, wire) if isinstance(wire, str) else wire
                for variable, wire in before
            }
            left = {variable: wire for variable, wire in needed.items() if variable not in through}
            return wired(inner, {**left, **through}, order)
        case Arithmetic(operator, one, other):
            return Arithmetic(operator, wired(one, needed, order), wired(other, needed, order))
        case _:
            return Wired(body, tuple(sorted(needed.items(), key=lambda pair: order.index[pair[0]])), order)


def leaves(expression: Expression) -> Iterator[Conditional]:
    """The conditionals in an expression, in the order written, each in its own variables, without its wires."""
    stack = [expression]
    while stack:
        node = stack.pop()
        match node:
            case Conditional():
                yield node
            case Product(factors):
                stack.extend(reversed(factors))
            case Marginal(_, body) | Wired(body):
                stack.append(body)
            case Arithmetic(_, left, right):
                stack += (right, left)
            case Never():
                pass


def summands(expression: Expression) -> Iterator[Expression]:
    """What an expression is a sum of; itself, if it is none."""
    if isinstance(expression, Arithmetic) and expression.operator == "+":
        yield from summands(expression.left)
        yield from summands(expression.right)
    else:
        yield expression


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
        case Wired(body):
            return expression.moved(defines(body))
        case Never(over):
            return over.mask
        case Arithmetic(operator, left, right):
            return defines(left) & ~defines(right) if operator == "/" else defines(left)


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
        case Wired(body):
            return expression.moved(mentions(body))
        case Never(over):
            return over.mask
        case Arithmetic(_, left, right):
            return mentions(left) | mentions(right)


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
        query: The query that it answers.
        order: The topological order that every variable set in it follows.
        kernels: The interim kernels, each reading only earlier ones.
        body: The kernel ``outcomes ‖ interventions, conditions`` of the query. Any other variable free in it
            is *idle*: the value of the body is the same for each of its values. The values that a query in several
            worlds states are constants in the body; those of a plain query choose an entry of it.
        aliases: The names of the order that are not variables of the graph, each with the variable whose values it
            takes: ``y[x=0]`` takes the values of y, ``?a`` those of what it sets. They stand last in the order.
        holes: The indicators of the graph, each with the columns whose holes it decides about.
    """

    query: Query
    order: Order
    kernels: tuple[Kernel, ...]
    body: Expression
    aliases: tuple[tuple[str, str], ...] = ()
    holes: Indicators = NO_HOLES

    @property
    def idle(self) -> VarSet:
        """The free variables that the value does not depend on (Verma and Pearl 1990)."""
        return self.order.set(mentions(self.body)) - self.query.variables

    def variable_of(self, name: str) -> str:
        """The variable of the graph whose values a name of the order takes."""
        return dict(self.aliases).get(name, name)

    @property
    def data(self) -> tuple[DataSet, ...]:
        """The data sets that it reads, in the order written."""
        bodies = (*(kernel.body for kernel in self.kernels), self.body)
        found = (data_of(leaf.of) for body in bodies for leaf in leaves(body))
        return tuple(dict.fromkeys(data for data in found if data is not None))

    def kernel(self, name: str) -> Kernel:
        """The interim kernel of that name."""
        return next(kernel for kernel in self.kernels if kernel.name == name)

    @public()
    def text(self, *, expanded: bool = False) -> str:
        """Unicode text; `expanded` writes interim kernels out as quotients."""
        from ..printers.estimand.text import estimand_text

        return estimand_text(self, expanded=expanded)

    def __repr__(self) -> str:
        return f"Estimand({self})"

    def __str__(self) -> str:
        return self.text()

    @public()
    def latex(self, *, expanded: bool = False) -> str:
        """LaTeX for display mathematics."""
        from ..printers.estimand.latex import estimand_latex

        return estimand_latex(self, expanded=expanded)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def sympy(self) -> sympy.Expr:
        """A SymPy expression in which ``P`` is a function of events."""
        from ..printers.estimand.sympy import estimand_sympy

        return estimand_sympy(self)

    def to_json(self) -> dict[str, Any]:
        """Plain data for `json.dumps`; `from_json` reads it back."""
        from ..printers.estimand.json import estimand_to_json

        return estimand_to_json(self)

    @staticmethod
    def from_json(data: dict[str, Any]) -> Estimand:
        """The estimand that `to_json` wrote."""
        from ..printers.estimand.json import estimand_from_json

        return estimand_from_json(data)

    @public()
    def evaluate(
        self, joint: Table | Mapping[str, Table], *, policies: Mapping[str, Table] | None = None
    ) -> Table:
        """The exact answer on a joint table: one axis for each name of the query that has no value there.

        Args:
            joint: Probabilities of the observed variables (at least those the estimand mentions). Where there are
                several data sets, a table for each by its name: of what it measures and what it sets, with a
                distribution for each setting. Tables that it does not read are ignored. The axis of a column with
                holes has one more entry, the last, for the hole.
            policies: The table of each policy, by its name: its axes are what the policy reads, in the order written,
                then what it sets.

        Raises:
            DofxError: E1002 if a table lacks a variable or is missing, or if its axis lacks a value of the query.

        An intervention or condition that the answer does not depend on has an axis only if a table has it.
        """
        from .exact import evaluate

        return evaluate(self, joint, policies)
