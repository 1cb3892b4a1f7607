"""The discrete front-door of ID-GEN's authors: 10,000 rows, 20 seeds, the exact truth.

python examples/frontdoor.py [--small]

Their notebook draws rows of u -> {x, y}; x -> z -> y with u hidden, fits P(z | x) and P(y | x, z), and samples
``P(y | do(x = 1))``: 0.3049, 0.6951, where the truth is 0.2929, 0.7071.
https://github.com/Musfiqshohan/IDGEN, notebook_examples/frontdoor.ipynb.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from reporting import Array, footer, is_small, spread, table, total_variation

import dofx

QUERY, GRAPH = "P(y | do(x))", "x -> z -> y; x <-> y"
ROWS, SEEDS, MODELS = 10_000, range(20), range(20)
NOTEBOOK = 0.012
"""Total variation to the truth in the notebook's one run, as it stands there."""


@dataclass(frozen=True)
class FrontDoor:
    """A law of the observed variables of a front-door, and its answers.

    Args:
        joint: ``P(x, z, y)``, two states each.
        truth: ``P(y | do(x))``, one row a state of x.
    """

    joint: Array
    truth: Array

    def rows(self, count: int, seed: int) -> dict[str, NDArray[np.int64]]:
        """Independent rows of x, z and y."""
        cells = np.random.default_rng(seed).choice(self.joint.size, count, p=self.joint.ravel())
        return dict(zip("xzy", np.unravel_index(cells, self.joint.shape), strict=True))


def of_the_notebook() -> FrontDoor:
    """The law that the notebook prints; its hidden cause is not printed, so the front-door formula is the truth.

    The notebook's own truth, from the hidden cause, differs by 0.0001: the law is printed to four digits.
    """
    joint = np.array(
        [[[0.0253, 0.0737], [0.1020, 0.0945]], [[0.0862, 0.4097], [0.1080, 0.1006]]], dtype=np.float64
    )
    joint /= joint.sum()
    outcome = joint / joint.sum(2, keepdims=True)
    middle = joint.sum(2) / joint.sum((1, 2))[:, None]
    return FrontDoor(joint, np.einsum("az,xzy,x->ay", middle, outcome, joint.sum((1, 2))))


def at_random(seed: int) -> FrontDoor:
    """A front-door whose tables, that of the hidden cause included, are uniform on their simplices."""
    draw = np.random.default_rng(seed).dirichlet
    u, x, z, y = (draw([1, 1], size) for size in ((), (2,), (2,), (2, 2)))
    joint = np.einsum("u,ux,xz,uzy->xzy", u, x, z, y)
    return FrontDoor(joint, np.einsum("xz,u,uzy->xy", z, u, y))


@dataclass(frozen=True)
class Errors:
    """Total variation to ``P(y | do(x = 1))``: of the fitted sampler, of what it draws, of seeing, of chance."""

    exact: float
    drawn: float
    seen: float
    floor: float


def errors(law: FrontDoor, rows: int, seed: int) -> Errors:
    """Fit to rows of one seed, and draw as many.

    The floor is the distance of as many draws from the truth itself: no sampler can do better, but by luck.
    """
    data, truth = law.rows(rows, seed), law.truth[1]
    sampler = dofx.compile(QUERY, GRAPH, variables=dict.fromkeys("xzy", "category(2)"))
    sampler.fit(data, seed=seed, progress=False)
    drawn = sampler.sample(rows, do={"x": 1}, seed=seed)["y"].double().mean().item()
    seen = data["y"][data["x"] == 1].mean()
    perfect = np.random.default_rng([seed, 1]).binomial(rows, truth[1]) / rows
    exact = sampler.distribution(do={"x": 1}).array(["y"])
    return Errors(
        total_variation(exact, truth), *(abs(float(share - truth[1])) for share in (drawn, seen, perfect))
    )


def main(arguments: list[str] | None = None) -> None:
    """The notebook's law under 20 seeds, then 20 other laws."""
    started = time.perf_counter()
    small = is_small(__doc__, arguments)
    seeds, models = (range(2), range(2)) if small else (SEEDS, MODELS)
    rows = 1_000 if small else ROWS
    found = {
        "the notebook's law": [errors(of_the_notebook(), rows, seed) for seed in seeds],
        "a random law a seed": [errors(at_random(model), rows, model) for model in models],
    }
    print(f"# Discrete front-door: `{QUERY}` from {rows:,} rows\n")
    print(f"Total variation to the truth at x = 1, median and range. The notebook's one run: {NOTEBOOK}.\n")
    header = [
        "law",
        "dofx, its distribution",
        f"dofx, {rows:,} draws",
        "seen",
        f"{rows:,} draws of the truth",
    ]
    shown = [
        [name, *(spread([getattr(e, kind) for e in runs]) for kind in ("exact", "drawn", "seen", "floor"))]
        for name, runs in found.items()
    ]
    print(table(header, shown))
    print(f"\n{footer('examples/frontdoor.py', f'seeds 0 to {seeds[-1]}', started)}")


if __name__ == "__main__":
    main()
