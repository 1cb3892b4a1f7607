"""Requests to the studio's desk as its page makes them, and what they bring back."""

from __future__ import annotations

import base64
from typing import Any

from dofx.desk.desk import Desk


def give(desk: Desk, rows: str, name: str = "P", file: str = "rows.csv", **more: Any) -> dict[str, Any]:
    """Hand over the text of a file of rows."""
    encoded = base64.b64encode(rows.encode()).decode()
    return desk.respond({"do": "take", "name": name, "file": file, "base64_rows": encoded, **more})


def value(response: dict[str, Any]) -> Any:
    """What a request brought back, which has no fault."""
    assert "value" in response, response
    return response["value"]


def faults(response: dict[str, Any]) -> list[str]:
    """The codes of what is wrong with a request."""
    return [fault["code"] for fault in response["faults"]]


def worked(desk: Desk) -> dict[str, Any]:
    """How the task ended that the desk has begun."""
    assert desk._work is not None
    desk._work.wait(600)
    told: dict[str, Any] = value(desk.respond({"do": "work"}))
    return told
