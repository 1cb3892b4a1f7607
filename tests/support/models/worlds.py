"""Sampling networks written by hand, and rows of known worlds with latents to fit them on."""

import numpy as np
import torch

from dofx.compiler.estimand.table import Table
from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Simulated, Stage

torch.set_num_threads(1)

FRONT_DOOR = SamplingNetwork(
    Query.of(("y",), ("x",)),
    (
        Stage(
            "answer",
            (("x", "x"),),
            (
                Draw.of("z", "z", (("x", "x"),)),
                Draw.of("x′", "x"),
                Draw.of("y", "y", (("x", "x′"), ("z", "z"))),
            ),
            (("y", "y"),),
        ),
    ),
)

NAPKIN = SamplingNetwork(
    Query.of(("y",), ("x",)),
    (
        Stage(
            "Q₁",
            (("r", "r"),),
            (
                Draw.of("w", "w"),
                Draw.of("x", "x", (("w", "w"), ("r", "r"))),
                Draw.of("y", "y", (("w", "w"), ("r", "r"), ("x", "x"))),
            ),
            (("x", "x"), ("y", "y")),
        ),
        Stage("answer", (("x", "x"),), (Draw.of("y", "y", (("x", "x"),), Simulated("Q₁")),), (("y", "y"),)),
    ),
)

Rows = dict[str, np.ndarray]


def coin(rng: np.random.Generator, p: np.ndarray | float, rows: int) -> np.ndarray:
    return (rng.random(rows) < p).astype(int)


def front_door_rows(rows: int, seed: int = 0) -> tuple[Rows, np.ndarray]:
    """Rows of x -> z -> y, x <-> y, and the true P(y | do(x)), axes x, y; z has three states."""
    rng = np.random.default_rng(seed)
    u = coin(rng, 0.4, rows)
    x = coin(rng, 0.2 + 0.6 * u, rows)
    z_given_x = np.array([[0.6, 0.3, 0.1], [0.1, 0.3, 0.6]])
    z = (rng.random(rows)[:, None] > z_given_x.cumsum(1)[x]).sum(1)
    y = coin(rng, 0.1 + 0.2 * z + 0.4 * u, rows)
    mean = z_given_x @ np.array([0.1, 0.3, 0.5]) + 0.4 * 0.4
    return {"x": x, "z": z, "y": y}, np.stack([1 - mean, mean], axis=1)


def napkin_rows(rows: int, seed: int = 0) -> tuple[Rows, np.ndarray]:
    """Rows of w -> r -> x -> y, x <-> w <-> y, and the true P(y | do(x)), axes x, y."""
    rng = np.random.default_rng(seed)
    u, v = coin(rng, 0.4, rows), coin(rng, 0.6, rows)
    w = coin(rng, 0.2 + 0.3 * u + 0.3 * v, rows)
    r = coin(rng, 0.3 + 0.4 * w, rows)
    x = coin(rng, 0.1 + 0.5 * r + 0.3 * u, rows)
    y = coin(rng, 0.2 + 0.4 * x + 0.3 * v, rows)
    mean = np.array([0.2, 0.6]) + 0.3 * 0.6
    return {"w": w, "r": r, "x": x, "y": y}, np.stack([1 - mean, mean], axis=1)


def joint(rows: Rows) -> Table:
    """The empirical joint of finite columns."""
    shape = [int(column.max()) + 1 for column in rows.values()]
    counts = np.zeros(shape)
    np.add.at(counts, tuple(rows.values()), 1)
    return Table(rows, counts / counts.sum())
