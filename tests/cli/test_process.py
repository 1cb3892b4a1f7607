"""A command as a process: start-up, closed pipes, interrupts, terminals without Unicode."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dofx.cli.app import main
from dofx.runtime.sampler import Sampler

IDENTIFY = ("identify", "P(y | do(x))", "-g", "x -> z -> y; x <-> y")
HEAVY = {"torch", "sympy", "networkx", "numpy", "rich", "pyarrow", "pandas", "opt_einsum", "difflib"}


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env)


def modules_after(code: str) -> set[str]:
    run = python(f"{code}\nimport json, sys; print(json.dumps(sorted(sys.modules)))")
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_import_dofx_loads_nothing_heavy() -> None:
    loaded = modules_after("import dofx")
    assert not loaded & (HEAVY | {"lark", "click"})
    assert [name for name in loaded if name.startswith("dofx.")] == ["dofx.lazily"]


def test_identify_loads_nothing_heavy() -> None:
    call = f"from dofx.cli.app import cli\ntry: cli({IDENTIFY!r})\nexcept SystemExit as e: assert e.code == 0"
    loaded = modules_after(call)
    assert {"click", "lark", "dofx.compiler.driver"} <= loaded
    assert not loaded & (HEAVY - {"difflib"})
    assert not [name for name in loaded if name.startswith(("dofx.runtime", "dofx.compiler.network"))]


def test_a_fit_does_not_load_the_compiler_of_torch() -> None:
    """It takes a second of each process, and is needed where something is compiled alone."""
    loaded = modules_after("""
import dofx
rows = {"x": [0.1, 0.2] * 20, "y": [0.0, 1.0] * 20}
dofx.compile("P(y | do(x))", "x -> y").fit(rows, epochs=1, progress=False)
""")
    assert "dofx.runtime.fitting.fit" in loaded
    assert "torch._dynamo" not in loaded


def test_module_and_entry_point_are_one() -> None:
    command = [sys.executable, "-m", "dofx", *IDENTIFY]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.startswith("P(y | do(x)) = ")


def test_a_closed_pipe_ends_quietly() -> None:
    code = f"""
import subprocess, sys
command = [sys.executable, "-m", "dofx", *{IDENTIFY!r}]
process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
process.stdout.close()
print(process.wait(), process.stderr.read())
"""
    assert python(code).stdout == "141 b''\n"


@pytest.mark.skipif(os.name == "nt", reason="shells of Windows cannot close a stream")
@pytest.mark.parametrize("closed", [(1,), (0, 1, 2)])
def test_a_closed_stream_takes_nothing_and_changes_no_status(closed: tuple[int, ...]) -> None:
    for graph, status in (("x -> y", 0), ("x -> y; x <-> y", 1)):
        call = f"import dofx.cli.app as app, os, sys; sys.argv = ['dofx', 'identify', 'P(y | do(x))', '-g', {graph!r}]"
        shut = f"[os.close(each) for each in {closed}]; sys.stdout = None; app.main()"
        run = python(f"{call}; {shut}")
        assert (run.returncode, run.stdout, run.stderr) == (status, "", "")


def test_an_interrupt_is_130_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rows.csv").write_text("x,y\n" + "0,1\n1,0\n" * 100)

    @functools.wraps(Sampler.fit)  # the command line reads which options there are
    def stop(*arguments: object, **options: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Sampler, "fit", stop)
    arguments = ["run", "P(y)", "-g", "x -> y", "--data", str(tmp_path / "rows.csv")]
    monkeypatch.setattr(sys, "argv", ["dofx", *arguments])
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_terminal_without_unicode_gets_an_answer() -> None:
    command = [sys.executable, "-m", "dofx", *IDENTIFY]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("P(y | do(x)) = ")


def test_colour_is_for_terminals() -> None:
    command = [sys.executable, "-m", "dofx", "identify", "P(y | do(z))", "-g", "x -> y"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.startswith("error[E0301]: unknown variable `z`")
