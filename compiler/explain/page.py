"""Explanations as HTML: a page for a paper's appendix, a fragment for a notebook."""

from __future__ import annotations

from collections.abc import Sequence

from ..drawing.grid import Grid
from ..drawing.markup import Markup, element, fragment, joined, page, table
from ..passes.cost import Weights
from ..passes.weights import meaning_of, written
from ..printers.identification.html import derivation_html, drawing, estimand_html, graph_figure, proof_html
from ..printers.identification.text import verdict_text
from ..printers.network.svg import network_canvas
from ..printers.source_kinds import SourceKind
from .difference import GONE, NEW, SKIPPED, Line, network_lines
from .explanation import Explanation, Section
from .plan import considered_grid, plan_grid
from .shared_plan import together
from .text import costs_text, weights_line

_CLASSES = {GONE: "line gone", NEW: "line new", SKIPPED: "line gap"}


def explanations_page(explanations: Sequence[Explanation], title: str = "") -> str:
    """One self-contained page for some queries: nothing is loaded and nothing runs.

    Args:
        explanations: At least one.
        title: The title of the page, which is also the heading above several explanations.
    """
    if len(explanations) == 1:
        (explanation,) = explanations
        return page(title or _name(explanation), *_parts(explanation, "h1"))
    title, shared = title or "Queries", _shared_html(explanations)
    links = [(_name(explanation), f"#q{number}") for number, explanation in enumerate(explanations, 1)]
    links += [("all queries together", "#together")] if shared else []
    contents = (element("li", element("a", text, href=href)) for text, href in links)
    parts = [element("h1", title), element("ul", *contents)]
    for number, explanation in enumerate(explanations, 1):
        parts.append(element("section", *_parts(explanation, "h2"), id=f"q{number}"))
    return page(title, *parts, *shared)


def explanations_html(explanations: Sequence[Explanation]) -> str:
    """The same for a notebook."""
    sections = (element("section", *_parts(explanation, "h2")) for explanation in explanations)
    return fragment(*sections, *_shared_html(explanations))


def _name(explanation: Explanation) -> str:
    return (
        f"{', '.join(explanation.names)}: {explanation.query}"
        if explanation.names
        else str(explanation.query)
    )


def _parts(explanation: Explanation, heading: str) -> list[Markup]:
    """The proof, the network, and further sections."""
    proof = explanation.identification
    parts = [element(heading, verdict_text(proof) if proof is not None else str(explanation.query))]
    parts += [element("p", ", ".join(explanation.names), class_="quiet")] if explanation.names else []
    if proof is not None:
        parts += [element("h3", "Causal graph"), graph_figure(proof), proof_html(proof)]
    elif explanation.estimand is not None:
        parts += [element("h3", "Estimand"), estimand_html(explanation.estimand)]
    if explanation.considered:
        parts += [element("h3", "Alternatives considered"), table(considered_grid(explanation.considered))]
        parts.append(_weights_html(explanation.weights))
    if explanation.form is not None and explanation.form.estimand is not None:
        chosen = next(each.name for each in explanation.considered if each.chosen)
        parts += [element("h3", f"Chosen: {chosen}"), estimand_html(explanation.form.estimand)]
        parts.append(derivation_html(explanation.form.derivation))
    if explanation.network is not None:
        parts += [element("h3", "Sampling network"), _network_html(explanation), *_passes_html(explanation)]
        parts += [element("h3", "Fit plan"), table(_with_chips(explanation))]
        parts += [] if explanation.considered else [_weights_html(explanation.weights)]
    for section in explanation.more:
        parts += _section_html(section, "h3")
    return parts


def _section_html(section: Section, heading: str) -> list[Markup]:
    parts = [element(heading, section.title[:1].upper() + section.title[1:])]
    parts += [table(section.grid)] if section.grid else []
    parts += [element("p", section.text)] if section.text else []
    return parts


def _shared_html(explanations: Sequence[Explanation]) -> list[Markup]:
    """Which generators the queries share, where there are several."""
    shared = together(explanations)
    return [element("section", *_section_html(shared, "h2"), id="together")] if shared else []


def _network_html(explanation: Explanation) -> Markup:
    """The network after every pass, drawn and as text."""
    assert explanation.network is not None
    picture = drawing(network_canvas(explanation.network), f"Sampling network of {explanation.query}")
    return joined(picture, _pre(network_lines(explanation.network)))


def _passes_html(explanation: Explanation) -> list[Markup]:
    """The network as lowered, and what each pass changed."""
    assert explanation.lowered
    name, network = explanation.lowered
    if len(explanation.networks) == 1:
        costs = costs_text(explanation.cost(network))
        return [element("p", f"{costs[:1].upper()}{costs[1:]}. No pass changes it.", class_="quiet")]
    parts = [element("h3", "Passes"), _stage(name, costs_text(explanation.cost(network)))]
    parts.append(_pre(network_lines(network)))
    for step in explanation.passes:
        parts.append(_stage(step.name, costs_text(step.after, step.before)))
        parts += [element("p", step.words, class_="quiet")] if step.words else []
        parts.append(_pre(step.lines))
    return parts


def _stage(name: str, costs: str) -> Markup:
    return element("h4", name, " ", element("span", costs, class_="quiet"))


def _pre(lines: Sequence[Line]) -> Markup:
    """Lines of a network or of a diff, each draw with a chip in the colour of its source."""
    marked = any(line.mark in (GONE, NEW) for line in lines)
    return element("pre", *(_line(line, marked) for line in lines))


def _line(line: Line, marked: bool) -> Markup:
    indent = line.text[: len(line.text) - len(line.text.lstrip())]
    mark = f"{line.mark} " if marked else ""
    chip = [_chip(line.kind)] if line.kind else []
    content = (mark + indent, *chip, line.text.lstrip(), Markup("\n"))
    return element("span", *content, class_=_CLASSES.get(line.mark, "line"))


def _chip(kind: SourceKind) -> Markup:
    look = kind.look
    style = f"background: {look.fill}; border-color: {look.stroke}"
    return element("i", class_="chip", style=style, title=kind.words)


def _with_chips(explanation: Explanation) -> Grid:
    """The fit plan, each generator with the colour of what it is made from."""
    assert explanation.network is not None
    grid = plan_grid(explanation.plan, explanation.network, explanation.types)
    *rows, whole = grid.rows
    marked = tuple(
        (joined(_chip(each.kind), row[0]), *row[1:]) for each, row in zip(explanation.plan, rows, strict=True)
    )
    last = tuple(element("span", cell, class_="whole") for cell in whole)
    return Grid(grid.heading, (*marked, last), grid.alignment)


def _weights_html(weights: Weights) -> Markup:
    rows = tuple((name, f"{value:,g}", meaning_of(name)) for name, value in written(weights).items())
    grid = Grid(("weight", "counts", "each"), rows, "lrl")
    return element("details", element("summary", weights_line(weights)), table(grid))
