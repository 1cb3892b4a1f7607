"""``dofx fmt``: programs in canonical form."""

from __future__ import annotations

from pathlib import Path

import click

from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.edge.outputs import write_text
from ..failures import BAD_INPUT, report
from ..options.files import FILE
from ..options.programs import STDIN, read_source
from ..pipes import echo_whole

UNFORMATTED = 1


@click.command()
@click.argument("programs", type=FILE, nargs=-1, required=True)
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if a file would be rewritten.")
@click.option("--stdout", is_flag=True, help="Print the result instead of rewriting files.")
def command(programs: tuple[str, ...], check: bool, stdout: bool) -> int:
    """Rewrite PROGRAMS in canonical form; comments stay. - reads stdin and prints.

    A file is replaced in one step, and only if the result reads back as the same program.

    \b
    dofx fmt smoking.cq
    dofx fmt --check *.cq

    Exit status: 0 done, 1 with --check where a file would be rewritten, 2 bad input.
    """
    status = 0
    for path in programs:
        try:
            found = _one(path, check, stdout or path == STDIN)
            status = status or found
        except DofxError as error:
            report(*error.diagnostics)
            status = BAD_INPUT
    return status


def _one(path: str, check: bool, printed: bool) -> int:
    """Check, print or rewrite one program; its exit status."""
    before, after = _formatted(path)
    if check:
        if before != after:
            click.echo(f"{path} would be rewritten")
        return UNFORMATTED if before != after else 0
    if printed:
        echo_whole(after, "the program")
    elif before != after:
        write_text(Path(path), after)
        click.echo(f"{path} rewritten")
    return 0


def _formatted(path: str) -> tuple[str, str]:
    from ...grammar.formatting.program import format_program
    from ...grammar.parse import parse

    source = read_source(path)
    program = parse(source.text, source.name)
    after = format_program(program)
    if parse(after, source.name) != program:
        raise AssertionError(f"formatting {source.name} would change its meaning, so it was left as it is")
    return source.text, after
