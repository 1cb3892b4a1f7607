"""The values to which experiments set a variable: a network can be asked for no others."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch

from ...compiler.estimand.table import Table
from ...compiler.network.ir import Fit, SamplingNetwork
from ..variables import Finite, VariableType, decode
from .collection import Collection
from .errors import untried_value

MOST_ARMS = 20
"""The most distinct values of a number that an experiment set for them to count as its arms; more are a dose."""


def arms_of(collection: Collection, network: SamplingNetwork) -> dict[str, torch.Tensor]:
    """For each input of a network that experiments set: the encoded values that every one of them set, ``(arms,)``.

    Args:
        collection: The rows.
        network: The network.
    """
    return arms_among(network, collection.types, lambda fit, name: collection.of(network, fit)[name])


def arms_among(
    network: SamplingNetwork,
    types: Mapping[str, VariableType],
    values: Callable[[Fit, str], torch.Tensor],
) -> dict[str, torch.Tensor]:
    """The same, of rows that may not be in memory.

    Args:
        network: The network.
        types: The types of its variables.
        values: The values of a variable in the rows that train a fit, encoded, each at least once.
    """
    found: dict[str, torch.Tensor] = {}
    inputs = {id: variable for variable, id in network.answer.inputs}
    for draw in network.answer.draws:
        for id in draw.reads:
            name = inputs.get(id, "")
            if (data := draw.fit.data) and name in data.sets:
                seen = values(draw.fit, name)
                arms = torch.unique(seen) if seen.ndim == 1 else None
                if arms is not None and (isinstance(types[name], Finite) or len(arms) <= MOST_ARMS):
                    found[name] = arms[torch.isin(arms, found[name])] if name in found else arms
    return found


def refuse_other_arms(
    arms: Mapping[str, torch.Tensor], types: Mapping[str, VariableType], inputs: Mapping[str, torch.Tensor]
) -> None:
    """Refuse to set an input to what no experiment has set it to: there would be nothing to learn it from.

    Args:
        arms: What `arms_of` found.
        types: The types of the inputs.
        inputs: The encoded inputs.

    Raises:
        DofxError: E0509.
    """
    for name, known in arms.items():
        if name in inputs:
            values = torch.unique(inputs[name].detach().to(known))
            strange = values[~torch.isin(values, known)]
            if len(strange):
                shown, listed = (
                    ", ".join(str(value) for value in decode(types[name], some))
                    for some in (strange[:1], known)
                )
                raise untried_value(name, shown, listed)


def tried(table: Table, arms: Mapping[str, torch.Tensor]) -> Table:
    """The part of a distribution about values that experiments tried.

    Args:
        table: The distribution, with states.
        arms: What `arms_of` found.

    >>> whole = Table(["x", "y"], [[0.5, 0.5], [0.1, 0.9]], {"x": ("low", "high"), "y": (0, 1)})
    >>> print(tried(whole, {"x": torch.tensor([1])}))
    x     y  value
    high  0    0.1
    high  1    0.9
    """
    array, states = table.array(), dict(table.states)
    for axis, name in enumerate(table.names):
        if name in arms and len(arms[name]) < array.shape[axis]:
            places = arms[name].tolist()
            array, states[name] = array.take(places, axis), tuple(states[name][place] for place in places)
    return Table(table.names, array, states)
