"""The one place where a person's choice for a draw becomes its generator, wherever the model comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from torch import nn

from ...compiler.network.ir import Fit
from ...compiler.printers.network.text import fit_text
from ..families import make_generator
from ..families.families import Factory
from ..families.joint import stacked_type
from ..variables import VariableType
from .foreign import Filling, Place

Spec: TypeAlias = str | Factory | nn.Module | Filling
"""What a generator may be chosen by: the name of a family, a function that makes a module, a module, or an adapter."""


def place_of(fit: Fit, types: Mapping[str, VariableType]) -> Place:
    """The place that the generator of a fit fills. Several targets are one stacked variable there.

    Args:
        fit: The fit.
        types: The type of each of its variables.

    Raises:
        DofxError: E0414 for several targets of different kinds.
    """
    one = len(fit.targets) == 1
    target = types[fit.targets[0]] if one else stacked_type({name: types[name] for name in fit.targets})
    given = {name: types[name] for name in fit.given}
    return Place(fit_text(fit), ", ".join(fit.targets), target, given)


def generator_at(place: Place, spec: Spec) -> nn.Module:
    """The generator that a choice stands for at one place; it is not trained yet.

    Raises:
        DofxError: As `make_generator`, and as `Filling.fill`.
    """
    match spec:
        case Filling():
            return spec.fill(place)
        case _:
            return make_generator(spec, place.type, [*place.given.values()])
