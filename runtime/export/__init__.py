"""Export: a fitted sampler as one file that runs without dofx."""

from .artefact import FORMATS, export, read_signature
from .loaded import LoadedSampler, load_aoti
from .signature import Port, Signature, signature_of

__all__ = [
    "FORMATS",
    "LoadedSampler",
    "Port",
    "Signature",
    "export",
    "load_aoti",
    "read_signature",
    "signature_of",
]
