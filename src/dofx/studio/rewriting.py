"""How the items of a graph that an edit changes are rewritten in place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator
from dataclasses import fields, is_dataclass
from itertools import chain, count
from typing import Any, TypeAlias, TypeVar

from ..grammar.checks.graph import variables
from ..grammar.diagnostics.source import Span
from ..grammar.formatting.program import format_graph
from ..grammar.syntax.program import Chain, Feedback, GraphBlock, GraphItem, Group, Name, Program, Roles

Change: TypeAlias = tuple[Span, str]
"""A part of the text, and what stands there afterwards."""

Items: TypeAlias = tuple[GraphItem, ...]
Node = TypeVar("Node")


def rewritten(
    program: Program, change: Callable[[GraphItem], Items], gone: str | None = None
) -> list[Change]:
    """Each item that a change touches, rewritten; a variable that nothing else names is declared in its place."""
    known = [name for name in variables(program.graphs)[0] if name != gone]
    before = [item for block in program.graphs for item in block.items]
    after = _settled(before, [change(item) for item in before], known)
    changes = list[Change]()
    start = 0
    for block in program.graphs:
        inside = range(start, start + len(block.items))
        start = inside.stop
        touched = [i for i in inside if after[i] != (before[i],)]
        if block.notation and touched:
            items = tuple(item for i in inside for item in after[i])
            changes.append((block.span, format_graph(GraphBlock(items))))
        else:
            changes += [_replaced(program, before[i].span, after[i]) for i in touched]
    return changes


def _settled(before: list[GraphItem], after: list[Items], known: list[str]) -> list[Items]:
    """What is left of each item, every variable named: bare names only where nothing else names the variable."""
    touched = [i for i, items in enumerate(after) if items != (before[i],)]
    said = [
        name.text
        for items in after
        for item in items
        if not isinstance(item, Roles | Feedback)
        for name in names_in(item)
    ]
    count = Counter(said)
    settled = list(after)
    for i in touched:
        kept: list[GraphItem] = []
        for item in after[i]:
            if not _is_bare(item) or _is_bare(before[i]):
                kept.append(item)
                continue
            for name in names_in(item):
                if count[name.text] == 1:
                    kept.append(_bare(name))
                count[name.text] -= 1
        settled[i] = tuple(kept)
    if touched:
        settled[touched[0]] += tuple(_bare(Name(name)) for name in known if name not in said)
    return settled


def _is_bare(item: GraphItem) -> bool:
    return isinstance(item, Chain) and not item.arrows


def _bare(name: Name) -> Chain:
    return Chain((Group((name,)),), ())


def _replaced(program: Program, span: Span, items: Items) -> Change:
    """The text of some items in place of one; without items, a line with nothing else goes."""
    text = program.source.text
    texts = [line.strip() for line in format_graph(GraphBlock(items)).split("\n")[1:-1]]
    if texts:
        on_one_line = _is_alone(text, span)
        return span, (f"\n{indent_at(text, span.start)}" if on_one_line else "; ").join(texts)
    start, end = span.start, span.end
    if _is_alone(text, span):
        return Span(text.rindex("\n", 0, start), end + text[end:].index("\n")), ""
    while text[end : end + 1] in {" ", ";", ","}:
        end += 1
    return Span(start, end), ""


def _is_alone(text: str, span: Span) -> bool:
    """Whether only white space shares the lines of a span."""
    before = text[: span.start].rpartition("\n")
    after = text[span.end :].partition("\n")
    return bool(before[1] and after[1]) and not before[2].strip() and not after[0].strip()


def indent_at(text: str, offset: int) -> str:
    """The white space before the line of an offset; two spaces where there is none."""
    line = text[:offset].rpartition("\n")[2]
    return line[: len(line) - len(line.lstrip())] or "  "


def names_in(node: Any) -> Iterator[Name]:
    """Every name in a syntax tree."""
    return nodes_in(node, Name)


def nodes_in(node: Any, kind: type[Node]) -> Iterator[Node]:
    """Every node of a kind in a syntax tree."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, kind):
            yield each
        if isinstance(each, tuple):
            waiting += each
        elif is_dataclass(each):
            waiting += [getattr(each, field.name) for field in fields(each) if field.compare]


def free_name(stem: str, taken: Container[str], between: str = "_") -> str:
    """A name that is not taken: the stem, or the stem with a number.

    >>> free_name("trial", {"trial"})
    'trial_2'
    """
    numbered = (f"{stem}{between}{number}" for number in count(2))
    return next(name for name in chain((stem,), numbered) if name not in taken)
