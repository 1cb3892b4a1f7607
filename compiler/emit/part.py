"""One variable of several that one generator draws together: what fills a draw whose value another's call makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from ..network.ir import Draw, Fit


class Part(nn.Module):
    """The part of a joint generator that is one variable, as a generator of that variable.

    On the noise and the conditions of the first draw all parts are values of one joint draw. So later draws take the
    first one's noise, and what they read of earlier ones is passed over: it is what that noise makes.
    `emit` calls the joint generator once and takes the parts from what it returns.

    Args:
        joint: From noise and the first variable's conditions to a tuple with a value for each variable.
        fits: Those that it serves, in the order drawn: each reads what the first reads, and the earlier targets.
        place: Which of them this is.
    """

    def __init__(self, joint: nn.Module, fits: Sequence[Fit], place: int) -> None:
        super().__init__()
        self.joint, self.fits, self.place = joint, tuple(fits), place
        self._read = tuple(fits[place].given.index(name) for name in fits[0].given)

    @property
    def noise(self) -> Any:
        """The law of the noise that all parts share."""
        return self.joint.noise

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Values ``(rows, *event)`` of the variable."""
        value: Tensor = self.joint(noise, *(given[place] for place in self._read))[self.place]
        return value

    def of(self, joint: nn.Module) -> Part:
        """The same part of another joint generator."""
        return Part(joint, self.fits, self.place)

    def first(self, draw: Draw) -> str:
        """The id of the first draw of the block that a draw, which this part fills, belongs to."""
        return draw.id if self.place == 0 else dict(draw.given)[self.fits[0].target]


def parts(joint: nn.Module, fits: Sequence[Fit]) -> dict[Fit, nn.Module]:
    """What fills each fit that a joint generator serves."""
    return {fit: Part(joint, fits, place) for place, fit in enumerate(fits)}
