"""Cycles in causal graphs: which are admitted, and the acyclic graph that stands for a graph with cycles.

A graph with cycles describes variables that affect each other until they settle. It is read as a simple structural
causal model: its equations have one solution, and so have those of each part of them, whatever the rest is set to.

References:
    Bongers, Forré, Peters, Mooij (2021), "Foundations of structural causal models with cycles and latent variables",
    Annals of Statistics 49(5), arXiv 1611.06221. Forré, Mooij (2017), "Markov properties for graphical models with
    cycles and latent variables", arXiv 1710.08775.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...grammar.checks.loops import joined, loops
from ...grammar.diagnostics.diagnostic import DofxError
from .reach import union
from .refusals import cycle_among, each_of, names_of
from .varset import Order, bits

Masks = Sequence[int]


def levels_in(parents: Masks, children: Masks) -> list[int] | None:
    """The length of the longest directed path into each node; None in a graph with a cycle."""
    indegree = [mask.bit_count() for mask in parents]
    level = [0] * len(indegree)
    ready = [i for i, degree in enumerate(indegree) if not degree]
    for i in ready:  # grows while it is walked
        for j in bits(children[i]):
            level[j] = max(level[j], level[i] + 1)
            indegree[j] -= 1
            if not indegree[j]:
                ready.append(j)
    return None if len(ready) < len(indegree) else level


def loops_in(children: Masks) -> tuple[int, ...]:
    """The masks of the strongly connected components with several members, ordered by lowest member."""
    effects = {i: list(bits(row)) for i, row in enumerate(children) if row}
    return tuple(
        sorted((sum(1 << i for i in loop) for loop in loops(effects)), key=lambda loop: loop & -loop)
    )


def acyclified(
    parents: Masks, children: Masks, siblings: Masks, cycles: Iterable[int]
) -> tuple[list[int], list[int], list[int]]:
    """The parents, children and siblings of each node in the acyclification.

    A node gets the parents of all variables that it is on cycles with, as it depends on all that they depend on. Two
    variables on one cycle share a bidirected edge. A bidirected edge between two nodes joins all that are on cycles
    with the one to all that are on cycles with the other.

    Args:
        parents: The parents of each node.
        children: The children of each node.
        siblings: The siblings of each node.
        cycles: The masks of the strongly connected components with several members.

    References:
        Bongers, Forré, Peters, Mooij (2021), the acyclification.
    """
    around = {i: loop for loop in cycles for i in bits(loop)}
    looped = sum(set(around.values()))

    def whole(mask: int) -> int:
        for i in bits(mask & looped):
            mask |= around[i]
        return mask

    into, out, beside = list(parents), list(children), list(siblings)
    for i, bit in ((i, 1 << i) for i in range(len(into))):
        loop = around.get(i, bit)
        into[i] = union(parents, loop) & ~loop
        out[i] = whole(children[i]) & ~loop
        beside[i] = (whole(union(siblings, loop)) | loop) & ~bit
    return into, out, beside


def refuse_cycles(order: Order, parents: Masks, cycles: Iterable[int], feedback: Iterable[object]) -> None:
    """Refuse a graph with a cycle that no set of `feedback` holds.

    Args:
        order: The nodes.
        parents: The parents of each node.
        cycles: The masks of the strongly connected components with several members.
        feedback: Sets of variables that may form cycles, or the variables of a single one. Sets that share a
            variable count as one.

    Raises:
        DofxError: E0201 for a cycle, E0301 for a name that is no node, E1002 for what holds no names.
    """
    single: list[str] = []
    sets: list[list[str]] = []
    for each in each_of(feedback, "feedback"):
        if isinstance(each, Iterable) and not isinstance(each, str):
            sets.append(names_of(each, "feedback"))
        else:
            single += names_of([each], "feedback")
    admitted = [order.mask(names) for names in joined([*sets, single])]
    for loop in cycles:
        if not any(loop & ~mask == 0 for mask in admitted):
            raise DofxError(cycle_among(set(bits(loop)), order.names, parents))
