"""Estimands as SymPy expressions, in which `P` is a function of events and summed symbols are bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from sympy.core.symbol import Str

from ...estimand.algebra import Estimand
from .latex import symbol
from .layout import layout
from .pieces import Certain, Minus, Nothing, Piece, Pieces, Plus, Quotient, Sum, Term
from .runs import Name, Names
from .text import TEXT

__all__ = ["Cardinality", "Event", "P", "estimand_sympy"]


class Event(sympy.Basic):  # type: ignore[misc]
    """A variable taking a value: ``x`` while that is its own symbol, ``x = 1`` once it is a number."""

    def __new__(cls, variable: Any, value: Any) -> Event:
        """The event that a variable takes a value."""
        event: Event = super().__new__(cls, _name(variable), sympy.sympify(value))
        return event

    def _sympystr(self, printer: Any) -> str:
        return self._print(printer, str)

    def _latex(self, printer: Any) -> str:
        return self._print(printer, symbol)

    def _print(self, printer: Any, name: Callable[[str], str]) -> str:
        variable, value = _parts(self)
        generic = isinstance(value, sympy.Symbol) and value.name.partition("'")[0] == variable.name
        return str(printer._print(value)) if generic else f"{name(variable.name)} = {printer._print(value)}"


class Cardinality(sympy.Expr):  # type: ignore[misc]
    """The number of states of a variable, which count from 1; a mere name where it is continuous."""

    is_commutative = True
    is_integer = True
    is_positive = True
    is_finite = True

    def __new__(cls, variable: Any) -> Cardinality:
        """The number of states of a variable."""
        size: Cardinality = super().__new__(cls, _name(variable))
        return size

    def _sympystr(self, printer: Any) -> str:
        return f"|{_parts(self)[0].name}|"

    def _latex(self, printer: Any) -> str:
        return rf"\left|{symbol(_parts(self)[0].name)}\right|"


class P(sympy.Expr):  # type: ignore[misc]
    """``P(targets | given)``, the probability of events given events.

    Args:
        targets: Events.
        given: Events.
        source: The data set; ``P`` is the observational one.
        rows: What is said about the rows that it is computed from, if anything is.

    >>> x, y = Event("x", sympy.Symbol("x")), Event("y", sympy.Symbol("y"))
    >>> P([y], [x]), P([y], [x]).subs("x", 1)
    (P(y | x), P(y | x = 1))
    """

    is_commutative = True
    is_real = True
    is_nonnegative = True

    def __new__(cls, targets: Any, given: Any = (), source: Any = "P", rows: Any = "") -> P:
        """The probability of `targets` given `given`."""
        about = (_name(rows),) if str(rows) else ()
        term: P = super().__new__(cls, sympy.Tuple(*targets), sympy.Tuple(*given), _name(source), *about)
        return term

    def _sympystr(self, printer: Any) -> str:
        return self._print(printer, str, " | ")

    def _latex(self, printer: Any) -> str:
        return self._print(printer, symbol, r" \mid ")

    def _print(self, printer: Any, name: Callable[[str], str], bar: str) -> str:
        *events, source = _parts(self)[:3]
        rows = "".join(part.name for part in _parts(self)[3:])
        targets, given = (", ".join(map(printer._print, some)) for some in events)
        return name(source.name) + (f"({targets}{bar}{given}{rows})" if given else f"({targets}{rows})")

    def _eval_derivative(self, variable: sympy.Symbol) -> sympy.Expr:
        return sympy.Derivative(self, variable, evaluate=False)


def estimand_sympy(estimand: Estimand) -> sympy.Expr:
    """The right-hand side of an estimand, interim kernels written out as quotients.

    Free symbols are the query's variables and the idle ones, any value of which will do. Sums run over states
    1 to `Cardinality`; put numbers for those, and ``doit()`` writes the sums out.

    Raises:
        ValueError: If it would be too long written out.

    >>> from dofx.compiler.model.query import Query
    >>> from ...estimand.algebra import Conditional, Marginal, Product
    >>> from ...graph.varset import Order
    >>> order = Order("zxy")
    >>> none, z, y, zx = (order.of(*names) for names in ("", "z", "y", "zx"))
    >>> body = Marginal(z, Product((Conditional(z, none), Conditional(y, zx))))
    >>> estimand_sympy(Estimand(Query.of(("y",), ("x",)), order, (), body))
    Sum(P(y | x, z)*P(z), (z, 1, |z|))
    """
    page = layout(estimand, expanded=True, abridged=False)
    answer: sympy.Expr = _product(page.lines[-1].body)
    return answer


def _product(pieces: Pieces) -> Any:
    return sympy.Mul(*[_piece(piece) for piece in pieces])


def _piece(piece: Piece) -> Any:
    match piece:
        case Term(source, targets, given, set, shown, weights):
            return P(_events(targets), _events((*set, *given)), source, TEXT.rows(shown, weights))
        case Sum(over, body):
            limits = [(_symbol(name), 1, Cardinality(name.variable)) for name in _spelt(over)]
            return sympy.Sum(_product(body), *limits)
        case Quotient(above, below):
            return _product(above) / _product(below)
        case Minus(above, below):
            return _product(above) - _product(below)
        case Plus(parts):
            return sympy.Add(*map(_product, parts))
        case Certain(one, other):
            return sympy.Piecewise((1, sympy.Eq(_value(one), _value(other))), (0, True))
        case Nothing():
            return sympy.Integer(0)


def _events(names: Names) -> list[Event]:
    return [Event(name.variable, _value(name)) for name in _spelt(names)]


def _spelt(names: Names) -> list[Name]:
    return [name for name in names if isinstance(name, Name)]


def _value(name: Name) -> Any:
    """The symbol of a value, or the value that the query states: a number, or a symbol of its text."""
    match name.value:
        case None:
            return _symbol(name) if name.input is None else sympy.Symbol(name.input)
        case str() as text:
            return sympy.Symbol(text)
        case value:
            return sympy.sympify(value)


def _symbol(name: Name) -> sympy.Symbol:
    return sympy.Symbol(name.variable + ("'" * name.copy if name.copy < 4 else f"'{name.copy}"))


def _parts(node: sympy.Basic) -> tuple[Any, ...]:
    parts: tuple[Any, ...] = node.args
    return parts


def _name(text: Any) -> Str:
    return text if isinstance(text, Str) else Str(str(text))
