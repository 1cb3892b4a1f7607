"""Formulas as textbooks print them, evaluated on a joint table: what the literature says an effect is.

    sum[z] P(y | x, z) P(z)
    sum[z] P(z | x) sum[x'] P(y | x', z) P(x')
    (sum[w] P(x, y | r, w) P(w)) / (sum[w] P(x | r, w) P(w))

A sum reaches to the end of its product. A primed variable is the unprimed one under another name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Labelled:
    """A table whose axes have names."""

    names: tuple[str, ...]
    table: Array

    def over(self, names: tuple[str, ...]) -> Array:
        """Broadcast to these axes."""
        kept = [name for name in names if name in self.names]
        table = self.table.transpose([self.names.index(name) for name in kept])
        return table[tuple(slice(None) if name in kept else np.newaxis for name in names)]

    def combine(self, other: Labelled, operation: Any) -> Labelled:
        names = tuple(dict.fromkeys(self.names + other.names))
        return Labelled(names, operation(self.over(names), other.over(names)))

    def sum(self, names: tuple[str, ...]) -> Labelled:
        missing = set(names) - set(self.names)
        assert not missing, f"a sum over {sorted(missing)}, which its body does not mention"
        kept = tuple(name for name in self.names if name not in names)
        return Labelled(kept, self.table.sum(axis=tuple(self.names.index(name) for name in names)))


class _Reader:
    def __init__(self, text: str, joint: Labelled) -> None:
        self.tokens = re.findall(r"sum\[|P\(|\w+'*|[(),|\]/]", text)
        assert "".join(self.tokens) == re.sub(r"\s", "", text), text
        self.joint = joint

    def peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self, expected: str | None = None) -> str:
        token = self.tokens.pop(0)
        assert expected in (None, token), f"{token!r} where {expected!r} was to be"
        return token

    def names(self) -> tuple[str, ...]:
        names = [self.take()]
        while self.peek() == ",":
            self.take()
            names.append(self.take())
        return tuple(names)

    def quotient(self) -> Labelled:
        value = self.product()
        if self.peek() == "/":
            self.take()
            value = value.combine(self.product(), np.divide)
        return value

    def product(self) -> Labelled:
        value = Labelled((), np.ones(()))
        while self.peek() not in ("", ")", "/"):
            value = value.combine(self.factor(), np.multiply)
        return value

    def factor(self) -> Labelled:
        match self.take():
            case "sum[":
                over = self.names()
                self.take("]")
                return self.product().sum(over)
            case "P(":
                targets = self.names()
                given: tuple[str, ...] = ()
                if self.peek() == "|":
                    self.take()
                    given = self.names()
                self.take(")")
                return self.conditional(targets, given)
            case "(":
                value = self.quotient()
                self.take(")")
                return value
            case token:
                raise AssertionError(f"{token!r} begins no factor")

    def conditional(self, targets: tuple[str, ...], given: tuple[str, ...]) -> Labelled:
        primed = targets + given
        plain = tuple(name.rstrip("'") for name in primed)
        assert len(set(plain)) == len(plain), f"a variable twice in P({primed})"
        marginal = self.joint.sum(tuple(name for name in self.joint.names if name not in plain))
        table = marginal.over(plain)
        return Labelled(primed, table / table.sum(axis=tuple(range(len(targets))), keepdims=True))


def evaluate(formula: str, nodes: tuple[str, ...], joint: Array, axes: tuple[str, ...]) -> Array:
    """The formula's value on a joint table, with these axes; it must not depend on any other variable."""
    reader = _Reader(formula, Labelled(nodes, joint))
    value = reader.quotient()
    assert not reader.tokens, f"left over: {reader.tokens}"
    idle = tuple(name for name in value.names if name not in axes)
    table = value.over(axes + idle) if set(axes) <= set(value.names) else None
    if table is None:
        sizes = dict(zip(nodes, joint.shape, strict=True))
        shape = [sizes[name] for name in axes] + [sizes[name.rstrip("'")] for name in idle]
        table = np.broadcast_to(value.over(axes + idle), shape)
    flat = table.reshape(*table.shape[: len(axes)], -1)
    assert np.ptp(flat, axis=-1).max() < 1e-9, f"the formula depends on {idle}"
    return np.asarray(flat[..., 0])
