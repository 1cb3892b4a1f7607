r"""Estimands as LaTeX: ``P(y \mid \operatorname{do}(x)) = \sum_{z} P(z) \, P(y \mid x, z)``."""

from __future__ import annotations

import re
import unicodedata

from ....grammar.diagnostics.width import printable
from ....grammar.syntax.program import Value
from ...estimand.algebra import Estimand
from ...model.query import Query
from ..query_latex import query_latex
from .layout import layout
from .notation import Notation
from .pieces import Layout, Pieces, Sum
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
        return LATEX.line(page.lines[0])
    rows = [LATEX.line(line, " &= ") for line in page.lines]
    rows += [
        f"{symbol(name)} &= {LATEX.weight(weight, page.weights)}" for weight, name in page.weights.items()
    ]
    if page.example:
        rows.append(_legend(page, page.example))
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


class _Latex(Notation):
    """LaTeX. Sums stand last in a product, so that each reaches to its end."""

    bar, parallel, do = r"\mid", r"\parallel", r"\operatorname{do}"
    any, shown, then = r" \qquad \text{for any } ", r" \text{ shown}", r";\, "

    def symbol(self, name: str) -> str:
        return symbol(name)

    def name(self, item: Name | Run) -> str:
        match item:
            case Name(variable, copy, None, str() as source):
                return f"{symbol(variable)} = {symbol(source)}"
            case Name(variable, copy, value):
                name = symbol(variable) + ("'" * copy if copy < 4 else f"^{{({copy})}}")
                return name if value is None else f"{name} = {latex_value(value)}"
            case Run(first, last):
                return rf"{self.name(first)} \dots {self.name(last)}"

    def formula(self, source: str) -> str:
        plain = re.sub(r"[{}_#$%&]", lambda match: rf"\{match[0]}", source)
        return rf"[\texttt{{{plain}}}]"

    def stated(self, query: Query, names: tuple[tuple[str, Name], ...]) -> str:
        head = query_latex(query, symbol, latex_value)
        listed = ", ".join(f"{_upright(text)} = {self.name(name)}" for text, name in names)
        return rf"{head} \text{{ at }} {listed}" if names else head

    def product(self, pieces: Pieces) -> str:
        first = r" \, ".join([self.piece(piece) for piece in pieces if not isinstance(piece, Sum)])
        sums = [self.piece(piece) for piece in pieces if isinstance(piece, Sum)]
        return " ".join([first, *sums] if first else sums) or "1"

    def sum(self, over: Names, body: Pieces) -> str:
        return rf"\sum_{{{self.names(over)}}} {self.product(body)}"

    def quotient(self, above: Pieces, below: Pieces, alone: bool) -> str:
        return rf"\frac{{{self.product(above)}}}{{{self.product(below)}}}"

    def difference(self, above: Pieces, below: Pieces, alone: bool) -> str:
        return rf"\left({self.product(above)} - {self.product(below)}\right)"

    def total(self, parts: tuple[Pieces, ...], alone: bool) -> str:
        return rf"\left({' + '.join(map(self.product, parts))}\right)"

    def inverse(self, chance: str) -> str:
        return rf"\frac{{1}}{{{chance}}}"

    def odds(self, indicators: list[str], inside: str) -> str:
        holes = r" \text{ and } ".join(indicators)
        return rf"\sum \text{{ of the odds of }} {holes} \text{{ in rows like }} ({inside})"


LATEX = _Latex()


def _upright(text: str) -> str:
    r"""A name or the canonical text of an open value, set upright; marks that mathematics lacks stand in ``\text``."""
    return rf"\mathrm{{{''.join(map(_upright_mark, unicodedata.normalize('NFC', text)))}}}"


def _upright_mark(mark: str) -> str:
    if mark.isascii() or mark in _IN_WORDS:
        return _IN_WORDS.get(mark, mark)
    return f"{{{_letter(mark)}}}" if _SYMBOL.fullmatch(mark) else rf"\text{{{mark}}}"


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
    return _upright(name)


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
        rf"&({LATEX.name(example)}\text{{: every variable from }} {LATEX.name(example.first)} \text{{ to }} "
        rf"{LATEX.name(example.last)} \text{{ in {among} }} {orders})"
    )
