"""What is printed when a command fails, and the exit status. Never a traceback, unless DOFX_TRACEBACK is set."""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from ..grammar.diagnostics.diagnostic import Diagnostic, DofxError, DofxWarning
from ..grammar.diagnostics.render import render_all
from ..grammar.edge.errors import output_lost
from ..grammar.edge.files import said_by_system, system_fault

NOT_IDENTIFIABLE, BAD_INPUT, INTERNAL, INTERRUPTED, BROKEN_PIPE = 1, 2, 70, 130, 141
"""The statuses beside 0; the last three as shells and sysexits.h have them."""
_OF_WRITING = (errno.ENOSPC, errno.EFBIG, errno.EIO, errno.EBADF, getattr(errno, "EDQUOT", errno.ENOSPC))
"""What the system says of a write; where no file is named, what a command prints was to be written."""


def status_of(failure: BaseException) -> int:
    """Print what went wrong on stderr, and choose the exit status."""
    from ..compiler.driver import NotIdentifiableError

    if os.environ.get("DOFX_TRACEBACK"):
        raise failure
    match failure:
        case DofxError():
            report(*failure.diagnostics)
            return BAD_INPUT
        case NotIdentifiableError():
            click.echo(str(failure))
            return NOT_IDENTIFIABLE
        case KeyboardInterrupt():
            click.echo("interrupted", err=True)
            return INTERRUPTED
        case BrokenPipeError():
            # Whoever read the output has gone. Python would complain again on flushing it at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return BROKEN_PIPE
        case OSError(errno=number) if failure.filename is None and number in _OF_WRITING:
            report(output_lost(said_by_system(failure), number))
            return BAD_INPUT
        case OSError():
            report(system_fault(failure))
            return BAD_INPUT
        case SystemExit():
            raise failure
        case _:
            _confess(failure)
            return INTERNAL


def advised(error: click.UsageError) -> click.UsageError:
    """The same error; for a file or a graph without its option, it also names the option."""
    if "unexpected extra argument" not in error.message:
        return error
    word, advice = error.message.rpartition("(")[2].rstrip(")").lower(), ""
    if word.endswith((".csv", ".csv.gz", ".tsv", ".txt", ".parquet", ".arrow", ".feather", ".npz")):
        takes = any("--data" in each.opts for each in error.ctx.command.params) if error.ctx else True
        advice = (
            " Rows are passed by --data."
            if takes
            else " This command reads no rows; dofx run does, by --data."
        )
    elif word.endswith((".cq", ".dot", ".dag", ".dagitty")) or "->" in word:
        advice = " A graph, or the program that has it, is passed by -g."
    return click.UsageError(error.message + ("." + advice if advice else ""), error.ctx)


def report(*faults: Diagnostic) -> None:
    """Print diagnostics on stderr, coloured if that is a terminal. Of very many, the first are printed."""
    colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    click.echo(render_all(faults, colour), err=True)
    if faults and sys.stderr.isatty():
        click.echo(click.style(f"more about this: dofx explain {faults[0].code}", dim=True), err=True)


@contextmanager
def warnings_reported() -> Iterator[None]:
    """A scope in which every warning of dofx is printed on stderr as a diagnostic, and others as Python prints them."""
    with warnings.catch_warnings():
        others = warnings.showwarning

        def show(message: Warning | str, *where: Any, **more: Any) -> None:
            if isinstance(message, DofxWarning):
                report(message.diagnostic)
            else:
                others(message, *where, **more)

        warnings.simplefilter("always", DofxWarning)
        warnings.showwarning = show
        yield


def note(text: str) -> None:
    """Print a remark on stderr, which no exit status depends on."""
    click.echo(f"{click.style('note', bold=True)}: {text}", err=True)


def _confess(failure: BaseException) -> None:
    lines = [f"internal error: {type(failure).__name__}: {failure}", *getattr(failure, "__notes__", ())]
    lines.append("this is a fault of dofx: please report it; DOFX_TRACEBACK=1 shows where it happened")
    click.echo("\n  ".join(lines), err=True)
