"""Components of a net: what is connected to what is asked about. The others cancel in a conditional probability."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...graph.admg import ADMG
from ...graph.varset import bits
from .copies import Copy, Net, Slot


@dataclass(frozen=True, slots=True)
class Kept:
    """What remains of a net.

    Args:
        variables: The mask of the variables whose mechanisms matter.
        policies: The draws of policies that matter.
    """

    variables: int
    policies: frozenset[Copy]

    def within(self, net: Net) -> Kept:
        """What remains of a smaller net."""
        variables = 0
        for copy in net.natural:
            variables |= 1 << copy.variable & self.variables
        return Kept(variables, self.policies & frozenset(net.copies))


def components(graph: ADMG, net: Net, asked: Iterable[Slot]) -> Kept:
    """The components of a net that hold a copy which is asked about.

    Copies are connected if their variables are in one district of the variables that are present, and a copy is
    connected to one that it reads if the value of that is not known.

    Args:
        graph: The graph.
        net: The net, in which what is asked is free and what is given is fixed.
        asked: What is asked about.
    """
    present = 0
    for copy in net.natural:
        present |= 1 << copy.variable
    home: dict[int, int] = {}
    for number, district in enumerate(graph.districts_in(present)):
        home |= dict.fromkeys(bits(district), number)
    place: dict[Copy, int] = {}
    parent = list(range(len(home)))  # of each place: districts, then policies
    for copy in net.copies:
        place[copy] = len(parent) if copy.policy else home[copy.variable]
        if copy.policy:
            parent.append(place[copy])

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = item = parent[parent[item]]
        return item

    for copy in net.copies:
        own = root(place[copy])
        for read in copy.reads:
            if isinstance(read, Copy):
                parent[root(place[read])] = own
    wanted = {root(place[slot]) for slot in asked if isinstance(slot, Copy)}
    kept = [copy for copy in net.copies if root(place[copy]) in wanted]
    variables = 0
    for copy in kept:
        variables |= 0 if copy.policy else 1 << copy.variable
    return Kept(variables, frozenset(copy for copy in kept if copy.policy))
