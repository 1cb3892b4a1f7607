"""Which name stands for each variable at a place of an estimand: bound copies, wires, and values of several worlds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...estimand.algebra import Estimand, Wires
from ...graph.varset import Order, bits
from ...model.worlds import Constant
from .runs import Name, Names, Speller


@dataclass(frozen=True, slots=True)
class Scope:
    """What the variables of an expression are called where it stands.

    Args:
        copies: For each copy but the plain one, the mask of the variables whose bound value it names.
        known: The names of those variables that a wire replaces, and of the values of several worlds, by position.
    """

    copies: Mapping[int, int]
    known: Mapping[int, Name]

    def names(self, mask: int, spell: Speller, first: int = 0) -> Names:
        """The names of a set, in order."""
        if not any(mask >> place & 1 for place in self.known):
            return spell(mask, self.copies, first)
        return tuple(self.name(place, spell.order) for place in bits(mask))

    def name(self, place: int, order: Order) -> Name:
        """The name of one variable."""
        if place in self.known:
            return self.known[place]
        copy = next((copy for copy, members in self.copies.items() if members >> place & 1), 0)
        return Name(order.names[place], copy)

    def plain(self, mask: int) -> int:
        """Those of some variables that are called by their own names."""
        for members in self.copies.values():
            mask &= ~members
        for place in self.known:
            mask &= ~(1 << place)
        return mask

    def within(self, own: int) -> Scope:
        """The scope of some variables only; the others are free again."""
        copies = {copy: members & own for copy, members in self.copies.items()}
        return Scope(copies, {place: name for place, name in self.known.items() if own >> place & 1})

    def without(self, mask: int) -> Scope:
        """The scope of all but some variables."""
        return self.within(~mask)

    def wired(self, wires: Wires, order: Order, stands: Stands) -> Scope:
        """The scope inside wires; a constant is printed beside the name of its variable."""
        found = {}
        for variable, wire in wires:
            place = order.index[variable]
            if isinstance(wire, Constant):
                base = stands.base.get(place)
                name = Name(variable if base is None else order.names[base], value=wire.value)
            else:
                name = self.name(order.index[wire], order)
                if name.variable.startswith("?"):
                    name = Name(variable, input=name.variable)
            found[place] = name
        inner = self.without(sum(1 << place for place in found))
        return Scope(inner.copies, {**inner.known, **found})

    def renamed(self, order: Order, asked: Iterable[str]) -> tuple[tuple[str, Name], ...]:
        """The names of open values that are more than the names of their variables."""
        pairs = ((name, self.name(order.index[name], order)) for name in asked if name in order.index)
        return tuple((text, name) for text, name in pairs if name.copy)


@dataclass(frozen=True, slots=True)
class Stands:
    """For each value of several worlds (`Estimand.aliases`), the position of the variable whose value it is."""

    order: Order
    base: Mapping[int, int | None]

    @classmethod
    def of(cls, estimand: Estimand) -> Stands:
        """The values of an estimand."""
        index = estimand.order.index
        base = {
            index[name]: None if name.startswith("?") else index.get(variable)
            for name, variable in estimand.aliases
            if name in index
        }
        return cls(estimand.order, base)

    @property
    def aliases(self) -> int:
        """The mask of all of them."""
        return sum(1 << place for place in self.base)

    def used(self, mask: int) -> list[int]:
        """For each copy, the mask of the variables of which it is in use where a set is free."""
        used = [mask]
        for alias in bits(mask & self.aliases):
            self.name(alias, used)
        return used

    def free(self, mask: int) -> Scope:
        """The scope in which a set of names is free."""
        used = [mask]
        return Scope({}, {alias: self.name(alias, used) for alias in bits(mask & self.aliases)})

    def name(self, alias: int, used: list[int]) -> Name:
        """The next free name of a value: the name of its variable, with one prime for each name that is taken."""
        base = self.base[alias]
        if base is None:
            return Name(self.order.names[alias])
        copy = 0
        while copy < len(used) and used[copy] >> base & 1:
            copy += 1
        if copy == len(used):
            used.append(0)
        used[copy] |= 1 << base
        return Name(self.order.names[base], copy)
