"""Estimands as Unicode text: ``P(y | do(x)) = Σ_m P(m | x) Σ_x′ P(x′) P(y | x′, m)``."""

from __future__ import annotations

from collections.abc import Mapping

from ....grammar.holes import columns_of
from ...estimand.algebra import Estimand
from ...estimand.naming import is_plain, written
from ...model.rows import EVERY_ROW, Inverse, Odds, Weight
from .layout import layout
from .pieces import (
    Asked,
    Certain,
    Defined,
    Layout,
    Line,
    Minus,
    Nothing,
    Piece,
    Pieces,
    Plus,
    Quotient,
    Stated,
    Sum,
    Term,
)
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
    lines = [_line(line) for line in page.lines]
    lines += [f"{name} = {weight_text(weight, page.weights)}" for weight, name in page.weights.items()]
    if page.example:
        lines.append(_legend(page, page.example))
    return "\n".join(lines)


def _line(line: Line) -> str:
    match line.head:
        case Asked(outcomes, interventions, conditions):
            head = _event("P", _names(outcomes), _given(interventions, conditions))
        case Stated(query, names):
            head = str(query)
            if names:
                head += f" at {', '.join(f'{text} = {_name(name)}' for text, name in names)}"
        case Defined(name, outputs, inputs):
            head = f"{name}({_names(outputs)}" + (f" ‖ {_names(inputs)})" if inputs else ")")
    note = f"    for any {_names(line.any)}" if line.any else ""
    return f"{head} = {_product(line.body)}{note}"


def _product(pieces: Pieces, *, alone: bool = True) -> str:
    alone = alone and len(pieces) == 1
    return " ".join([_piece(piece, alone) for piece in pieces]) or "1"


def _piece(piece: Piece, alone: bool) -> str:
    match piece:
        case Term(source, targets, given, set, shown, weights, formula):
            source = f"[{source}]" if formula else written(source)
            return _event(source, _names(targets), _given(set, given), rows_text(shown, weights))
        case Sum(over, body):
            return f"Σ_{_index(over)} {_product(body, alone=False)}"
        case Quotient(above, below):
            text = f"{_half(above)} / {_half(below)}"
            return text if alone else f"[{text}]"
        case Minus(above, below):
            text = f"{_half(above)} − {_half(below)}"
            return text if alone else f"({text})"
        case Plus(parts):
            text = " + ".join(map(_product, parts))
            return text if alone else f"({text})"
        case Certain(one, other):
            return f"[{_equal(one)} = {_equal(other)}]"
        case Nothing():
            return "0"


def _half(pieces: Pieces) -> str:
    text = _product(pieces)
    return text if len(pieces) == 1 and isinstance(pieces[0], Term) else f"({text})"


def _event(source: str, targets: str, given: str, rows: str = "") -> str:
    return f"{source}({targets} | {given}{rows})" if given else f"{source}({targets}{rows})"


def rows_text(shown: tuple[str, ...], weights: tuple[str, ...] = ()) -> str:
    """What stands behind a conditional about the rows that it is computed from.

    >>> rows_text(("x", "y"), ("w₁",)), rows_text(())
    ('; x, y shown; w₁', '')
    """
    parts = [f"{', '.join(map(written, shown))} shown"] if shown else []
    return "".join(f"; {part}" for part in (*parts, *([" ".join(weights)] if weights else [])))


def weight_text(weight: Weight, names: Mapping[Weight, str]) -> str:
    """The weight of a row, as the right-hand side of its definition."""
    match weight:
        case Inverse(node, given, rows):
            rows = rows or EVERY_ROW
            about = rows_text(rows.shows, tuple(names[each] for each in rows.weights))
            return f"1 / {_event('P', _node(node), ', '.join(map(_node, given)), about)}"
        case Odds(columns, indicators, beside):
            inside = ", ".join(map(written, columns)) + "".join(f", {_node(name)}" for name in beside)
            return f"Σ of the odds of {' and '.join(map(_node, indicators))} in rows like ({inside})"


def _node(name: str) -> str:
    """A variable, or the event that an indicator's columns are shown."""
    columns = columns_of(name)
    return f"{', '.join(map(written, columns))} shown" if columns else written(name)


def _given(set: Names, seen: Names) -> str:
    parts = [f"do({_names(set)})"] if set else []
    return ", ".join([*parts, _names(seen)] if seen else parts)


def _index(names: Names) -> str:
    simple = len(names) == 1 and isinstance(names[0], Name) and is_plain(names[0].variable)
    return _names(names) if simple else f"{{{_names(names)}}}"


def _names(names: Names) -> str:
    return ", ".join([_name(name) for name in names])


def _equal(name: Name) -> str:
    """A value in an equation: itself where the query states it, else its name."""
    shown = _name(name)
    return shown if name.value is None and name.input is None else shown.partition(" = ")[2]


def _name(item: Name | Run) -> str:
    match item:
        case Name(variable, copy, None, str() as source):
            return f"{written(variable, copy)} = {source}"
        case Name(variable, copy, value):
            if value is None:
                return written(variable, copy)
            from ....grammar.formatting.program import (
                format_value,  # here, because most queries carry no values
            )

            return f"{written(variable, copy)} = {format_value(value)}"
        case Run(first, last):
            return f"{_name(first)} … {_name(last)}"


def _legend(page: Layout, example: Run) -> str:
    orders = "; ".join(", ".join(map(written, sequence)) for sequence in page.sequences)
    among = "the order" if len(page.sequences) == 1 else "one of the orders"
    ends = f"from {_name(example.first)} to {_name(example.last)}"
    return f"({_name(example)}: every variable {ends} in {among} {orders})"
