"""Finite rows of which the law under each policy is known: z of three states, x and y."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def level_rows(n: int = 20_000) -> dict[str, Any]:
    """Rows of ``z -> {x, y}; x -> y``."""
    rng = np.random.default_rng(0)
    z = rng.integers(0, 3, n)
    x = (rng.random(n) < 0.2 + 0.2 * z).astype(int)
    y = (rng.random(n) < 0.1 + 0.2 * z + 0.3 * x).astype(int)
    return {"z": np.array(["low", "middle", "high"])[z], "x": x.astype(bool), "y": y}


def level_truth(chance: Callable[[int, int], float]) -> float:
    """P(y = 1) where x is set with a chance that depends on what x would have been, and on z."""
    total = 0.0
    for z in range(3):
        for x, natural in ((1, 0.2 + 0.2 * z), (0, 0.8 - 0.2 * z)):
            total += natural / 3 * (0.1 + 0.2 * z + 0.3 * chance(x, z))
    return total
