"""Emission: sampling network in, torch.fx graph out. The only place in the compiler that imports torch."""

from ..network.text import fit_text, joint_text, source_text
from .gradients import GradientWarning
from .graph import SamplingGraph, emit
from .part import Part, parts
from .provenance import Origin, Provenance, noise_of, provenance

__all__ = [
    "GradientWarning",
    "Origin",
    "Part",
    "Provenance",
    "SamplingGraph",
    "emit",
    "fit_text",
    "joint_text",
    "noise_of",
    "parts",
    "provenance",
    "source_text",
]
