"""Variables: their types, how types are inferred, and how values become tensors and come back."""

from .columns import Column, Labels, as_column, is_single, is_text
from .encoding import decode, encode, own_pixels
from .faults import fault, nearest, reason_of, rows_text
from .guards import foreign
from .inference import as_stored, infer_type
from .precision import require_float32
from .types import (
    Finite,
    Image,
    Real,
    Text,
    VariableType,
    cardinalities,
    cardinality_of,
    default_dtype,
    encoded_alike,
    event_shape,
    parse_type,
    sizes_of,
)

__all__ = [
    "Column",
    "Finite",
    "Image",
    "Labels",
    "Real",
    "Text",
    "VariableType",
    "as_column",
    "as_stored",
    "cardinalities",
    "cardinality_of",
    "decode",
    "default_dtype",
    "encode",
    "encoded_alike",
    "event_shape",
    "fault",
    "foreign",
    "infer_type",
    "is_single",
    "is_text",
    "nearest",
    "own_pixels",
    "parse_type",
    "reason_of",
    "require_float32",
    "rows_text",
    "sizes_of",
]
