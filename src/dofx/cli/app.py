"""The command `dofx`: finds the commands without importing them, and turns failures into diagnostics.

Start-up is a feature: this module imports click and the standard library, a command what it needs.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import Any

import click

from .. import __version__
from .pipes import set_encodings

COMMANDS = {
    "new": "Write a commented program to start from, and rows to try it on.",
    "check": "Report every fault of a program.",
    "fmt": "Rewrite programs in canonical form.",
    "identify": "Prove whether data can answer a query, and print the estimand.",
    "explain": "Show the proof, what each pass changed, and the fit plan.",
    "compile": "Compile a query to its sampling network, and verify it.",
    "implications": "List what a graph implies, and test it on data.",
    "draw": "Draw a graph, or a sampling network: SVG, PDF, PNG, TikZ.",
    "fit": "Train a query's generators and save them as a bundle.",
    "sample": "Draw rows from a bundle.",
    "export": "Export a bundle as one file that runs without dofx.",
    "effect": "Fit a program and estimate its effects.",
    "run": "Fit a program and answer every query and effect.",
    "completion": "Print what a shell needs to complete commands and files.",
    "studio": "Open the page in which you draw a graph and ask.",
}
"""Each command with what it does. A command lives in the module of its name."""


class Commands(click.Group):
    """A group whose commands are imported one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a newcomer would try them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f".commands.{cmd_name}", __package__).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; the code of an error is explained, and for an unknown command the nearest is suggested."""
        if args and len(args[0]) == 5 and args[0][0] in "EeWw" and args[0][1:].isdecimal():
            args = ["explain", *args]
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            raise click.UsageError(
                error.message + (f" Did you mean '{near[0]}'?" if near else ""), ctx
            ) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from what is known of them without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. Its result, if any, is the exit status."""
        try:
            from ..grammar.edge.surface import used_on
            from .failures import warnings_reported

            with warnings_reported(), used_on("command line"):
                status = super().invoke(ctx) or 0
            sys.stdout.flush()
        except click.UsageError as error:
            from .failures import advised

            raise advised(error) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BaseException as failure:
            from .failures import status_of

            status = status_of(failure)
        ctx.exit(status)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="dofx %(version)s")
def cli() -> None:
    """A compiler for causal queries: from P(y | do(x), z) to a trained PyTorch sampler.

    \b
    dofx identify "P(y | do(x))" -g "x -> z -> y; x <-> y"
    dofx run program.cq --data rows.csv

    Exit status: 0 answered, 1 not identifiable, 2 bad input.
    """


def _open_closed_streams() -> None:
    """Give standard streams that are closed, as by ``>&-``, a place that takes all and has nothing.

    Otherwise Python has None in their place, and the next file that is opened gets their number and what is printed.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            place = os.open(os.devnull, os.O_RDONLY if mode == "r" else os.O_WRONLY)
            if place != number:
                os.dup2(place, number)
                os.close(place)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def main() -> None:
    """The entry point of the command line."""
    gc.set_threshold(100_000)  # importing makes many objects and no garbage
    _open_closed_streams()
    set_encodings()
    cli(prog_name="dofx")
