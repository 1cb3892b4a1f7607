"""Data sets as JSON values, and back: what estimands and networks keep of the data sets that they name."""

from __future__ import annotations

from typing import Any

from ...grammar.dates import unit_of
from ...grammar.syntax.data import SAMPLED, VARIABLES
from ..model.data import DataSet

WORDS = tuple(VARIABLES)
COLUMNS = (*SAMPLED, "person", "time")


def data_to_json(data: DataSet) -> dict[str, Any]:
    """What is declared of a data set; what it does not have is left out.

    >>> data_to_json(DataSet("trial", sets=["x"]))
    {'name': 'trial', 'sets': ['x']}
    """
    found = {word: getattr(data, word) for word in WORDS}
    kept: dict[str, Any] = {
        word: list(names)
        for word, names in found.items()
        if names or (names is not None and word == "measures")
    }
    kept |= data.row_columns
    kept |= {word: getattr(data, word) for word in ("person", "time") if getattr(data, word) is not None}
    kept |= {"holes": list(data.holes)} if data.holes else {}
    kept |= {"dates": dict(data.dates)} if data.dates else {}
    return {"name": data.name, **kept}


def data_from_json(data: Any) -> DataSet:
    """The data set that `data_to_json` wrote.

    Raises:
        ValueError: For other values.

    >>> print(data_from_json({"name": "trial", "sets": ["x"]}))
    trial sets x
    """
    if not isinstance(data, dict) or not isinstance(data.get("name"), str) or not data["name"]:
        raise ValueError("a data set without a name")
    said = {word: data[word] for word in WORDS if word in data}
    for word, names in said.items():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"{word} of {data['name']} is not a list of names")
    columns = {word: data[word] for word in COLUMNS if word in data}
    for word, name in columns.items():
        if not isinstance(name, str) or not name:
            raise ValueError(f"{word} of {data['name']} is not the name of a column")
    holes = data.get("holes", [])
    if not isinstance(holes, list) or not all(isinstance(code, str | int | float) for code in holes):
        raise ValueError(f"holes of {data['name']} is not a list of values")
    dates = data.get("dates", {})
    if not isinstance(dates, dict) or not all(
        isinstance(unit, str) and unit_of(unit) for unit in dates.values()
    ):
        raise ValueError(f"dates of {data['name']} do not say in which unit each column is counted")
    if "time" in columns and "person" not in columns:
        raise ValueError(f"{data['name']} has a time and no person")
    return DataSet(data["name"], **said, **columns, holes=holes, dates=dates)
