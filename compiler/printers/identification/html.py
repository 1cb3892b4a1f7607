"""Identifications as HTML: the graph, the estimand or the hedge, and the derivation."""

from __future__ import annotations

from ...drawing.canvas import Canvas
from ...drawing.markup import Markup, element, figure, fragment, joined, lines
from ...estimand.algebra import Estimand
from ...identify.derivation import Derivation
from ...identify.identify import Identification
from ...identify.verdict import Identified, Refused, Undefined, Witness, Zero
from .steps import step_text
from .svg import identification_canvas
from .text import ESTIMATED, verdict_text


def identification_html(identification: Identification) -> str:
    """For a notebook."""
    return fragment(
        element("h2", verdict_text(identification)), graph_figure(identification), proof_html(identification)
    )


def graph_figure(identification: Identification) -> Markup:
    """The causal graph with the query's roles, and the hedge where there is one."""
    return drawing(identification_canvas(identification), f"Causal graph of {identification.query}")


def drawing(canvas: Canvas, title: str) -> Markup:
    """A drawing in a figure; `title` is what a screen reader says."""
    return figure(canvas.svg(title), canvas.size.real)


def proof_html(identification: Identification) -> Markup:
    """The estimand, or the witness and what would help; then the derivation."""
    derivation = joined(element("h3", "Derivation"), derivation_html(identification.derivation))
    match identification.answer:
        case Identified(estimand) | Zero(estimand):
            return joined(element("h3", "Estimand"), estimand_html(estimand), derivation)
        case Undefined():
            return derivation
        case Refused(witness):
            proof = _witness_html(witness, identification)
            return joined(element("h3", "What stands in the way"), proof, derivation)


def estimand_html(estimand: Estimand) -> Markup:
    """An estimand in Unicode, and its LaTeX to be copied."""
    latex = element("details", element("summary", "LaTeX"), element("pre", lines(estimand.latex())))
    shown = (element("span", line, Markup("\n"), class_="line") for line in str(estimand).split("\n"))
    return joined(element("pre", *shown, class_="estimand"), latex)


def derivation_html(derivation: Derivation) -> Markup:
    """A numbered list of the steps, each with its line in the algorithm."""
    if not derivation.steps:
        return element("p", "The query asks for an observed distribution.")
    steps = (
        element("li", step_text(step), " ", element("span", step.rule.line, class_="rule"))
        for step in derivation
    )
    return element("ol", *steps)


def _witness_html(witness: Witness, identification: Identification) -> Markup:
    from ...identify.instruments import instruments
    from ...identify.remedy import all_remedies_tried, remedies

    first, *rest = (line.strip() for line in str(witness).split("\n"))
    cures = [element("li", str(remedy)) for remedy in remedies(identification)]
    help = joined()
    if cures:
        help = joined(element("p", "What would help:"), element("ul", *cures))
    elif all_remedies_tried(identification):
        help = element("p", "No single remedy would help.")
    if found := instruments(identification):
        named = (element("li", str(each)) for each in found)
        more = (element("ul", *named), element("p", " ".join(line.strip() for line in ESTIMATED)))
        help = joined(help, element("p", "With a further assumption:"), *more)
    return joined(element("p", first), element("p", " ".join(rest)), help)
