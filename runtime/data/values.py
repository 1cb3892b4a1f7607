"""Values for a query's interventions and conditions: whose they are, which are missing, how they encode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from torch import Tensor

from ...compiler.network.ir import SamplingNetwork
from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ..variables import VariableType, encode, foreign, nearest
from .errors import no_value, not_in_query, not_values_by_name, other_role, value_in_query

Values: TypeAlias = Mapping[str, Any]

_NOUNS = {"do": "intervention", "given": "condition"}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a query is asked at: encoded values by variable, apart by role.

    Args:
        do: Encoded values of interventions, ``(rows, *event)``.
        given: Encoded values of conditions, likewise.
    """

    do: dict[str, Tensor]
    given: dict[str, Tensor]

    @property
    def all(self) -> dict[str, Tensor]:
        """Both."""
        return {**self.do, **self.given}


def read_inputs(
    network: SamplingNetwork,
    types: Mapping[str, VariableType],
    do: Values | None,
    given: Values | None,
    *,
    defaults: Values,
    rows: int,
    partial: bool = False,
) -> Inputs:
    """The values that a person passed, encoded, with those of the query's text where none was passed.

    Args:
        network: Whose inputs they are.
        types: Types of the variables; an intervention without one is irrelevant and is accepted unread.
        do: Scalars or arrays of `rows` rows by intervention.
        given: Likewise by condition.
        defaults: Values fixed in the query's text.
        rows: How many rows are asked for.
        partial: Whether inputs may be left out.

    Raises:
        DofxError: With every fault found: E0421 for a name that is not in the query, E0422 for one in another
            role, E0423 for a missing input, E0403 to E0407 for values that do not fit.
    """
    roles = roles_of(network)
    faults: list[Diagnostic] = []
    found: dict[str, dict[str, Tensor]] = {}
    for role, passed in (("do", {} if do is None else do), ("given", {} if given is None else given)):
        if not hasattr(type(passed), "items"):
            faults.append(not_values_by_name(role, type(passed).__name__))
            continue
        with foreign(role):
            passed = dict(passed.items())
        named: dict[str, Any] = {name: defaults[name] for name in roles[role] if name in defaults}
        for written, value in passed.items():
            name = _match(written, roles[role])
            if name is None:
                faults.append(_not_ours(written, role, network))
            else:
                named[name] = value
        found[role] = {}
        for name, value in named.items():
            if name in types:
                try:
                    found[role][name] = encode(types[name], value, what=_what(role, name), rows=rows)
                except DofxError as error:
                    faults += error.diagnostics
        if not partial:
            faults += _missing(role, roles[role], network, named)
    if faults:
        raise DofxError(faults)
    return Inputs(found["do"], found["given"])


def roles_of(network: SamplingNetwork) -> dict[str, tuple[str, ...]]:
    """The names that take a value in each role. Values that distinguish several worlds are part of the network."""
    query = network.query
    roles = {"do": query.interventions, "given": query.conditions}
    if query.plain:
        return roles
    return {role: tuple(n for n in names if n not in query.values) for role, names in roles.items()}


def _missing(
    role: str, names: tuple[str, ...], network: SamplingNetwork, named: Values
) -> Iterator[Diagnostic]:
    for name in names:
        if name in network.inputs and name not in named:
            yield no_value(_what(role, name), role, name)


def _not_ours(written: str, role: str, network: SamplingNetwork) -> Diagnostic:
    """What is wrong with a name that has not the role in which it was passed."""
    if not network.query.plain and _match(written, tuple(network.query.values)) is not None:
        return value_in_query(written)
    query = network.query
    for other, names, argument in (
        ("an intervention", query.interventions, "do"),
        ("a condition", query.conditions, "given"),
        ("an outcome", query.outcomes, None),
    ):
        if _match(written, names) is not None:
            return other_role(written, "an intervention" if role == "do" else "a condition", other, argument)
    mine = query.interventions if role == "do" else query.conditions
    return not_in_query(written, _NOUNS[role], mine, nearest(written, mine))


def _match(written: str, names: tuple[str, ...]) -> str | None:
    """The name itself, else the only one that differs in case alone."""
    if written in names:
        return written
    folded = [name for name in names if name.casefold() == str(written).casefold()]
    return folded[0] if len(folded) == 1 else None


def _what(role: str, name: str) -> str:
    return f"do({name})" if role == "do" else f"condition `{name}`"
