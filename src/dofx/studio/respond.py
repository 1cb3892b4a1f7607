"""The one door between the page and the compiler: a request as JSON in, a response as JSON out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ..grammar.diagnostics.diagnostic import DofxError, heard
from .look import JSON, faults_of, look


def respond(request: str) -> str:
    """The response to a request.

    Args:
        request: A JSON object; ``do`` is one of `REQUESTS`, the rest are its arguments.

    Returns:
        ``{"value": …}``, or ``{"faults": […]}`` where the text has faults.

    >>> respond('{"do": "format", "text": "graph{x->y}"}')
    '{"value": "graph {\\\\n  x -> y\\\\n}\\\\n"}'
    """
    return json.dumps(answered(json.loads(request)), ensure_ascii=False)


def answered(request: Mapping[str, Any]) -> JSON:
    """The same, with the request and the response as objects; ``{"broken": …}`` for an invalid request."""
    arguments = dict(request)
    handle = REQUESTS.get(str(arguments.pop("do", "")))
    if handle is None:
        return {"broken": "the request is unknown"}
    try:
        with heard():  # `look` reports warnings
            return {"value": handle(**arguments)}
    except DofxError as error:
        return {"faults": faults_of(error, str(arguments.get("text", "")))}
    except Exception as error:  # the page shows it, and goes on
        return {"broken": str(error).strip() or type(error).__name__}


def _format(text: str) -> str:
    from ..grammar.formatting.program import format_program
    from ..grammar.parse import parse

    return format_program(parse(text, "program"))


def _edit(text: str, edits: list[tuple[str, list[str]]]) -> str:
    from .edit import edit

    for action, names in edits:
        text = edit(text, action, names)
    return text


def _places(**graph: Any) -> Any:
    from .places import places

    return places(**graph)


def _proof(**about: Any) -> Any:
    from .proof import proof

    return proof(**about)


def _networks(**about: Any) -> Any:
    from .networks import networks

    return networks(**about)


def _implied(text: str) -> Any:
    from .proof import implied

    return implied(text)


def _export(text: str, notation: str) -> Any:
    from .notations import export

    return export(text, notation)


def _imported(text: str) -> str:
    from .notations import imported

    return imported(text)


REQUESTS: dict[str, Callable[..., Any]] = {
    "look": look,
    "format": _format,
    "edit": _edit,
    "places": _places,
    "proof": _proof,
    "networks": _networks,
    "implied": _implied,
    "export": _export,
    "import": _imported,
}
"""What the page may ask. Each is imported when it is first asked for: the first answer waits for `look` alone."""
