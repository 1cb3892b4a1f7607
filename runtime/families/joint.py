"""Draws several variables by one generator: their values are stacked into one value, and its samples are split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ..variables import Image, Real, VariableType, event_shape
from .capabilities import Joining
from .errors import no_joint_type
from .protocol import Noise
from .relaxation import Relaxation

if TYPE_CHECKING:
    from .base import Family


class JointGenerator(nn.Module):
    """One generator for several variables: it draws one stacked value, which is then split.

    Args:
        generator: It draws the ``stacked_type`` of the variables, given their common conditions.
        types: Types of the variables, in the order in which they are stacked.

    >>> from .spline import SplineGenerator
    >>> both = JointGenerator(SplineGenerator(Real((3,)), []), [Real(), Real((2,))])
    >>> [value.shape for value in both(torch.zeros(5, 3))]
    [torch.Size([5]), torch.Size([5, 2])]
    """

    def __init__(self, generator: Family, types: Sequence[VariableType]) -> None:
        super().__init__()
        self.generator, self.types = generator, tuple(types)
        self.family, self.unexportable = generator.family, generator.unexportable

    @property
    def whole(self) -> Family:
        """The generator of the stacked value."""
        return self.generator

    @property
    def stacked_type(self) -> VariableType:
        """The type of the stacked value."""
        return self.generator.target

    def split(self, value: Tensor) -> tuple[Tensor, ...]:
        """The value of each variable, ``(rows, *event)``."""
        return split(value, self.types)

    @property
    def noise(self) -> Noise:
        """The distribution of the noise of all variables together."""
        return self.generator.noise

    def forward(self, noise: Tensor, *given: Tensor) -> tuple[Tensor, ...]:
        """A value ``(rows, *event)`` of each variable."""
        return split(self.generator(noise, *given), self.types)

    def relaxed(self, relaxation: Relaxation, noise: Tensor, *given: Tensor) -> tuple[Tensor, ...]:
        """As `forward`, from soft states of finite conditions."""
        return split(self.generator.relaxed(relaxation, noise, *given), self.types)


def stacked_type(types: Mapping[str, VariableType]) -> VariableType:
    """The type of the stacked value of some variables: channels are stacked on channels, and numbers joined.

    Raises:
        DofxError: E0414 for variables of different kinds, such as an image and a number.

    >>> print(stacked_type({"x": Image(3, 8, 8), "y": Image(1, 8, 8)}))
    image(4, 8, 8)
    >>> print(stacked_type({"x": Real(), "y": Real((2, 2))}))
    real(5)
    """
    kinds = list(types.values())
    if all(isinstance(kind, Real) for kind in kinds):
        return Real((sum(prod(event_shape(kind)) for kind in kinds),))
    images = [kind for kind in kinds if isinstance(kind, Image)]
    if len(images) == len(kinds) and len({(i.height, i.width, i.bytes) for i in images}) == 1:
        return Image(sum(i.channels for i in images), images[0].height, images[0].width, images[0].bytes)
    raise no_joint_type({name: str(kind) for name, kind in types.items()})


def assembled(module: nn.Module, targets: Sequence[VariableType]) -> nn.Module:
    """The module of a draw of some variables, from its trained generator: a stacked value is split again."""
    return module.joined(targets) if len(targets) > 1 and isinstance(module, Joining) else module


def stacked(values: Sequence[Tensor], types: Sequence[VariableType]) -> Tensor:
    """The encoded values of some variables as one value: ``(rows, channels, height, width)`` or ``(rows, numbers)``.

    The values of a single variable are unchanged.
    """
    if len(values) == 1:
        return values[0]
    if isinstance(types[0], Image):
        return torch.cat(list(values), 1)
    return torch.cat([value.reshape(value.shape[0], -1) for value in values], 1)


def split(value: Tensor, types: Sequence[VariableType]) -> tuple[Tensor, ...]:
    """The value of each variable, ``(rows, *event)``: the inverse of `stacked`."""
    shapes = [event_shape(kind) for kind in types]
    sizes = [shape[0] if isinstance(types[0], Image) else prod(shape) for shape in shapes]
    return tuple(
        part.reshape(-1, *shape) for part, shape in zip(value.split_with_sizes(sizes, 1), shapes, strict=True)
    )
