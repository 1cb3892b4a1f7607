"""Sampling networks as JSON values, and back."""

from __future__ import annotations

from typing import Any, assert_never

from ....grammar.syntax.program import Value
from ...graph.holes import Indicators
from ...model.data import ALONE
from ...model.query import Query
from ...model.resolve import constant_of
from ...model.rows import EVERY_ROW, rows_from
from ...model.worlds import Constant, Event, World
from ...network.ir import (
    DataSet,
    Draw,
    Folded,
    Pairs,
    Policy,
    SamplingNetwork,
    Simulated,
    SomeRows,
    Source,
    Stage,
    Wires,
)
from ...network.verify import InvalidNetworkError, verify
from ..data_json import data_from_json, data_to_json
from ..query_json import BrokenQueryError, query_from_json, query_to_json
from ..rows_json import rows_from_json, rows_to_json


def network_to_json(network: SamplingNetwork) -> dict[str, Any]:
    """A network as JSON values.

    >>> stage = Stage("answer", (), (Draw.of("y", "y"),), (("y", "y"),))
    >>> network = SamplingNetwork(Query.of(("y",)), (stage,))
    >>> network_from_json(network_to_json(network)) == network
    True
    """
    query: dict[str, Any] = {
        "outcomes": list(network.query.outcomes),
        "interventions": list(network.query.interventions),
        "conditions": list(network.query.conditions),
        "values": network.query.values,
    }
    if not network.query.plain:
        query = {"query": query_to_json(network.query)}
    return {
        **query,
        **(
            {}
            if network.data == ALONE and network.data[0].bare
            else {"data": [data_to_json(each) for each in network.data]}
        ),
        **(
            {"holes": {name: list(columns) for name, columns in network.holes.items()}}
            if network.holes
            else {}
        ),
        "stages": [_stage_to_json(stage) for stage in network.stages],
    }


def network_from_json(data: Any) -> SamplingNetwork:
    """The network that `network_to_json` wrote, verified.

    Raises:
        ValueError: If the values are not those of a sound network.
    """
    try:
        query = query_from_json(data["query"]) if "query" in data else _plain_query(data)
        sets = tuple(map(data_from_json, data["data"])) if "data" in data else ALONE
        stages = tuple(_stage_from_json(stage, query, sets) for stage in data["stages"])
        return verify(SamplingNetwork(query, stages, sets, _holes(data.get("holes", {}))))
    except KeyError as error:
        raise ValueError(f"the network has no {error}") from None
    except (IndexError, TypeError, BrokenQueryError, InvalidNetworkError) as error:
        raise ValueError(f"the network is not sound: {error}") from None


def _plain_query(data: Any) -> Query:
    outcomes, interventions, conditions = (
        _texts(data[key]) for key in ("outcomes", "interventions", "conditions")
    )
    return Query.of(outcomes, interventions, conditions, _values(data["values"]))


def _stage_to_json(stage: Stage) -> dict[str, Any]:
    draws = [
        {
            "outputs": _pairs_to_json(draw.outputs),
            "given": _wires_to_json(draw.given),
            "source": _source_to_json(draw.source),
            **({"picked": True} if draw.picked else {}),
        }
        for draw in stage.draws
    ]
    world = {} if stage.world is None else {"world": list(stage.world.variables)}
    inputs, outputs = _pairs_to_json(stage.inputs), _pairs_to_json(stage.outputs)
    return {"name": stage.name, "inputs": inputs, "draws": draws, "outputs": outputs, **world}


def _stage_from_json(data: Any, query: Query, sets: tuple[DataSet, ...]) -> Stage:
    draws = tuple(_draw_from_json(draw, query, sets) for draw in data["draws"])
    world = World.setting(_texts(data["world"])) if "world" in data else None
    return Stage(_text(data["name"]), _pairs(data["inputs"]), draws, _pairs(data["outputs"]), world)


def _draw_from_json(data: Any, query: Query, sets: tuple[DataSet, ...]) -> Draw:
    outputs = _pairs(data["outputs"])
    if not outputs:
        raise ValueError("a draw of nothing")
    given = _wires(data["given"])
    picked = data.get("picked", False)
    if not isinstance(picked, bool):
        raise TypeError("a draw is picked or not")
    return Draw(outputs, given, _source_from_json(data["source"], given, query, sets), picked)


def _source_to_json(source: Source) -> dict[str, Any]:
    match source:
        case SomeRows(DataSet(name), rows):
            return {"data": name, "rows": rows_to_json(rows)}
        case DataSet(name):
            return {"data": name}
        case Simulated(stage):
            return {"stage": stage}
        case Folded(stage):
            return {"folded": stage}
        case Policy(name):
            return {"policy": name}
        case _:
            assert_never(source)


def _source_from_json(data: Any, given: Wires, query: Query, sets: tuple[DataSet, ...]) -> Source:
    if "policy" in data:
        name = _text(data["policy"])
        known = query.followed.get(name) or constant_of(name)
        return known or Policy(name, tuple(Event(variable) for variable, _ in given))
    if "folded" in data:
        return Folded(_text(data["folded"]))
    if "data" in data:
        name = _text(data["data"])
        rows = rows_from_json(data["rows"]) if "rows" in data else EVERY_ROW
        if rows is None:
            raise TypeError("the rows of a draw are not sound")
        return rows_from(next((each for each in sets if each.name == name), DataSet(name)), rows)
    return Simulated(_text(data["stage"]))


def _holes(data: Any) -> Indicators:
    if not isinstance(data, dict):
        raise TypeError("the holes are not listed by their indicators")
    return Indicators({_text(name): _texts(columns) for name, columns in data.items()})


def _values(data: Any) -> dict[str, Value]:
    if not isinstance(data, dict) or not all(isinstance(value, str | int | float) for value in data.values()):
        raise TypeError("the values of the query are no values")
    return data


def _pairs_to_json(pairs: Pairs) -> list[list[str]]:
    return [list(pair) for pair in pairs]


def _wires_to_json(wires: Wires) -> list[list[Any]]:
    """An id as it is, a constant as ``{"value": 1}``."""
    return [[variable, wire if isinstance(wire, str) else {"value": wire.value}] for variable, wire in wires]


def _wires(values: Any) -> Wires:
    found: Wires = ()
    for variable, wire in values:
        if isinstance(wire, dict):
            value = wire["value"]
            if not isinstance(value, str | int | float):
                raise TypeError(f"{value!r} is not a value")
            found += ((_text(variable), Constant(value)),)
        else:
            found += ((_text(variable), _text(wire)),)
    return found


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a name")
    return value


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError(f"{values!r} is not a list")
    return tuple(_text(value) for value in values)


def _pairs(values: Any) -> Pairs:
    pairs = []
    for value in values:
        first, second = _texts(value) if len(value) == 2 else ((), ())
        pairs.append((_text(first), _text(second)))
    return tuple(pairs)
