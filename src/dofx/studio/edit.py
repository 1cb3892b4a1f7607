"""Edits of a program's graph, as text: what is drawn on the canvas is written where the hand would write it.

An edit changes the items of the graph that it is about and leaves every other character alone, comments and blank
lines among them. A chain that loses an edge falls into the chains that are left of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeAlias

from ..grammar.check_graph import edges, variables
from ..grammar.format import format_graph, format_name
from ..grammar.parse import parse
from ..grammar.source import Span
from ..grammar.syntax import (
    Chain,
    EffectStatement,
    GraphBlock,
    GraphItem,
    Group,
    Latents,
    Name,
    Program,
    QueryStatement,
    Roles,
)

Change: TypeAlias = tuple[Span, str]
"""A part of the text, and what stands there afterwards."""

Items: TypeAlias = tuple[GraphItem, ...]

_TURNED = {"->": "<-", "<-": "->", "<->": "<->"}


def edit(text: str, action: str, names: list[str]) -> str:
    """The program after an edit of its graph.

    Args:
        text: The program.
        action: The name of one of `ACTIONS`.
        names: The variables that it is about.

    Raises:
        DofxError: If the text cannot be read.

    >>> print(edit("graph { x -> m -> y }  # chain", "disconnect", ["x", "m"]))
    graph { x; m -> y }  # chain
    >>> print(edit("graph { x -> y }", "confound", ["x", "y"]))
    graph { x -> y; x <-> y }
    """
    program = parse(text, "program")
    return _applied(text, ACTIONS[action](program, *names))


def _applied(text: str, changes: Iterable[Change]) -> str:
    for span, new in sorted(changes, key=lambda change: change[0].start, reverse=True):
        text = text[: span.start] + new + text[span.end :]
    return text


# ── what comes ───────────────────────────────────────────────────────────────────────────────────────────


def add(program: Program, name: str) -> list[Change]:
    """Declare a variable."""
    return [] if name in variables(program.graphs)[0] else _appended(program, format_name(name))


def connect(program: Program, cause: str, effect: str) -> list[Change]:
    """Draw ``cause -> effect``, unless it is there."""
    return _connected(program, cause, "->", effect)


def confound(program: Program, one: str, other: str) -> list[Change]:
    """Draw ``one <-> other``, unless it is there."""
    return _connected(program, one, "<->", other)


def name_cause(program: Program, one: str, other: str, cause: str) -> list[Change]:
    """Put a variable in the place of ``one <-> other``: what they have in common as a cause, measured."""
    without = _applied(program.source.text, _without_edge(program, one, "<->", other))
    again = parse(without, program.source.name)
    ends = ", ".join(map(format_name, (one, other)))
    return [(_whole(program), _applied(without, _appended(again, f"{format_name(cause)} -> {{{ends}}}")))]


def _connected(program: Program, left: str, arrow: str, right: str) -> list[Change]:
    if any(_is_edge(edge, left, arrow, right) for edge in edges(program.graphs)):
        return []
    return _appended(program, f"{format_name(left)} {arrow} {format_name(right)}")


def _appended(program: Program, item: str) -> list[Change]:
    """An item more at the end of the last block, on a line of its own where the block has several lines."""
    text = program.source.text
    if not program.graphs:
        return [(Span(0, 0), f"graph {{\n  {item}\n}}\n" + ("\n" if text.strip() else ""))]
    block = program.graphs[-1]
    if block.notation:
        canonical = format_graph(block).removesuffix("}")
        return [(block.span, f"{canonical}  {item}\n}}")]
    if not block.items:
        return [(block.span, f"graph {{\n  {item}\n}}")]
    last = max(block.items, key=lambda each: each.span.end).span
    rest = text[last.end : block.span.end - 1]
    if "\n" not in text[block.span.start : block.span.end]:
        return [(Span(last.end, last.end), f"; {item}")]
    line_end = last.end + (rest.index("\n") if "\n" in rest else len(rest))
    new = f"\n{_indent(text, last.start)}{item}"
    return [(Span(line_end, line_end), new if "\n" in rest else new + "\n")]


# ── what goes ────────────────────────────────────────────────────────────────────────────────────────────


def disconnect(program: Program, cause: str, effect: str) -> list[Change]:
    """Take ``cause -> effect`` away; its ends stay."""
    return _without_edge(program, cause, "->", effect)


def unconfound(program: Program, one: str, other: str) -> list[Change]:
    """Take ``one <-> other`` away; its ends stay."""
    return _without_edge(program, one, "<->", other)


def randomise(program: Program, name: str) -> list[Change]:
    """Take every edge into a variable away, as in an experiment that sets it."""

    def stays(left: str, arrow: str, right: str) -> bool:
        into = {"->": (right,), "<-": (left,), "<->": (left, right)}[arrow]
        return name not in into

    return _rewritten(program, lambda item: _kept_edges(item, stays))


def remove(program: Program, name: str) -> list[Change]:
    """Take a variable out of the graph; what is asked stays as it is written."""

    def without(item: GraphItem) -> Items:
        match item:
            case Chain():
                groups = tuple(
                    replace(group, names=tuple(each for each in group.names if each.text != name))
                    for group in item.groups
                )
                return tuple(_pieces(replace(item, groups=groups)))
            case Latents() | Roles():
                return _unlisted(item, name)

    return _rewritten(program, without, gone=name)


def _without_edge(program: Program, left: str, arrow: str, right: str) -> list[Change]:
    def stays(one: str, mark: str, other: str) -> bool:
        return not _is_edge((Name(one), mark, Name(other)), left, arrow, right)

    return _rewritten(program, lambda item: _kept_edges(item, stays))


def _kept_edges(item: GraphItem, stays: Callable[[str, str, str], bool]) -> Items:
    """A chain without some of its edges: pieces of it, and single edges where only a part of two sets was tied."""
    if not isinstance(item, Chain):
        return (item,)
    found: list[GraphItem] = []
    start = 0
    for number, arrow in enumerate(item.arrows):
        left, right = item.groups[number], item.groups[number + 1]
        pairs = [(one, other) for one in left.names for other in right.names]
        kept = [(one, other) for one, other in pairs if stays(one.text, arrow, other.text)]
        if len(kept) == len(pairs):
            continue
        found.append(Chain(item.groups[start : number + 1], item.arrows[start:number]))
        found += [Chain((Group((one,)), Group((other,))), (arrow,)) for one, other in kept]
        start = number + 1
    found.append(Chain(item.groups[start:], item.arrows[start:]))
    return (item,) if len(found) == 1 else tuple(found)


def _pieces(chain: Chain) -> Iterator[Chain]:
    """A chain some of whose groups are empty, as the chains between them."""
    start = 0
    for number, group in enumerate((*chain.groups, Group(()))):
        if not group.names:
            if number > start:
                yield Chain(chain.groups[start:number], chain.arrows[start : number - 1])
            start = number + 1


# ── what changes ─────────────────────────────────────────────────────────────────────────────────────────


def hide(program: Program, name: str) -> list[Change]:
    """Say that nobody observes a variable."""
    return [] if name in variables(program.graphs)[1] else _appended(program, f"latent {format_name(name)}")


def observe(program: Program, name: str) -> list[Change]:
    """Say that a latent variable is observed."""
    return _rewritten(program, lambda item: _unlisted(item, name) if isinstance(item, Latents) else (item,))


def give_role(program: Program, role: str, name: str) -> list[Change]:
    """Give a variable a role, such as ``exposure``."""
    return _appended(program, f"{role} {format_name(name)}")


def take_role(program: Program, role: str, name: str) -> list[Change]:
    """Take a role from a variable."""

    def without(item: GraphItem) -> Items:
        return _unlisted(item, name) if isinstance(item, Roles) and item.role == role else (item,)

    return _rewritten(program, without)


def rename(program: Program, old: str, new: str) -> list[Change]:
    """Give a variable another name wherever it is written. The names of queries and effects stay."""
    kept = {
        each.name.span for each in program.statements if isinstance(each, QueryStatement | EffectStatement)
    }
    if new in variables(program.graphs)[0]:
        return []
    spans = {name.span for name in _names(program.statements) if name.text == old} - kept
    return [(span, format_name(new)) for span in spans]


def ask(program: Program, outcome: str, intervention: str) -> list[Change]:
    """Ask for the distribution of one variable under an intervention on another, in a query more."""
    taken = {each.name.text for each in program.queries} | {each.name.text for each in program.effects}
    name = next(each for each in _candidates("effect_of_" + intervention) if each not in taken)
    asked = f"P({format_name(outcome)} | do({format_name(intervention)}))"
    text = program.source.text.rstrip()
    return [(_whole(program), f"{text}\n\nquery {format_name(name)} = {asked}\n")]


def _candidates(stem: str) -> Iterator[str]:
    yield stem
    number = 2
    while True:
        yield f"{stem}_{number}"
        number += 1


# ── how items are written anew ───────────────────────────────────────────────────────────────────────────


def _rewritten(
    program: Program, change: Callable[[GraphItem], Items], gone: str | None = None
) -> list[Change]:
    """Each item that a change touches, written anew; a variable that nothing else names is declared in its place."""
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
        name.text for items in after for item in items if not isinstance(item, Roles) for name in _names(item)
    ]
    count = Counter(said)
    settled = list(after)
    for i in touched:
        kept: list[GraphItem] = []
        for item in after[i]:
            if not _is_bare(item) or _is_bare(before[i]):
                kept.append(item)
                continue
            for name in _names(item):
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
    """The text of some items in the place of one; without items, its whole line where it had one of its own."""
    text = program.source.text
    texts = [line.strip() for line in format_graph(GraphBlock(items)).split("\n")[1:-1]]
    if texts:
        on_one_line = _is_alone(text, span)
        return span, (f"\n{_indent(text, span.start)}" if on_one_line else "; ").join(texts)
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


def _indent(text: str, offset: int) -> str:
    line = text[:offset].rpartition("\n")[2]
    return line[: len(line) - len(line.lstrip())] or "  "


def _unlisted(item: Latents | Roles, name: str) -> Items:
    left = tuple(each for each in item.names if each.text != name)
    return (replace(item, names=left),) if left else ()


def _is_edge(edge: tuple[Name, str, Name], left: str, arrow: str, right: str) -> bool:
    one, mark, other = edge
    ends = (one.text, other.text)
    return (mark == arrow and ends == (left, right)) or (mark == _TURNED[arrow] and ends == (right, left))


def _names(node: Any) -> Iterator[Name]:
    """Every name in a syntax tree."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Name):
            yield each
        elif isinstance(each, tuple):
            waiting += each
        elif is_dataclass(each):
            waiting += [getattr(each, field.name) for field in fields(each) if field.compare]


def _whole(program: Program) -> Span:
    return Span(0, len(program.source.text))


ACTIONS: dict[str, Callable[..., list[Change]]] = {
    each.__name__: each
    for each in (
        add,
        connect,
        confound,
        name_cause,
        disconnect,
        unconfound,
        randomise,
        remove,
        hide,
        observe,
        give_role,
        take_role,
        rename,
        ask,
    )
}
"""Every edit by its name."""
