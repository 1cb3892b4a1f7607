"""What machines read keeps every name, whatever the encoding of pipes is."""

from __future__ import annotations

import io
import json
import sys

import pytest

from dofx.cli.app import cli
from dofx.cli.pipes import read_stdin, set_encodings
from dofx.grammar.diagnostics.diagnostic import DofxError

GRAPH = '"größe" -> β -> y'
COMMANDS = [
    ("identify", "P(y | do(β))", "-g", GRAPH, "--json"),
    ("explain", "P(y | do(β))", "-g", GRAPH, "--json"),
    ("compile", "P(y | do(β))", "-g", GRAPH, "--json"),
    ("implications", "-g", GRAPH, "--json"),
]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_names_arrive_whole(command: tuple[str, ...], encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON escapes what an encoding lacks: `P(y | do(?))` had come out where it was cp1252."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding, errors="replace"))
    cli.main([*command], standalone_mode=False)
    sys.stdout.flush()
    found = written.getvalue().decode(encoding if encoding != "ascii" else "utf-8")
    assert "β" in json.dumps(json.loads(found), ensure_ascii=False)
    assert "?" not in found
    assert ("β" in found) == (encoding == "utf-8")


@pytest.mark.parametrize("chosen", [None, "cp1252"])
def test_pipes_are_utf_8_as_files_are(chosen: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """`dofx fmt -` and `fmt --stdout` print programs: in cp1252, as pipes are on Windows, β was lost."""
    monkeypatch.setenv("PYTHONIOENCODING", chosen or "")
    program, written = "query q = P(y | do(β))\n\ngraph {\n  x -> β -> y\n}\n", io.BytesIO()
    for name, place in (("stdin", io.BytesIO(program.encode())), ("stdout", written)):
        monkeypatch.setattr(sys, name, io.TextIOWrapper(place, encoding="cp1252"))
    set_encodings()
    assert sys.stdout.errors == "replace"
    if chosen:
        assert (sys.stdin.encoding, sys.stdout.encoding) == (chosen, chosen)
        return
    cli.main(["fmt", "-"], standalone_mode=False)
    sys.stdout.flush()
    assert written.getvalue().decode() == program


def test_standard_input_that_is_not_utf_8_is_a_diagnostic(monkeypatch: pytest.MonkeyPatch) -> None:
    """It had been an internal error."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfx -> y"), encoding="utf-8"))
    assert read_stdin() == "x -> y"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfeq"), encoding="utf-8"))
    with pytest.raises(DofxError, match="E0503") as raised:
        read_stdin()
    assert raised.value.diagnostics[0].notes == ("it is not UTF-8 text",)
