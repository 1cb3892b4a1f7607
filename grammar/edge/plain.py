"""Plain data as JSON can hold them."""

from __future__ import annotations

from math import isfinite
from typing import Any


def finite(data: Any) -> Any:
    """Plain data with None in place of NaN and infinity, which JSON lacks and Python writes all the same.

    >>> finite({"value": float("nan"), "range": [0.5, float("inf")]})
    {'value': None, 'range': [0.5, None]}
    """
    match data:
        case float():
            return data if isfinite(data) else None
        case dict():
            return {name: finite(value) for name, value in data.items()}
        case list() | tuple():
            return [finite(value) for value in data]
        case _:
            return data
