"""Completion: each shell gets its script, and what it asks for is answered with commands, options and files."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from click.shell_completion import ShellComplete

from dofx.cli.app import COMMANDS, cli
from faces.shop import dofx


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_for_dofx(shell: str) -> None:
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("there is no bash")
    result = dofx("completion", shell)
    assert result.exit_code == 0, result.output
    assert f"_DOFX_COMPLETE={shell}_complete" in result.stdout
    assert "dofx" in result.stdout


def test_bash_takes_the_script() -> None:
    if (bash := shutil.which("bash")) is None:
        pytest.skip("there is no bash")
    script = dofx("completion", "bash").stdout
    done = subprocess.run(
        [bash, "-c", f"{script}\ncomplete -p dofx"], capture_output=True, text=True, check=True
    )
    assert "-F _dofx_completion dofx" in done.stdout


def completed(*arguments: str, started: str = "") -> list[tuple[str, str]]:
    found = ShellComplete(cli, {}, "dofx", "_DOFX_COMPLETE").get_completions(list(arguments), started)
    return [(each.value, each.type) for each in found]


def test_commands_options_and_files_are_completed() -> None:
    assert [name for name, _ in completed()] == list(COMMANDS)
    assert ("--intervals", "plain") in completed("run", started="--in")
    assert completed("run", "--data", started="ro") == [("ro", "file")]
    assert completed("run", started="fi") == [("fi", "file")]
    assert ("influence", "plain") in completed("run", "--intervals", started="")
