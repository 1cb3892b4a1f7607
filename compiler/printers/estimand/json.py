"""Estimands as plain data for `json.dumps`, and back with every fault in foreign data found."""

from __future__ import annotations

from typing import Any, TypeVar, assert_never

from ...estimand.algebra import (
    Arithmetic,
    Conditional,
    Estimand,
    Expression,
    Interim,
    Kernel,
    Marginal,
    Never,
    Product,
    Same,
    Source,
    Wire,
    Wired,
)
from ...estimand.verify import faults
from ...graph.holes import Indicators
from ...graph.varset import Order, VarSet
from ...model.data import ALONE, DataSet
from ...model.query import Query
from ...model.rows import EVERY_ROW, Rows, SomeRows, rows_from, rows_of
from ...model.worlds import Constant, Policy, World
from ..data_json import data_from_json, data_to_json
from ..query_json import BrokenQueryError, query_from_json, query_to_json, setting_from_json, setting_to_json
from ..rows_json import rows_from_json, rows_to_json
from .errors import broken_estimand, newer_estimand, not_an_estimand

FORMAT = "dofx-estimand"
VERSION = 2
"""The newest version, which has queries in several worlds. A plain query is written in version 1, as ever."""

_DEEPEST = 300
_MOST_FAULTS = 20

Value = TypeVar("Value", str, list[Any], dict[str, Any])


def estimand_to_json(estimand: Estimand) -> dict[str, Any]:
    """An estimand as dicts, lists and strings.

    >>> order = Order(["x", "y"])
    >>> body = Conditional(order.of("y"), order.of("x"))
    >>> estimand = Estimand(Query.of(("y",), ("x",)), order, (), body)
    >>> estimand_to_json(estimand)["body"]
    {'kind': 'conditional', 'targets': ['y'], 'given': ['x'], 'of': {'data': 'P'}}
    >>> estimand_from_json(estimand_to_json(estimand)) == estimand
    True
    """
    kernels = [
        {
            "name": kernel.name,
            "outputs": list(kernel.outputs),
            "inputs": list(kernel.inputs),
            "body": _to_json(kernel.body),
            **({} if kernel.world is None else {"fixed": list(kernel.world.variables)}),
        }
        for kernel in estimand.kernels
    ]
    query: dict[str, Any] = {
        "version": 1,
        "outcomes": list(estimand.query.outcomes),
        "interventions": list(estimand.query.interventions),
        "conditions": list(estimand.query.conditions),
        **({"values": estimand.query.values} if estimand.query.values else {}),
    }
    if not estimand.query.plain:
        query = {
            "version": VERSION,
            "query": query_to_json(estimand.query),
            "aliases": dict(estimand.aliases),
        }
    return {
        "format": FORMAT,
        **query,
        "order": list(estimand.order.names),
        **({} if estimand.data == ALONE else {"data": [data_to_json(each) for each in estimand.data]}),
        **(
            {"holes": {name: list(columns) for name, columns in estimand.holes.items()}}
            if estimand.holes
            else {}
        ),
        "kernels": kernels,
        "body": _to_json(estimand.body),
    }


def estimand_from_json(data: Any) -> Estimand:
    """The estimand that `estimand_to_json` wrote.

    Raises:
        DofxError: E0701 for data of something else, E0702 for a newer version, E0703 for broken data.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = f"its `format` is {data['format']!r}" if isinstance(data, dict) and "format" in data else None
        raise not_an_estimand(found, FORMAT)
    version = data.get("version")
    if type(version) is int and version > VERSION:
        raise newer_estimand(version, VERSION)
    reader = _Reader()
    estimand = reader.estimand(data)
    broken = reader.faults or faults(estimand)
    if broken:
        shown = broken[:_MOST_FAULTS]
        if len(broken) > len(shown):
            shown.append(f"{len(broken) - len(shown)} more faults")
        raise broken_estimand(shown)
    return estimand


def _to_json(expression: Expression) -> dict[str, Any]:
    match expression:
        case Conditional(targets, given, of):
            rows = rows_of(of)
            return {
                "kind": "conditional",
                "targets": list(targets),
                "given": list(given),
                "of": _source_to_json(of),
                **({"rows": rows_to_json(rows)} if rows else {}),
            }
        case Product(factors):
            return {"kind": "product", "factors": [_to_json(factor) for factor in factors]}
        case Marginal(over, body):
            return {"kind": "marginal", "over": list(over), "body": _to_json(body)}
        case Wired(body, wires):
            shown = {v: wire if isinstance(wire, str) else {"value": wire.value} for v, wire in wires}
            return {"kind": "wired", "body": _to_json(body), "wires": shown}
        case Never(over):
            return {"kind": "never", "over": list(over)}
        case Arithmetic(operator, left, right):
            return {"kind": operator, "left": _to_json(left), "right": _to_json(right)}
        case _:
            assert_never(expression)


def _source_to_json(of: Source) -> Any:
    match of:
        case DataSet() | SomeRows():
            return {"data": of.name}
        case Interim(name):
            return {"kernel": name}
        case Policy():
            return setting_to_json(of)
        case Same():
            return "same"
        case _:
            assert_never(of)


class _Reader:
    """Reads what it can, and notes each fault with its place."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.order = Order(())
        self.nothing = Conditional(VarSet(self.order, 0), VarSet(self.order, 0))
        self.data: dict[str, DataSet] = {}

    def estimand(self, data: dict[str, Any]) -> Estimand:
        version = data.get("version")
        if type(version) is not int or not 1 <= version <= VERSION:
            self.faults.append(f"version: {version!r}, not 1 or {VERSION}")
        self.order = Order(self.names(data, "order", "order"))
        query = self.plain(data) if version == 1 else self.query(data)
        aliases = self.field(data, "aliases", dict, "aliases") if version != 1 else {}
        if not all(isinstance(variable, str) for variable in aliases.values()):
            self.faults.append("aliases: not names")
            aliases = {}
        for place, item in enumerate(self.field(data, "data", list, "data") if "data" in data else []):
            self.data_set(item, f"data[{place}]")
        kernels = []
        for place, item in enumerate(self.field(data, "kernels", list, "kernels")):
            if isinstance(item, dict):
                kernels.append(self.kernel(item, f"kernels[{place}]"))
            else:
                self.faults.append(f"kernels[{place}]: not an object")
        body = self.expression(data.get("body"), "body", 0)
        return Estimand(query, self.order, tuple(kernels), body, tuple(aliases.items()), self.holes(data))

    def plain(self, data: dict[str, Any]) -> Query:
        roles = (self.names(data, role, role) for role in ("outcomes", "interventions", "conditions"))
        outcomes, interventions, conditions = roles
        return Query.of(outcomes, interventions, conditions, self.values(data))

    def query(self, data: dict[str, Any]) -> Query:
        try:
            return query_from_json(data.get("query"))
        except BrokenQueryError as error:
            self.faults.append(str(error))
            return Query.of(())

    def data_set(self, item: Any, where: str) -> None:
        """Note what a data set is; the observational one need not be said."""
        try:
            data = data_from_json(item)
        except ValueError as error:
            self.faults.append(f"{where}: {error}")
            return
        if data.name in self.data:
            self.faults.append(f"{where}: {data.name!r} stands twice")
        self.data[data.name] = data

    def field(self, data: dict[str, Any], key: str, kind: type[Value], where: str) -> Value:
        """A field of the kind asked for; an empty one where it is missing or of another kind."""
        value = data.get(key)
        if isinstance(value, kind):
            return value
        self.faults.append(f"{where}: {'missing' if key not in data else f'not {_KINDS[kind]}'}")
        return kind()

    def names(self, data: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
        values = self.field(data, key, list, where)
        if not all(isinstance(value, str) for value in values):
            self.faults.append(f"{where}: not a list of names")
            return ()
        return tuple(values)

    def values(self, data: dict[str, Any]) -> dict[str, bool | int | float | str]:
        """The values that the query states, by name; an estimand without any has no such field."""
        found = self.field(data, "values", dict, "values") if "values" in data else {}
        for name, value in found.items():
            if not isinstance(value, bool | int | float | str):
                self.faults.append(f"values.{name}: not a text, a number or a truth value")
        return found

    def set(self, data: dict[str, Any], key: str, where: str) -> VarSet:
        names = self.names(data, key, f"{where}.{key}")
        for name in names:
            if name not in self.order.index:
                self.faults.append(f"{where}.{key}: {name!r} is not in the order")
        return self.order.set(self.order.mask(name for name in names if name in self.order.index))

    def kernel(self, data: dict[str, Any], where: str) -> Kernel:
        return Kernel(
            self.field(data, "name", str, f"{where}.name"),
            self.set(data, "outputs", where),
            self.set(data, "inputs", where),
            self.expression(data.get("body"), f"{where}.body", 0),
            World.setting(self.set(data, "fixed", where)) if "fixed" in data else None,
        )

    def expression(self, data: Any, where: str, depth: int) -> Expression:
        if not isinstance(data, dict):
            self.faults.append(f"{where}: not an object")
            return self.nothing
        if depth == _DEEPEST:
            self.faults.append(f"{where.partition('.')[0]}: nested more than {_DEEPEST} deep")
            return self.nothing
        match data.get("kind"):
            case "conditional":
                of = self.source(data, where)
                if "rows" in data:
                    rows = self.rows(data["rows"], f"{where}.rows")
                    if isinstance(of, DataSet):
                        of = rows_from(of, rows)
                    else:
                        self.faults.append(f"{where}.rows: only a data set has rows")
                return Conditional(self.set(data, "targets", where), self.set(data, "given", where), of)
            case "product":
                factors = []
                for place, factor in enumerate(self.field(data, "factors", list, f"{where}.factors")):
                    factors.append(self.expression(factor, f"{where}.factors[{place}]", depth + 1))
                return Product(tuple(factors))
            case "marginal":
                over = self.set(data, "over", where)
                return Marginal(over, self.expression(data.get("body"), f"{where}.body", depth + 1))
            case "wired":
                wires = self.wires(self.field(data, "wires", dict, f"{where}.wires"), f"{where}.wires")
                return Wired(self.expression(data.get("body"), f"{where}.body", depth + 1), wires, self.order)
            case "never":
                return Never(self.set(data, "over", where))
            case "/" | "-" | "+" as operator:
                halves = (self.expression(data.get(h), f"{where}.{h}", depth + 1) for h in ("left", "right"))
                return Arithmetic(operator, *halves)
            case kind:
                known = "'conditional', 'product', 'marginal', 'wired' or 'never'"
                self.faults.append(f"{where}.kind: {kind!r}, not {known}")
                return self.nothing

    def wires(self, data: dict[str, Any], where: str) -> tuple[tuple[str, Wire], ...]:
        found: list[tuple[str, Wire]] = []
        for variable, wire in data.items():
            match wire:
                case str():
                    found.append((variable, wire))
                case {"value": bool() | int() | float() | str() as value}:
                    found.append((variable, Constant(value)))
                case _:
                    self.faults.append(f"{where}.{variable}: neither a name nor a value")
        return tuple(found)

    def holes(self, data: dict[str, Any]) -> Indicators:
        """The indicators with their columns; an estimand for complete rows has no such field."""
        found = self.field(data, "holes", dict, "holes") if "holes" in data else {}
        return Indicators({str(name): self.names(found, name, f"holes.{name}") for name in found})

    def rows(self, data: Any, where: str) -> Rows:
        """What is said about the rows of a conditional."""
        found = rows_from_json(data)
        if found is None:
            self.faults.append(f"{where}: not what rows must show, with their weights")
        return found or EVERY_ROW

    def source(self, data: dict[str, Any], where: str) -> Source:
        match data.get("of"):
            case {"data": str(tag)}:
                return self.data.get(tag) or DataSet(tag or "P")
            case {"kernel": str(name)}:
                return Interim(name)
            case "same":
                return Same()
            case {"policy": _} | {"shift": _}:
                return self.policy(data["of"], where)
            case _:
                self.faults.append(f"{where}.of: neither 'data' nor 'kernel' with a name")
                return DataSet()

    def policy(self, data: dict[str, Any], where: str) -> Source:
        try:
            found = setting_from_json(data, f"{where}.of")
        except BrokenQueryError as error:
            self.faults.append(str(error))
            return DataSet()
        assert isinstance(found, Policy)
        return found


_KINDS = {str: "a text", list: "a list", dict: "an object"}
