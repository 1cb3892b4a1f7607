"""The rows of a command, opened: of one file, or of a file for each data set that the program declares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from ...grammar.edge.files import path_of

if TYPE_CHECKING:
    from ...compiler.program import Questions
    from ...runtime.data.opened import Opened
    from .training import Training

Rows: TypeAlias = "Opened | dict[str, Opened]"
"""Opened rows: of the one data set, or of each by its name."""


def rows_of(training: Training, asked: Questions, program: str | None = None) -> Rows:
    """The rows, opened; the folder of the cache is checked too, so that no work is done in vain.

    Args:
        training: The command's options.
        asked: What the program asks, and its data sets.
        program: The path of the program. The files that it names are looked for here, else beside it.

    Raises:
        DofxError: What is wrong with the file of the rows, or with the folder.
        click.UsageError: Without `--data`, or with a name that is not a data set's.
    """
    from ...compiler.model.data import ALONE
    from ...runtime.data.opened import Opened
    from ...runtime.fitting.cache import prepare

    rows: Rows
    if asked.data == ALONE and asked.files and len(training.data) < 2:
        (path,) = _files_of(training, asked, program).values()
        rows = Opened(path)
    elif asked.data == ALONE:
        if len(training.data) != 1:
            raise click.UsageError(
                "--data may be given once: the program declares one data set."
                if training.data
                else "Missing option '--data'."
            )
        rows = Opened(training.data[0])
    else:
        rows = {name: Opened(path) for name, path in _files_of(training, asked, program).items()}
    if training.cache is not None:
        prepare(path_of(training.cache, "the cache"))
    return rows


def _files_of(training: Training, asked: Questions, program: str | None) -> dict[str, str]:
    """The file of each data set: as `--data NAME=FILE` says, else as the program does."""
    known = [data.name for data in asked.data]
    beside = Path(program).parent if program else Path()
    files = {
        name: path if Path(path).exists() or not (beside / path).exists() else str(beside / path)
        for name, path in asked.files
    }
    for text in training.data:
        name, equals, path = text.partition("=")
        if equals and name in known:
            files[name] = path
        elif len(known) == 1:
            files[known[0]] = text
        else:
            raise click.UsageError(f"--data takes NAME=FILE, NAME one of {', '.join(known)}, not '{text}'.")
    return files
