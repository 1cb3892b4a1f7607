"""Flow matching for the images of an experiment, as large and as long as its setting says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from dofx.generators import FlowMatchingGenerator, VariableType


class Size(Protocol):
    """The part of a setting that a flow is made by."""

    @property
    def width(self) -> int:
        """Channels of the U-Net at its finest level."""

    @property
    def solver(self) -> int:
        """Steps of the flow's solver."""

    @property
    def patch(self) -> int:
        """Pixels along the side of a patch that the U-Net takes as one place."""

    @property
    def batch(self) -> int:
        """Rows a gradient step."""


def flow_of(
    size: Size, steps: int
) -> Callable[[VariableType, Sequence[VariableType]], FlowMatchingGenerator]:
    """What makes a flow of a target's and its conditions' types, to be trained for so many gradient steps."""

    def flow(target: VariableType, given: Sequence[VariableType]) -> FlowMatchingGenerator:
        generator = FlowMatchingGenerator(target, given, size.width, size.solver, size.patch)
        generator.images = replace(generator.images, steps=steps, batch_size=size.batch)
        return generator

    return flow
