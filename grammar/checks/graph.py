"""What is wrong with a graph before anything is computed: cycles, self-loops, roles of unknown variables."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from ..diagnostics.diagnostic import Diagnostic, Label
from ..diagnostics.source import Source, Span
from ..holes import hole_faults, written_out
from ..syntax.program import Chain, Feedback, GraphBlock, Group, Indicator, Latents, Name, Roles
from .errors import edge_to_itself, in_cycle, many_edges
from .loops import not_admitted
from .names import Scope, unknown

_SPELLED = 12
_MOST_CYCLES = 10
MOST_EDGES = 1_000_000
"""How many edges a graph may have: more take gigabytes as names, and minutes."""

_Edges = dict[str, dict[str, Span]]


def check_graph(blocks: Iterable[GraphBlock], source: Source | None = None) -> tuple[Diagnostic, ...]:
    """Every fault of the graph that the blocks add up to.

    >>> from ..parse import parse_graph
    >>> [fault.title for fault in check_graph([parse_graph("a -> b -> c -> a")])]
    ['the graph has a cycle: a -> b -> c -> a']
    """
    blocks = written_out(blocks)
    number = sum(len(left.names) * len(right.names) for left, _, right in _links(blocks))
    if number > MOST_EDGES:
        return (too_many_edges(number),)
    causes: _Edges = {}
    faults: list[Diagnostic] = []
    for left, arrow, right in edges(blocks):
        span = left.span | right.span
        if left.text == right.text:
            faults.append(_self_loop(left.text, arrow, span, source))
        elif arrow != "<->":
            cause, effect = (left.text, right.text) if arrow == "->" else (right.text, left.text)
            causes.setdefault(cause, {}).setdefault(effect, span)
    faults += _refused_cycles(blocks, causes, source)
    faults += _unknown_names(blocks, source)
    faults += hole_faults(blocks, source)
    return tuple(faults)


def edges(blocks: Iterable[GraphBlock]) -> Iterator[tuple[Name, str, Name]]:
    """The edges in the order written, sets multiplied out: left end, arrow, right end.

    >>> from ..parse import parse_graph
    >>> [(l.text, arrow, r.text) for l, arrow, r in edges([parse_graph("a -> {b, c}")])]
    [('a', '->', 'b'), ('a', '->', 'c')]
    """
    for left, arrow, right in _links(blocks):
        yield from ((x, arrow, y) for x in left.names for y in right.names)


def _links(blocks: Iterable[GraphBlock]) -> Iterator[tuple[Group, str, Group]]:
    """The links between names and sets in the order written."""
    for block in blocks:
        for item in block.items:
            if isinstance(item, Chain):
                yield from zip(item.groups, item.arrows, item.groups[1:], strict=False)


def too_many_edges(edges: int, *notes: str) -> Diagnostic:
    """The refusal of a graph with too many edges."""
    return many_edges(edges, notes, MOST_EDGES)


def variables(blocks: Iterable[GraphBlock]) -> tuple[dict[str, Name], dict[str, Name]]:
    """All variables of a graph, each with the place where it is first named, and those that are latent."""
    known: dict[str, Name] = {}
    latent: dict[str, Name] = {}
    for item in (item for block in blocks for item in block.items):
        match item:
            case Chain(groups=groups):
                for name in (name for group in groups for name in group.names):
                    for column in name.columns if isinstance(name, Indicator) else ():
                        known.setdefault(column.text, column)
                    known.setdefault(name.text, name)
            case Latents(names=names):
                for name in names:
                    known.setdefault(name.text, name)
                    latent.setdefault(name.text, name)
            case Roles() | Feedback():
                pass
    return known, latent


def _refused_cycles(
    blocks: tuple[GraphBlock, ...], causes: _Edges, source: Source | None
) -> Iterator[Diagnostic]:
    """Faults for the cycles that no `feedback` of the graph holds."""
    left = {cause: set(effects) for cause, effects in causes.items()}
    _peel(left)
    around = {name: loop for loop in not_admitted(left, admitted(blocks)) for name in loop}
    refused = {cause: effects for cause, effects in causes.items() if cause in around}
    for path in _cycles(refused):
        yield _cycle(path, causes, [name for name in causes if name in around[path[0]]], source)


def _cycles(causes: _Edges) -> Iterator[list[str]]:
    """Cycles that share no variable, each a shortest one through its first variable."""
    left = {cause: set(effects) for cause, effects in causes.items()}
    for _ in range(_MOST_CYCLES):
        _peel(left)
        if not left:
            return
        start = next(iter(left))
        path = _way_back(start, left, causes) or _way_back(_on_a_cycle(start, left), left, causes)
        assert path is not None
        yield path
        for node in path:
            left.pop(node, None)


def _peel(left: dict[str, set[str]]) -> None:
    """Take away whatever has no effect that is left, or no cause: none of it is on a cycle."""
    incoming: dict[str, set[str]] = {}
    for cause, effects in left.items():
        for effect in effects:
            incoming.setdefault(effect, set()).add(cause)
    waiting = deque(left.keys() ^ incoming.keys())
    while waiting:
        node = waiting.popleft()
        for effect in left.pop(node, set()):
            incoming[effect].discard(node)
            if not incoming[effect]:
                waiting.append(effect)
        for cause in incoming.pop(node, set()):
            left[cause].discard(node)
            if not left[cause]:
                waiting.append(cause)


def _on_a_cycle(start: str, left: dict[str, set[str]]) -> str:
    """A variable on a cycle that a walk along the arrows comes to, where each variable has an effect that is left."""
    seen = set[str]()
    node = start
    while node not in seen:
        seen.add(node)
        node = min(left[node])
    return node


def _way_back(start: str, left: dict[str, set[str]], causes: _Edges) -> list[str] | None:
    """The shortest directed path from a variable back to it."""
    came_from: dict[str, str] = {}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for effect in causes.get(node, ()):
            if effect == start:
                path = [node]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return path[::-1]
            if effect in left and effect not in came_from:
                came_from[effect] = node
                waiting.append(effect)
    return None


def _cycle(path: Sequence[str], causes: _Edges, loop: Sequence[str], source: Source | None) -> Diagnostic:
    ends = [*path, path[0]]
    pairs = list(pairwise(ends))[:_SPELLED]
    labels = [Label(causes[a][b], f"{a} -> {b}") for a, b in pairs]
    if len(path) > _SPELLED:
        ends = [*path[:_SPELLED], "…", path[0]]
    edges = len(path) if len(path) > _SPELLED else None
    return in_cycle(ends, admitting(loop), edges, source, labels)


def admitting(loop: Sequence[str]) -> str:
    """The advice how a graph admits cycles among some variables."""
    from ..formatting.program import format_name

    names = [format_name(name) for name in (loop if len(loop) <= _SPELLED else [*loop[:_SPELLED], "…"])]
    return (
        f"where they affect each other until they settle, admit the cycle: `feedback {{{', '.join(names)}}}`"
    )


def _self_loop(name: str, arrow: str, span: Span, source: Source | None) -> Diagnostic:
    return edge_to_itself(name, source, span, arrow)


def marked(blocks: tuple[GraphBlock, ...], role: str) -> tuple[str, ...]:
    """The variables that the blocks give a role, such as ``exposure``, by the graph's own names."""
    scope = Scope(variables(blocks)[0])
    roles = (item for block in blocks for item in block.items if isinstance(item, Roles))
    names = (name.text for each in roles if each.role == role for name in each.names)
    return tuple(dict.fromkeys(scope.resolve(name) or name for name in names))


def admitted(blocks: tuple[GraphBlock, ...]) -> tuple[tuple[str, ...], ...]:
    """The sets of variables that may form cycles, by the graph's own names."""
    scope = Scope(variables(blocks)[0])
    sets = (item.names for block in blocks for item in block.items if isinstance(item, Feedback))
    return tuple(tuple(scope.resolve(name.text) or name.text for name in names) for names in sets)


def _unknown_names(blocks: tuple[GraphBlock, ...], source: Source | None) -> list[Diagnostic]:
    scope = Scope(variables(blocks)[0])
    roles = [item for block in blocks for item in block.items if isinstance(item, Roles | Feedback)]
    return [
        unknown(name, scope, source)
        for role in roles
        for name in role.names
        if scope.resolve(name.text) is None
    ]
