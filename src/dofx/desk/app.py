"""The studio's server as an ASGI application: the page, what it asks, rows on their way in."""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from ..grammar.diagnostics.diagnostic import DofxError
from ..studio.look import JSON, faults_of
from ..studio.respond import answered

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


def app_of(page: str, desk: Desk, host: str, token: str) -> Guard:
    """The application.

    Args:
        page: The page: one file, with its policy.
        desk: What the page asks.
        host: The address and the port, as a browser names them.
        token: What every path begins with.
    """
    own = _POLICY.search(page)
    policy = (own[2] if own else "default-src 'none'") + _ASKS
    page = _POLICY.sub(lambda found: f"{found[0]}{_ASKS}", page)
    compiling = threading.Lock()

    async def index(request: Request) -> Response:
        return Response(page, media_type="text/html")

    def compiled(asked: JSON) -> JSON:
        with compiling:  # the compiler of a page answers one request after the other
            return answered(asked)

    async def ask(request: Request) -> Response:
        return await _asked(request, desk.respond)

    async def compile(request: Request) -> Response:
        return await _asked(request, compiled)

    async def rows(request: Request) -> Response:
        return await _rows(request, desk)

    routes = [
        Route("/", index),
        Route("/index.html", index),
        Route("/desk", ask, methods=["POST"]),
        Route("/compiler", compile, methods=["POST"]),
        Route("/rows/{name}", rows, methods=["POST"]),
    ]
    headers = HEADERS | {"Content-Security-Policy": f"{policy}; frame-ancestors 'none'"}
    return Guard(Starlette(routes=[Mount(f"/{token}", routes=routes)]), host, token, headers)


async def _asked(request: Request, respond: Callable[[JSON], JSON]) -> Response:
    """The response to a request in JSON."""
    body = await _body(request, MOST_TEXT)
    if body is None:
        return PlainTextResponse("Content Too Large", 413)
    try:
        asked = json.loads(body)
    except ValueError:
        return PlainTextResponse("Bad Request", 400)
    if not isinstance(asked, dict):
        return PlainTextResponse("Bad Request", 400)
    return JSONResponse(await run_in_threadpool(respond, asked))


async def _rows(request: Request, desk: Desk) -> Response:
    """Take a file of rows, as it comes."""
    name, file = request.path_params["name"], request.query_params.get("file", "")
    more = request.query_params.get("more") == "true"
    try:
        path, opened = desk.place_for(file)
        with opened:
            size = 0
            async for chunk in request.stream():
                size += len(chunk)
                if size > MOST_BYTES:
                    path.unlink()
                    return PlainTextResponse("Content Too Large", 413)
                opened.write(chunk)
        answer: JSON = {"value": await run_in_threadpool(desk.take, name, file, path, more)}
    except ClientDisconnect:
        return PlainTextResponse("Bad Request", 400)
    except DofxError as error:
        answer = {"faults": faults_of(error, "")}
    return JSONResponse(answer)


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
