"""What machines read keeps every name, whatever the encoding of pipes is."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

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
    assert sys.stdout.errors == "backslashreplace"
    if chosen:
        assert (sys.stdin.encoding, sys.stdout.encoding) == (chosen, chosen)
        return
    cli.main(["fmt", "-"], standalone_mode=False)
    sys.stdout.flush()
    assert written.getvalue().decode() == program


PROGRAM = """# müssen wir β setzen?
query q = P(y | do(β))

graph {
  x -> β -> y
}
"""
PRINTED = [
    ("fmt", "-"),
    ("fmt", "--stdout", "program.cq"),
    ("draw", "-g", "漢 -> y", "--format", "tikz"),
]


def printed(
    command: tuple[str, ...], encoding: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, str]:
    """The exit status of a command and what it prints where the user chose an encoding."""
    written = io.BytesIO()
    monkeypatch.chdir(folder)
    (folder / "program.cq").write_text(PROGRAM, encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PROGRAM.encode()), encoding="utf-8"))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    set_encodings()
    status = cli.main([*command], standalone_mode=False)
    sys.stdout.flush()
    return status or 0, written.getvalue().decode(encoding)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "iso8859-7", "cp437", "utf-8", "utf-16"])
@pytest.mark.parametrize("command", PRINTED, ids=" ".join)
def test_a_program_is_printed_whole_or_not_at_all(
    command: tuple[str, ...],
    encoding: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`P(y | do(?))` had been printed for β in cp1252, and comments lost their letters."""
    status, found = printed(command, encoding, tmp_path, monkeypatch)
    letters = set(PROGRAM if command[0] == "fmt" else "漢")
    lacks = "".join(sorted(letters)).encode(encoding, "ignore").decode(encoding) != "".join(sorted(letters))
    if lacks:
        assert (status, found) == (2, "")
        said = capsys.readouterr().err
        assert f"cannot be printed in the encoding {encoding}" in said
        assert "PYTHONIOENCODING=utf-8" in said
    else:
        assert status == 0
        assert found == PROGRAM if command[0] == "fmt" else "漢" in found


@pytest.mark.parametrize(
    ("encoding", "names"), [("cp1252", (r"\u03b2", r"\u03b3")), ("iso8859-7", ("β", "γ"))]
)
def test_text_for_people_keeps_every_name(
    encoding: str, names: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two names had both been printed as `?`."""
    command = ("identify", "P(y | do(β), γ)", "-g", "γ -> β -> y; γ -> y")
    status, found = printed(command, encoding, tmp_path, monkeypatch)
    assert status == 0
    assert "?" not in found
    assert all(name in found for name in names)


def test_standard_input_that_is_not_utf_8_is_a_diagnostic(monkeypatch: pytest.MonkeyPatch) -> None:
    """It had been an internal error."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfx -> y"), encoding="utf-8"))
    assert read_stdin() == "x -> y"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfeq"), encoding="utf-8"))
    with pytest.raises(DofxError, match="E0503") as raised:
        read_stdin()
    assert raised.value.diagnostics[0].notes == ("it is not UTF-8 text",)
