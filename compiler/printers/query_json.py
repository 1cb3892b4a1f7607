"""Queries over several worlds as plain data for `json.dumps`, and back."""

from __future__ import annotations

from typing import Any, assert_never

from ...grammar.diagnostics.diagnostic import DofxError
from ..model.query import Query
from ..model.resolve import shift_of
from ..model.worlds import Actual, Constant, Event, Natural, Open, Policy, Setting, World

_DEEPEST = 60


class BrokenQueryError(ValueError):
    """Data that are not a query; the message says where."""


def query_to_json(query: Query) -> dict[str, Any]:
    """A query as dicts, lists and strings.

    >>> event = Event("y", World.where(x=Constant(1)))
    >>> query_to_json(Query((event,)))["asked"]
    [{'variable': 'y', 'world': [['x', {'value': 1}]]}]
    >>> query_from_json(query_to_json(Query((event,)))) == Query((event,))
    True
    """
    data: dict[str, Any] = {"asked": [_event_to_json(event) for event in query.asked]}
    if query.given:
        data["given"] = [_event_to_json(event) for event in query.given]
    if query.do:
        data["do"] = _world_to_json(query.do)
    return data


def query_from_json(data: Any) -> Query:
    """The query that `query_to_json` wrote.

    Raises:
        BrokenQueryError: For broken data.
    """
    if not isinstance(data, dict):
        raise BrokenQueryError("query: not an object")
    asked, given = (
        tuple(
            _event_from_json(event, f"query.{role}", 0)
            for event in _list(data.get(role, []), f"query.{role}")
        )
        for role in ("asked", "given")
    )
    return Query(asked, given, _world_from_json(data.get("do", []), "query.do", 0))


def setting_to_json(how: Setting) -> dict[str, Any]:
    """What a variable is set to, as an object of one or two fields."""
    match how:
        case Constant(value):
            return {"value": value}
        case Open(name):
            return {"open": name}
        case Natural(event):
            return {"natural": _event_to_json(event)}
        case Policy(text, rule=rule) if rule is not None:
            return {"shift": text}
        case Policy(name, reads):
            return {"policy": name, "reads": [_event_to_json(event) for event in reads]}
        case _:
            assert_never(how)


def setting_from_json(data: Any, where: str, depth: int = 0) -> Setting:
    """The setting that `setting_to_json` wrote.

    Raises:
        BrokenQueryError: For broken data, or for worlds nested too deep.
    """
    if depth > _DEEPEST:
        raise BrokenQueryError(f"{where}: nested more than {_DEEPEST} deep")
    match data:
        case {"value": bool() | int() | float() | str() as value}:
            return Constant(value)
        case {"open": str(name)}:
            return Open(name)
        case {"natural": event}:
            return Natural(_event_from_json(event, where, depth))
        case {"policy": str(name), "reads": list(reads)}:
            return Policy(name, tuple(_read_from_json(read, where, depth) for read in reads))
        case {"shift": str(text)}:
            try:
                return shift_of(text)
            except DofxError as error:
                raise BrokenQueryError(f"{where}: {error.diagnostics[0].title}") from error
        case _:
            raise BrokenQueryError(f"{where}: neither a value, an input, an event nor a policy")


def _event_to_json(event: Event | Actual) -> dict[str, Any]:
    if isinstance(event, Actual):
        return {"actual": event.variable}
    world = {"world": _world_to_json(event.world)} if event.world else {}
    value = {} if event.value is None else {"value": event.value}
    return {"variable": event.variable, **world, **value}


def _read_from_json(data: Any, where: str, depth: int) -> Event | Actual:
    match data:
        case {"actual": str(variable)}:
            return Actual(variable)
        case _:
            return _event_from_json(data, where, depth)


def _event_from_json(data: Any, where: str, depth: int) -> Event:
    match data:
        case {"variable": str(variable)}:
            value = data.get("value")
            if value is not None and not isinstance(value, bool | int | float | str):
                raise BrokenQueryError(
                    f"{where}: the value of {variable} is not a text, a number or a truth value"
                )
            return Event(variable, _world_from_json(data.get("world", []), where, depth), value)
        case _:
            raise BrokenQueryError(f"{where}: an event without a variable")


def _world_to_json(world: World) -> list[Any]:
    return [[name, setting_to_json(how)] for name, how in world]


def _world_from_json(data: Any, where: str, depth: int) -> World:
    settings = []
    for pair in _list(data, where):
        match pair:
            case [str(name), how]:
                settings.append((name, setting_from_json(how, where, depth + 1)))
            case _:
                raise BrokenQueryError(f"{where}: a setting is a name and what it is set to")
    return World(tuple(settings))


def _list(data: Any, where: str) -> list[Any]:
    if not isinstance(data, list):
        raise BrokenQueryError(f"{where}: not a list")
    return data
