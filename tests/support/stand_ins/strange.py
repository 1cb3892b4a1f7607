"""Generators that cannot be exported or relaxed, each for its own reason."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.runtime.families import Noise
from dofx.runtime.sampler import Sampler
from dofx.runtime.trained import Trained
from dofx.runtime.variables import parse_type

NETWORK = SamplingNetwork(
    Query.of(("y",), ("x",)),
    (Stage("answer", (("x", "x"),), (Draw.of("y", "y", (("x", "x"),)),), (("y", "y"),)),),
)


class Branches(nn.Module):
    """Goes one way or another by the data."""

    noise = Noise((), "normal")

    def forward(self, noise: Tensor, x: Tensor) -> Tensor:
        return noise + x if x.sum() > 0 else noise - x


class Random(nn.Module):
    """Draws noise of its own."""

    noise = Noise((), "normal")

    def forward(self, noise: Tensor, x: Tensor) -> Tensor:
        return noise + x + torch.randn_like(noise)


class Drops(nn.Module):
    """Returns as many rows as there are positive ones."""

    noise = Noise((), "normal")

    def forward(self, noise: Tensor, x: Tensor) -> Tensor:
        return noise[x > 0]


class Fixed(nn.Module):
    """Returns a row, whatever it is asked for."""

    noise = Noise((), "normal")

    def forward(self, noise: Tensor, x: Tensor) -> Tensor:
        return (noise + x).mean().reshape(1)


class Counts(nn.Module):
    """Takes the number of rows as a plain number."""

    noise = Noise((), "normal")

    def forward(self, noise: Tensor, x: Tensor) -> Tensor:
        return (noise + x).view(len(noise))


class Bessel(nn.Module):
    """Uses an operation that ONNX does not have."""

    noise = Noise((), "normal")

    def forward(self, noise: Tensor, x: Tensor) -> Tensor:
        return torch.special.bessel_j0(noise) + x


class States(nn.Module):
    """Draws states, and has no relaxed form."""

    noise = Noise((), "uniform")

    def forward(self, noise: Tensor, x: Tensor) -> Tensor:
        return (noise < torch.sigmoid(x)).long()


def sampler_of(generator: nn.Module, **types: str) -> Sampler:
    """A sampler of P(y | do(x)) whose one draw is that generator, fitted by declaration."""
    found = {name: parse_type(text) for name, text in {"x": "real", "y": "real", **types}.items()}
    return Sampler(NETWORK).adopt(Trained(NETWORK, {NETWORK.draws[0].fit: generator}, found))
