"""``dofx studio``: the page on which one draws a graph and asks, on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..options.files import FILE

if TYPE_CHECKING:
    from ...runtime.data.opened import Opened


@click.command()
@click.argument("program", type=FILE, required=False)
@click.option(
    "--data",
    type=FILE,
    metavar="FILE",
    multiple=True,
    help="Rows to begin with: CSV, Parquet or Arrow. Where the program declares data sets, NAME=FILE for each "
    "that names no file there.",
)
@click.option(
    "--cache",
    type=FILE,
    metavar="DIR",
    envvar="DOFX_CACHE",
    help="Keep finished generators in DIR, and train only missing ones; DOFX_CACHE can name DIR instead.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port; without it, one that is free."
)
@click.option(
    "--open/--no-open", "opens", default=True, help="Open it in a browser, or only print the address."
)
def command(program: str | None, data: tuple[str, ...], cache: str | None, port: int, opens: bool) -> int:
    """Open the studio, with PROGRAM (.cq, - for stdin) and its rows if they are given, until it is interrupted.

    Draw, ask and read the proof; choose a file of rows, fit, and see the answers with their intervals. It
    listens on the loopback address alone, for whoever has the token in the printed address. PROGRAM and the rows
    are read and never written; what is to stay is saved in the browser. Needs the extra `studio`.

    \b
    dofx studio
    dofx studio smoking.cq --data rows.csv
    dofx studio smoking.cq --no-open --port 8001

    Exit status: 0 ended, 2 bad input.
    """
    from ...desk.desk import Desk
    from ...desk.page import page_with
    from ...desk.serve import Server
    from ..options.programs import read_source

    text = None if program is None else read_source(program).text
    rows = _rows(text, data, cache, program)
    server = Server(page_with("dofx-desk"), Desk(rows, cache=cache), port)
    address = server.address(text)
    click.echo(f"The studio is at {address}\nCtrl+C ends it.")
    if opens:
        import webbrowser

        webbrowser.open(address)
    server.run()
    return 0


def _rows(
    text: str | None, data: tuple[str, ...], cache: str | None, program: str | None
) -> dict[str, Opened]:
    """The rows to begin with, by data set: those of the program's own files too."""
    from ...compiler.model.data import OBSERVED
    from ...compiler.program import questions
    from ...desk.desk import program_of_text
    from ...grammar.diagnostics.diagnostic import DofxError
    from ...runtime.data.opened import Opened
    from ..options.rows import file_of, rows_of
    from ..options.training import Training

    try:
        asked = None if text is None else questions(program_of_text(text))
    except DofxError:
        asked = None  # the page shows what is wrong with the program
    if not data and (asked is None or not asked.files):
        return {}
    if asked is None:
        first, *more = data
        if more:
            raise click.UsageError("--data may be given once: the program declares one data set.")
        return {OBSERVED.name: Opened(file_of(first))}
    rows = rows_of(Training(data, 0, None, None, cache, {}), asked, program)
    return rows if isinstance(rows, dict) else {OBSERVED.name: rows}
