"""Binding: the module that follows each policy of a network, from what was given with the question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from torch import nn

from ...compiler.estimand.table import Table
from ...compiler.network.ir import Draw, Fit, SamplingNetwork
from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ...grammar.edge.kinds import shown
from ..families.protocol import noise_of
from ..foreign.foreign import Filling, Place
from ..variables import VariableType, nearest
from .errors import no_kind_of_policy, not_by_name, not_given, not_of_the_query
from .generators import FunctionPolicy, ModulePolicy, Unbound
from .shifts import shift_of
from .tables import of_table

PolicySource: TypeAlias = Table | nn.Module | Filling | Callable[..., Any]
"""What a policy may be given as; see `policy_module`."""

Policies: TypeAlias = Mapping[str, PolicySource]
"""The policies of a question, by name."""


def named_policies(policies: object) -> Policies:
    """The policies of a question, as a mapping from their names.

    Raises:
        DofxError: E0404 for something that does not map names to policies.
    """
    if not hasattr(type(policies), "items"):
        raise not_by_name(policies)
    return dict(policies.items())  # type: ignore[attr-defined]


def policy_modules(
    network: SamplingNetwork, types: Mapping[str, VariableType], policies: Policies
) -> dict[Fit, nn.Module]:
    """The module of each policy and shift in a network; what is not given gets one that reports so when it is called.

    Args:
        network: The network.
        types: Types of the variables.
        policies: What was given.

    Raises:
        DofxError: With every fault found: E0461 for a name that is not a policy of the network, E0462 for something
            that cannot be the policy, E0463 for a shift to a value that is not a state.
    """
    found: dict[Fit, nn.Module] = {}
    known = dict.fromkeys((*network.policies, *network.query.policies))  # some need not be followed
    faults: list[Diagnostic] = list(_unknown(policies, list(known)))
    drawn = (draw for stage in network.stages for draw in stage.draws if draw.fit.is_policy)
    for draw in {draw.fit: draw for draw in drawn}.values():
        try:
            found[draw.fit] = policy_module(draw, types, policies)
        except DofxError as error:
            faults += error.diagnostics
    if faults:
        raise DofxError(dict.fromkeys(faults))
    return found


def policy_module(draw: Draw, types: Mapping[str, VariableType], policies: Policies) -> nn.Module:
    """The module that follows one policy.

    A `Table` has the axes of its reads and of what it sets. A function gets a NumPy array ``(rows, *event)`` for each
    value that the policy reads, in the data's own values and in the order written; if it has a parameter ``rng`` or one
    more than the policy reads, it gets a `numpy.random.Generator` there. It returns an array of the values that it
    sets, or one value for all rows. A torch module gets tensors instead, and returns a tensor of values or, for a
    finite variable, logits of its states; gradients pass through it. A module with ``noise`` is a generator, which is
    called as ``module(noise, *encoded)``. What `dofx.foreign` makes is taken as for `fit`.

    Raises:
        DofxError: As `policy_modules`.
    """
    policy = draw.fit.policy
    assert policy is not None
    (sets,) = draw.variables
    names = [str(read) for read in policy.reads]
    given = {name: types[variable] for name, (variable, _) in zip(names, draw.given, strict=True)}
    place = Place(f"the policy {policy.name}", sets, types[sets], given)
    if policy.rule is not None:
        return shift_of(policy, place)
    match policies.get(policy.name):
        case None:
            return Unbound(policy.name, names)
        case Table() as table:
            return of_table(table, policy, place)
        case Filling() as filling:
            return filling.fill(place)
        case nn.Module() as module:
            return ModulePolicy(place, module) if noise_of(module) is None else module
        case function if callable(function):
            return FunctionPolicy(place, function)
        case other:
            raise no_kind_of_policy(policy.name, shown(other))


def require_policies(policies: Policies, known: Sequence[str]) -> None:
    """Refuse names that are not those of known policies.

    Raises:
        DofxError: E0461.
    """
    faults = list(_unknown(policies, list(dict.fromkeys(known))))
    if faults:
        raise DofxError(faults)


def require_given(network: SamplingNetwork, policies: Policies) -> None:
    """Refuse a network some of whose policies were not given.

    Raises:
        DofxError: E0460.
    """
    for name, draw in network.policies.items():
        if name not in policies:
            policy = draw.fit.policy
            assert policy is not None
            raise not_given(name, [str(read) for read in policy.reads])


def _unknown(policies: Policies, known: Sequence[str]) -> Iterator[Diagnostic]:
    for name in policies:
        if name not in known:
            yield not_of_the_query(name, known, nearest(name, known)).diagnostics[0]
