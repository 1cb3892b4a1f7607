"""``dofx check``: every fault of a program, with no data and no proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError, heard, warn
from ..as_json import echo_json
from ..failures import BAD_INPUT, report
from ..options.files import FILE
from ..options.programs import read_source

if TYPE_CHECKING:
    from ...grammar.syntax.program import Program


@click.command()
@click.argument("programs", type=FILE, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print faults and warnings as JSON on stdout.")
def command(programs: tuple[str, ...], as_json: bool) -> int:
    """Report every fault of each of PROGRAMS, - for stdin. Nothing is proved and no data is read.

    \b
    dofx check smoking.cq
    dofx check *.cq --json

    Exit status: 0 no faults, 2 faults. Warnings do not count.
    """
    faults: list[Diagnostic] = []
    warnings: list[Diagnostic] = []
    for path in programs:
        with heard() as remarks:
            found, program = _faults(path)
        faults += found
        warnings += remarks
        if as_json:
            continue
        for remark in remarks:
            warn(remark)
        if found:
            report(*found)
            click.echo(err=True)
        elif program is not None:
            click.echo(f"{path}: {_counts(program)}, no faults")
    if as_json:
        echo_json([_to_json(each) for each in (*faults, *warnings)])
    return BAD_INPUT if faults else 0


def _faults(path: str) -> tuple[tuple[Diagnostic, ...], Program | None]:
    from ...compiler.program import questions
    from ...grammar.checks.program import check
    from ...grammar.parse import parse

    try:
        source = read_source(path)
        program = parse(source.text, source.name)
    except DofxError as error:
        return error.diagnostics, None
    found = check(program)
    if not found and program.graphs and (program.queries or program.effects):
        try:  # what only the graph shows, such as policies that read what depends on them
            questions(program)
        except DofxError as error:
            found = error.diagnostics
    return found, program


def _counts(program: Program) -> str:
    queries, effects = len(program.queries), len(program.effects)
    return f"{queries} {'query' if queries == 1 else 'queries'}, {effects} effect{'s' * (effects != 1)}"


def _to_json(fault: Diagnostic) -> dict[str, Any]:
    data: dict[str, Any] = {
        "code": fault.code,
        "severity": "warning" if fault.code.startswith("W") else "error",
        "title": fault.title,
        "file": None,
        "notes": list(fault.notes),
        "help": list(fault.help),
    }
    if fault.source is not None:
        data["file"] = fault.source.name
        if fault.primary is not None:
            start, end = fault.primary.span.start, fault.primary.span.end
            data["start"] = _place(fault.source.position(start), start)
            data["end"] = _place(fault.source.position(end), end)
            data["label"] = fault.primary.text
    return data


def _place(position: tuple[int, int], offset: int) -> dict[str, int]:
    line, column = position
    return {"line": line, "column": column, "offset": offset}
