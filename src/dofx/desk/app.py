"""The studio's server as an ASGI application: the page, what it asks, rows on their way in."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import shutil
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from ..grammar.diagnostics.diagnostic import DofxError
from ..grammar.edge.surface import used_on
from ..studio.look import JSON, faults_of
from ..studio.respond import answered
from .errors import rows_not_kept
from .waiting import waited

if TYPE_CHECKING:
    from .desk import Desk

MOST_BYTES = 1 << 30
"""Size of a file of rows, at most."""

MOST_TEXT = 4 << 20
"""Size of a request in JSON, at most, in bytes."""

HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
_POLICY = re.compile(r'(http-equiv="Content-Security-Policy" content=")([^"]*)')
_ASKS = "; connect-src 'self'"
"""What the page of a server may do beside what its own policy allows: ask the server."""

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def app_of(page: str, desk: Desk, host: str, token: str, closing: Callable[[], bool]) -> Guard:
    """The application.

    Args:
        page: The page: one file, with its policy.
        desk: What the page asks.
        host: The address and the port, as a browser names them.
        token: What every path begins with.
        closing: Whether the server is about to end. Nothing is waited for then.
    """
    own = _POLICY.search(page)
    policy = (own[2] if own else "default-src 'none'") + _ASKS
    page = _POLICY.sub(lambda found: f"{found[0]}{_ASKS}", page)
    compiling = asyncio.Lock()

    async def index(request: Request) -> Response:
        return Response(page, media_type="text/html")

    async def serving() -> bool:
        return not closing()

    async def ask(request: Request) -> Response:
        return await _asked(request, lambda asked: waited(lambda: desk.respond(asked), serving))

    async def compile(request: Request) -> Response:
        async def wanted() -> bool:
            return not closing() and not await request.is_disconnected()

        async def compiled(asked: JSON) -> JSON | None:
            async with compiling:  # the compiler of a page answers one request after the other
                return await waited(lambda: answered(asked), wanted, stops=True)

        return await _asked(request, compiled)

    async def rows(request: Request) -> Response:
        return await _rows(request, desk, serving)

    routes = [
        Route("/", index),
        Route("/index.html", index),
        Route("/desk", ask, methods=["POST"]),
        Route("/compiler", compile, methods=["POST"]),
        Route("/rows", rows, methods=["POST"]),
    ]
    headers = HEADERS | {"Content-Security-Policy": f"{policy}; frame-ancestors 'none'"}
    return Guard(Starlette(routes=[Mount(f"/{token}", routes=routes)]), host, token, headers)


async def _asked(request: Request, respond: Callable[[JSON], Awaitable[JSON | None]]) -> Response:
    """The response to a request in JSON."""
    try:
        body = await _body(request, MOST_TEXT)
    except ClientDisconnect:
        return PlainTextResponse("Bad Request", 400)
    if body is None:
        return PlainTextResponse("Content Too Large", 413)
    try:
        asked = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return PlainTextResponse("Bad Request", 400)
    if not isinstance(asked, dict):
        return PlainTextResponse("Bad Request", 400)
    return _response(await respond(asked))


async def _rows(request: Request, desk: Desk, serving: Callable[[], Awaitable[bool]]) -> Response:
    """Take a file of rows, as it comes. Nothing stays of a file that is refused or that ends early."""
    asked = request.query_params
    name, file, more = asked.get("name", ""), asked.get("file", ""), asked.get("more") == "true"
    place: Path | None = None
    try:
        place, opened = desk.place_for(file)
        with opened:
            size = 0
            async for chunk in request.stream():
                size += len(chunk)
                if size > MOST_BYTES:
                    return PlainTextResponse("Content Too Large", 413)
                opened.write(chunk)
        path, place = place, None
        return _response(
            await waited(lambda: desk.answer(partial(desk.take, name, file, path, more)), serving)
        )
    except ClientDisconnect:
        return PlainTextResponse("Bad Request", 400)
    except OSError as error:
        return _response({"faults": faults_of(rows_not_kept(error.strerror or str(error)), "")})
    except DofxError as error:
        return _response({"faults": faults_of(error, "")})
    finally:
        if place is not None:
            shutil.rmtree(place.parent, ignore_errors=True)


def _response(answer: JSON | None) -> Response:
    """An answer in JSON, all of it in ASCII: a text of the page may hold half a character, which UTF-8 has not."""
    if answer is None:
        return PlainTextResponse("Service Unavailable", 503)
    return Response(json.dumps(answer, allow_nan=False), media_type="application/json")


def _no_number(word: str) -> NoReturn:
    """Refuse ``NaN`` and ``Infinity``, which Python's reader takes for JSON."""
    raise ValueError(word)


async def _body(request: Request, most: int) -> bytes | None:
    """The body of a request; None if it is too large."""
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > most:
            return None
    return bytes(found)


class Guard:
    """Lets a request through that comes from the page itself: right host, own origin, and the token in its path.

    Args:
        app: What answers then.
        host: The address and the port, as a browser names them.
        token: What every path begins with.
        headers: Of every answer.
    """

    def __init__(self, app: Any, host: str, token: str, headers: Mapping[str, str]) -> None:
        self._app, self._host, self._token = app, host.encode(), token.encode()
        self._headers = [(key.lower().encode(), value.encode()) for key, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                there = {key.lower() for key, _ in message.get("headers", ())}
                kept = list(message.get("headers", ()))
                message["headers"] = kept + [each for each in self._headers if each[0] not in there]
            await send(message)

        refusal = self._refusal(scope)
        answer = self._app if refusal is None else PlainTextResponse(*refusal)
        with used_on("page"):
            await answer(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> tuple[str, int] | None:
        headers = dict(scope["headers"])
        origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site")
        own = (None, b"http://" + self._host)
        if headers.get(b"host") != self._host or origin not in own or site in (b"cross-site", b"same-site"):
            return "Forbidden", 403
        first, slash, _ = scope["path"].encode().removeprefix(b"/").partition(b"/")
        if not secrets.compare_digest(first, self._token) or not slash:
            return "Not Found", 404
        return None
