r"""Estimands as LaTeX: ``P(y \mid \operatorname{do}(x)) = \sum_{z} P(z) \, P(y \mid x, z)``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from ....grammar.diagnostics.width import printable
from ....grammar.holes import columns_of
from ....grammar.syntax.program import Value
from ...estimand.algebra import Estimand
from ...model.rows import EVERY_ROW, Inverse, Odds, Weight
from ..query_latex import query_latex
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

_SYMBOL = re.compile(r"([A-Za-zα-ωΑ-Ω])_?(\d*)")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_IN_WORDS = {
    **{mark: "\\" + mark for mark in "_&#%${}"},
    **{mark: rf"\text{{{mark}}}" for mark in "-'\"`,;:!?*/+=<>@|()[]′″‴"},
    " ": r"\ ",
    "\n": r"\ ",
    "\t": r"\ ",
    "\\": r"\backslash ",
    "^": r"\wedge ",
    "~": r"\sim ",
}
_IN_TEXT = {**{mark: "\\" + mark for mark in "_&#%${}"}, "\\": r"\textbackslash{}"} | {
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "\n": " ",
}
_LATIN = {"ο": "o", "Α": "A", "Β": "B", "Ε": "E", "Ζ": "Z", "Η": "H", "Ι": "I", "Κ": "K"} | {
    "Μ": "M", "Ν": "N", "Ο": "O", "Ρ": "P", "Τ": "T", "Χ": "X"
}  # fmt: skip


def estimand_latex(estimand: Estimand, *, expanded: bool = False) -> str:
    """Display mathematics: one equation, or an ``aligned`` block where interim kernels are defined first.

    Args:
        estimand: The estimand.
        expanded: Write interim kernels out as quotients of sums.

    Raises:
        ValueError: If it would be too long written out.
    """
    page = layout(estimand, expanded=expanded)
    if len(page.lines) == 1 and not page.example and not page.weights:
        return _line(page.lines[0], " = ")
    rows = [_line(line, " &= ") for line in page.lines]
    rows += [f"{symbol(name)} &= {_weight(weight, page.weights)}" for weight, name in page.weights.items()]
    if page.example:
        rows.append(_legend(page, page.example))
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def _line(line: Line, equals: str) -> str:
    match line.head:
        case Asked(outcomes, interventions, conditions):
            head = _event("P", _names(outcomes), _given(interventions, conditions))
        case Stated(query, names):
            head = query_latex(query, symbol, latex_value)
            if names:
                where = ", ".join(f"{_text(text)} = {_name(name)}" for text, name in names)
                head += rf" \text{{ at }} {where}"
        case Defined(name, outputs, inputs):
            head = f"{symbol(name)}({_names(outputs)}" + (rf" \parallel {_names(inputs)})" if inputs else ")")
    note = rf" \qquad \text{{for any }} {_names(line.any)}" if line.any else ""
    return f"{head}{equals}{_product(line.body)}{note}"


def _text(text: str) -> str:
    """The canonical text of an open value, set upright."""
    return rf"\mathrm{{{''.join(_IN_WORDS.get(mark, mark) for mark in text)}}}"


def _product(pieces: Pieces) -> str:
    first = r" \, ".join([_piece(piece) for piece in pieces if not isinstance(piece, Sum)])
    sums = [_piece(piece) for piece in pieces if isinstance(piece, Sum)]
    return " ".join([first, *sums] if first else sums) or "1"


def _plain(text: str) -> str:
    """A text of the language in LaTeX, as it is written."""
    return re.sub(r"[{}_#$%&]", lambda match: rf"\{match[0]}", text)


def _piece(piece: Piece) -> str:
    match piece:
        case Term(source, targets, given, set, shown, weights, formula):
            source = rf"[\texttt{{{_plain(source)}}}]" if formula else symbol(source)
            return _event(source, _names(targets), _given(set, given), _rows(shown, weights))
        case Sum(over, body):
            return rf"\sum_{{{_names(over)}}} {_product(body)}"
        case Quotient(above, below):
            return rf"\frac{{{_product(above)}}}{{{_product(below)}}}"
        case Minus(above, below):
            return rf"\left({_product(above)} - {_product(below)}\right)"
        case Plus(parts):
            return rf"\left({' + '.join(map(_product, parts))}\right)"
        case Certain(one, other):
            return f"[{_equal(one)} = {_equal(other)}]"
        case Nothing():
            return "0"


def _event(source: str, targets: str, given: str, rows: str = "") -> str:
    return rf"{source}({targets} \mid {given}{rows})" if given else f"{source}({targets}{rows})"


def _rows(shown: tuple[str, ...], weights: tuple[str, ...]) -> str:
    parts = [rf"{', '.join(map(symbol, shown))} \text{{ shown}}"] if shown else []
    parts += [" ".join(map(symbol, weights))] if weights else []
    return "".join(rf";\, {part}" for part in parts)


def _weight(weight: Weight, names: Mapping[Weight, str]) -> str:
    match weight:
        case Inverse(node, given, rows):
            rows = rows or EVERY_ROW
            about = _rows(rows.shows, tuple(names[each] for each in rows.weights))
            return rf"\frac{{1}}{{{_event('P', _node(node), ', '.join(map(_node, given)), about)}}}"
        case Odds(columns, indicators, beside):
            inside = ", ".join([*map(symbol, columns), *map(_node, beside)])
            holes = r" \text{ and } ".join(map(_node, indicators))
            return rf"\sum \text{{ of the odds of }} {holes} \text{{ in rows like }} ({inside})"


def _node(name: str) -> str:
    columns = columns_of(name)
    return rf"{', '.join(map(symbol, columns))} \text{{ shown}}" if columns else symbol(name)


def _given(set: Names, seen: Names) -> str:
    parts = [rf"\operatorname{{do}}({_names(set)})"] if set else []
    return ", ".join([*parts, _names(seen)] if seen else parts)


def _names(names: Names) -> str:
    return ", ".join([_name(name) for name in names])


def _equal(name: Name) -> str:
    """A value in an equation: itself where the query states it, else its name."""
    shown = _name(name)
    return shown if name.value is None and name.input is None else shown.partition(" = ")[2]


def _name(item: Name | Run) -> str:
    match item:
        case Name(variable, copy, None, str() as source):
            return f"{symbol(variable)} = {symbol(source)}"
        case Name(variable, copy, value):
            name = symbol(variable) + ("'" * copy if copy < 4 else f"^{{({copy})}}")
            return name if value is None else f"{name} = {latex_value(value)}"
        case Run(first, last):
            return rf"{_name(first)} \dots {_name(last)}"


def latex_value(value: Value) -> str:
    """A value set as mathematics: a number as it is, a word upright."""
    match value:
        case bool():
            return rf"\mathrm{{{str(value).lower()}}}"
        case str():
            return rf"\text{{{''.join(_IN_TEXT.get(mark, mark) for mark in printable(value))}}}"
        case _:
            return repr(value)


def symbol(name: str) -> str:
    r"""A name set as mathematics: a letter in italics, its number below it; a word upright.

    >>> print(symbol("x"), symbol("x12"), symbol("Q₁"), symbol("β_2"), symbol("blood_pressure"))
    x x_{12} Q_{1} \beta_{2} \mathrm{blood\_pressure}
    """
    match = _SYMBOL.fullmatch(name.translate(_SUBSCRIPTS))
    if match:
        letter, number = match.groups()
        return _letter(letter) + (f"_{{{number}}}" if number else "")
    return rf"\mathrm{{{''.join(_IN_WORDS.get(mark, mark) for mark in name)}}}"


def _letter(letter: str) -> str:
    if letter.isascii():
        return letter
    if letter in _LATIN:
        return _LATIN[letter]
    if letter == "ς":
        return r"\varsigma"
    word = unicodedata.name(letter).split()[-1].lower().replace("lamda", "lambda")
    return "\\" + (word.capitalize() if letter.isupper() else word)


def _legend(page: Layout, example: Run) -> str:
    orders = "; ".join(", ".join(map(symbol, sequence)) for sequence in page.sequences)
    among = "the order" if len(page.sequences) == 1 else "one of the orders"
    return (
        rf"&({_name(example)}\text{{: every variable from }} {_name(example.first)} \text{{ to }} "
        rf"{_name(example.last)} \text{{ in {among} }} {orders})"
    )
