"""A causal query: the events asked about and the events given, with what may be used to answer it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from ...grammar.edge.arguments import public
from ...grammar.syntax.program import Value
from .worlds import FACTUAL, Constant, Event, Natural, Open, Policy, Setting, World


@dataclass(frozen=True, slots=True)
class Limits:
    """What a query may be answered with.

    Args:
        only: These variables and the query's own; None for all.
        avoid: Variables to do without: they are neither made nor read.
    """

    only: tuple[str, ...] | None = None
    avoid: tuple[str, ...] = ()

    @classmethod
    @public()
    def of(cls, only: str | Iterable[str] | None = None, avoid: str | Iterable[str] | None = None) -> Limits:
        """The limits that two arguments describe, each a text such as ``a, b`` or several names.

        In a text, a name that holds a comma is quoted; what is given as several names is taken name by name.

        >>> Limits.of(avoid='age, "height, in cm"')
        Limits(only=None, avoid=('age', 'height, in cm'))
        >>> Limits.of(only=["ab"])
        Limits(only=('ab',), avoid=())
        """
        return cls(None if only is None else listed(only), () if avoid is None else listed(avoid))

    def __bool__(self) -> bool:
        return self.only is not None or bool(self.avoid)

    def __or__(self, other: Limits) -> Limits:
        """Both at once.

        >>> Limits(("a", "b"), ("c",)) | Limits(("b", "c"))
        Limits(only=('b',), avoid=('c',))
        """
        only = self.only if other.only is None else other.only
        if self.only is not None and other.only is not None:
            only = tuple(name for name in self.only if name in other.only)
        return Limits(only, tuple(dict.fromkeys((*self.avoid, *other.avoid))))

    def __str__(self) -> str:
        from ...grammar.formatting.query import format_name

        parts = {"using": self.only, "avoiding": self.avoid or None}
        return " ".join(
            f"{word} {{{', '.join(map(format_name, names))}}}"
            for word, names in parts.items()
            if names is not None
        )


NO_LIMITS = Limits()


def _settings_of(world: World) -> Iterator[tuple[str, Setting]]:
    for name, how in world:
        match how:
            case Constant() | Open():
                pass
            case Natural(event):
                yield from _settings_of(event.world)
            case Policy(reads=reads):
                for read in reads:
                    if isinstance(read, Event):
                        yield from _settings_of(read.world)
            case _:
                assert_never(how)
        yield name, how


def listed(names: str | Iterable[str]) -> tuple[str, ...]:
    """Several names, or those of a text between commas; a name that holds a comma is quoted there."""
    if not isinstance(names, str):
        return tuple(names)
    import csv  # here, because most queries come without limits

    rows: Iterable[list[str]]
    try:
        rows = list(csv.reader(names.splitlines(keepends=True), skipinitialspace=True))
    except csv.Error:  # a name longer than its fields may be; it is refused as unknown
        rows = [names.split(",")]
    return tuple(name.strip() for row in rows for name in row if name.strip())


@public()
@dataclass(frozen=True, slots=True)
class Query:
    """``P(asked | given)``: events of one world or of several, every name one of the graph's.

    Args:
        asked: The events whose joint distribution is asked for, in the order written.
        given: The events that are known, likewise.
        do: The world that ``do(...)`` names. A bare name in the text is a variable in this world.
        limits: The variables that it may be answered with.

    >>> print(Query.of(["y"], ["x"], ["z"], {"x": 1}))
    P(y | do(x = 1), z)
    """

    asked: tuple[Event, ...]
    given: tuple[Event, ...] = ()
    do: World = FACTUAL
    limits: Limits = NO_LIMITS

    @classmethod
    @public()
    def of(
        cls,
        outcomes: Iterable[str],
        interventions: Iterable[str] = (),
        conditions: Iterable[str] = (),
        values: Mapping[str, Value] | None = None,
        limits: Limits = NO_LIMITS,
    ) -> Query:
        """``P(outcomes | do(interventions), conditions)``, all in the world in which the interventions are set.

        Args:
            outcomes: Names, in the order asked.
            interventions: Names, likewise.
            conditions: Names, likewise.
            values: The value of each name that is written with one.
            limits: The variables that it may be answered with.
        """
        known = values or {}
        world = World.setting(interventions, known)

        def events(names: Iterable[str]) -> tuple[Event, ...]:
            return tuple(Event(name, world, known.get(name)) for name in names)

        return cls(events(outcomes), events(conditions), world, limits)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The names of the outcomes, each once: the columns of a sample, the axes of a distribution."""
        return tuple(dict.fromkeys(map(self.label, self.asked)))

    @property
    def interventions(self) -> tuple[str, ...]:
        """The names of what may be set with the question: by ``do(...)``, and what brackets leave open.

        >>> ett = Event("y", World.where(x=Open("?a")))
        >>> Query((ett,), (Event("x"),)).interventions
        ('?a',)
        """
        return tuple(self._set)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The names of the conditions.

        In ``P(y[x] | x = 1)``, x is what y[x] is set to, and may be supplied; that x is 1 is kept.
        """
        stated = self._set if not self.plain else {}
        events = [event for event in self.given if event.value is None or self.label(event) not in stated]
        return tuple(dict.fromkeys(map(self.label, events)))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of what may be supplied with the question: interventions, then conditions."""
        return self.interventions + self.conditions

    @property
    def variables(self) -> tuple[str, ...]:
        """All names of the query: interventions, conditions, outcomes."""
        return self.inputs + self.outcomes

    @property
    def values(self) -> dict[str, Value]:
        """The value of each name that is written with one.

        A name that some world leaves open stands for what is supplied, also where ``do(…)`` sets the same variable;
        so does a condition without a value, also where it is asked about with one.

        >>> open_m = Natural(Event("m", World.where(x=Open("x"))))
        >>> Query((Event("y"),), do=World.where(x=Constant(1), m=open_m)).values
        {}
        """
        opened = {how.name for _, how in self._settings() if isinstance(how, Open)}
        opened |= {self.label(event) for event in self.given if event.value is None}
        constants = {name: how.value for name, how in self.do if isinstance(how, Constant)}
        found = {name: value for name, value in constants.items() if name not in opened}
        for event in (*self.given, *self.asked):
            if event.value is not None and self.label(event) not in opened:
                found[self.label(event)] = event.value
        return found

    @property
    def plain(self) -> bool:
        """Whether all of it is in the world of ``do(...)``, where each variable is set to a value or its own input.

        >>> Query.of(["y"], ["x"]).plain, Query((Event("y", World.setting(["x"])),)).plain
        (True, False)
        """
        simple = all(isinstance(how, Constant) or how == Open(name) for name, how in self.do)
        return simple and all(event.world == self.do for event in (*self.asked, *self.given))

    @property
    def mentioned(self) -> tuple[str, ...]:
        """Every variable that the query mentions, also inside worlds, each once."""
        names = dict.fromkeys(self.do.mentioned)
        for event in (*self.given, *self.asked):
            names |= dict.fromkeys((*event.world.mentioned, event.variable))
        return tuple(names)

    @property
    def kernel(self) -> Query:
        """The query without its values: they choose an entry of the answer and do not change the rest.

        In a query about several worlds the values distinguish the worlds, so they are kept.
        """
        if not self.plain:
            return self
        return Query.of(self.outcomes, self.interventions, self.conditions, limits=self.limits)

    @property
    def opened(self) -> Query:
        """The query for the whole distribution of what is asked: each event once, its value left out."""
        asked = tuple(dict.fromkeys(replace(event, value=None) for event in self.asked))
        return self if asked == self.asked else replace(self, asked=asked)

    @property
    def roles(self) -> dict[str, str]:
        """The variable behind each name of the query: interventions, conditions, outcomes."""
        events = {self.label(event): event.variable for event in (*self.given, *self.asked)}
        return {**self._set, **events}

    @property
    def policies(self) -> dict[str, Policy]:
        """The policies that must be given with the question, by name."""
        return {name: policy for name, policy in self.followed.items() if policy.rule is None}

    @property
    def followed(self) -> dict[str, Policy]:
        """Every policy and shift, by name."""
        return {how.name: how for _, how in self._settings() if isinstance(how, Policy)}

    @property
    def stated(self) -> tuple[tuple[str, Value], ...]:
        """Each value that it states, of an event or of what is set, with its variable."""
        found = [
            (event.variable, event.value) for event in (*self.asked, *self.given) if event.value is not None
        ]
        found += [(name, how.value) for name, how in self._settings() if isinstance(how, Constant)]
        return tuple(found)

    @property
    def set_by_policies(self) -> tuple[tuple[str, Policy], ...]:
        """Each variable that a policy or a shift sets, with that policy or shift."""
        return tuple((name, how) for name, how in self._settings() if isinstance(how, Policy))

    @property
    def _set(self) -> dict[str, str]:
        """The variable that each name of `interventions` sets."""
        found: dict[str, str] = {}
        for variable, how in self.do:
            if isinstance(how, Constant | Open):
                found[variable if isinstance(how, Constant) else how.name] = variable
        for variable, how in self._settings():
            if isinstance(how, Open):
                found.setdefault(how.name, variable)
        return found

    def _settings(self) -> Iterator[tuple[str, Setting]]:
        """Every setting of every world in the query, in the order written; what it reads comes before it."""
        worlds = dict.fromkeys((self.do, *(event.world for event in (*self.asked, *self.given))))
        for world in worlds:
            yield from _settings_of(world)

    @public()
    def label(self, event: Event) -> str:
        """The name of an event in this query: bare in the world of ``do(...)``, else with its own world."""
        return event.variable if event.world == self.do else str(event)

    @public()
    def within(self, limits: Limits) -> Query:
        """The same query, to be answered with other limits."""
        return replace(self, limits=limits)

    @public()
    def text(self, *, mean: bool = False) -> str:
        """The query as text: for a distribution, or for the mean of its one outcome.

        >>> Query.of(["y"], ["x"]).text(mean=True)
        'E[y | do(x)]'
        """
        from .text import query_text

        return query_text(self, mean=mean)

    def __str__(self) -> str:
        return self.text()
