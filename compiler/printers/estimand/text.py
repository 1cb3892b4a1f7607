"""Estimands as Unicode text: ``P(y | do(x)) = Σ_m P(m | x) Σ_x′ P(x′) P(y | x′, m)``."""

from __future__ import annotations

from ...estimand.algebra import Estimand
from ...estimand.naming import is_plain, written
from ...model.query import Query
from .layout import layout
from .notation import Notation
from .pieces import Layout, Pieces, Term
from .runs import Name, Names, Run


def estimand_text(estimand: Estimand, *, expanded: bool = False) -> str:
    """One line for each interim kernel, then the answer; a sum reaches to the end of its line or bracket.

    Args:
        estimand: The estimand.
        expanded: Write interim kernels out as quotients of sums, all on one line.

    Raises:
        ValueError: If it would be too long written out.

    >>> from dofx.compiler.model.query import Query
    >>> from ...estimand.algebra import Conditional, Marginal, Product
    >>> from ...graph.varset import Order
    >>> order = Order("zxy")
    >>> none, z, y, zx = (order.of(*names) for names in ("", "z", "y", "zx"))
    >>> body = Marginal(z, Product((Conditional(z, none), Conditional(y, zx))))
    >>> print(estimand_text(Estimand(Query.of(("y",), ("x",)), order, (), body)))
    P(y | do(x)) = Σ_z P(z) P(y | x, z)
    """
    page = layout(estimand, expanded=expanded)
    lines = [TEXT.line(line) for line in page.lines]
    lines += [f"{name} = {TEXT.weight(weight, page.weights)}" for weight, name in page.weights.items()]
    if page.example:
        lines.append(_legend(page, page.example))
    return "\n".join(lines)


class _Text(Notation):
    """Unicode text. A sum reaches to the end of its line or bracket.

    >>> TEXT.rows(("x", "y"), ("w₁",)), TEXT.rows(())
    ('; x, y shown; w₁', '')
    """

    bar, parallel, do = "|", "‖", "do"
    any, shown, then = "    for any ", " shown", "; "

    def symbol(self, name: str) -> str:
        return written(name)

    def name(self, item: Name | Run) -> str:
        match item:
            case Name(variable, copy, None, str() as source):
                return f"{written(variable, copy)} = {source}"
            case Name(variable, copy, value):
                if value is None:
                    return written(variable, copy)
                from ....grammar.formatting.program import (
                    format_value,
                )  # here, because few queries have values

                return f"{written(variable, copy)} = {format_value(value)}"
            case Run(first, last):
                return f"{self.name(first)} … {self.name(last)}"

    def formula(self, source: str) -> str:
        return f"[{source}]"

    def stated(self, query: Query, names: tuple[tuple[str, Name], ...]) -> str:
        listed = ", ".join(f"{text} = {self.name(name)}" for text, name in names)
        return f"{query} at {listed}" if names else str(query)

    def product(self, pieces: Pieces, alone: bool = True) -> str:
        alone = alone and len(pieces) == 1
        return " ".join([self.piece(piece, alone) for piece in pieces]) or "1"

    def sum(self, over: Names, body: Pieces) -> str:
        simple = len(over) == 1 and isinstance(over[0], Name) and is_plain(over[0].variable)
        index = self.names(over) if simple else f"{{{self.names(over)}}}"
        return f"Σ_{index} {self.product(body, alone=False)}"

    def quotient(self, above: Pieces, below: Pieces, alone: bool) -> str:
        text = f"{self.operand(above)} / {self.operand(below)}"
        return text if alone else f"[{text}]"

    def difference(self, above: Pieces, below: Pieces, alone: bool) -> str:
        text = f"{self.operand(above)} − {self.operand(below)}"
        return text if alone else f"({text})"

    def total(self, parts: tuple[Pieces, ...], alone: bool) -> str:
        text = " + ".join(map(self.product, parts))
        return text if alone else f"({text})"

    def operand(self, pieces: Pieces) -> str:
        """One side of a quotient or a difference, in brackets unless it is a single term."""
        text = self.product(pieces)
        return text if len(pieces) == 1 and isinstance(pieces[0], Term) else f"({text})"

    def inverse(self, chance: str) -> str:
        return f"1 / {chance}"

    def odds(self, indicators: list[str], inside: str) -> str:
        return f"Σ of the odds of {' and '.join(indicators)} in rows like ({inside})"


TEXT = _Text()


def _legend(page: Layout, example: Run) -> str:
    orders = "; ".join(", ".join(map(written, sequence)) for sequence in page.sequences)
    among = "the order" if len(page.sequences) == 1 else "one of the orders"
    ends = f"from {TEXT.name(example.first)} to {TEXT.name(example.last)}"
    return f"({TEXT.name(example)}: every variable {ends} in {among} {orders})"
