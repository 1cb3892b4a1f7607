"""The families of generators, the choice among them, and how one is rebuilt from its configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, TypeAlias

from torch import nn

from ..training.building import building
from ..variables import Finite, VariableType, nearest
from .atoms import AtomsGenerator
from .base import Configured, Family
from .capabilities import Typed, adapted, family_name
from .errors import cannot_draw, no_family_draws, not_a_generator, unknown_family
from .protocol import Generator
from .rows import JointRows, RowsGenerator
from .softmax import SoftmaxGenerator
from .spline import SplineGenerator
from .table import TableGenerator
from .text import TextGenerator
from .velocities.ddpm import DdpmGenerator
from .velocities.flow_matching import FlowMatchingGenerator

FAMILIES: tuple[type[Family], ...] = (
    TableGenerator,
    SoftmaxGenerator,
    AtomsGenerator,
    SplineGenerator,
    FlowMatchingGenerator,
    DdpmGenerator,
    TextGenerator,
    RowsGenerator,
)
"""Every family that dofx includes. Add a new family to this tuple: the tests run over all of them."""

ROWS_A_CELL = 2
FEW_CELLS = 64
MOST_NUMBERS = 2**20

Factory: TypeAlias = Callable[[VariableType, Sequence[VariableType]], nn.Module]


def default_generator(target: VariableType, given: Sequence[VariableType], rows: int) -> Family:
    """An unfitted generator of the family that suits the types and the number of rows.

    - finite given finite: a table, if there are at most 64 combinations of conditions, or two rows for each,
      and at most a million probabilities;
    - finite otherwise: a softmax network;
    - a single real number: a spline flow, with atoms if the data have any;
    - a vector: a spline flow;
    - an image: flow matching;
    - text: a causal language model.

    Before this choice, the pass `root` has decided which variables are taken from real rows instead of a generator.

    Raises:
        DofxError: E0410 if no family draws such a variable.

    >>> from dofx.runtime.variables import parse_type
    >>> default_generator(parse_type("bool"), [parse_type("category(3)")], 1_000).family
    'table'
    >>> from dofx.runtime.variables import parse_type
    >>> default_generator(parse_type("bool"), [parse_type("category(100)")] * 2, 1_000).family
    'softmax'
    """
    for family in FAMILIES:
        if family is RowsGenerator or family.refuses(target, given) is not None:
            continue
        if family is not TableGenerator or _tabular(target, given, rows):
            return family(target, given)
    raise no_family_draws(str(target), [str(type) for type in given])


def make_generator(
    spec: str | Factory | nn.Module, target: VariableType, given: Sequence[VariableType]
) -> nn.Module:
    """An unfitted generator as the user specified it.

    Args:
        spec: The name of a family, a family or other function of the two types, or a module, which is used directly.
        target: Type of the drawn variable.
        given: Types of the conditions.

    Raises:
        DofxError: E0409 for an unknown family, E0410 for a family or generator that does not draw such a variable,
            E0411 for something that is not a generator.
    """
    if isinstance(spec, str):
        spec = family_named(spec)
    module = spec if isinstance(spec, nn.Module) or not callable(spec) else spec(target, given)
    if not isinstance(module, nn.Module) or not isinstance(adapted(module), Generator):
        raise not_a_generator(type(module).__name__)
    reason = module.misfit(target, given) if isinstance(module, Typed) else None
    if reason is not None:
        raise cannot_draw(family_name(module), reason)
    return module


def _tabular(target: VariableType, given: Sequence[VariableType], rows: int) -> bool:
    """Whether a table has enough rows to fill it."""
    states = [type.cardinality for type in (target, *given) if isinstance(type, Finite)]
    cells = prod(states[1:])
    return cells <= max(FEW_CELLS, rows / ROWS_A_CELL) and prod(states) <= MOST_NUMBERS


def family_named(name: str) -> type[Family]:
    """The family of that name."""
    names = [family.family for family in FAMILIES]
    if name not in names:
        raise unknown_family(name, names, nearest(name, names))
    return FAMILIES[names.index(name)]


def generator_from_config(config: Mapping[str, Any]) -> Configured:
    """A generator rebuilt from the value of its `config()`; load its ``state_dict`` next."""
    with building(0):
        if "columns" in config:
            return JointRows.from_config(config)
        return family_named(config["family"]).from_config(config)
