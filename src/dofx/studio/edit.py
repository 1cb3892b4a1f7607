"""Edits of a program's graph, as text: what is drawn on the canvas is written where the hand would write it.

An edit changes the items of the graph that it is about and leaves every other character alone, comments and blank
lines among them. A chain that loses an edge falls into the chains that are left of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ..grammar.checks.graph import edges, variables
from ..grammar.diagnostics.source import Span
from ..grammar.formatting.program import format_graph, format_name
from ..grammar.parse import parse
from ..grammar.syntax.program import (
    Assignment,
    Chain,
    DataStatement,
    Drawn,
    EffectStatement,
    Feedback,
    GraphItem,
    Group,
    Latents,
    Name,
    Program,
    QueryStatement,
    Roles,
    Term,
)
from .data_lines import agree_on, allow, experiment_on, keep_all, measure_in, survey_all
from .rewriting import Change, Items, free_name, indent_at, nodes_in, rewritten

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
    """Put a variable in place of ``one <-> other``: what they have in common as a cause, measured."""
    without = _applied(program.source.text, _without_edge(program, one, "<->", other))
    again = parse(without, program.source.name)
    ends = ", ".join(map(format_name, (one, other)))
    return [(_whole(program), _applied(without, _appended(again, f"{format_name(cause)} -> {{{ends}}}")))]


def _connected(program: Program, left: str, arrow: str, right: str) -> list[Change]:
    if any(_is_edge(edge, left, arrow, right) for edge in edges(program.graphs)):
        return []
    return _appended(program, f"{format_name(left)} {arrow} {format_name(right)}")


def _appended(program: Program, item: str) -> list[Change]:
    """One more item at the end of the last block, on its own line where the block has several lines."""
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
    new = f"\n{indent_at(text, last.start)}{item}"
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

    return rewritten(program, lambda item: _kept_edges(item, stays))


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
            case Latents() | Roles() | Feedback():
                return _unlisted(item, name)

    return rewritten(program, without, gone=name)


def _without_edge(program: Program, left: str, arrow: str, right: str) -> list[Change]:
    def stays(one: str, mark: str, other: str) -> bool:
        return not _is_edge((Name(one), mark, Name(other)), left, arrow, right)

    return rewritten(program, lambda item: _kept_edges(item, stays))


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
    return rewritten(program, lambda item: _unlisted(item, name) if isinstance(item, Latents) else (item,))


def give_role(program: Program, role: str, name: str) -> list[Change]:
    """Give a variable a role, such as ``exposure``."""
    return _appended(program, f"{role} {format_name(name)}")


def take_role(program: Program, role: str, name: str) -> list[Change]:
    """Take a role from a variable."""

    def without(item: GraphItem) -> Items:
        return _unlisted(item, name) if isinstance(item, Roles) and item.role == role else (item,)

    return rewritten(program, without)


def rename(program: Program, old: str, new: str) -> list[Change]:
    """Give a variable another name wherever it is written. Queries, effects, data sets and policies keep theirs."""
    named = (QueryStatement, EffectStatement, DataStatement)
    kept = {each.name.span for each in program.statements if isinstance(each, named)}
    kept |= {each.policy.span for each in nodes_in(program.statements, Drawn)}
    if new in variables(program.graphs)[0]:
        return []
    spans = {name.span for name in nodes_in(program.statements, Name) if name.text == old} - kept
    text = format_name(new)
    settings = nodes_in(program.statements, Assignment)
    alone = {
        each.how.name.span for each in settings if isinstance(each.how, Term) and each.how.world is None
    }  # where a quoted text would be a value
    return [(span, f"({text})" if span in alone and text != new else text) for span in spans]


def ask(program: Program, outcome: str, intervention: str) -> list[Change]:
    """Ask for the distribution of one variable under an intervention on another, in a query more."""
    return ask_text(program, f"P({format_name(outcome)} | do({format_name(intervention)}))", intervention)


def ask_text(program: Program, asked: str, about: str) -> list[Change]:
    """Ask one more query, whose name says that it is about the effect of a variable."""
    taken = {each.name.text for each in program.queries} | {each.name.text for each in program.effects}
    name = free_name(f"effect_of_{about}", taken)
    text = program.source.text.rstrip()
    return [(_whole(program), f"{text}\n\nquery {format_name(name)} = {asked}\n")]


def _unlisted(item: Latents | Roles | Feedback, name: str) -> Items:
    left = tuple(each for each in item.names if each.text != name)
    return (replace(item, names=left),) if left else ()


def _is_edge(edge: tuple[Name, str, Name], left: str, arrow: str, right: str) -> bool:
    one, mark, other = edge
    ends = (one.text, other.text)
    return (mark == arrow and ends == (left, right)) or (mark == _TURNED[arrow] and ends == (right, left))


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
        ask_text,
        measure_in,
        agree_on,
        keep_all,
        experiment_on,
        survey_all,
        allow,
    )
}
"""Every edit by its name."""
