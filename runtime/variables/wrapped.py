"""Arrow arrays that store plain values in an unusual way, such as by runs, as arrays of these values."""

from __future__ import annotations

from typing import Any

TENSORS = "arrow.fixed_shape_tensor"
_STORED = {"arrow.bool8": "bool", "arrow.json": "string"}
"""Extension types whose values are plain, and the type of these values."""


def unwrapped(array: Any) -> Any:
    """The values of an Arrow array or chunked array: runs are repeated, and views of lists are lists.

    An extension type that says more of its values than how they are stored, such as an identifier, stays.

    >>> import pyarrow as pa
    >>> runs = pa.RunEndEncodedArray.from_arrays([2, 3], pa.array(["a", None]))
    >>> unwrapped(runs).to_pylist()
    ['a', 'a', None]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_run_end_encoded(kind):
        return unwrapped(pc.call_function("run_end_decode", [array]))
    if (plain := _STORED.get(extension(kind))) is not None:
        return pc.cast(array, pa.type_for_alias(plain))
    if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
        return pa.array(
            array.to_pylist(), pa.large_list(kind.value_type)
        )  # pyarrow 26 damages them in a cast
    return array


def extension(kind: Any) -> str:
    """The name of an extension type; nothing for any other.

    >>> import pyarrow as pa
    >>> extension(pa.fixed_shape_tensor(pa.float32(), (2, 2))), extension(pa.int64())
    ('arrow.fixed_shape_tensor', '')
    """
    import pyarrow as pa

    return str(kind.extension_name) if isinstance(kind, pa.BaseExtensionType) else ""
