"""What is wrong with a query though it can be read: every fault at once, in each of its worlds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ..diagnostics.diagnostic import Diagnostic
from ..diagnostics.source import Source
from ..formatting.query import format_name, format_value
from ..syntax.program import Applied, Assignment, Contrast, Probability, Term, TypeSyntax, terms_of
from ..syntax.walk import Asking, Part, inside, open_sets, outcomes_of, terms_and_sets
from .names import Scope, unknown
from .query_errors import asked_and_set, in_two_roles, latent_asked, no_value, not_numbers, written_twice
from .types import States, check_kind, check_state, show
from .worlds import check_worlds

_ROLES = ("an outcome", "set by `do`", "a condition")


def check_query(
    query: Asking,
    names: Iterable[str] | Scope | None,
    source: Source | None = None,
    latents: Iterable[str] = (),
    states: Mapping[str, States] | None = None,
    types: Mapping[str, TypeSyntax] | None = None,
) -> tuple[Diagnostic, ...]:
    """Every fault of a query against a set of variables.

    Args:
        query: The query.
        names: The variables it may speak of, as a `Scope` if there are many queries about them; None if they
            are not known yet.
        source: The text that the query's spans point into.
        latents: Variables that exist but are not observed, whether or not they are among `names`.
        states: The states of finite variables, as far as they are known.
        types: The types of the other variables, likewise.

    >>> from ..parse import parse_query
    >>> [fault.title for fault in check_query(parse_query("P(y | do(x), x)"), ["X", "Y"])]
    ['`x` is both set by `do` and a condition']
    """
    unobserved = dict.fromkeys(latents)
    scope = names if names is None or isinstance(names, Scope) else Scope((*names, *unobserved))
    check = _Check(scope, source, unobserved, states or {}, types or {})
    outcomes = outcomes_of(query)
    plain = all(term.world is None for term in (*outcomes, *query.conditions))
    first: dict[str, tuple[int, Term | Assignment]] = {}
    roles: tuple[tuple[Part, ...], ...] = outcomes, query.interventions, query.conditions
    for role, parts in enumerate(roles):
        for part in parts:
            name = check.name(part)
            if plain and not isinstance(query, Contrast) and name is not None:
                if name in first:
                    check.faults.append(_again(part, role, *first[name], source, outcomes[0].name.text))
                first.setdefault(name, (role, part))
            check.inner(part, name)
    return (*check.faults, *check_worlds(query, scope, source))


def check_number(query: Asking, source: Source | None = None) -> Iterator[Diagnostic]:
    """The faults of a query in an effect that leaves a value open.

    Args:
        query: A query of an effect's arithmetic.
        source: The text that its spans point into.
    """
    outcomes = outcomes_of(query)
    asked = outcomes if isinstance(query, Probability) else ()
    open_terms = [term for term in (*asked, *query.conditions) if term.value is None]
    unsaid: list[Part] = [*open_terms, *open_sets(terms_and_sets(query))]
    for part in unsaid:
        name = part.name.text
        yield no_value(name, source, part.name.span)


@dataclass(slots=True)
class _Check:
    """What is known while the names and values of a query are checked, and what is wrong with them."""

    scope: Scope | None
    source: Source | None
    latents: Mapping[str, None]
    states: Mapping[str, States]
    types: Mapping[str, TypeSyntax]
    faults: list[Diagnostic] = field(default_factory=list)

    def name(self, part: Term | Assignment, word: bool = False) -> str | None:
        """Check the name of a part of the query; the variable that it means.

        Args:
            part: The part.
            word: Whether it stands alone on a right-hand side, where an unquoted value looks the same.
        """
        name = part.name.text if self.scope is None else self.scope.resolve(part.name.text)
        if self.scope is not None and name is None:
            fault = unknown(part.name, self.scope, self.source, self.latents)
            if fault.code == "E0301":
                fault = replace(fault, help=(*_advice(part, word, self.scope), *fault.help))
            self.faults.append(fault)
        if name in self.latents:
            self.faults.append(_latent(part, self.source))
        return name

    def inner(self, part: Term | Assignment, name: str | None) -> None:
        """Check the value of a part, and what stands in its world."""
        if name is not None:
            self.value(part, name)
        if isinstance(part, Assignment) and isinstance(part.how, Applied):
            self.faults += [fault for term in terms_of(part.how) for fault in self.words(term)]
        lone = isinstance(part, Assignment) and isinstance(part.how, Term) and part.how.world is None
        for each in inside(part):
            self.inner(each, self.name(each, lone))

    def words(self, term: Term) -> Iterator[Diagnostic]:
        """The fault of a formula that reads what is not a number."""
        name = term.name.text if self.scope is None else self.scope.resolve(term.name.text)
        states = self.states.get(name or "")
        word = (
            None if states is None else next((each for each in states.values if isinstance(each, str)), None)
        )
        kind = self.types[name].kind if name and name in self.types else "real"
        if word is not None or kind in ("image", "text"):
            yield not_numbers(name or "", None if word is None else show(word), kind, self.source, term.span)

    def value(self, part: Term | Assignment, name: str) -> None:
        """Check the value that a part gives to a variable."""
        fault = None
        if name in self.states:
            fault = check_state(part, self.states[name], self.source)
        elif name in self.types:
            fault = check_kind(part, self.types[name], self.source)
        if fault is not None:
            self.faults.append(fault)


def _advice(part: Term | Assignment, word: bool, scope: Scope) -> Iterator[str]:
    """What may have been meant by a name that no variable has.

    Args:
        part: The part of the query that has the name.
        word: Whether it stands alone on a right-hand side.
        scope: The known variables.
    """
    name = part.name.text
    base, _, below = name.partition("_")
    if below and scope.resolve(base):  # Y_x, as in print
        set_to = below if scope.resolve(below) else "x = 1"
        yield f"a subscript in print is written in brackets here: `{base}[{set_to}]`"
    elif name[-1:] in "'′″‴*" and scope.resolve(name.rstrip("'′″‴*")):
        bare = name.rstrip("'′″‴*")
        yield f"another value of `{bare}` is written as a value: `{bare} = 0`"
    elif word:
        truth = re.fullmatch(r"(?i:t(ru|ur|r)e?|fal?se?|fas?le|flase)", name)
        yield "a truth value is `true` or `false`" if truth else f"quote a value that is a word: `'{name}'`"
    elif name == "do" and isinstance(part, Term) and part.world:
        yield "`do` takes round brackets: `do(x)`"


def _latent(term: Term | Assignment, source: Source | None) -> Diagnostic:
    return latent_asked(term.name.text, source, term.name.span)


def _one_value(first: Term | Assignment, again: Term | Assignment) -> str:
    """What to do about a variable written twice in one role: where its values differ, each has a query of its own."""
    name = format_name(again.name.text)
    if first.value is None or again.value is None or first.value == again.value:
        return "keep one"
    one, other = (f"{name} = {format_value(value)}" for value in (first.value, again.value))
    if isinstance(again, Assignment):
        return f"give each setting a query of its own, with `do({one})` and with `do({other})`, and compare the answers"
    return f"a row has one value of `{name}`: ask about `{one}` in one query and about `{other}` in another"


def _again(
    term: Term | Assignment,
    role: int,
    first_role: int,
    first: Term | Assignment,
    source: Source | None,
    outcome: str,
) -> Diagnostic:
    """The fault of a variable that a query about an outcome has already spoken of."""
    name, places = term.name.text, (source, term.name.span, first.name.span)
    if role == first_role:
        return written_twice(name, _one_value(first, term), *places)
    if (first_role, role) == (0, 1):
        return asked_and_set(name, *places)
    asked = f"P({format_name(outcome)}[{format_name(name)} = 0] | {format_name(name)} = 1)"
    had = asked if (first_role, role) == (1, 2) else None
    return in_two_roles(name, _ROLES[first_role], _ROLES[role], had, *places)
