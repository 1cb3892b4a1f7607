"""The flow-matching family: an image or a vector given anything, by a flow along straight paths."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from torch import Tensor

from ....grammar.edge.arguments import public
from ...neural.context import Read
from .transport import Transport


@public()
class FlowMatchingGenerator(Transport):
    """Flow matching along straight lines: the default for images, and a choice for vectors.

    A network learns the velocity of the lines from noise, at time 0, to rows, at time 1. A sample starts at normal
    noise of the target's shape and follows that velocity in a few equal steps; a step evaluates the network twice.

    The arguments are those of every such family: ``FlowMatchingGenerator(target, given, width, steps, patch)``. See
    `Transport`.

    References:
        Lipman, Chen, Ben-Hamu, Nickel, Le (ICLR 2023): Flow matching for generative modeling, arXiv 2210.02747,
        section 4.1 (optimal transport paths). Liu, Gong, Liu (ICLR 2023), arXiv 2209.03003. Albergo, Vanden-Eijnden
        (ICLR 2023), arXiv 2209.15571.

    >>> import torch
    >>> from ...variables import Image, Real
    >>> scan = FlowMatchingGenerator(Image(1, 8, 8), [Real()], width=8, steps=1)
    >>> scan(torch.randn(2, 1, 8, 8), torch.randn(2)).shape
    torch.Size([2, 1, 8, 8])
    """

    # If the data were normal, independent and standardised, the velocity would be `known_velocity` times the place. The
    # network starts at zero and learns the remainder, so an untrained flow samples the product of the marginals.

    family = "flow-matching"
    layout = 2
    usual_steps = 10

    def _on_the_way(self, noise: Tensor, data: Tensor, time: Tensor) -> tuple[Tensor, Tensor]:
        """The point on the straight line from noise to data, and the velocity there."""
        return noise + time * (data - noise), data - noise

    def _carry(self, noise: Tensor, read: Read) -> Tensor:
        return integrate(lambda place, time: self._velocity(place, time, read), noise, self.steps)

    def _velocity(self, place: Tensor, time: Tensor, read: Read) -> Tensor:
        drift, size = (part.reshape(-1, *[1] * (place.ndim - 1)) for part in known_velocity(time))
        return drift * place + size * super()._velocity(place, time, read)


def known_velocity(time: Tensor) -> tuple[Tensor, Tensor]:
    """The factor by which the velocity grows with the place for normal data, and the standard deviation of the rest.

    >>> import torch
    >>> drift, size = known_velocity(torch.tensor([0.0, 0.5, 1.0]))
    >>> drift.tolist(), size.tolist()
    ([-1.0, 0.0, 1.0], [1.0, 1.4142135381698608, 1.0])
    """
    variance = time**2 + (1 - time) ** 2
    return (2 * time - 1) / variance, variance.rsqrt()


def integrate(velocity: Callable[[Tensor, Tensor], Tensor], place: Tensor, steps: int) -> Tensor:
    """The places at time 1 of a flow that starts at time 0, by the midpoint rule in equal steps.

    Args:
        velocity: A function of places ``(rows, *event)`` and a time ``(1,)``.
        place: The places at time 0.
        steps: The number of steps; each evaluates two velocities.

    >>> import torch
    >>> end = integrate(lambda place, time: place * time, torch.ones(1), 10)
    >>> round(float(end), 2)  # exp(1 / 2)
    1.65
    """
    for begin, end in pairwise(k / steps for k in range(steps + 1)):
        half = (end - begin) / 2
        middle = place + half * velocity(place, place.new_tensor([begin]))
        place = place + (end - begin) * velocity(middle, place.new_tensor([begin + half]))
    return place
