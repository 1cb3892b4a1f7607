"""The options ``--only``, ``--avoid`` and ``--weights``: what a query is to be answered with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from ...compiler.model.query import Limits

_Command = TypeVar("_Command", bound=Callable[..., Any])


def limits_options(command: _Command) -> _Command:
    """Adds the options; `limits_of` takes them from the command's arguments."""
    options = (
        click.option(
            "--only",
            multiple=True,
            metavar="NAMES",
            help="Answer with these variables and the query's own, such as a,b. May be repeated.",
        ),
        click.option(
            "--avoid", multiple=True, metavar="NAMES", help="Variables to do without. May be repeated."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


weights_option = click.option(
    "--weights",
    metavar="WEIGHTS",
    help='Costs by which exact formulas are compared, such as "refit=100, row=1". '
    "dofx explain prints all weights.",
)


def limits_of(only: tuple[str, ...], avoid: tuple[str, ...]) -> Limits:
    """The limits that the options describe; a name with a comma in it is quoted."""
    from ...compiler.model.query import NO_LIMITS, Limits

    limits = NO_LIMITS
    for text in avoid:
        limits |= Limits.of(avoid=text)
    names = [name for text in only for name in Limits.of(only=text).only or ()]
    return limits | Limits.of(names) if only else limits
