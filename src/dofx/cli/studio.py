"""``dofx studio``: the page on which one draws a graph and asks, on this machine."""

from __future__ import annotations

import click


@click.command()
@click.argument("program", required=False)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port; without it, one that is free."
)
@click.option(
    "--open/--no-open", "opens", default=True, help="Open it in a browser, or only print the address."
)
def command(program: str | None, port: int, opens: bool) -> int:
    """Open the studio, with PROGRAM (.cq, - for stdin) if one is given, until it is interrupted.

    It listens on the loopback address alone, for whoever has the token in the printed address. Programs are
    answered in the browser, by the same compiler; PROGRAM is read once and never written.

    \b
    dofx studio
    dofx studio smoking.cq
    dofx studio smoking.cq --no-open --port 8001

    Exit status: 0 ended, 2 bad input.
    """
    from ..studio.serve import Server, built_page
    from .programs import read_source

    text = None if program is None else read_source(program).text
    with Server(built_page(), port) as server:
        address = server.address(text)
        click.echo(f"The studio is at {address}\nCtrl+C ends it.")
        if opens:
            import webbrowser

            webbrowser.open(address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo()
    return 0
