"""Generators: what a custom one is made of, the families that ship, and how they are trained.

A custom generator is a torch module that has the attributes of `Generator`; what else it can do is said by `Dense`,
`Relaxable` and `Fittable`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazily import lazily

if TYPE_CHECKING:
    from .runtime.families.atoms import AtomsGenerator as AtomsGenerator
    from .runtime.families.base import Family as Family
    from .runtime.families.capabilities import Dense as Dense
    from .runtime.families.capabilities import Fittable as Fittable
    from .runtime.families.capabilities import Relaxable as Relaxable
    from .runtime.families.protocol import Generator as Generator
    from .runtime.families.protocol import Noise as Noise
    from .runtime.families.relaxation import Relaxation as Relaxation
    from .runtime.families.rows import RowsGenerator as RowsGenerator
    from .runtime.families.softmax import SoftmaxGenerator as SoftmaxGenerator
    from .runtime.families.spline import SplineGenerator as SplineGenerator
    from .runtime.families.table import TableGenerator as TableGenerator
    from .runtime.families.text import TextGenerator as TextGenerator
    from .runtime.families.velocities.ddpm import DdpmGenerator as DdpmGenerator
    from .runtime.families.velocities.flow_matching import FlowMatchingGenerator as FlowMatchingGenerator
    from .runtime.training.settings import FitReport as FitReport
    from .runtime.training.settings import FitSettings as FitSettings
    from .runtime.training.settings import Progress as Progress
    from .runtime.training.sheets import tiled as tiled
    from .runtime.variables import Finite as Finite
    from .runtime.variables import Image as Image
    from .runtime.variables import Real as Real
    from .runtime.variables import Text as Text
    from .runtime.variables import VariableType as VariableType
    from .runtime.variables import decode as decode
    from .runtime.variables import encode as encode
    from .runtime.variables import event_shape as event_shape
    from .runtime.variables import parse_type as parse_type

_HOMES = {
    "AtomsGenerator": ".runtime.families.atoms",
    "DdpmGenerator": ".runtime.families.velocities.ddpm",
    "Dense": ".runtime.families.capabilities",
    "Family": ".runtime.families.base",
    "Finite": ".runtime.variables",
    "FitReport": ".runtime.training.settings",
    "FitSettings": ".runtime.training.settings",
    "Fittable": ".runtime.families.capabilities",
    "FlowMatchingGenerator": ".runtime.families.velocities.flow_matching",
    "Generator": ".runtime.families.protocol",
    "Image": ".runtime.variables",
    "Noise": ".runtime.families.protocol",
    "Progress": ".runtime.training.settings",
    "Real": ".runtime.variables",
    "Relaxable": ".runtime.families.capabilities",
    "Relaxation": ".runtime.families.relaxation",
    "RowsGenerator": ".runtime.families.rows",
    "SoftmaxGenerator": ".runtime.families.softmax",
    "SplineGenerator": ".runtime.families.spline",
    "TableGenerator": ".runtime.families.table",
    "Text": ".runtime.variables",
    "TextGenerator": ".runtime.families.text",
    "VariableType": ".runtime.variables",
    "decode": ".runtime.variables",
    "encode": ".runtime.variables",
    "event_shape": ".runtime.variables",
    "parse_type": ".runtime.variables",
    "tiled": ".runtime.training.sheets",
}
"""Where each name lives."""

__all__ = [*_HOMES]

__getattr__, __dir__ = lazily(globals(), _HOMES)
