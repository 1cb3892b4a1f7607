"""Emission: sampling network in, torch.fx graph out. The only place in the compiler that imports torch."""

from .gradients import GradientWarning
from .graph import Encoder, SamplingGraph, emit, output_names
from .provenance import Origin, Provenance, provenance

__all__ = [
    "Encoder",
    "GradientWarning",
    "Origin",
    "Provenance",
    "SamplingGraph",
    "emit",
    "output_names",
    "provenance",
]
