"""Front-doors of one shape, u -> {x, y}; x -> z -> y, whose mediator z is of four kinds: for `families.py`.

u is hidden and has two states, x three, y two. The truth follows from how each is made: ``P(y = 1 | do(x))`` is the
mean of ``P(y = 1 | z, u)`` over u and over z given x.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rng = np.random.Generator

X_GIVEN_U = np.array([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7]])
MANY = 400_000


@dataclass(frozen=True)
class Task:
    """A front-door.

    Args:
        name: The kind of mediator.
        type: Its type, as dofx writes it.
        mediator: From x ``(rows,)`` to z and to ``P(y = 1 | z, u)``, ``(rows, 2)``.
        asked: Draws of a sampler's answer for each x.
    """

    name: str
    type: str
    mediator: Callable[[NDArray[np.int64], Rng], tuple[np.ndarray, Array]]
    asked: int = 20_000

    def rows(self, count: int, seed: int) -> dict[str, np.ndarray]:
        """Observed rows."""
        rng = np.random.default_rng([seed, 0])
        u = rng.integers(0, 2, count)
        x = (rng.random((count, 1)) > X_GIVEN_U[u].cumsum(1)[:, :-1]).sum(1)
        z, chance = self.mediator(x, rng)
        return {"x": x, "z": z, "y": (rng.random(count) < chance[np.arange(count), u]).astype(int)}

    def draws(self, x: int, count: int, seed: int) -> np.ndarray:
        """True values of z given x."""
        return self.mediator(np.full(count, x), np.random.default_rng([seed, 1]))[0]

    @cache  # noqa: B019 (four tasks that live as long as the program)
    def truth(self) -> Array:
        """``P(y = 1 | do(x))`` for each x, to a standard error of 0.0008."""
        rng = np.random.default_rng(8)
        return np.array([self.mediator(np.full(MANY, x), rng)[1].mean() for x in range(3)])


def _logistic(values: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-values)))


def _effects(rng: Rng, states: int) -> Array:
    """``P(y = 1 | state, u)``: two thirds by the state, one third by the hidden cause."""
    return np.asarray(0.05 + 0.6 * rng.random((states, 1)) + np.array([0.0, 0.3]))


def finite(x: NDArray[np.int64], rng: Rng) -> tuple[np.ndarray, Array]:
    """Six states, whose frequencies and effects are random."""
    fixed = np.random.default_rng(8)
    share, effect = fixed.dirichlet(np.full(6, 0.6), 3), _effects(fixed, 6)
    z = (rng.random((len(x), 1)) > share[x].cumsum(1)[:, :-1]).sum(1)
    return z, effect[z]


def mixed(x: NDArray[np.int64], rng: Rng) -> tuple[np.ndarray, Array]:
    """Zero, or one of two lognormal bumps: like spending. Its effect rises, falls and rises again."""
    none = rng.random(len(x)) < np.array([0.5, 0.3, 0.1])[x]
    high = rng.random(len(x)) < np.array([0.2, 0.5, 0.7])[x]
    z = np.where(none, 0.0, np.exp(np.where(high, 1.5, -0.5) + 0.3 * rng.normal(size=len(x))))
    shape = np.where(none, 1.0, 2.5 * np.sin(1.4 * z))
    return z, _logistic(shape[:, None] + np.array([-1.5, 1.5]))


def vector(x: NDArray[np.int64], rng: Rng) -> tuple[np.ndarray, Array]:
    """Four numbers on a noisy, tilted ring, whose part depends on x. The effect is of a product, as in XOR."""
    angle = np.array([0.3, 2.0, 4.2])[x] + 0.6 * rng.normal(size=len(x))
    tilt = rng.normal(size=len(x))
    z = np.stack([2 * np.cos(angle), 2 * np.sin(angle), tilt, tilt**2 + np.cos(2 * angle)], 1)
    z = z + 0.15 * rng.normal(size=z.shape)
    return z, _logistic((1.2 * z[:, 0] * z[:, 1] + z[:, 2])[:, None] + np.array([-1.5, 1.5]))


@cache
def digits() -> tuple[np.ndarray, NDArray[np.int64], np.ndarray]:
    """Images 8 by 8 of handwritten digits in [0, 1], their digits, and the images of each digit (scikit-learn)."""
    from sklearn.datasets import load_digits

    images, numbers = load_digits(return_X_y=True)
    pools = np.empty(10, dtype=object)
    for digit in range(10):
        pools[digit] = np.flatnonzero(numbers == digit)
    return (images / 16).reshape(-1, 1, 8, 8).astype("float32"), numbers, pools


def image(x: NDArray[np.int64], rng: Rng) -> tuple[np.ndarray, Array]:
    """A handwritten digit; x decides which are frequent, and each digit has its effect."""
    fixed = np.random.default_rng(8)
    share, effect = fixed.dirichlet(np.full(10, 0.4), 3), _effects(fixed, 10)
    digit = (rng.random((len(x), 1)) > share[x].cumsum(1)[:, :-1]).sum(1)
    images, _, pools = digits()
    picked = np.array(
        [pools[d][int(r * len(pools[d]))] for d, r in zip(digit, rng.random(len(x)), strict=True)]
    )
    return images[picked], effect[digit]


TASKS = (
    Task("finite", "category(6)", finite),
    Task("number with an atom", "real", mixed),
    Task("vector", "real(4)", vector),
    Task("image", "image(1, 8, 8)", image, asked=5_000),
)
