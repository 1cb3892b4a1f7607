"""Groups of copies, and conflicts: one variable with two values among the mechanisms of one district."""

from __future__ import annotations

from dataclasses import dataclass

from ....grammar.syntax.program import Value
from ...graph.admg import ADMG
from ...graph.varset import VarSet, bits
from ...model.worlds import Constant, Event
from .copies import Axis, Copy, Net, Slot


@dataclass(frozen=True, slots=True)
class Conflict:
    """A variable that has two values among the mechanisms of one district.

    What the mechanisms of a district do together is only known for one value of each variable: if the query needs them
    at two, two models can agree on all data and differ in the answer.

    Args:
        variable: The variable.
        values: Its two values: as the query states them, or the names of values that may be any.
        readers: For each value, the variable that reads it as its cause; the variable itself where it has it.
        district: The variables whose mechanisms share unobserved causes.
        by_cycles: Pairs of them that are tied by a cycle and not by an unobserved cause.

    References:
        Correa, Lee, Bareinboim (2021), theorem 3: an inconsistent counterfactual factor.
    """

    variable: str
    values: tuple[Value, Value]
    readers: tuple[str, str]
    district: VarSet
    by_cycles: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        from ...printers.identification.text import conflict_text

        return conflict_text(self)


def districts_of(graph: ADMG, net: Net, kept: int) -> list[int]:
    """The districts of the variables that are present, of those kept."""
    present = 0
    for copy in net.natural:
        present |= 1 << copy.variable
    return graph.districts_in(present & kept)


def conflict_in(graph: ADMG, net: Net, kept: int) -> Conflict | None:
    """The first conflict among the kept variables of a net, or None if every group is consistent."""
    home: dict[int, int] = {}
    districts = districts_of(graph, net, kept)
    for number, district in enumerate(districts):
        home.update(dict.fromkeys(bits(district), number))
    seen: dict[tuple[int, int], tuple[Slot, int]] = {}
    for copy in net.natural:
        number = home.get(copy.variable, -1)
        if number < 0:
            continue
        own = (copy.variable, net.value(copy))
        for variable, slot in (own, *zip(copy.parents, copy.reads, strict=True)):
            first, reader = seen.setdefault((number, variable), (slot, copy.variable))
            if first is slot or first == slot:
                continue
            names = graph.nodes
            values = (_shown(first), _shown(slot))
            readers = (names[reader], names[copy.variable])
            return Conflict(names[variable], values, readers, graph.order.set(districts[number]))
    return None


def _shown(slot: Slot) -> Value:
    match slot:
        case Constant(value):
            return value
        case Axis(name):
            return name
        case Copy(event=Event(variable, world), policy=None):
            others = [name for name in world.variables if name != variable]
            return str(Event(variable, world.within(others)))
        case Copy(event=event):
            return str(event)
