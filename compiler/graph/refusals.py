"""What is refused as a causal graph: cycles, names that cannot be shown, and more edges than can be listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...grammar.checks.errors import in_cycle
from ...grammar.checks.graph import MOST_EDGES, admitting, too_many_edges
from ...grammar.checks.names import unprintable_name
from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from .errors import not_a_pair, not_names
from .varset import bits

_LONGEST_CYCLE_SHOWN = 12


def cycle_among(loop: set[int], nodes: Sequence[str], parents: Sequence[int]) -> Diagnostic:
    """The fault of a graph with a cycle.

    Args:
        loop: Nodes that are on cycles together.
        nodes: The names of all nodes.
        parents: The mask of the parents of each node.
    """
    step: dict[int, int] = {}  # each node's parent on a walk against the arrows, which must meet itself
    node = min(loop)
    while node not in step:
        step[node] = node = next(i for i in bits(parents[node]) if i in loop)
    cycle = [node, step[node]]
    while cycle[-1] != node:
        cycle.append(step[cycle[-1]])
    names: list[str] = [nodes[i] for i in reversed(cycle)]
    if len(names) > _LONGEST_CYCLE_SHOWN:
        names[_LONGEST_CYCLE_SHOWN // 2 : -(_LONGEST_CYCLE_SHOWN // 2)] = ["…"]
    return in_cycle(names, admitting([nodes[i] for i in sorted(loop)]))


def names_of(given: Iterable[object], what: str) -> list[str]:
    """The texts of objects that stand for variables.

    Args:
        given: The objects.
        what: The argument of `ADMG` that they are.

    Raises:
        DofxError: E1002 for what cannot be listed, has no text, or is a container that changes, such as a list.
    """
    try:
        return [str(each) for each in given if hash(each) is not None]
    except Exception:  # whatever an object that someone else made raises
        raise not_names(what) from None


def each_of(given: Iterable[object], what: str) -> list[object]:
    """Objects that are given together, one by one.

    Args:
        given: The objects.
        what: The argument of `ADMG` that they are.

    Raises:
        DofxError: E1002 for what cannot be listed, such as a tensor that holds a single number.
    """
    try:
        return list(given)
    except Exception:  # whatever an object that someone else made raises
        raise not_names(what) from None


def pairs_of(edges: Iterable[tuple[object, object]]) -> list[tuple[object, object]]:
    """Edges as pairs.

    Raises:
        DofxError: E1002 for what is not a pair.
    """
    try:
        return [(cause, effect) for cause, effect in edges]
    except (TypeError, ValueError):
        raise not_a_pair() from None


def refuse_names(names: Iterable[str]) -> None:
    """Refuse names that hold characters which cannot be shown.

    Raises:
        DofxError: E0108.
    """
    faults = [fault for name in names if (fault := unprintable_name(name))]
    if faults:
        raise DofxError(faults)


def refuse_crowd(directed: int, bidirected: int) -> None:
    """Refuse to list the edges of a graph that has too many.

    Raises:
        DofxError: E0207.
    """
    if directed + bidirected > MOST_EDGES:
        raise DofxError(too_many_edges(directed + bidirected))
