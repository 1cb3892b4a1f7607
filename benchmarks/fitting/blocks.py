"""What one generator of two images costs beside a generator of each: training, and drawing.

    python benchmarks/fitting/blocks.py            # writes benchmarks/results/blocks.md; a minute of one core

x and y are images given a number, y given x besides, and flow matching draws them: each, or both as one block of six
channels. Times are of the processor, medians of runs by turns, so that what else the machine does hits all alike.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch

import dofx
from dofx.runtime.families.velocities.flow_matching import FlowMatchingGenerator
from dofx.runtime.sampler import Sampler
from dofx.runtime.training.settings import FitSettings

RESULTS = Path(__file__).parents[1] / "results" / "blocks.md"
ROWS, BATCH, PASSES, DRAWN = 1_280, 128, 2, 256
SIZES = (12, 16, 32)
WAYS: dict[str, Any] = {"a generator each": ("x", "y"), "one block": (("x", "y"),)}


def rows(size: int) -> dict[str, torch.Tensor]:
    source = torch.Generator().manual_seed(0)
    images = torch.rand(2, ROWS, 3, size, size, generator=source)
    return {"a": torch.randn(ROWS, generator=source), "x": images[0], "y": images[1]}


def fitted(keys: tuple[Any, ...], data: dict[str, torch.Tensor]) -> Sampler:
    flow = partial(FlowMatchingGenerator, width=32, steps=5, patch=2)
    sampler = dofx.compile("P(x, y | do(a))", "a -> x -> y; a -> y; x <-> y")
    settings = FitSettings(epochs=PASSES, batch_size=BATCH)
    return sampler.fit(data, generators=dict.fromkeys(keys, flow), settings=settings, progress=False)


def seconds(run: Callable[[], object]) -> float:
    """Of the processor."""
    start = time.process_time()
    run()
    return time.process_time() - start


def measured(size: int, turns: int = 5) -> list[str]:
    """A line for each way: a step of training, and a draw of both images."""
    data = rows(size)
    samplers = {way: fitted(keys, data) for way, keys in WAYS.items()}
    noise = {way: sampler.module.draw_noise(DRAWN) for way, sampler in samplers.items()}
    fits: dict[str, list[float]] = {way: [] for way in WAYS}
    draws: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(turns):
        for way, keys in WAYS.items():
            fits[way].append(seconds(partial(fitted, keys, data)))
            with torch.inference_mode():
                call = partial(samplers[way].module, noise[way], {"a": data["a"][:DRAWN]}, {})
                draws[way].append(seconds(call))
    step = ROWS * PASSES / BATCH
    return [
        f"| {size} × {size} | {way} | {1e3 * median(fits[way]) / step:.0f} | {1e3 * median(draws[way]) / DRAWN:.2f} |"
        for way in WAYS
    ]


def main() -> None:
    torch.set_num_threads(1)
    lines = [
        "# One generator of two images, beside one of each",
        "",
        f"`python benchmarks/fitting/blocks.py` on {platform.machine()}, one core, torch {torch.__version__},",
        f"Python {platform.python_version()}. Width 32, patches of 2, five steps of the solver, batches of {BATCH}.",
        "Times are of the processor. A step of training is one of each generator, and what fitting does beside.",
        "",
        "| images | drawn by | ms a step of training | ms a draw of both |",
        "|---|---|---:|---:|",
        *(line for size in SIZES for line in measured(size)),
    ]
    RESULTS.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
