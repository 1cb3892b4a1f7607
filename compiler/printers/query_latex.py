r"""Queries over several worlds as LaTeX: ``P(y_{x = 1} \mid x = 0)``, worlds as subscripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from ...grammar.formatting.query import format_formula, format_term
from ...grammar.syntax.program import Value
from ..model.query import Query
from ..model.worlds import Actual, Constant, Event, Natural, Open, Policy, Setting, World

_WORDS = {"*": r"\cdot", "min": r"\min", "max": r"\max"}


def query_latex(query: Query, symbol: Callable[[str], str], value: Callable[[Value], str]) -> str:
    r"""A query as mathematics.

    Args:
        query: The query.
        symbol: How a name is set.
        value: How a value is set.

    >>> event = Event("y", World.where(x=Constant(1)))
    >>> print(query_latex(Query((event,), (Event("x", value=0),)), str, str))
    P(y_{x = 1} \mid x = 0)

    The factual value that a policy reads has the empty world as its subscript.
    """

    def shown(event: Event) -> str:
        name = symbol(event.variable)
        if event.world != query.do:
            name = _event(event, symbol, value)
        return name if event.value is None else f"{name} = {value(event.value)}"

    do = [rf"\operatorname{{do}}({_world(query.do, symbol, value)})"] if query.do else []
    given = ", ".join([*do, *map(shown, query.given)])
    return f"P({', '.join(map(shown, query.asked))}" + (rf" \mid {given})" if given else ")")


def _event(event: Event | Actual, symbol: Callable[[str], str], value: Callable[[Value], str]) -> str:
    name = symbol(event.variable)
    if isinstance(event, Actual):
        return rf"{name}_{{\varnothing}}"
    if not event.world:
        return name
    base = name if len(name) == 1 else f"{{{name}}}"
    return f"{base}_{{{_world(event.world, symbol, value)}}}"


def _world(world: World, symbol: Callable[[str], str], value: Callable[[Value], str]) -> str:
    def shown(name: str, how: Setting) -> str:
        left = symbol(name)
        match how:
            case Constant(number):
                return f"{left} = {value(number)}"
            case Open(source):
                return left if source == name else f"{left} = {symbol(source)}"
            case Natural(event):
                return f"{left} = {_event(event, symbol, value)}"
            case Policy(reads=reads, rule=rule) if rule is not None:
                known = {str(read): _event(read, symbol, value) for read in reads}
                text = format_formula(rule, term=lambda term: known[format_term(term)], words=_WORDS)
                return f"{left} = {text}"
            case Policy(policy, reads):
                read = ", ".join(_event(event, symbol, value) for event in reads)
                return rf"{left} \sim {symbol(policy)}({read})"
            case _:
                assert_never(how)

    return ", ".join(shown(name, how) for name, how in sorted(world, key=lambda pair: pair[0]))
