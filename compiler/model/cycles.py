"""Policies that read what depends on them: in no world can a value be drawn before it is known."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeAlias

from ...grammar.diagnostics.diagnostic import Diagnostic
from ...grammar.diagnostics.source import Source
from ...grammar.syntax.program import (
    Applied,
    Assignment,
    Drawn,
    Expectation,
    Name,
    Probability,
    Term,
    terms_of,
)
from ...grammar.syntax.walk import parts_of
from ..graph.admg import ADMG
from .errors import reads_its_effect

_SPELLED = 12

_Node: TypeAlias = tuple[str, bool]
"""A variable in a world, and whether it is the value that a set variable has by itself."""


def check_policies(
    query: Probability | Expectation, graph: ADMG, meant: Callable[[Name], str], source: Source | None = None
) -> Iterator[Diagnostic]:
    """The faults of policies and shifts that read what depends on what they set.

    In each world the variables that are set lose their causes and get what their policies read instead. A set
    variable that is read by itself is its natural value there, which has the causes of the graph.

    Args:
        query: The query; its names are those of the graph.
        graph: The graph.
        meant: The variable that a name means.
        source: The text that the query's spans point into.

    >>> from ...grammar.parse import parse_query
    >>> query = parse_query("P(y | do(x ~ g(y)))")
    >>> for fault in check_policies(query, ADMG([], [("x", "y")]), lambda name: name.text):
    ...     print(fault.title)
    the policy of `x` reads `y`, which depends on `x`
    """
    worlds = [query.interventions]
    worlds += [part.world for part in parts_of(query) if isinstance(part, Term) and part.world]
    for world in worlds:
        reads = {meant(each.name): [*reads_of(each)] for each in world}
        if any(reads.values()):
            yield from _of_world(_World(graph, reads, meant), world, source)


def reads_of(assignment: Assignment) -> Iterator[Term]:
    """What a setting reads of its own world."""
    match assignment.how:
        case Drawn(reads=reads):
            yield from (read for read in reads if read.world is None)
        case Term(world=None) as read:
            yield read
        case Applied() as formula:
            yield from (read for read in terms_of(formula) if read.world is None)
        case _:
            return


class _World:
    """What depends on what where some variables are set."""

    def __init__(self, graph: ADMG, reads: dict[str, list[Term]], meant: Callable[[Name], str]) -> None:
        self.graph, self.set, self.meant = graph, reads, meant
        self.readers: dict[_Node, list[str]] = {}
        for name, terms in reads.items():
            for term in terms:
                read = meant(term.name)
                self.readers.setdefault((read, read == name), []).append(name)

    def settles(self) -> bool:
        """Whether no value depends on itself: then no policy reads what depends on what it sets."""
        done, active = set[_Node](), set[_Node]()
        for start in ((name, False) for name in self.set):
            waiting = [] if start in done else [(start, self._next(start))]
            active.add(start)
            while waiting:
                node, following = waiting[-1]
                after = next((each for each in following if each not in done), None)
                if after is None:
                    done.add(node)
                    active.discard(node)
                    waiting.pop()
                elif after in active:
                    return False
                else:
                    active.add(after)
                    waiting.append((after, self._next(after)))
        return True

    def path(self, start: _Node, end: _Node) -> list[str]:
        """The shortest way on which one value depends on another; empty if there is none."""
        before: dict[_Node, _Node | None] = {start: None}
        waiting = deque([start])
        while waiting and end not in before:
            node = waiting.popleft()
            for after in self._next(node):
                if after not in before:
                    before[after] = node
                    waiting.append(after)
        found, at = list[str](), end if end in before else None
        while at is not None:
            found.append(at[0])
            at = before[at]
        return found[::-1]

    def _next(self, node: _Node) -> Iterator[_Node]:
        name, natural = node
        yield from ((reader, False) for reader in self.readers.get(node, ()))
        if not natural:
            yield from ((child, child in self.set) for child in self.graph.children(name))


def _of_world(world: _World, settings: tuple[Assignment, ...], source: Source | None) -> Iterator[Diagnostic]:
    if world.settles():
        return
    known = set[frozenset[str]]()
    for (name, reads), setting in zip(world.set.items(), settings, strict=True):
        for read in reads:
            written, meant = read.name.text, world.meant(read.name)
            path = world.path((name, False), (meant, meant == name))
            if not path or frozenset(path) in known:
                continue
            known.add(frozenset(path))
            shown = " -> ".join(path) if len(path) <= _SPELLED else f"{path[0]} -> … -> {path[-1]}"
            yield reads_its_effect(setting, written, name, source, read, shown)
