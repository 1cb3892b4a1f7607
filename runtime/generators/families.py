"""The families of generators, the choice among them, and how one is rebuilt from its configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from torch import nn

from ..variables import VariableType, fault, nearest
from .base import Family
from .table import TableGenerator

FAMILIES: tuple[type[Family], ...] = (TableGenerator,)
"""Every family that ships. A new one joins this tuple, and the tests run over it."""

Factory: TypeAlias = Callable[[VariableType, Sequence[VariableType]], nn.Module]


def default_generator(target: VariableType, given: Sequence[VariableType], rows: int) -> Family:
    """An unfitted generator of the first family that suits the types and the number of rows.

    Raises:
        DofxError: E0410 if no family draws such a variable.
    """
    for family in FAMILIES:
        if family.refuses(target, given) is None:
            return family(target, given)
    types = ", ".join(str(type) for type in given) or "nothing"
    raise fault("E0410", f"no family draws {target} given {types}", help=("give a generator of your own",))


def make_generator(
    spec: str | Factory | nn.Module, target: VariableType, given: Sequence[VariableType]
) -> nn.Module:
    """An unfitted generator as a person asked for it: by a family's name, by a factory, or ready made.

    Raises:
        DofxError: E0409 for an unknown family or a module without a noise law, E0410 for a family that does
            not draw such a variable.
    """
    if isinstance(spec, nn.Module):
        return spec
    if not isinstance(spec, str):
        return spec(target, given)
    family = family_named(spec)
    reason = family.refuses(target, given)
    if reason is not None:
        raise fault("E0410", f"the {spec} family cannot draw this variable", notes=(reason,))
    return family(target, given)


def family_named(name: str) -> type[Family]:
    """The family of that name."""
    names = [family.family for family in FAMILIES]
    if name not in names:
        near = nearest(name, names)
        hints = (f"did you mean `{near}`?",) if near else ()
        raise fault("E0409", f"there is no family `{name}`", (f"families are {', '.join(names)}",), hints)
    return FAMILIES[names.index(name)]


def generator_from_config(config: Mapping[str, Any]) -> Family:
    """A generator rebuilt from what its `config()` returned; load its ``state_dict`` next."""
    return family_named(config["family"]).from_config(config)
