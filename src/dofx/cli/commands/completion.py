"""``dofx completion``: what a shell needs to complete commands, options and files."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def command(shell: str) -> int:
    """Print what SHELL needs to complete the commands of dofx, their options, and the names of files.

    Put one of these lines into the file that your shell reads when it starts.

    \b
    eval "$(dofx completion bash)"     # ~/.bashrc
    eval "$(dofx completion zsh)"      # ~/.zshrc
    dofx completion fish | source      # ~/.config/fish/config.fish

    Exit status: 0 printed, 2 a shell that is not known.
    """
    from click.shell_completion import get_completion_class

    from ..app import cli

    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(cli, {}, "dofx", "_DOFX_COMPLETE").source())
    return 0
