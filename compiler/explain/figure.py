"""Explanations as one drawing: the causal graph, the estimand, and the network as lowered and as it is run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..drawing.canvas import BOLD, Canvas, text_width
from ..printers.identification.svg import identification_canvas
from ..printers.identification.text import verdict_text
from ..printers.network.svg import network_canvas
from .explanation import Explanation
from .text import costs_text

_GAP, _LINE, _HEADING = 30.0, 20.0, 26.0
_WIDEST = 900.0
_SIZE = 13.5
_INK = "#75809a"


def explanations_svg(explanations: Sequence[Explanation]) -> str:
    """One self-contained drawing for some queries, one below the other.

    Args:
        explanations: At least one.
    """
    whole, top = Canvas(), 0.0
    for explanation in explanations:
        for title, part in _parts(explanation):
            whole.text(0.0, top, title, size=15.0, weight="600")
            whole.add(part, complex(0.0, top + _HEADING - 8.0) - part.low)
            top += _HEADING + part.size.imag + _GAP
        top += _GAP
    return whole.svg("; ".join(str(explanation.query) for explanation in explanations))


def _parts(explanation: Explanation) -> Iterator[tuple[str, Canvas]]:
    """What is drawn, each with its title."""
    named = f"{', '.join(explanation.names)}: " if explanation.names else ""
    if explanation.identification is not None:
        yield (
            named + verdict_text(explanation.identification),
            identification_canvas(explanation.identification),
        )
    if explanation.estimand is not None:
        chosen = next((each.name for each in explanation.considered if each.chosen), "")
        yield "Estimand" + (f", {chosen}" if explanation.form else ""), _written(str(explanation.estimand))
    if explanation.passes and explanation.lowered:
        network = explanation.lowered[1]
        yield f"Sampling network as lowered, {costs_text(explanation.cost(network))}", network_canvas(network)
    if explanation.network is not None:
        after = ", ".join(step.name for step in explanation.passes)
        title = f"Sampling network after {after}" if after else "Sampling network"
        yield (
            f"{title}, {costs_text(explanation.cost(explanation.network))}",
            network_canvas(explanation.network),
        )


def _written(text: str) -> Canvas:
    """Lines of text, long ones broken between words."""
    canvas, top = Canvas(), 0.0
    for line in text.split("\n"):
        for number, part in enumerate(_broken(line)):
            canvas.text(24.0 if number else 0.0, top, part, size=_SIZE, colour=_INK)
            top += _LINE
    return canvas


def _broken(line: str) -> Iterator[str]:
    part = ""
    for word in line.split(" "):
        longer = f"{part} {word}" if part else word
        if part and text_width(longer, _SIZE * BOLD) > _WIDEST:
            yield part
            part = word
        else:
            part = longer
    yield part
