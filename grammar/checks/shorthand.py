"""What is wrong with effects that are asked for by name: what each needs, and the paths that it runs along."""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics.diagnostic import Diagnostic
from ..diagnostics.source import Source, Span
from ..expand import EFFECTS
from ..syntax.query import Name, Shorthand
from .names import Scope
from .query_errors import effect_needs, effect_takes_no, held_at_no_value, in_two_places, path_not_in_graph

_WHAT = {"through": "mediators", "holding": "variables that are held", "along": "paths"}


def check_shorthand(
    effect: Shorthand, scope: Scope | None, source: Source | None = None
) -> Iterator[Diagnostic]:
    """Every fault of an effect by name, other than those of the queries that it stands for.

    Args:
        effect: The effect.
        scope: The known variables; None if they are not known yet.
        source: The text that its spans point into.

    >>> from ..parse import parse_effect
    >>> [fault.title for fault in check_shorthand(parse_effect("nde(y, x, 1, 0)"), None)]
    ['`nde` needs mediators']
    """
    found = {"through": effect.through, "holding": effect.holding, "along": effect.along}
    needed = EFFECTS[effect.kind].needs
    example = EFFECTS[effect.kind].example
    if needed and not found[needed]:
        yield effect_needs(effect.kind, needed, _WHAT[needed], example, source, effect.span)
    for word, given in found.items():
        if given and word != needed:
            yield effect_takes_no(effect.kind, word, _WHAT[word], example, source, effect.span)
    yield from _held(effect, source)

    def meant(name: Name) -> str:
        return name.text if scope is None else scope.resolve(name.text) or name.text

    parts = [effect.outcome.name, effect.exposure, *effect.through, *(term.name for term in effect.holding)]
    first: dict[str, Name] = {}
    for name in parts:
        if meant(name) in first:
            yield in_two_places(name.text, effect.kind, source, name.span, first[meant(name)].span)
        first.setdefault(meant(name), name)
    for path in effect.along:
        ends = meant(path[0]) == meant(effect.exposure), meant(path[-1]) == meant(effect.outcome.name)
        if not all(ends) or len({*map(meant, path)}) < len(path):
            yield no_path(
                path,
                source,
                f"a path of this effect runs from `{effect.exposure.text}` to `{effect.outcome.name.text}`",
            )


def _held(effect: Shorthand, source: Source | None) -> Iterator[Diagnostic]:
    for term in effect.holding:
        if term.value is None:
            yield held_at_no_value(term.name.text, source, term.name.span)


def no_path(path: tuple[Name, ...], source: Source | None, why: str) -> Diagnostic:
    """The fault of a path that an effect cannot run along."""
    return path_not_in_graph(why, source, Span(path[0].span.start, path[-1].span.end))
