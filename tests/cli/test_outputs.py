"""What commands write: checked before the work, printed before it is drawn, and read again by dofx."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import dofx
from dofx.cli.app import cli
from dofx.grammar.edge.outputs import TEMPORARY, replacing, require_output, sweep

RNG = np.random.default_rng(0)
ROWS = {"x": RNG.random(300) < 0.5, "y": np.array(["=1+1", "plain", "@SUM(1)"])[RNG.integers(0, 3, 300)]}


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(cli, list(map(str, arguments)))
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    lines = [f"{str(x).lower()},{y}" for x, y in zip(ROWS["x"], ROWS["y"], strict=True)]
    (folder / "rows.csv").write_text("\n".join(["x,y", *lines]) + "\n")
    dofx.compile("P(y | do(x))", "x -> y").fit(ROWS).save(folder / "bundle")
    (folder / "file").touch()
    return folder


COMMANDS = {
    "run": ("run", "P(y | do(x))", "-g", "x -> y", "--data", "rows.csv", "--plot", "{}.svg"),
    "effect": (
        "effect",
        "P(y = 'plain' | do(x = true))",
        "-g",
        "x -> y",
        "--data",
        "rows.csv",
        "--plot",
        "{}.svg",
    ),
    "fit": ("fit", "P(y | do(x))", "-g", "x -> y", "--data", "rows.csv", "-o", "{}"),
    "export": ("export", "bundle", "-o", "{}.pt2"),
    "html": ("explain", "P(y | do(x))", "-g", "x -> y", "--html", "{}.html"),
    "svg": ("explain", "P(y | do(x))", "-g", "x -> y", "--svg", "{}.svg"),
    "draw": ("draw", "-g", "x -> y", "-o", "{}.svg"),
    "sample": ("sample", "bundle", "-n", "10", "-o", "{}.csv"),
    "folder": ("sample", "bundle", "-n", "10", "-o", "{}"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_an_address_is_no_place_for_a_file(
    world: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world)
    before = sorted(world.iterdir())
    status, output = run(*(part.format("s3://bucket/made") for part in COMMANDS[command]))
    assert status == 2
    assert "is an address: dofx writes files of this machine alone" in output
    assert sorted(world.iterdir()) == before


@pytest.mark.parametrize("command", COMMANDS)
def test_an_output_that_cannot_be_is_found_before_any_work(
    command: str, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world)

    def worked(*_: object, **__: object) -> None:
        raise AssertionError("work was done")

    for place in (
        "dofx.runtime.fitting.fit.fit_network",
        "dofx.runtime.trained.fit_network",
        "dofx.runtime.bundle.bundle.load",
        "dofx.compiler.driver.identify",
        "dofx.compiler.printers.graph_svg.graph_svg",
    ):
        monkeypatch.setattr(place, worked)
    for bad in ("file/inside/it", "n" * 300, "a\0b"):
        status, said = run(*(part.format(bad) for part in COMMANDS[command]))
        assert (status, "E0801" in said) == (2, True), said


@pytest.mark.parametrize("command", ["run", "effect", "fit"])
@pytest.mark.parametrize("bad", [("--data", "none.csv", "E0501"), ("--cache", "file", "E0801")])
def test_what_is_read_is_looked_for_before_any_work(
    command: str, bad: tuple[str, str, str], world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world)
    option, name, code = bad
    line = [part.format("unmade") for part in COMMANDS[command]]
    if option in line:
        line[line.index(option) + 1] = name
    else:
        line += [option, name]
    status, said = run(*line)
    assert status == 2
    assert said.startswith(f"error[{code}]"), "nothing is printed before"


@pytest.mark.parametrize("command", COMMANDS)
def test_missing_folders_are_made(command: str, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world)
    extra = ["--do", "x=true"] if COMMANDS[command][0] == "sample" else []
    status, said = run(*(part.format(f"new/{command}/it") for part in COMMANDS[command]), *extra)
    assert status == 0, said
    assert list((world / "new" / command).glob("it*"))


def test_answers_are_printed_before_they_are_drawn(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", full)
    for command in ("run", "effect"):
        status, said = run(*(part.format("late") for part in COMMANDS[command]))
        assert status == 2
        assert -1 < said.find("plain" if command == "run" else "effect =") < said.find("E0801")


@pytest.mark.parametrize("output", ["back.arrow", "back.feather", "back.parquet", "back.csv", "parts"])
def test_what_sample_writes_run_and_fit_read(
    output: str, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world)
    assert run("sample", "bundle", "-n", "50", "--do", "x=true", "-o", output)[0] == 0
    status, said = run("run", "P(y)", "-g", "y", "--data", output)
    assert (status, "plain" in said) == (0, True), said
    assert run("fit", "P(y)", "-g", "y", "--data", output, "-o", f"of-{output}")[0] == 0


def test_a_folder_that_lacks_parts_is_refused(world: Path) -> None:
    sampler = dofx.load(world / "bundle")
    sampler.sample_to(world / "few", 60, do={"x": True}, chunk=20)
    assert dofx.compile("P(y)", "y").fit(world / "few").report.records[0].report.rows == 60  # type: ignore[union-attr]
    next((world / "few").glob("part-*1.parquet")).unlink()
    with pytest.raises(dofx.DofxError, match=r"it holds 40 of the 60 rows"):
        dofx.compile("P(y)", "y").fit(world / "few")


def test_no_spreadsheet_runs_what_safe_csv_holds(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world)
    asked = ("sample", "bundle", "-n", "60", "--do", "x=true", "--seed", "1")
    bare, safe = run(*asked)[1], run(*asked, "--safe-csv")[1]
    assert run(*asked, "--safe-csv", "-o", "safe.csv")[0] == 0
    assert (world / "safe.csv").read_text() == safe
    assert {line.strip('"') for line in bare.splitlines()} == {"y", "=1+1", "plain", "@SUM(1)"}
    assert {line.strip('"') for line in safe.splitlines()} == {"y", "'=1+1", "plain", "'@SUM(1)"}
    assert run(*asked, "--safe-csv", "-o", "safe.parquet")[0] == 2


def test_export_prints_the_hash_of_its_file(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world)
    status, said = run("export", "bundle", "-o", "hashed.pt2")
    assert status == 0
    assert hashlib.sha256((world / "hashed.pt2").read_bytes()).hexdigest() in said
    assert "trusted like code" in " ".join(run("export", "--help")[1].split())


@pytest.mark.skipif(os.name != "posix", reason="pipes")
@pytest.mark.parametrize("link", [False, True])
def test_what_is_no_file_is_written_to_and_stays_what_it_is(
    link: bool, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe stands for devices too, which the superuser could replace: `-o /dev/null` must leave /dev/null there."""
    monkeypatch.chdir(world)
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    named = tmp_path / "link.csv" if link else pipe
    if link:
        named.symlink_to(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    assert run("sample", "bundle", "-n", "5", "--do", "x=true", "--seed", "1", "-o", named)[0] == 0
    reader.join(60)
    assert pipe.is_fifo()
    assert read[0].decode().splitlines()[0].strip('"') == "y"
    assert len(read[0].splitlines()) == 6
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.endswith(TEMPORARY)] == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_device_that_refuses_is_a_diagnostic(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as raised, replacing(Path("/dev/full")) as beside:
        beside.write_bytes(b"rows" * 10_000)
    assert raised.value.filename == "/dev/full"
    assert Path("/dev/full").is_char_device()


WRITER = """
import sys, time
from pathlib import Path
from dofx.grammar.edge.outputs import replacing
with replacing(Path(sys.argv[1])) as beside:
    beside.write_bytes(b"half")
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="kills")
def test_what_killed_writers_left_is_removed_and_what_living_ones_write_is_not(tmp_path: Path) -> None:
    target, cache = tmp_path / "rows.parquet", tmp_path / "other.safetensors"
    with (
        subprocess.Popen([sys.executable, "-c", WRITER, target], stdout=subprocess.PIPE, text=True) as killed,
        subprocess.Popen([sys.executable, "-c", WRITER, cache], stdout=subprocess.PIPE, text=True) as alive,
    ):
        assert killed.stdout
        assert alive.stdout
        assert (killed.stdout.readline(), alive.stdout.readline()) == ("writing\n", "writing\n")
        sweep(tmp_path)
        assert len(list(tmp_path.glob(f".*{TEMPORARY}"))) == 2  # both live
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        (tmp_path / ".mine.tmp").touch()
        require_output(target)
        (left,) = (path.name for path in tmp_path.glob(f".*.*{TEMPORARY}") if path.name != ".mine.tmp")
        assert left.startswith(".other.safetensors.")
        alive.kill()
        alive.wait()
    sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".mine.tmp"]


def test_a_file_that_is_replaced_keeps_its_permissions_and_its_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "file").chmod(0o640)
    (tmp_path / "link").symlink_to("file")
    with replacing(tmp_path / "link") as beside:
        beside.write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640
