"""The server of the studio: one folder, one token, one origin."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from dofx.cli.app import cli
from dofx.studio import serve
from dofx.studio.serve import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "page" / "pyodide").mkdir(parents=True)
    (tmp_path / "page" / "index.html").write_text("<p>the page", encoding="utf-8")
    (tmp_path / "page" / "pyodide" / "it.wasm").write_bytes(b"\0asm")
    (tmp_path / "secret.txt").write_text("a secret", encoding="utf-8")
    with Server(tmp_path / "page") as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server: Server, path: str, method: str = "GET", **headers: str) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=10)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    found = response.status, response.read().decode(), dict(response.getheaders())
    connection.close()
    return found


def test_the_token_opens_the_page(server: Server) -> None:
    status, body, headers = ask(server, f"/{server.token}/")
    assert (status, body) == (200, "<p>the page")
    assert headers["Content-Type"] == "text/html"
    assert "connect-src 'self'" in headers["Content-Security-Policy"]
    status, body, headers = ask(server, f"/{server.token}/pyodide/it.wasm?v=1")
    assert (status, body, headers["Content-Type"]) == (200, "\0asm", "application/wasm")
    assert ask(server, f"/{server.token}/", method="HEAD")[:2] == (200, "")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/index.html",
        "/{}",
        "/wrong/",
        "/{}/../secret.txt",
        "/{}/%2e%2e/secret.txt",
        "/{}//etc/passwd",
        "/%C3%A9/",
    ],
)
def test_nothing_else_is_there(server: Server, path: str) -> None:
    status, body, _ = ask(server, path.format(server.token))
    assert (status, body) == (404, "Not Found")


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}]
)
def test_other_origins_get_nothing(server: Server, headers: dict[str, str]) -> None:
    assert ask(server, f"/{server.token}/", **headers)[:2] == (403, "Forbidden")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_is_taken(server: Server, method: str) -> None:
    assert ask(server, f"/{server.token}/", method=method)[0] == 501


def test_the_command_says_where_it_is(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(self: Server, poll_interval: float = 0.5) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(serve, "PLACES", (tmp_path / "page",))
    monkeypatch.setattr(Server, "serve_forever", interrupted)
    program = tmp_path / "it.cq"
    program.write_text("graph { x -> y }", encoding="utf-8")
    run = CliRunner().invoke(cli, ["studio", str(program), "--no-open"])
    assert run.exit_code == 0
    assert run.output.startswith(f"The studio is at http://{serve.LOOPBACK}:")
    assert serve.fragment("graph { x -> y }") in run.output


def test_the_command_without_a_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(serve, "PLACES", (tmp_path,))
    run = CliRunner().invoke(cli, ["studio"])
    assert run.exit_code == 2
    assert "error[E0501]: the studio's page is not built" in run.stderr
    assert "make studio" in run.stderr
