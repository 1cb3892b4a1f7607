"""The rows of a command, opened: of one file, or of a file for each data set that the program declares."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeAlias

import click

from ...grammar.edge.files import path_of, system_faults
from .programs import STDIN

if TYPE_CHECKING:
    from ...compiler.model.data import DataSet
    from ...compiler.program import Questions
    from ...runtime.data.opened import Opened
    from .training import Training

Rows: TypeAlias = "Opened | dict[str, Opened]"
"""Opened rows: of the one data set, or of each by its name."""
WHERE_KEPT = (
    "the rows of standard input are kept there: set TMPDIR to a folder with room for them, or give their file"
)
"""What to do where the rows of standard input cannot be kept."""


def rows_of(training: Training, asked: Questions, program: str | None = None) -> Rows:
    """The rows, opened; the folder of the cache is checked too, so that no work is done in vain.

    Raises:
        DofxError: What is wrong with the file of the rows, or with the folder.
        click.UsageError: As `opened`.
    """
    from ...runtime.fitting.cache import prepare

    rows = opened(training.data, asked, program)
    if training.cache is not None:
        prepare(path_of(training.cache, "the cache"))
    return rows


def opened(given: Sequence[str], asked: Questions, program: str | None = None) -> Rows:
    """The rows, opened.

    Args:
        given: What `--data` says.
        asked: What the program asks, and its data sets.
        program: The path of the program. The files that it names are looked for here, else beside it.

    Raises:
        DofxError: What is wrong with a file.
        click.UsageError: Without `--data`, or with a name that is not a data set's.
    """
    from ...compiler.model.data import ALONE

    if asked.data == ALONE and asked.files and (len(given) < 2 or asked.data[0].person is not None):
        ((name, paths),) = _files_of(given, asked, program).items()
        return _opened(paths, next(data for data in asked.data if data.name == name))
    if asked.data == ALONE:
        if len(given) != 1 and (asked.data[0].person is None or not given):
            raise click.UsageError(
                "--data may be given once: the program declares one data set."
                if given
                else "Missing option '--data'."
            )
        return _opened(given, asked.data[0])
    known = {data.name: data for data in asked.data}
    return {name: _opened(paths, known[name]) for name, paths in _files_of(given, asked, program).items()}


def _opened(paths: Sequence[str], data: DataSet) -> Opened:
    """The rows of the files of a data set."""
    from ...runtime.data.opened import Opened
    from ...runtime.data.shaped.shape import shaped

    files = [file_of(path) for path in paths]
    return Opened.of(shaped(files if len(files) > 1 else files[0], data))


def file_of(path: str) -> str:
    """The path of a file of rows; ``-`` is standard input, kept in a file while the command runs.

    Raises:
        click.UsageError: Where nothing is left to read.
    """
    if path != STDIN:
        return path
    folder = TemporaryDirectory(prefix="dofx-")
    click.get_current_context().call_on_close(folder.cleanup)
    kept = Path(folder.name) / "stdin.csv"
    with system_faults(kept, WHERE_KEPT), kept.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    if not kept.stat().st_size:
        raise click.UsageError(
            "--data - reads CSV from standard input, and nothing is there. "
            "A program and a graph can be read there too, but only one of them all: name the others as files."
        )
    return str(kept)


def _files_of(texts: Sequence[str], asked: Questions, program: str | None) -> dict[str, list[str]]:
    """The files of each data set: as `--data NAME=FILE` says, else as the program does."""
    known = [data.name for data in asked.data]
    beside = Path(program).parent if program else Path()
    named: dict[str, list[str]] = {}
    for name, path in asked.files:
        there = Path(path).exists() or not (beside / path).exists()
        named.setdefault(name, []).append(path if there else str(beside / path))
    given: dict[str, list[str]] = {}
    for text in texts:
        name, equals, path = text.partition("=")
        if equals and name in known:
            given.setdefault(name, []).append(path)
        elif len(known) == 1:
            given.setdefault(known[0], []).append(text)
        else:
            raise click.UsageError(f"--data takes NAME=FILE, NAME one of {', '.join(known)}, not '{text}'.")
    return named | given
