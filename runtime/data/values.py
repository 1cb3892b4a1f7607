"""Values for a query's interventions and conditions: whose they are, which are missing, how they encode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from torch import Tensor

from ...compiler.network.ir import SamplingNetwork
from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ..variables import VariableType, encode, fault, foreign, nearest

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
            hint = f'pass {role}={{"x": ...}}: one value, or one for each row'
            kind = type(passed).__name__
            faults.append(_one("E0404", f"{role} is a `{kind}`, not values by name", help=hint))
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
    """The names that take a value in each role. Values that tell several worlds apart are part of the network."""
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
            hint = f'pass {role}={{"{name}": ...}}: one value, or one for each row'
            yield _one("E0423", f"{_what(role, name)} has no value", help=hint)


def _not_ours(written: str, role: str, network: SamplingNetwork) -> Diagnostic:
    """What is wrong with a name that has not the role in which it was passed."""
    if not network.query.plain and _match(written, tuple(network.query.values)) is not None:
        title = f"`{written}` has a value in the query, which tells its worlds apart"
        return _one("E0422", title, help="ask another query, or leave the value out of the text")
    for other, names, hint in (
        ("intervention", network.query.interventions, f'pass it in do={{"{written}": ...}}'),
        ("condition", network.query.conditions, f'pass it in given={{"{written}": ...}}'),
        (
            "outcome",
            network.query.outcomes,
            "outcomes are drawn: only interventions and conditions take values",
        ),
    ):
        if _match(written, names) is not None:
            title = f"`{written}` is {_article(other)} of the query, not {_article(_NOUNS[role])}"
            return _one("E0422", title, help=hint)
    mine = network.query.interventions if role == "do" else network.query.conditions
    near = nearest(written, mine)
    note = f"its {_NOUNS[role]}s are {', '.join(mine)}" if mine else f"it has no {_NOUNS[role]}s"
    title = f"`{written}` is not {_article(_NOUNS[role])} of the query"
    return _one("E0421", title, note, f"did you mean `{near}`?" if near else "")


def _match(written: str, names: tuple[str, ...]) -> str | None:
    """The name itself, else the only one that differs in case alone."""
    if written in names:
        return written
    folded = [name for name in names if name.casefold() == str(written).casefold()]
    return folded[0] if len(folded) == 1 else None


def _what(role: str, name: str) -> str:
    return f"do({name})" if role == "do" else f"condition `{name}`"


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _one(code: str, title: str, note: str = "", help: str = "") -> Diagnostic:
    return fault(code, title, (note,) if note else (), (help,) if help else ()).diagnostics[0]
