"""Generators: conditional samplers that are deterministic functions of noise. Each family has its own file."""

from .base import Configured, Family
from .families import FAMILIES, default_generator, family_named, generator_from_config, make_generator
from .protocol import Generator, Noise

__all__ = [
    "FAMILIES",
    "Configured",
    "Family",
    "Generator",
    "Noise",
    "default_generator",
    "family_named",
    "generator_from_config",
    "make_generator",
]
