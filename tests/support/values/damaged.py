"""Arrays that would end the interpreter."""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def damaged() -> list[pa.Array]:
    """Arrays whose buffers point outside themselves, as those of a damaged file do."""
    offsets = pa.py_buffer(np.array([0, 2**30, 3], dtype=np.int32))
    words = pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"abc")])
    lists = pa.Array.from_buffers(
        pa.list_(pa.float64()), 2, [None, offsets], children=[pa.array([1.0, 2.0, 3.0])]
    )
    codes = pa.array([0, 7], pa.int32())
    labels = pa.DictionaryArray.from_arrays(codes, pa.array(["a", "b"]), safe=False)
    return [words, lists, labels]
