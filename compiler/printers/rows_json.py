"""Rows of a conditional as plain data: what they must show, and their weights."""

from __future__ import annotations

from typing import Any

from ..model.rows import Inverse, Odds, Rows, Weight

_DEEPEST = 50


def rows_to_json(rows: Rows) -> dict[str, Any]:
    """Rows as dicts, lists and strings.

    >>> rows_to_json(Rows(("x",), (Inverse("missing(x)", ("z",)),)))
    {'shows': ['x'], 'weights': [{'kind': 'inverse', 'node': 'missing(x)', 'given': ['z']}]}
    """
    return {
        "shows": list(rows.shows),
        **({"weights": [_weight_to_json(weight) for weight in rows.weights]} if rows.weights else {}),
    }


def _weight_to_json(weight: Weight) -> dict[str, Any]:
    match weight:
        case Inverse(node, given, rows):
            inner = {"rows": rows_to_json(rows)} if rows else {}
            return {"kind": "inverse", "node": node, "given": list(given), **inner}
        case Odds(columns, indicators, beside):
            more = {"beside": list(beside)} if beside else {}
            return {"kind": "odds", "columns": list(columns), "indicators": list(indicators), **more}


def rows_from_json(data: Any, depth: int = 0) -> Rows | None:
    """The rows that `rows_to_json` wrote; None for data of something else.

    >>> rows_from_json({"shows": ["x"]})
    Rows(shows=('x',), weights=())
    """
    if not isinstance(data, dict) or depth > _DEEPEST:
        return None
    shows = _names(data.get("shows"))
    listed = data.get("weights", [])
    if shows is None or not isinstance(listed, list):
        return None
    weights = []
    for item in listed:
        weight = _weight_from_json(item, depth)
        if weight is None:
            return None
        weights.append(weight)
    return Rows(shows, tuple(weights))


def _weight_from_json(data: Any, depth: int) -> Weight | None:
    match data:
        case {"kind": "inverse", "node": str(node), "given": given}:
            rows = rows_from_json(data["rows"], depth + 1) if "rows" in data else None
            names = _names(given)
            return None if names is None or ("rows" in data and rows is None) else Inverse(node, names, rows)
        case {"kind": "odds", "columns": columns, "indicators": indicators}:
            parts = _names(columns), _names(indicators), _names(data.get("beside", []))
            return None if None in parts else Odds(*(part or () for part in parts))
        case _:
            return None


def _names(data: Any) -> tuple[str, ...] | None:
    return tuple(data) if isinstance(data, list) and all(isinstance(name, str) for name in data) else None
