"""Holes in a graph's text: ``missing(*)`` and ``others`` written out as one edge for each column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from .diagnostics.diagnostic import Diagnostic
from .diagnostics.source import Source
from .errors import hole_as_cause, holes_apart, latent_with_holes, two_indicators
from .syntax.program import Chain, GraphBlock, GraphItem, Group, Indicator, Latents, Name

OTHERS = "others"
_START, _IN = "missing(", " in "


def indicator_name(columns: Iterable[str], home: str | None = None) -> str:
    """The name of the node that decides whether a row shows some columns; of no column, the one of each.

    Args:
        columns: The columns.
        home: The data set in whose rows alone it decides so; None for all.

    >>> indicator_name(["height", "weight"]), indicator_name([], "trial")
    ('missing(height, weight)', 'missing(*) in trial')
    """
    return f"missing({', '.join(columns) or '*'})" + (f"{_IN}{home}" if home else "")


def listed_in(name: str) -> tuple[str, str | None]:
    """What stands between the brackets of an indicator's name, and its data set; nothing for another node.

    >>> listed_in("missing(height, weight) in trial"), listed_in("missing(height)"), listed_in("height")
    (('height, weight', 'trial'), ('height', None), ('', None))
    """
    if not name.startswith(_START):
        return "", None
    if name.endswith(")"):
        return name[len(_START) : -1], None
    listed, found, home = name[len(_START) :].partition(f"){_IN}")
    return (listed, home) if found and home else ("", None)


def columns_of(name: str) -> tuple[str, ...]:
    """The columns that an indicator's name lists; none for the name of another node.

    >>> columns_of("missing(height, weight)"), columns_of("height")
    (('height', 'weight'), ())
    """
    listed, _ = listed_in(name)
    return tuple(listed.split(", ")) if listed else ()


def share_rows(one: str, other: str) -> bool:
    """Whether two indicators decide what rows of the same data set show."""
    homes = listed_in(one)[1], listed_in(other)[1]
    return None in homes or homes[0] == homes[1]


def with_listed_causes(block: GraphBlock, text: str) -> GraphBlock:
    """The block in which ``a, b -> missing(*)`` is one item, as it is meant, and not two.

    Args:
        block: The block, its items split at every comma.
        text: The text that its spans point into.
    """
    items: list[GraphItem] = []
    for item in block.items:
        if isinstance(item, Chain) and item.arrows[:1] == ("->",) and _is_every(item.groups[1]):
            listed = list(item.groups[0].names)
            while items and _is_listed(items[-1], text[items[-1].span.end : listed[0].span.start]):
                before = items.pop()
                assert isinstance(before, Chain)
                listed[:0] = before.groups[0].names
            group = Group(tuple(listed), listed[0].span | listed[-1].span)
            item = replace(item, groups=(group, *item.groups[1:]), span=group.span | item.span)
        items.append(item)
    return block if tuple(items) == block.items else replace(block, items=tuple(items))


def _is_every(group: Group) -> bool:
    return len(group.names) == 1 and _stands_for_each(group.names[0])


def _stands_for_each(name: Name) -> bool:
    return isinstance(name, Indicator) and not name.columns


def _is_listed(item: GraphItem, between: str) -> bool:
    return isinstance(item, Chain) and not item.arrows and between.strip() == ","


def written_out(blocks: Iterable[GraphBlock]) -> tuple[GraphBlock, ...]:
    """The blocks with an indicator for each column in place of ``missing(*)``, and each variable for ``others``.

    No column is a cause of its own hole by these words. ``others`` keeps its meaning as a variable's name where the
    graph speaks of it elsewhere.
    """
    blocks = tuple(blocks)
    items = [item for block in blocks for item in block.items]
    names = [
        name for item in items if isinstance(item, Chain) for group in item.groups for name in group.names
    ]
    if not any(isinstance(name, Indicator) for name in names):
        return blocks
    latent = {name.text for item in items if isinstance(item, Latents) for name in item.names}
    others = _is_word(items)
    observed: dict[str, Name] = {}
    indicators: dict[tuple[str, str], Indicator] = {}
    for name in names:
        if isinstance(name, Indicator):
            for column in name.columns:
                observed.setdefault(column.text, column)
                indicators.setdefault((column.text, _home(name)), name)
        elif name.text not in latent and not (others and name.text == OTHERS):
            observed.setdefault(name.text, name)
    whole = _Whole(observed, indicators, others)
    return tuple(replace(block, items=tuple(whole.items(block.items))) for block in blocks)


def _is_word(items: list[GraphItem]) -> bool:
    """Whether ``others`` stands in front of an indicator wherever it stands: then it is a word, not a variable."""
    found = False
    for item in items:
        if isinstance(item, Latents) and any(name.text == OTHERS for name in item.names):
            return False
        if not isinstance(item, Chain):
            continue
        for place, group in enumerate(item.groups):
            if any(name.text == OTHERS for name in group.names):
                arrows = item.arrows[place : place + 1]
                after = item.groups[place + 1 : place + 2]
                into = arrows == ("->",) and all(isinstance(name, Indicator) for name in after[0].names)
                if not into or place or len(group.names) > 1:
                    return False
                found = True
    return found


class _Whole:
    """The columns of the whole graph, each with its indicator."""

    def __init__(
        self, observed: dict[str, Name], indicators: dict[tuple[str, str], Indicator], others: bool
    ) -> None:
        self.observed, self.indicators = observed, indicators
        self.others = others

    def every(self, word: Name) -> Iterator[Indicator]:
        """The indicators that ``missing(*)`` stands for, in all data sets or in one."""
        assert isinstance(word, Indicator)
        found: dict[Indicator, None] = {}
        for column, name in self.observed.items():
            text = indicator_name([column], word.home.text if word.home else None)
            own = Indicator(text, name.span, columns=(name,), home=word.home)
            found[self.indicators.get((column, _home(word)), own)] = None
        yield from found

    def items(self, items: Iterable[GraphItem]) -> Iterator[GraphItem]:
        """The items, those with a word in them written out as single edges."""
        for item in items:
            if not isinstance(item, Chain) or not self._has_word(item):
                yield item
                continue
            if not item.arrows:
                every = (each for name in item.groups[0].names for each in self._meant_by(name))
                yield Chain((Group(tuple(dict.fromkeys(every)), item.span),), (), item.span)
            for left, arrow, right in zip(item.groups, item.arrows, item.groups[1:], strict=False):
                yield from self._edges(left, arrow, right, item)

    def _has_word(self, item: Chain) -> bool:
        return any(
            _stands_for_each(name) or (self.others and name.text == OTHERS)
            for group in item.groups
            for name in group.names
        )

    def _edges(self, left: Group, arrow: str, right: Group, item: Chain) -> Iterator[Chain]:
        seen: set[tuple[str, str]] = set()
        for one in self._meant(left):
            for other in self._meant(right):
                pair = one.text, other.text
                if self._is_own(one, other) or pair in seen or (arrow == "<->" and pair[::-1] in seen):
                    continue
                seen.add(pair)
                yield Chain((Group((one,), one.span), Group((other,), other.span)), (arrow,), item.span)

    def _meant(self, group: Group) -> Iterator[Name]:
        for name in group.names:
            yield from self._meant_by(name)

    def _meant_by(self, name: Name) -> Iterator[Name]:
        if _stands_for_each(name):
            yield from (replace(each, span=name.span) for each in self.every(name))
        elif self.others and name.text == OTHERS:
            yield from (replace(each, span=name.span) for each in self.observed.values())
        else:
            yield name

    @staticmethod
    def _is_own(one: Name, other: Name) -> bool:
        """Whether one is the other, or the indicator of its hole."""
        own = {one.text, *(column.text for column in getattr(one, "columns", ()))}
        return bool(own & {other.text, *(column.text for column in getattr(other, "columns", ()))})


def _home(name: Indicator) -> str:
    return name.home.text if name.home else ""


def hole_faults(blocks: Iterable[GraphBlock], source: Source | None) -> Iterator[Diagnostic]:
    """What is wrong with the indicators of a graph that is written out."""
    latent: dict[str, Name] = {}
    found: dict[str, list[Indicator]] = {}
    for item in (item for block in blocks for item in block.items):
        if isinstance(item, Latents):
            latent |= {name.text: name for name in item.names}
        if not isinstance(item, Chain):
            continue
        for name in (name for group in item.groups for name in group.names):
            if isinstance(name, Indicator):
                for column in name.columns:
                    before = found.setdefault(column.text, [])
                    first = next((each for each in before if share_rows(each.text, name.text)), name)
                    if first.text != name.text:
                        yield two_indicators(
                            column.text, first.text, name.text, source, name.span, first.span
                        )
                    before.append(name)
        for left, arrow, right in zip(item.groups, item.arrows, item.groups[1:], strict=False):
            cause, effect = (right, left) if arrow == "<-" else (left, right)
            for one in (name for name in cause.names if isinstance(name, Indicator)):
                for other in (name for name in effect.names if isinstance(name, Indicator)):
                    if not share_rows(one.text, other.text):
                        yield holes_apart(one.text, other.text, source, one.span | other.span)
            if arrow == "<->":
                continue
            for name in cause.names:
                wrong = [each for each in effect.names if not isinstance(each, Indicator)]
                if isinstance(name, Indicator) and wrong:
                    to = wrong[0]
                    yield hole_as_cause(name.text, to.text, source, name.span | to.span)
    for hidden in (column for column in found if column in latent):
        yield latent_with_holes(hidden, source, found[hidden][0].span, latent[hidden].span)
