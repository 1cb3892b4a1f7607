"""The server of the studio: one page, one desk, one token, one origin."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from dofx import DofxError
from dofx.cli.app import cli

pytest.importorskip("starlette", reason="the studio's server needs the extra `studio`")
pytest.importorskip("uvicorn", reason="the studio's server needs the extra `studio`")

from dofx.desk import app, page, serve
from dofx.desk.serve import Server
from dofx.grammar.edge.surface import by_surface
from dofx.studio.look import look

PAGE = """<head></head>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha'">
the page"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "secret.txt").write_text("a secret", encoding="utf-8")
    with Server(PAGE) as server:
        yield server


def ask(
    server: Server, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection(server.host, timeout=20)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    found = response.status, response.read().decode(), {k.title(): v for k, v in response.getheaders()}
    connection.close()
    return found


def test_the_token_opens_the_page(server: Server) -> None:
    status, body, headers = ask(server, f"/{server.token}/")
    assert (status, body) == (200, PAGE.replace("'sha'", "'sha'; connect-src 'self'"))
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    own = "default-src 'none'; script-src 'sha'; connect-src 'self'; frame-ancestors 'none'"
    assert headers["Content-Security-Policy"] == own
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
    assert ask(server, f"/{server.token}/", "GET", None, **headers)[:2] == (403, "Forbidden")


@pytest.mark.parametrize("path", ["desk", "compiler", "rows?name=P&file=rows.csv"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Host": "evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_the_desk_answers_its_own_page_alone(server: Server, path: str, headers: dict[str, str]) -> None:
    body = b'{"do": "desk"}'
    assert ask(server, f"/{server.token}/{path}", "POST", body, **headers)[:2] == (403, "Forbidden")
    assert ask(server, f"/wrong/{path}", "POST", body)[:2] == (404, "Not Found")
    own = {"Origin": f"http://{server.host}"}
    assert ask(server, f"/{server.token}/{path}", "POST", body, **own)[0] == 200


def test_rows_come_in_and_sizes_are_limited(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    place = f"/{server.token}"
    status, body, _ = ask(server, f"{place}/rows?name=P&file=..%2F..%2Frows.csv", "POST", b"x,y\n1,2\n")
    assert json.loads(body) == {"value": {"P": {"file": "rows.csv", "columns": ["x", "y"]}}}
    status, body, _ = ask(server, f"{place}/rows?name=P&file=rows.exe", "POST", b"MZ")
    assert (status, json.loads(body)["faults"][0]["code"]) == (200, "E0502")
    monkeypatch.setattr(app, "MOST_BYTES", 1000)
    monkeypatch.setattr(app, "MOST_TEXT", 1000)
    assert ask(server, f"{place}/rows?name=P&file=rows.csv", "POST", b"x" * 1001)[0] == 413
    assert ask(server, f"{place}/desk", "POST", b"x" * 1001)[0] == 413
    for nonsense in (b"\xff", b"[]", b"{"):
        assert ask(server, f"{place}/desk", "POST", nonsense)[0] == 400
    assert json.loads(ask(server, f"{place}/desk", "POST", b'{"do": "desk"}')[1])["value"]["data"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
def test_the_page_is_read_only(server: Server, method: str) -> None:
    assert ask(server, f"/{server.token}/", method)[0] == 405


def test_the_compiler_answers(server: Server) -> None:
    def compiled(**request: str) -> dict[str, Any]:
        status, body, _ = ask(server, f"/{server.token}/compiler", "POST", json.dumps(request).encode())
        assert status == 200
        found: dict[str, Any] = json.loads(body)
        return found

    text = "graph { x -> m -> y; x <-> y }  query q = P(y | do(x))"
    assert compiled(do="look", text=text)["value"] == json.loads(json.dumps(look(text)))
    assert compiled(do="format", text="graph {")["faults"][0]["code"] == "E0102"
    assert compiled(do="nothing") == {"broken": "the request is unknown"}
    assert "broken" in compiled(do="look")


def test_the_command_says_where_it_is(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran = list[Server]()
    monkeypatch.setattr(page, "PLACES", (tmp_path / "page.html",))
    (tmp_path / "page.html").write_text("<head></head>", encoding="utf-8")
    monkeypatch.setattr(Server, "run", lambda self: ran.append(self))
    program, rows = tmp_path / "it.cq", tmp_path / "rows.csv"
    program.write_text("graph { x -> y }", encoding="utf-8")
    rows.write_text("x,y\n1,0\n", encoding="utf-8")
    run = CliRunner().invoke(cli, ["studio", str(program), "--no-open", "--data", str(rows)])
    assert run.exit_code == 0, run.output
    there = ran[0].desk.respond({"do": "desk"})["value"]
    assert there["data"] == {"P": {"file": "rows.csv", "columns": ["x", "y"]}}
    ran[0].close()
    assert run.output.startswith(f"The studio is at http://{serve.LOOPBACK}:")
    assert serve.fragment("graph { x -> y }") in run.output


def test_the_command_without_a_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(page, "PLACES", (tmp_path / "page.html",))
    run = CliRunner().invoke(cli, ["studio"])
    assert run.exit_code == 2
    assert "error[E0501]: this installation of dofx does not have the studio's page" in run.stderr
    assert "make studio" in run.stderr


INTERRUPTED = """
import os, signal, sys, threading, urllib.request
from types import SimpleNamespace
from dofx.desk.serve import Server

desk = SimpleNamespace(respond=None, close=lambda: print("cleared"))
server = Server("<head></head>", desk)

def interrupt():
    urllib.request.urlopen(server.address()).read()  # it listens to signals now
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt, daemon=True).start()
server.run()
print("ended, torch" if "torch" in sys.modules else "ended")
"""


def test_an_interrupt_ends_it() -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (ran.returncode, ran.stdout) == (0, "cleared\nended\n"), ran.stderr


def test_a_port_that_is_taken(server: Server) -> None:
    with pytest.raises(DofxError, match="E0801"):
        Server(PAGE, port=int(server.host.rpartition(":")[2]))


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b'{"do":' * 50_000, b'{"do": "look", "text":' + b"[" * 20_000 + b"]" * 20_000 + b"}"],
)
def test_what_is_no_request_is_refused_however_deep(server: Server, body: bytes) -> None:
    for path in ("desk", "compiler"):
        assert ask(server, f"/{server.token}/{path}", "POST", body)[0] == 400
    assert ask(server, f"/{server.token}/desk", "POST", b'{"do": "ask", "at": {"x": NaN}}')[0] == 400


def test_half_a_character_comes_back_as_it_was(server: Server) -> None:
    def asked(path: str, **request: Any) -> dict[str, Any]:
        status, body, _ = ask(server, f"/{server.token}/{path}", "POST", json.dumps(request).encode())
        assert status == 200
        found: dict[str, Any] = json.loads(body)
        return found

    text = "graph {\n  x -> y\n}  # \ud800\n"
    assert asked("compiler", do="format", text=text) == {"value": text}
    rows = "eCx5CjEsMgo="
    asked("desk", do="take", name="\ud800", file="\udfff.csv", base64_rows=rows)
    there = asked("desk", do="desk")["value"]["data"]
    assert there == {"\ud800": {"file": "\udfff.csv", "columns": ["x", "y"]}}


@pytest.mark.parametrize("name", ["a/b", "..", ".", "a?b&c=d", "%2f", "é"])
def test_rows_of_a_data_set_of_any_name(server: Server, name: str) -> None:
    sent = urlencode({"name": name, "file": "rows.csv", "more": "false"})
    status, body, _ = ask(server, f"/{server.token}/rows?{sent}", "POST", b"x,y\n1,2\n")
    assert (status, list(json.loads(body)["value"])) == (200, [name])


def test_nothing_stays_of_rows_that_are_refused_or_end_early(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, opened = server.desk.place_for("rows.csv")
    opened.close()
    folder = place.parents[1]
    before = list(folder.iterdir())
    path = f"/{server.token}/rows?name=P&file=rows."
    assert "faults" in json.loads(ask(server, f"{path}csv", "POST", b"")[1])
    assert "faults" in json.loads(ask(server, f"{path}parquet", "POST", b"PAR1")[1])
    with socket.create_connection((serve.LOOPBACK, int(server.host.rpartition(":")[2]))) as early:
        head = f"POST {path}csv HTTP/1.1\r\nHost: {server.host}\r\nContent-Length: 1000\r\n\r\nx,y\n"
        early.sendall(head.encode())
    monkeypatch.setattr(app, "MOST_BYTES", 10)
    assert ask(server, f"{path}csv", "POST", b"x" * 11)[0] == 413
    deadline = time.monotonic() + 5
    while list(folder.iterdir()) != before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert list(folder.iterdir()) == before


def test_a_full_disk_is_reported(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(server.desk, "place_for", full)
    _, body, _ = ask(server, f"/{server.token}/rows?name=P&file=rows.csv", "POST", b"x\n1\n")
    (fault,) = json.loads(body)["faults"]
    assert (fault["code"], fault["notes"]) == ("E0801", ["No space left on device"])


@pytest.mark.parametrize("ends", ["the page leaves", "the server ends"])
def test_the_compiler_stops_when_nobody_waits(
    ends: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    began, stopped = threading.Event(), threading.Event()

    def endless(request: Any) -> dict[str, Any]:
        began.set()
        try:
            while True:
                time.sleep(0)
        finally:
            stopped.set()

    monkeypatch.setattr(app, "answered", endless)
    with Server(PAGE) as server:
        page = http.client.HTTPConnection(server.host, timeout=20)
        page.request("POST", f"/{server.token}/compiler", b'{"do": "look", "text": ""}')
        assert began.wait(10)
        if ends == "the page leaves":
            page.close()
            assert stopped.wait(10)
    assert stopped.wait(10)
    page.close()
    assert "Traceback" not in capsys.readouterr().err


def test_port_80_is_not_named() -> None:
    assert (serve._named(80), serve._named(8001)) == ("127.0.0.1", "127.0.0.1:8001")


def test_advice_names_what_can_be_done_on_the_page() -> None:
    said = list[str]()

    async def application(*_: Any) -> None:
        said.append(by_surface("call", "option", "button"))

    guard = app.Guard(application, "here", "token", {})
    scope = {"type": "http", "headers": [(b"host", b"here")], "path": "/token/"}
    with pytest.raises(StopIteration):  # a browser in other tests has the event loop of this thread
        guard(scope, AsyncMock(), AsyncMock()).send(None)
    assert said == ["button"]
