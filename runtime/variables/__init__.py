"""Variables: their types, how types are inferred, and how values become tensors and come back."""

from .columns import Column, Labels, as_column
from .encoding import decode, encode
from .faults import fault, nearest, rows_text
from .inference import infer_type
from .types import (
    Finite,
    Image,
    Real,
    Text,
    VariableType,
    cardinalities,
    default_dtype,
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
    "cardinalities",
    "decode",
    "default_dtype",
    "encode",
    "event_shape",
    "fault",
    "infer_type",
    "nearest",
    "parse_type",
    "rows_text",
    "sizes_of",
]
