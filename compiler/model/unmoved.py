"""Effects by name that are zero by the graph alone, and mediators that are none: right, and probably not meant."""

from __future__ import annotations

from collections.abc import Iterator

from ...grammar.diagnostics.diagnostic import Diagnostic
from ...grammar.diagnostics.source import Source
from ...grammar.syntax.query import Shorthand
from ..graph.admg import ADMG
from .errors import no_effect_by_graph, no_mediator
from .model import under_do


def remarks(effect: Shorthand, graph: ADMG, source: Source | None) -> Iterator[Diagnostic]:
    """Warnings about an effect by name that the graph alone decides, or that goes through what is no mediator.

    Args:
        effect: The effect, with the names that the graph has.
        graph: The graph.
        source: The text that spans point into.

    >>> from ...grammar.parse import parse_effect
    >>> chain = ADMG([], [("x", "m"), ("m", "y")])
    >>> [remark.title for remark in remarks(parse_effect("ate(x, y, 1, 0)"), chain, None)]
    ['in this graph `y` has no such effect on `x`, so this `ate` is 0 for any data']
    >>> [remark.title for remark in remarks(parse_effect("nie(y, x, through m, 1, 0)"), chain, None)]
    []
    """
    exposure, outcome = effect.exposure.text, effect.outcome.name.text
    held = [term.name.text for term in effect.holding]
    through = [name.text for name in effect.through]
    if not {exposure, outcome, *held, *through} <= set(graph.nodes):
        return  # what is unknown or latent is a fault, and found elsewhere
    reached, leading = graph.descendants(exposure), graph.ancestors(outcome)
    if outcome not in reached:
        back = exposure in graph.descendants(outcome)
        why = f"no directed path leads from `{exposure}` to `{outcome}`"
        yield no_effect_by_graph(effect, why, source, back, past=False)
        return
    idle = [name for name in effect.through if name.text not in reached or name.text not in leading]
    others = [name for name in reached if name in leading and name not in (exposure, outcome)]
    for name in idle:
        ends = (exposure, name.text) if name.text not in reached else (name.text, outcome)
        zero = effect.kind == "nie" and len(idle) == len(through)
        yield no_mediator(effect, name, ends, others, zero, source)
    if effect.kind in ("nde", "cde") and not idle:
        past = under_do(graph, graph.order.mask([*through, *held]))
        if outcome not in past.descendants(exposure):
            listed = ", ".join(f"`{name}`" for name in (*through, *held))
            why = f"every directed path from `{exposure}` to `{outcome}` runs through {listed}"
            yield no_effect_by_graph(effect, why, source, back=False, past=True)
