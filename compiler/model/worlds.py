"""Worlds: which variables are set, each to what. An event is a variable in a world, with a value or without.

``y`` under do(x) is y in the world in which x is set. The factual world sets nothing. A setting may read other
events, so worlds nest: in ``y[m=m[x=0],x=1]``, m is what it would have been had x been 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from ...grammar.edge.arguments import public
from ...grammar.syntax.program import Assignment, Formula, Name, Value


@dataclass(frozen=True, slots=True)
class Constant:
    """The variable is set to a value that the query states."""

    value: Value


@dataclass(frozen=True, slots=True)
class Open:
    """The variable is set to an input, whose value is supplied with the question."""

    name: str


@dataclass(frozen=True, slots=True)
class Natural:
    """The variable takes the value that an event has, mostly the same variable's in another world."""

    event: Event


@dataclass(frozen=True, slots=True)
class Actual:
    """The factual value of a variable, where a policy that is followed in another world reads it: ``z[]``."""

    variable: str

    def __str__(self) -> str:
        from ...grammar.formatting.program import format_name

        return f"{format_name(self.variable)}[]"


@dataclass(frozen=True, slots=True)
class Policy:
    """The variable is drawn from a policy, given what the policy reads, or is set to what a formula gives.

    Args:
        name: The name under which the policy is supplied; of a formula its canonical text, ``min(x+1,5)``.
        reads: What it reads, in the order written. A bare event is of the world in which the policy is followed:
            its *set* value if it is set there; but the variable that the policy sets is read as itself, with the
            value that it has *naturally*. An event with a world is of that world.
        rule: The formula, if the policy is one. Its value is certain, and nothing has to be supplied;
            `rule.rule_value` computes it.
    """

    name: str
    reads: tuple[Event | Actual, ...] = ()
    rule: Formula | None = None


Setting: TypeAlias = Constant | Open | Natural | Policy


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """The variables that are set, each with its setting; worlds are equal whatever the order of the settings.

    >>> World.where(b=Constant(1), a=Open("a")) == World.where(a=Open("a"), b=Constant(1))
    True
    """

    settings: tuple[tuple[str, Setting], ...] = ()

    @classmethod
    @public()
    def where(cls, **settings: Setting) -> World:
        """The world with these settings, by the name of the variable."""
        return cls(tuple(settings.items()))

    @classmethod
    @public()
    def setting(cls, names: Iterable[str], values: Mapping[str, Value] | None = None) -> World:
        """The world in which variables are set: to a value where one is given, else to an input of their name."""
        known = values or {}
        return cls(tuple((name, Constant(known[name]) if name in known else Open(name)) for name in names))

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that are set, in the order written."""
        return tuple(name for name, _ in self.settings)

    @public()
    def within(self, names: Collection[str]) -> World:
        """The settings of some variables alone."""
        return World(tuple(pair for pair in self.settings if pair[0] in names))

    @property
    def mentioned(self) -> tuple[str, ...]:
        """Every variable that is set or read here, also within other worlds that are read; one may come twice."""
        names: list[str] = []
        for name, how in self.settings:
            names.append(name)
            for read in _reads(how):
                names += (
                    [*read.world.mentioned, read.variable] if isinstance(read, Event) else [read.variable]
                )
        return tuple(names)

    @property
    def readings(self) -> tuple[tuple[str, str], ...]:
        """What is read and what is set by it, for each setting that reads, also within other worlds that are read.

        >>> World.where(x=Policy("g", (Event("z"),))).readings
        (('z', 'x'),)
        """
        pairs: list[tuple[str, str]] = []
        for name, how in self.settings:
            for read in _reads(how):
                pairs.append((read.variable, name))
                pairs += read.world.readings if isinstance(read, Event) else ()
        return tuple(pairs)

    def __bool__(self) -> bool:
        return bool(self.settings)

    def __iter__(self) -> Iterator[tuple[str, Setting]]:
        return iter(self.settings)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, World):
            return NotImplemented
        return self.settings == other.settings or dict(self.settings) == dict(other.settings)

    def __hash__(self) -> int:
        return hash(frozenset(self.settings))

    def __str__(self) -> str:
        """The settings in canonical text: sorted by name, without blanks.

        >>> factual_m = Natural(Event("m", World.where(x=Constant(0))))
        >>> print(World.where(x=Constant(1), m=factual_m))
        m=m[x=0],x=1
        """
        return ",".join(_setting(name, how) for name, how in sorted(self.settings, key=lambda pair: pair[0]))


FACTUAL = World()
"""The world in which nothing is set."""


@dataclass(frozen=True, slots=True)
class Event:
    """A variable in a world.

    Args:
        variable: The variable.
        world: The world that it is looked at in.
        value: The value that it takes there, where the query states one.
    """

    variable: str
    world: World = field(default=FACTUAL)
    value: Value | None = None

    def __str__(self) -> str:
        """The canonical text of the variable and its world; a factual variable is its bare name.

        >>> print(Event("y"), Event("y", World.where(x=Open("x"))))
        y y[x]
        """
        from ...grammar.formatting.program import format_name

        name = format_name(self.variable)
        return f"{name}[{self.world}]" if self.world else name


def _reads(how: Setting) -> tuple[Event | Actual, ...]:
    match how:
        case Natural(event):
            return (event,)
        case Policy(_, reads):
            return reads
        case _:
            return ()


def _setting(name: str, how: Setting) -> str:
    from ...grammar.formatting.program import format_name, format_value
    from ...grammar.formatting.query import format_assignment

    shown = format_name(name)
    match how:
        case Constant(value):
            return f"{shown}={format_value(value)}"
        case Open(source):
            return shown if source == name else f"{shown}={source}"
        case Natural(event):
            return f"{shown}={event}" if event.world else f"{shown}={event}[]"
        case Policy(rule=rule) if rule is not None:
            return format_assignment(Assignment(Name(name), rule), tight=True)
        case Policy(policy, reads):
            return f"{shown}~{format_name(policy)}({','.join(map(str, reads))})"
        case _:
            assert_never(how)
