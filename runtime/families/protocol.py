"""What a generator is: a deterministic function of noise that samples one conditional distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from ...grammar.edge.arguments import public
from ...grammar.edge.kinds import shown
from .errors import unknown_law


@public("law")
@dataclass(frozen=True, slots=True)
class Noise:
    """The distribution of a generator's noise: independent entries of shape ``(rows, *shape)``."""

    shape: tuple[int, ...]
    law: Literal["uniform", "normal"]

    def __post_init__(self) -> None:
        """Refuse an unknown distribution.

        Raises:
            DofxError: E0411.
        """
        if not isinstance(self.law, str) or self.law not in ("uniform", "normal"):
            raise unknown_law(shown(self.law))

    def draw(self, rows: int, generator: torch.Generator | None = None) -> Tensor:
        """Noise for `rows` rows, shape ``(rows, *shape)``."""
        sample = torch.rand if self.law == "uniform" else torch.randn
        return sample(rows, *self.shape, generator=generator, dtype=torch.float32, device="cpu")


@runtime_checkable
class Generator(Protocol):
    """Samples ``target`` given ``given``; an `nn.Module` whose forward is ``target = g(noise, *given)``.

    Values are *encoded*: a finite variable is an int64 tensor ``(rows,)`` of state numbers, a real one a
    float32 tensor ``(rows,)``, a vector or image a float32 tensor ``(rows, *shape)``. A generator keeps
    everything that it needs beside its weights (means, scales, atoms) in buffers, so that ``state_dict`` is complete.
    The protocols of `capabilities` define what else a generator can do.
    """

    noise: Noise

    def __call__(self, noise: Tensor, *given: Tensor) -> Tensor:
        """One sample per row of noise; the same noise gives the same samples."""
        ...


def noise_of(module: nn.Module) -> Noise | None:
    """The distribution of the noise that a module reads; None for a module that is no generator.

    >>> noise_of(nn.Linear(1, 1)) is None
    True
    """
    noise = module.noise if isinstance(module, Generator) else None
    return noise if isinstance(noise, Noise) else None
