"""A second opinion on every verdict about several worlds: by enumerating all terms, slowly and plainly.

It follows the theorems of Correa, Lee and Bareinboim (2021) value by value: each cell of a query is decided for itself,
each term of its sum is looked at, and nothing is symbolic. It shares nothing with the compiler.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any

from models.functional import Event, Problem, World, inputs_with_variable, worded

Copy = tuple[Any, ...]
MOST = 60_000


class TooLongError(Exception):
    """There are too many terms to enumerate."""


class Decider:
    """Decides a problem.

    A variable that a policy's table is about has as many values as the table says; any other has the values that the
    query names, and three that it does not name.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.parents = {v: problem.parents(v) for v in problem.nodes}
        named: dict[str, set[int]] = {v: set() for v in problem.nodes}
        for event in (*problem.asked, *problem.given):
            _name(event.variable, event.world, event.value, named)
        self.domain: dict[str, list[int]] = {}
        tabled = {sets for sets, _, _ in problem.policies.values()}
        tabled |= {v for _, reads, _ in problem.policies.values() for v, _ in reads}
        for v in problem.nodes:
            fresh = [k for k in range(9) if k not in named[v]][:3]
            self.domain[v] = list(range(problem.states[v])) if v in tabled else sorted(named[v]) + fresh
        self.inputs: dict[str, int] = {}

    def verdict(self) -> str:
        """The verdict on the whole query: on all of its cells."""
        found = {self.cell(asked, given) for asked, given in self.cells()}
        for name in ("not identified", "identified", "zero"):
            if name in found:
                return name
        return "undefined"

    def cells(self) -> Iterator[tuple[list[Event], list[Event]]]:
        """What is asked and what is given, with every combination of values for what has none."""
        problem = self.problem
        events = [*problem.asked, *problem.given]
        homes = {name: v for event in events for name, v in inputs_with_variable(event.world)}
        texts = {worded(e.variable, e.world): e.variable for e in events if e.value is None}
        for setting in product(*(self.domain[v] for v in homes.values())):
            self.inputs = dict(zip(homes, setting, strict=True))
            for cell in product(*(self.domain[v] for v in texts.values())):
                at = dict(zip(texts, cell, strict=True))

                def valued(event: Event, at: dict[str, int] = at) -> Event:
                    value = at[worded(event.variable, event.world)] if event.value is None else event.value
                    return Event(event.variable, event.world, value)

                yield [*map(valued, problem.asked)], [*map(valued, problem.given)]

    def cell(self, asked: list[Event], given: list[Event]) -> str:
        """The verdict on a query in which every event has a value."""
        known = self.settled(given)
        if known is None:
            return "undefined"
        if not any(True for _ in self.terms([*asked, *known])):
            return "zero"
        variables, policies = self.kept(asked, known)
        for events in ([*asked, *known], known):
            if not self.joint(events, variables, policies):
                return "not identified"
        return "identified"

    def settled(self, given: list[Event]) -> list[Event] | None:
        """What is given and what follows from it; None where it cannot be."""
        given = list(given)
        while given:
            terms = list(self.terms(given))
            if not terms:
                return None
            found = self.net(given)
            assert found is not None
            copies, fixed = found
            forced = []
            for copy, home in copies.items():
                values = {term[copy] for term in terms}
                if len(values) == 1 and copy not in fixed:
                    forced.append(Event(home[0], home[1], values.pop(), home[2]))
            forced = [event for event in forced if event not in given]
            if not forced:
                break
            given += forced
        return given

    # ── copies ───────────────────────────────────────────────────────────────────────────────────────────

    def slot(
        self, v: str, world: World, fixed: dict[Copy, int], homes: dict[Copy, Any], natural: bool = False
    ) -> Copy:
        """A constant, or a copy: of a mechanism with what its causes are, or of a policy."""
        how = None if natural else dict(world).get(v)
        if isinstance(how, int):
            return ("value", how)
        if isinstance(how, str):
            return ("value", self.inputs[how])
        if how is not None and how[0] == "in":
            return self.slot(how[1], how[2], fixed, homes)
        if how is None:
            reads = tuple(self.known(self.slot(p, world, fixed, homes), fixed) for p in self.parents[v])
            copy: Copy = ("copy", v, reads)
        else:
            reads = tuple(
                self.known(
                    self.slot(u, world if there is None else there, fixed, homes, there is None and u == v),
                    fixed,
                )
                for u, there in how[2]
            )
            row = self.problem.policies[how[1]][2]
            if all(read[0] == "value" for read in reads):
                chances = row[tuple(read[1] for read in reads)] if reads else row
                sure = [k for k, chance in enumerate(chances) if chance > 0]
                if len(sure) == 1:
                    return ("value", sure[0])
            copy = ("policy", v, world, how[1], reads)
        homes.setdefault(copy, (v, world, natural))
        return copy

    @staticmethod
    def known(slot: Copy, fixed: dict[Copy, int]) -> Copy:
        return ("value", fixed[slot]) if slot in fixed else slot

    def net(self, events: list[Event]) -> tuple[dict[Copy, Any], dict[Copy, int]] | None:
        """The copies that events depend on, and the values of those that they fix; None if they contradict."""
        fixed: dict[Copy, int] = {}
        for _ in range(50):
            homes: dict[Copy, Any] = {}
            now: dict[Copy, int] = {}
            for event in events:
                slot = self.slot(event.variable, event.world, fixed, homes, event.natural)
                if event.value is None:
                    continue
                if slot[0] == "value":
                    if slot[1] != event.value:
                        return None
                elif now.setdefault(slot, event.value) != event.value:
                    return None
            if now == fixed:
                reached: dict[Copy, Any] = {}
                waiting = [
                    self.slot(event.variable, event.world, fixed, homes, event.natural) for event in events
                ]
                while waiting:
                    copy = waiting.pop()
                    if copy[0] != "value" and copy not in reached:
                        reached[copy] = homes[copy]
                        waiting += copy[-1]
                return reached, fixed
            fixed = now
        raise AssertionError("no fixpoint")

    # ── terms ────────────────────────────────────────────────────────────────────────────────────────────

    def terms(self, events: list[Event], keep: Any = None) -> Iterator[dict[Copy, int]]:
        """The values of all copies in each term that is not zero."""
        found = self.net(events)
        if found is None:
            return
        copies, fixed = found
        some = [copy for copy in copies if keep is None or keep(copy)]
        free = [copy for copy in some if copy not in fixed]
        if prod(len(self.domain[copy[1]]) for copy in free) > MOST:
            raise TooLongError
        for values in product(*(self.domain[copy[1]] for copy in free)):
            term = {copy: fixed[copy] for copy in some if copy in fixed} | dict(
                zip(free, values, strict=True)
            )
            if self.weight(term) and not self.impossible(term):
                yield term

    def weight(self, term: dict[Copy, int]) -> bool:
        for copy, value in term.items():
            if copy[0] == "policy":
                row = self.problem.policies[copy[3]][2]
                chances = row[tuple(self.at(read, term) for read in copy[4])] if copy[4] else row
                if chances[value] <= 0:
                    return False
        return True

    @staticmethod
    def at(slot: Copy, term: dict[Copy, int]) -> int:
        value: int = slot[1] if slot[0] == "value" else term[slot]
        return value

    def impossible(self, term: dict[Copy, int]) -> bool:
        seen: dict[Any, int] = {}
        for copy, value in term.items():
            if copy[0] == "copy":
                key = (copy[1], tuple(self.at(read, term) for read in copy[2]))
                if seen.setdefault(key, value) != value:
                    return True
        return False

    # ── groups ───────────────────────────────────────────────────────────────────────────────────────────

    def districts(self, present: set[str]) -> list[set[str]]:
        left, found = set(present), []
        while left:
            part = {next(iter(left))}
            while True:
                more = {b for a, b in self.both if a in part and b in present} - part
                if not more:
                    break
                part |= more
            left -= part
            found.append(part)
        return found

    @property
    def both(self) -> list[tuple[str, str]]:
        return [*self.problem.bidirected, *((b, a) for a, b in self.problem.bidirected)]

    def kept(self, asked: list[Event], given: list[Event]) -> tuple[set[str], set[Any]]:
        """The variables and policies of the components that hold what is asked."""
        free = [Event(event.variable, event.world) for event in asked]
        found = self.net([*free, *given])
        assert found is not None
        copies, fixed = found
        present = {copy[1] for copy in copies if copy[0] == "copy"}
        parts: list[set[Any]] = [
            {copy for copy in copies if copy[0] == "copy" and copy[1] in district}
            for district in self.districts(present)
        ]
        parts += [{copy} for copy in copies if copy[0] == "policy"]
        for copy in copies:
            for read in copy[-1]:
                if read[0] != "value":
                    one = next(part for part in parts if copy in part)
                    other = next(part for part in parts if read in part)
                    if one is not other:
                        parts.remove(other)
                        one |= other
        homes: dict[Copy, Any] = {}
        about = {self.slot(event.variable, event.world, fixed, homes, event.natural) for event in asked}
        about = {slot for slot in about if slot not in fixed}
        kept = {copy for part in parts if part & about for copy in part}
        variables = {copy[1] for copy in kept if copy[0] == "copy"}
        return variables, {(copy[1], copy[2]) for copy in kept if copy[0] == "policy"}

    def joint(self, events: list[Event], variables: set[str], policies: set[Any]) -> bool:
        """Whether every group is consistent in every term, and every c-factor can be computed from some data."""
        needed: set[frozenset[str]] = set()
        for district, readings in self.groups(events, variables, policies):
            values: dict[str, int] = {}
            if any(values.setdefault(v, value) != value for _, v, value in readings):
                return False
            needed.add(district)
        return all(any(self.serves(set(z), district) for z in self.problem.data) for district in needed)

    def groups(
        self, events: list[Event], variables: set[str], policies: set[Any]
    ) -> Iterator[tuple[frozenset[str], list[tuple[str, str, int]]]]:
        """The districts of each term, each with what its mechanisms read: (mechanism, variable, value).

        A mechanism reads its causes, and itself at the value that it has.
        """

        def keep(copy: Copy) -> bool:
            return copy[1] in variables if copy[0] == "copy" else (copy[1], copy[2]) in policies

        for term in self.terms(events, keep):
            present = {copy[1] for copy in term if copy[0] == "copy"}
            for district in self.districts(present):
                readings = []
                for copy in term:
                    if copy[0] == "copy" and copy[1] in district:
                        for v, slot in ((copy[1], copy), *zip(self.parents[copy[1]], copy[2], strict=True)):
                            readings.append((copy[1], v, self.at(slot, term)))
                yield frozenset(district), readings

    def serves(self, z: set[str], district: frozenset[str]) -> bool:
        """Whether Q[district] can be computed from P(V | do(z)) (Tian and Pearl; Huang and Valtorta)."""
        if z & district:
            return False
        whole = next(d for d in self.districts(set(self.problem.nodes) - z) if district <= d)
        while True:
            ancestors = set(district)
            while True:
                more = {a for a, b in self.problem.directed if b in ancestors and a in whole} - ancestors
                if not more:
                    break
                ancestors |= more
            if ancestors == district:
                return True
            if ancestors == whole:
                return False
            whole = next(d for d in self.districts(ancestors) if district <= d)


def _name(variable: str, world: World, value: int | None, named: dict[str, set[int]]) -> None:
    if value is not None:
        named[variable].add(value)
    for name, how in world:
        if isinstance(how, int):
            named[name].add(how)
        elif not isinstance(how, str):
            for v, there in [(how[1], how[2])] if how[0] == "in" else how[2]:
                _name(v, there or (), None, named)
