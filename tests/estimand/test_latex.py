"""LaTeX that typesets: every formula of the corpus, and names of every kind."""

import pytest
from matplotlib.mathtext import MathTextParser

from dofx.compiler.printers.estimand.latex import symbol
from oracles import textbook

PARSER = MathTextParser("agg")


@pytest.mark.parametrize("name", textbook.NAMES)
@pytest.mark.parametrize("expanded", [False, True])
def test_it_typesets(name: str, expanded: bool) -> None:
    """By a reader of TeX mathematics, one row of an aligned block at a time."""
    text = textbook.estimand(name).latex(expanded=expanded)
    text = text.removeprefix("\\begin{aligned}\n").removesuffix("\n\\end{aligned}")
    for row in text.split(" \\\\\n"):
        PARSER.parse(f"${row.replace('&', '')}$")


@pytest.mark.parametrize(
    ("name", "tex"),
    [
        ("x", "x"),
        ("x1", "x_{1}"),
        ("x_12", "x_{12}"),
        ("Q₁₂", "Q_{12}"),
        ("α", r"\alpha"),
        ("β2", r"\beta_{2}"),
        ("λ_1", r"\lambda_{1}"),
        ("Σ", r"\Sigma"),
        ("ς", r"\varsigma"),
        ("ο", "o"),
        ("Β", "B"),
        ("smoking", r"\mathrm{smoking}"),
        ("ADAM17", r"\mathrm{ADAM17}"),
        ("blood_pressure", r"\mathrm{blood\_pressure}"),
        ("blood pressure", r"\mathrm{blood\ pressure}"),
        ("self-report", r"\mathrm{self\text{-}report}"),
        ("x′", r"\mathrm{x\text{′}}"),
        ("dose β", r"\mathrm{dose\ {\beta}}"),
        ("Κόστος", r"\mathrm{{K}\text{ό}{\sigma}{\tau}{o}{\varsigma}}"),
        ("cafe\u0301", r"\mathrm{caf\text{é}}"),
        ("100%", r"\mathrm{100\%}"),
        ("{a}$b#c&d", r"\mathrm{\{a\}\$b\#c\&d}"),
        (r"a\b^c~d", r"\mathrm{a\backslash b\wedge c\sim d}"),
    ],
)
def test_symbols(name: str, tex: str) -> None:
    assert symbol(name) == tex
