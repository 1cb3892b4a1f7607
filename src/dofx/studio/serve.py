"""The studio's page on the loopback address, for whoever holds the token that stands in its address."""

from __future__ import annotations

import base64
import http.server
import json
import mimetypes
import secrets
import sys
import zlib
from http import HTTPStatus
from pathlib import Path
from typing import Any

from ..grammar.diagnostics import Diagnostic, DofxError

LOOPBACK = "127.0.0.1"
PLACES = (
    Path(__file__).parents[3] / "build" / "studio",  # a checkout
    Path(__file__).parent / "page",
)
"""Where the built page may be."""

_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
_TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm"}


def built_page() -> Path:
    """The folder of the built page.

    Raises:
        DofxError: E0501 if it is not built.
    """
    for folder in PLACES:
        if (folder / "index.html").is_file():
            return folder
    raise DofxError(
        Diagnostic(
            "E0501",
            "the studio's page is not built",
            notes=("it is built in a checkout of dofx, with node and npm, and is no part of the package",),
            help=("run `make studio` in the checkout",),
        )
    )


class Server(http.server.ThreadingHTTPServer):
    """Serves the files of one folder, as they are when it starts, below a path that only its user knows.

    It answers to its own address alone: a page of another origin, and a name that somebody made point to this machine,
    get nothing. It takes no data and runs nothing.

    Args:
        folder: The folder.
        port: The port; 0 for one that is free.
        token: What the path begins with; None for a new one.
    """

    daemon_threads = True

    def __init__(self, folder: Path, port: int = 0, token: str | None = None) -> None:
        self.token = secrets.token_urlsafe(18) if token is None else token
        self.files = {
            path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
        }
        super().__init__((LOOPBACK, port), Handler)

    @property
    def host(self) -> str:
        """The address and the port, as a browser names them."""
        return f"{LOOPBACK}:{self.server_address[1]}"

    def address(self, text: str | None = None) -> str:
        """The page's address.

        Args:
            text: A program that it opens with. It stands in the fragment, which a browser does not send.
        """
        return f"http://{self.host}/{self.token}/" + (f"#{fragment(text)}" if text is not None else "")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that leaves before it has everything is no fault."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers a request for a file."""

    protocol_version = "HTTP/1.1"
    server_version = "dofx"
    sys_version = ""

    def do_GET(self) -> None:
        """Send a file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Say what would be sent."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal is its user's."""

    def _answer(self, with_body: bool) -> None:
        status, path = self._found()
        body = path.read_bytes() if path else status.phrase.encode()
        self.send_response(status)
        for key, value in _HEADERS.items():
            self.send_header(key, value)
        self.send_header("Content-Type", _type(path) if path else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def _found(self) -> tuple[HTTPStatus, Path | None]:
        server = self.server
        assert isinstance(server, Server)
        origin = self.headers.get("Origin")
        if self.headers.get("Host") != server.host or origin not in (None, f"http://{server.host}"):
            return HTTPStatus.FORBIDDEN, None
        token, slash, name = self.path.partition("?")[0].removeprefix("/").partition("/")
        if not secrets.compare_digest(token.encode(), server.token.encode()) or not slash:
            return HTTPStatus.NOT_FOUND, None
        path = server.files.get(name or "index.html")
        return (HTTPStatus.OK, path) if path else (HTTPStatus.NOT_FOUND, None)


def fragment(text: str) -> str:
    """What follows the sign ``#`` in a link that carries a program.

    >>> fragment("graph { x -> y }")
    'p=q1YqSa0oUbJSUEovSizIUKhWqFDQtVOoVKhVqgUA'
    """
    packed = zlib.compress(json.dumps({"text": text}, ensure_ascii=False).encode(), wbits=-15)
    return "p=" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _type(path: Path) -> str:
    return _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
