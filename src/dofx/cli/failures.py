"""What is said when a command fails, and the exit status. Never a traceback, unless DOFX_TRACEBACK is set."""

from __future__ import annotations

import os
import sys

import click

from ..grammar.diagnostics import DofxError, of_system
from ..grammar.render import render

NOT_IDENTIFIABLE, BAD_INPUT, INTERNAL, INTERRUPTED, BROKEN_PIPE = 1, 2, 70, 130, 141
"""The statuses beside 0; the last three as shells and sysexits.h have them."""


def status_of(failure: BaseException) -> int:
    """Tell what went wrong on stderr, and choose the exit status."""
    from ..compiler.driver import NotIdentifiableError

    if os.environ.get("DOFX_TRACEBACK"):
        raise failure
    match failure:
        case DofxError():
            report(failure)
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
        case OSError():
            report(DofxError(of_system(failure)))
            return BAD_INPUT
        case SystemExit():
            raise failure
        case _:
            _confess(failure)
            return INTERNAL


def report(error: DofxError) -> None:
    """Print diagnostics on stderr, coloured if that is a terminal."""
    colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    click.echo("\n\n".join(render(d, colour) for d in error.diagnostics), err=True)


def note(text: str) -> None:
    """Print a remark on stderr, which no exit status depends on."""
    click.echo(f"{click.style('note', bold=True)}: {text}", err=True)


def _confess(failure: BaseException) -> None:
    lines = [f"internal error: {type(failure).__name__}: {failure}", *getattr(failure, "__notes__", ())]
    lines.append("this is a fault of dofx: please report it; DOFX_TRACEBACK=1 shows where it happened")
    click.echo("\n  ".join(lines), err=True)
