"""``--policy NAME=FILE``: the policies that a question asks about, from files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ...grammar.checks.names import did_you_mean

if TYPE_CHECKING:
    from ...compiler.estimand.table import Table
    from ...compiler.network.ir import SamplingNetwork
    from ...runtime.program import CompiledProgram
    from ...runtime.variables import VariableType

Command = TypeVar("Command", bound=Callable[..., Any])


def policy_option(command: Command) -> Command:
    """The option ``--policy``, which may be repeated."""
    option = click.option(
        "--policy",
        "policies",
        multiple=True,
        metavar="NAME=FILE",
        help="What a policy does: columns of what it reads and sets, and `probability` if it is random.",
    )
    return option(command)


def read_policies(
    texts: Iterable[str],
    networks: Iterable[SamplingNetwork],
    types: Mapping[str, VariableType],
    unanswered: Collection[str] = (),
) -> dict[str, Table]:
    """The tables of policies.

    Args:
        texts: Each ``name=file``.
        networks: The networks that ask about policies.
        types: Types of the variables.
        unanswered: Policies of what is not identifiable, whose files are not read.

    Raises:
        click.UsageError: For a text that is not ``name=file``, or a name that is not a policy's.
        DofxError: What is wrong with a file.
    """
    from ...runtime.policies.files import policy_of_rows

    draws = {name: draw for network in networks for name, draw in network.policies.items()}
    found: dict[str, Table] = {}
    for text in texts:
        name, equals, file = (part.strip() for part in text.partition("="))
        if not equals or not name or not file:
            raise click.UsageError(f"--policy takes NAME=FILE, not '{text}'.")
        if name not in draws and name in unanswered:
            continue
        if name not in draws:
            near = did_you_mean(name, draws)
            known = f"its policies are {', '.join(draws)}" if draws else "it has none"
            raise click.UsageError(
                f"'{name}' is not a policy of the query: {known}."
                + (f" Did you mean {near}?" if near else "")
            )
        found[name] = policy_of_rows(file, draws[name], types)
    return found


def policies_of(
    program: CompiledProgram, texts: Iterable[str], types: Mapping[str, VariableType]
) -> dict[str, Table]:
    """The tables of the policies that a program asks about, read before anything is trained.

    Args:
        program: Fitted or not.
        texts: Each ``name=file``.
        types: Types of the variables.

    Raises:
        click.UsageError: As `read_policies`.
        DofxError: What is wrong with a file, E0460 for a policy that was not given.
    """
    from ...runtime.policies import require_given

    networks = [sampler.network for sampler in program.samplers]
    policies = read_policies(texts, networks, types, program.asked_policies)
    for network in networks:
        require_given(network, policies)
    return policies
