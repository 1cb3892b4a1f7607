"""Generators: what a custom one is made of, the families that ship, and how they are trained.

A custom generator is a torch module that has the attributes of `Generator`; what else it can do is said by `Dense`,
`Relaxable` and `Fittable`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazily import lazily

if TYPE_CHECKING:
    from .runtime.generators.atoms import AtomsGenerator as AtomsGenerator
    from .runtime.generators.base import Family as Family
    from .runtime.generators.capabilities import Dense as Dense
    from .runtime.generators.capabilities import Fittable as Fittable
    from .runtime.generators.capabilities import Relaxable as Relaxable
    from .runtime.generators.ddpm import DdpmGenerator as DdpmGenerator
    from .runtime.generators.flow_matching import FlowMatchingGenerator as FlowMatchingGenerator
    from .runtime.generators.protocol import Generator as Generator
    from .runtime.generators.protocol import Noise as Noise
    from .runtime.generators.relaxation import Relaxation as Relaxation
    from .runtime.generators.rows import RowsGenerator as RowsGenerator
    from .runtime.generators.settings import FitReport as FitReport
    from .runtime.generators.settings import FitSettings as FitSettings
    from .runtime.generators.settings import Progress as Progress
    from .runtime.generators.sheets import tiled as tiled
    from .runtime.generators.softmax import SoftmaxGenerator as SoftmaxGenerator
    from .runtime.generators.spline import SplineGenerator as SplineGenerator
    from .runtime.generators.table import TableGenerator as TableGenerator
    from .runtime.generators.text import TextGenerator as TextGenerator
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
    "AtomsGenerator": ".runtime.generators.atoms",
    "DdpmGenerator": ".runtime.generators.ddpm",
    "Dense": ".runtime.generators.capabilities",
    "Family": ".runtime.generators.base",
    "Finite": ".runtime.variables",
    "FitReport": ".runtime.generators.settings",
    "FitSettings": ".runtime.generators.settings",
    "Fittable": ".runtime.generators.capabilities",
    "FlowMatchingGenerator": ".runtime.generators.flow_matching",
    "Generator": ".runtime.generators.protocol",
    "Image": ".runtime.variables",
    "Noise": ".runtime.generators.protocol",
    "Progress": ".runtime.generators.settings",
    "Real": ".runtime.variables",
    "Relaxable": ".runtime.generators.capabilities",
    "Relaxation": ".runtime.generators.relaxation",
    "RowsGenerator": ".runtime.generators.rows",
    "SoftmaxGenerator": ".runtime.generators.softmax",
    "SplineGenerator": ".runtime.generators.spline",
    "TableGenerator": ".runtime.generators.table",
    "Text": ".runtime.variables",
    "TextGenerator": ".runtime.generators.text",
    "VariableType": ".runtime.variables",
    "decode": ".runtime.variables",
    "encode": ".runtime.variables",
    "event_shape": ".runtime.variables",
    "parse_type": ".runtime.variables",
    "tiled": ".runtime.generators.sheets",
}
"""Where each name lives."""

__all__ = [*_HOMES]

__getattr__, __dir__ = lazily(globals(), _HOMES)
