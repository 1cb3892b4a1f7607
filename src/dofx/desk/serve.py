"""The studio's page and its desk on the loopback address, for whoever holds the token that stands in the address."""

from __future__ import annotations

import base64
import json
import secrets
import socket
import threading
import zlib
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ..grammar.edge.libraries import library
from .errors import port_taken

if TYPE_CHECKING:
    from .desk import Desk

LOOPBACK = "127.0.0.1"


class Server:
    """Serves the page below a path that only its user knows, and answers what the page asks of the desk.

    It answers to its own address alone: a page of another origin, and a name that somebody made point to this machine,
    get nothing.

    Args:
        page: The page, such as `page_with` gives.
        desk: What the page asks; the server closes it.
        port: The port; 0 for one that is free.
        token: What the path begins with; None for a new one.

    Raises:
        DofxError: E0429 without the libraries of the extra `studio`, E0801 for a port that is taken.
    """

    def __init__(self, page: str, desk: Desk | None = None, port: int = 0, token: str | None = None) -> None:
        uvicorn = library("uvicorn")
        library("starlette")
        from .app import app_of

        self.token = secrets.token_urlsafe(18) if token is None else token
        self._socket = _listening(port)
        self.desk = _empty() if desk is None else desk
        self.host = _named(self._socket.getsockname()[1])
        app = app_of(page, self.desk, self.host, self.token, lambda: self._server.should_exit)
        self._server: Any = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                server_header=False,
                ws="none",
                lifespan="off",
                timeout_graceful_shutdown=2,  # a browser may hold on to a request
            )
        )
        self._thread: threading.Thread | None = None

    def address(self, text: str | None = None) -> str:
        """The page's address.

        Args:
            text: A program that it opens with. It stands in the fragment, which a browser does not send.
        """
        return f"http://{self.host}/{self.token}/" + (f"#{fragment(text)}" if text is not None else "")

    def run(self) -> None:
        """Serve until it is interrupted."""
        try:
            self._server.run(sockets=[self._socket])
        except KeyboardInterrupt:
            pass  # the usual end
        finally:
            self.close()

    def start(self) -> Self:
        """Serve in a thread."""
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop, and clear the desk."""
        self._server.should_exit = self._server.force_exit = True
        if self._thread is not None:
            self._thread.join(10)
        self._socket.close()
        self.desk.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _empty() -> Desk:
    """A desk with nothing on it; it needs torch, which a server does not."""
    from .desk import Desk

    return Desk()


def _named(port: int) -> str:
    """Address and port as a browser names them: port 80 is what it leaves out."""
    return LOOPBACK if port == 80 else f"{LOOPBACK}:{port}"


def _listening(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((LOOPBACK, port))
        made.listen(128)
    except OSError as error:
        made.close()
        raise port_taken(port, str(error.strerror)) from None
    return made


def fragment(text: str) -> str:
    """What follows the sign ``#`` in a link that carries a program.

    >>> fragment("graph { x -> y }")
    'p=q1YqSa0oUbJSUEovSizIUKhWqFDQtVOoVKhVqgUA'
    """
    packed = zlib.compress(json.dumps({"text": text}, ensure_ascii=False).encode(), wbits=-15)
    return "p=" + base64.urlsafe_b64encode(packed).decode().rstrip("=")
