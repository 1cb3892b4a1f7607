"""Policies as text, such as ``age > 60 and not ill``: expressions that are read and never run."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from ..variables import nearest
from .errors import no_expression

MOST = 2000
"""Characters of an expression, at most."""

_OF_TWO: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: np.isin,
    ast.NotIn: lambda value, among: ~np.isin(value, among),
    ast.And: np.logical_and,
    ast.Or: np.logical_or,
}
_OF_ONE: Mapping[type[ast.AST], Callable[[Any], Any]] = {
    ast.Not: np.logical_not,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "round": np.round,
    "min": lambda *values: reduce(np.minimum, values),
    "max": lambda *values: reduce(np.maximum, values),
}
_CONSTANTS = {"true": True, "false": False}
_KNOWN = "+ - * / %, comparisons, `and`, `or`, `not`, `in`, `a if b else c`, " + ", ".join(_FUNCTIONS)


class Expression:
    """A policy that an expression describes, as a function of arrays.

    The expression has the form of Python's. It is parsed and evaluated here, operator by operator, on arrays of rows;
    no Python is run.

    Args:
        policy: The name of the policy.
        text: The expression.
        reads: What the policy reads, in the order of the arrays; each is written as the query writes it.

    Raises:
        DofxError: E0464 if the text is not an expression of what the policy reads.

    >>> Expression("advice", "age > 60 and not ill", ["age", "ill"])(np.array([70, 70]), np.array([True, False]))
    array([False,  True])
    """

    def __init__(self, policy: str, text: str, reads: Sequence[str]) -> None:
        self._policy, self._text, self._reads = policy, text, tuple(reads)
        self._names = {read: read if read.isidentifier() else f"read_{i}_" for i, read in enumerate(reads)}
        for read, name in self._names.items():
            text = text.replace(read, name) if read != name else text
        if len(text) > MOST:
            raise self._wrong(f"it has more than {MOST:,} characters")
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise self._wrong("it is not an expression") from None
        self._check(self._tree)

    def __call__(self, *arrays: Any) -> Any:
        """The values that the policy sets, from an array ``(rows,)`` for each value that it reads."""
        known = dict(zip(self._names.values(), arrays, strict=True))
        with np.errstate(all="ignore"):
            return self._value(self._tree, known)

    def _check(self, node: ast.AST) -> None:
        """Refuse what has no meaning here, before any row is looked at."""
        match node:
            case ast.Constant(value) if isinstance(value, bool | int | float | str):
                return
            case ast.Name(name) if name in self._names.values() or name in _CONSTANTS:
                return
            case ast.Name(name):
                near = nearest(name, list(self._names))
                raise self._wrong(f"it uses `{name}`, which the policy does not read", near)
            case ast.BinOp(left, op, right) if type(op) in _OF_TWO:
                parts: list[ast.expr] = [left, right]
            case ast.Compare(left, ops, comparators) if all(type(op) in _OF_TWO for op in ops):
                parts = [left, *comparators]
            case ast.BoolOp(_, parts):
                pass
            case ast.UnaryOp(op, part) if type(op) in _OF_ONE:
                parts = [part]
            case ast.IfExp(test, body, orelse):
                parts = [test, body, orelse]
            case ast.Tuple(parts) | ast.List(parts):
                pass
            case ast.Call(ast.Name(function), parts, []) if function in _FUNCTIONS and parts:
                pass
            case _:
                raise self._wrong(f"`{ast.unparse(node)}` has no meaning in a policy")
        for part in parts:
            self._check(part)

    def _value(self, node: ast.AST, known: Mapping[str, Any]) -> Any:
        match node:
            case ast.Constant(value):
                return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
            case ast.Name(name):
                return known[name] if name in known else _CONSTANTS[name]
            case ast.BinOp(left, op, right):
                return _OF_TWO[type(op)](*(self._number(part, known) for part in (left, right)))
            case ast.UnaryOp(op, part):
                return _OF_ONE[type(op)](self._number(part, known))
            case ast.BoolOp(op, parts):
                return reduce(_OF_TWO[type(op)], (self._value(part, known) for part in parts))
            case ast.Compare(left, ops, comparators):
                values = [self._value(part, known) for part in (left, *comparators)]
                pairs = zip(ops, values[:-1], values[1:], strict=True)
                return reduce(np.logical_and, (_OF_TWO[type(op)](one, other) for op, one, other in pairs))
            case ast.IfExp(test, body, orelse):
                return np.where(*(self._value(part, known) for part in (test, body, orelse)))
            case ast.Tuple(parts) | ast.List(parts):
                return [self._value(part, known) for part in parts]
            case ast.Call(ast.Name(function), parts):
                return _FUNCTIONS[function](*(self._number(part, known) for part in parts))
            case _:
                raise AssertionError(f"{ast.dump(node)} was not checked")

    def _number(self, node: ast.AST, known: Mapping[str, Any]) -> Any:
        """A value to count with: truth counts as 0 and 1."""
        value = np.asarray(self._value(node, known))
        if value.dtype.kind not in "biuf":
            raise self._wrong(f"`{ast.unparse(node)}` is no number")
        return value.astype(float) if value.dtype.kind == "b" else value

    def _wrong(self, why: str, near: str | None = None) -> Exception:
        return no_expression(self._policy, self._text, self._reads, why, near, _KNOWN)
