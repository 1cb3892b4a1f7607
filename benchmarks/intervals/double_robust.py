"""What remains of an effect if one of its draws is replaced by its marginal: plain, and corrected.

    python benchmarks/intervals/double_robust.py     # writes benchmarks/results/double_robust.md; a minute

The marginal ignores its conditions, so it is as wrong as a generator can be. The corrected value needs that draw's
density ratio instead, and all other draws.
"""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import numpy as np
import torch
from one_step import ARMS, Rows, coin, fitted
from torch import Tensor, nn

import dofx
from dofx.generators import Noise

RESULTS = Path(__file__).parents[1] / "results" / "double_robust.md"
ROWS = 2_000


class Marginal(nn.Module):
    """Draws a value of some row, whatever its conditions are."""

    def __init__(self, target: Any, given: Any) -> None:
        super().__init__()
        self.noise = Noise((), "uniform")
        self.register_buffer("values", torch.zeros(1))

    def fit(self, target: Tensor, given: Any, settings: Any) -> None:
        """Keep the rows."""
        self.values = target

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """A value for each number between 0 and 1."""
        place = (noise * len(self.values)).long().clamp(max=len(self.values) - 1)
        return self.values[place]


def back_door(rng: np.random.Generator) -> Rows:
    z = rng.normal(size=ROWS)
    x = coin(rng, 1.2 * z)
    return {"z": z, "x": x, "y": x + 1.5 * z + rng.normal(size=ROWS)}


def front_door(rng: np.random.Generator) -> Rows:
    u = rng.normal(size=ROWS)
    x = coin(rng, 1.2 * u)
    m = 0.8 * x + 0.8 * rng.normal(size=ROWS)
    return {"x": x, "m": m, "y": m + 1.2 * u + 0.7 * rng.normal(size=ROWS)}


def back_door_form(r: Rows) -> float:
    return float(fitted([r["x"], r["z"]], r["y"])[1])


def front_door_form(r: Rows) -> float:
    arms = (r["m"][r["x"] == x].mean() for x in (1, 0))
    return float(fitted([r["m"], r["x"]], r["y"])[1] * np.subtract(*arms))


WORLDS: dict[str, tuple[str, Any, Any, float, tuple[str, ...]]] = {
    "back door": ("z -> {x, y}; x -> y", back_door, back_door_form, 1.0, ("y",)),
    "front door": ("x -> m -> y; x <-> y", front_door, front_door_form, 0.8, ("m", "y")),
}


def main() -> None:
    lines = [
        "# Double robustness",
        "",
        "`python benchmarks/intervals/double_robust.py`, "
        f"Python {platform.python_version()}. One data set of {ROWS:,} rows "
        "in each world; each draw in turn is replaced by its marginal, in all folds too. *True form* is the parametric "
        "estimate from the same rows.",
        "",
        "| world | replaced | truth | true form | plain | corrected | interval |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    for name, (graph, draw, form, truth, replaced) in WORLDS.items():
        rows = draw(np.random.default_rng(0))
        data = {**rows, "x": rows["x"].astype(np.int64)}
        program = dofx.compile(f"graph {{ {graph} }}\neffect ate = {ARMS}")
        assert isinstance(program, dofx.CompiledProgram)
        for variable in (None, *replaced):
            generators = None if variable is None else {variable: Marginal}
            program.fit(data, progress=False, generators=generators)
            plain = program.answer(n=20_000)["ate"].value
            answer = program.answer(data, intervals="influence", n=1_000)["ate"]
            assert answer.interval is not None
            low, high = answer.interval
            values = (
                f"{truth} | {form(rows):.3f} | {plain:.3f} | {answer.value:.3f} | [{low:.2f}, {high:.2f}]"
            )
            lines.append(f"| {name} | {variable or 'nothing'} | {values} |")
            print(lines[-1], flush=True)
    RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
