"""The nodes of the estimand algebra: an expression denotes a kernel, and is a tree of these six.

The whole of it; data sets, rows, policies and constants are in `model`:

    Expression  = Conditional | Product | Marginal | Wired | Never | Arithmetic
    Conditional = targets, given, of                 # P(targets | given) of a source
    Product     = factors
    Marginal    = over, body                         # a sum
    Wired       = body, wires, order                 # the body with other values in the place of some variables
    Never       = over                               # zero
    Arithmetic  = operator, left, right              # a quotient, a difference or a sum
    Source      = DataSet | SomeRows | Interim | Policy | Same
    Interim     = name                               # a kernel that the same estimand defines earlier
    Same        = name                               # a copy

Variables are scoped lexically: `Marginal` binds the variables it sums over, and a name inside it means the bound value,
not the outer one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..graph.varset import Order, VarSet
from ..model.data import OBSERVED, DataSet
from ..model.rows import SomeRows
from ..model.worlds import Constant, Policy


@dataclass(frozen=True, slots=True)
class Interim:
    """An interim kernel, defined earlier in the same estimand (the distribution ID line 7 recurses on)."""

    name: str


@dataclass(frozen=True, slots=True)
class Same:
    """The mechanism that copies: with certainty, the one target has the value of the one variable that is given."""

    name: str = "same"


Source: TypeAlias = DataSet | SomeRows | Interim | Policy | Same
"""Where a conditional comes from: the rows of a data set or some of them, an interim kernel, a policy, or a copy."""


@dataclass(frozen=True, slots=True)
class Conditional:
    """``P(targets | given)`` of a source. Inputs of an interim kernel that are not in `given` are idle.

    A conditional of a policy is the policy's table: its target and its given names are the axes of that table, which
    are not always variables of the graph (see `policies.policy_axes`); a `Wired` around it says what they are here.

    Args:
        targets: What it is a distribution of.
        given: What it depends on.
        of: The distribution that it is a conditional of.
    """

    targets: VarSet
    given: VarSet
    of: Source = OBSERVED

    @property
    def kernel(self) -> str | None:
        """The name of the interim kernel that it is a conditional of; None where it is one of something else."""
        return self.of.name if isinstance(self.of, Interim) else None


@dataclass(frozen=True, slots=True)
class Product:
    """The product of its factors, no variable a target of two of them. Built by `product`."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Marginal:
    """The sum of `body` over the values of `over`. Built by `marginal`."""

    over: VarSet
    body: Expression


Wire: TypeAlias = Constant | str
"""What stands in place of a variable: a value that the query states, or another name of the order."""

Wires: TypeAlias = tuple[tuple[str, Wire], ...]
"""Variables, each with its wire."""


@dataclass(frozen=True, slots=True)
class Wired:
    """The body with some of its free variables replaced, all at once. Built by `wired`.

    This is how one mechanism is read in several worlds: ``P(y | x, m)`` with x wired to the constant 1 and m left
    alone is y where x is set to 1. A variable that the body is a distribution over may be wired too: to a name, and
    the result is a distribution over that name; or to a constant, and it is the probability of that value. Wires mean
    names outside of the body, so no sum in the body binds them.

    Args:
        body: What is read, in its own variables.
        wires: The variables that are replaced, each free in the body, with what stands for them.
        order: The order that the names of the wires are in, the same as the body's.
    """

    body: Expression
    wires: Wires
    order: Order

    def moved(self, mask: int) -> int:
        """The names that stand for some variables of the body; a constant has none."""
        kept, index = mask, self.order.index
        for variable, _ in self.wires:
            kept &= ~(1 << index[variable])
        for variable, wire in self.wires:
            if mask >> index[variable] & 1 and isinstance(wire, str):
                kept |= 1 << index[wire]
        return kept


@dataclass(frozen=True, slots=True)
class Never:
    """Zero, for every value of what it is over: the events exclude each other."""

    over: VarSet


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A quotient, a difference or a sum of two expressions, where neither is a conditional of the other.

    Args:
        operator: ``/`` where the left is divided by the right, which it also defines; ``-`` where the right, over the
            same names, is subtracted; ``+`` where it is added.
        left: The first expression.
        right: The second expression.
    """

    operator: Literal["/", "-", "+"]
    left: Expression
    right: Expression


Expression: TypeAlias = Conditional | Product | Marginal | Wired | Never | Arithmetic
