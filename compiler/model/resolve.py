"""From the query that was written to the query that is meant, and back: names are resolved against a graph."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, assert_never

from ...grammar.diagnostics.source import Source
from ...grammar.formatting.query import format_value
from ...grammar.syntax.program import (
    Applied,
    Assignment,
    Drawn,
    Expectation,
    Fixed,
    Formula,
    How,
    Name,
    Placeholder,
    Probability,
    Term,
    Value,
    terms_of,
)
from ..graph.admg import ADMG
from .constant import constant_value
from .errors import no_value, not_a_shift
from .query import Query
from .rule import rule_value
from .worlds import FACTUAL, Actual, Constant, Event, Natural, Open, Policy, Setting, World

if TYPE_CHECKING:
    from ...grammar.checks.names import Scope


def query_of(
    syntax: Probability | Expectation, graph: ADMG, source: Source | None = None, scope: Scope | None = None
) -> Query:
    """The query that was written, its names resolved against a graph.

    Without ``do(…)``, a bare name is a factual variable, and brackets after it are its world. With it, a bare name
    is a variable of that world.

    Args:
        syntax: The query.
        graph: The graph.
        source: The text that the query's spans point into, for diagnostics.
        scope: The graph's variables, latent ones too, if there are several queries about them.

    Raises:
        DofxError: With every fault found: unknown names, overlapping sets, variables written twice, and E0318 for a
            policy that reads what depends on it.
    """
    from ...grammar.checks.names import Scope
    from ...grammar.checks.query import check_query
    from ...grammar.diagnostics.diagnostic import DofxError
    from .cycles import check_policies

    known = scope or Scope((*graph.nodes, *graph.latent))
    faults = check_query(syntax, known, source, graph.latent)
    if faults:
        raise DofxError(faults)
    reader = _Reader(lambda name: known.resolve(name.text) or name.text, source)
    faults = tuple(check_policies(syntax, graph, reader.name, source))
    if faults:
        raise DofxError(faults)
    return reader.query(syntax)


def written(syntax: Probability | Expectation, variables: Iterable[str]) -> Query:
    """The query that was written, once it is known to be about these variables; nothing is checked again."""
    exact = set(variables)
    folded = {name.casefold(): name for name in exact}

    def meant(name: Name) -> str:
        return name.text if name.text in exact else folded.get(name.text.casefold(), name.text)

    return _Reader(meant, None).query(syntax)


def always(value: Value) -> Policy:
    """The shift to one value, whatever the natural value is.

    >>> always(True).name, always("high").name
    ('true', '"high"')
    """
    return Policy(format_value(value), (), Fixed(value))


def constant_of(text: str) -> Policy | None:
    """The shift to the value that `always` calls by this name; None for any other name.

    >>> constant_of("0") == always(0), constant_of('"high"') == always("high"), constant_of("g")
    (True, True, None)
    """
    try:
        value = {"true": True, "false": False}[text] if text in ("true", "false") else ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None
    return always(value) if isinstance(value, int | float | str) and always(value).name == text else None


def shift_of(text: str) -> Policy:
    """The shift that a formula describes, its names taken as they stand.

    Raises:
        DofxError: If it cannot be read, or is not a formula that reads something.

    >>> shift_of("min(x+1,5)").reads
    (Event(variable='x', world=World(settings=()), value=None),)
    """
    from ...grammar.parse import parse_query

    reader = _Reader(lambda name: name.text, None)
    target = "x"
    while target in text:  # x = x[a=0] would be no shift but x as it is in another world
        target += "x"
    match parse_query(f"P(y | do({target} = ({text})))").interventions:
        case (Assignment(how=Term() | Applied() as formula),):
            policy = reader.policy(formula)
            if policy.reads:
                return policy
        case _:
            pass
    raise not_a_shift(text)


@dataclass(frozen=True, slots=True)
class _Reader:
    """What turns syntax into events.

    Args:
        name: The variable that a name means.
        source: The text that spans point into.
    """

    name: Callable[[Name], str]
    source: Source | None

    def query(self, syntax: Probability | Expectation) -> Query:
        outcomes = (syntax.outcome,) if isinstance(syntax, Expectation) else syntax.outcomes
        do = World(tuple(map(self.setting, syntax.interventions))) if syntax.interventions else FACTUAL

        def events(terms: tuple[Term, ...]) -> tuple[Event, ...]:
            return tuple(
                Event(self.name(term.name), do if term.world is None else self.world(term), term.value)
                for term in terms
            )

        return Query(events(outcomes), events(syntax.conditions), do)

    def world(self, term: Term) -> World:
        """What the brackets of a term set, sorted by the names that are meant."""
        return World(tuple(sorted(map(self.setting, term.world or ()), key=lambda pair: pair[0])))

    def setting(self, assignment: Assignment) -> tuple[str, Setting]:
        """The variable that is set, and to what."""
        name = self.name(assignment.name)
        match assignment.how:
            case None:
                return name, Open(name)
            case Placeholder(text):
                return name, Open(text)
            case Drawn(policy, reads):
                return name, Policy(policy.text, tuple(map(self.read, reads)))
            case Term(world=world) as term if world is not None and self.name(term.name) == name:
                return name, Natural(Event(name, self.world(term)))
            case Term() | Fixed() | Applied() as formula:
                return name, self.shift(formula)
            case value:
                return name, Constant(value)

    def read(self, term: Term) -> Event | Actual:
        """What a policy reads: bare names are of its own world."""
        name = self.name(term.name)
        if term.world == ():
            return Actual(name)
        return Event(name) if term.world is None else Event(name, self.world(term))

    def shift(self, formula: Formula) -> Policy | Constant:
        """A policy whose value a formula gives; where that is the same whatever it reads, the value."""
        policy = self.policy(formula)
        if not policy.reads:
            return Constant(self.number(policy, formula))
        value = None if policy.rule is None else constant_value(policy.rule)
        return policy if value is None else Constant(value)

    def policy(self, formula: Formula) -> Policy:
        """The policy whose value a formula gives."""
        from ...grammar.formatting.query import format_formula

        reads = tuple(dict.fromkeys(map(self.read, terms_of(formula))))
        meant = self.formula(formula)
        return Policy(format_formula(meant, tight=True), reads, meant)

    def formula(self, formula: Formula) -> Formula:
        """A formula over the variables that its names mean."""
        match formula:
            case Fixed():
                return formula
            case Term():
                return _term(self.read(formula))
            case Applied(parts=parts):
                return replace(formula, parts=tuple(map(self.formula, parts)))
            case _:
                assert_never(formula)

    def number(self, policy: Policy, written: Formula) -> int | float:
        """The value of a formula that reads nothing."""
        try:
            value: int | float = rule_value(policy, ())
            if isfinite(value):
                return value
        except (ZeroDivisionError, OverflowError):
            pass
        raise no_value(policy.name, self.source, written.span)


def syntax_of(query: Query) -> Probability:
    """A query as it would be written."""

    def terms(events: tuple[Event, ...]) -> tuple[Term, ...]:
        return tuple(
            replace(_term(event, bare=event.world == query.do), value=event.value) for event in events
        )

    return Probability(terms(query.asked), settings_of(query.do), terms(query.given))


def settings_of(world: World) -> tuple[Assignment, ...]:
    """The settings of a world as they would be written, in their order.

    >>> print(settings_of(World.where(m=Natural(Event("m"))))[0].how)
    Term(name=Name(text='m'), value=None, world=())
    """
    return tuple(Assignment(Name(name), _how(name, how)) for name, how in world)


def _how(name: str, setting: Setting) -> How | None:
    match setting:
        case Constant(value):
            return value
        case Open(source):
            return None if source == name else Placeholder(source)
        case Natural(event):
            return _term(event, bare=False)
        case Policy(rule=rule) if rule is not None:
            return rule
        case Policy(policy, reads):
            return Drawn(Name(policy), tuple(map(_term, reads)))
        case _:
            assert_never(setting)


def _term(event: Event | Actual, bare: bool | None = None) -> Term:
    """An event as a term. It is bare if that is said, or if nothing is said and it has no world."""
    if isinstance(event, Actual):
        return Term(Name(event.variable), None, ())
    bare = not event.world if bare is None else bare
    settings = sorted(settings_of(event.world), key=lambda setting: setting.name.text)
    return Term(Name(event.variable), None, None if bare else tuple(settings))
