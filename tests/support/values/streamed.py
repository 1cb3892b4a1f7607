"""Rows of the napkin in a file of many row groups, for fits to a stream."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

NAPKIN = "w -> r -> x -> y; x <-> w <-> y"
ROWS = 90_000


def binary(chance: Any, source: np.random.Generator) -> np.ndarray:
    """A truth value a row, true with that row's chance."""
    return source.random(len(chance)) < chance


def napkin_rows() -> dict[str, np.ndarray]:
    """The four variables of the napkin, and z, which depends on nothing."""
    source = np.random.default_rng(0)
    u, v = (binary(np.full(ROWS, each), source) for each in (0.4, 0.6))
    w = binary(0.1 + 0.2 * u + 0.6 * v, source)
    r = binary(0.1 + 0.8 * w, source)
    x = binary(0.1 + 0.6 * r + 0.2 * u, source)
    return {"w": w, "r": r, "x": x, "y": binary(0.1 + 0.3 * x + 0.5 * v, source), "z": source.choice(3, ROWS)}


def written(path: Path, rows: dict[str, Any], group: int = 20_000) -> Path:
    """The path, at which there is a Parquet file of the rows, with that many in a row group."""
    pq.write_table(pa.table(rows), path, row_group_size=group)
    return path
