"""An image query on a device: how much of the device's arithmetic sampling reaches. Never run on a GPU so far.

    python benchmarks/gpu.py --device cuda            # writes benchmarks/results/gpu.md
    python benchmarks/gpu.py --device cpu --small     # in seconds, prints only: to see that it runs

The query is P(scan | do(dose)) on `dose -> scan`, with a U-Net of the flow-matching family. Operations of its
forward pass are counted by torch; the device's rate is that of a large matrix product in the same precision. The
share is what `Sampler.sample` reaches of that rate, noise, copies and decoding included; the target is at least 0.5.
On a GPU, `Sampler.speed_up` then measures the ways to run the graph for few rows, a CUDA graph among them.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

import dofx
from dofx.runtime.sampler import Sampler
from dofx.runtime.sampling.noise import NoiseStream
from dofx.runtime.sampling.running import noise_laws
from dofx.runtime.training.precision import Precision, computing

RESULTS = Path(__file__).parent / "results" / "gpu.md"
PRECISIONS: tuple[Precision, ...] = ("float32", "tf32", "bf16")
WAYS = ("one call", "torch.compile", "aoti", "cuda graph")


def fitted(side: int, device: str) -> Sampler:
    """A sampler of images; how well it is fitted does not matter here."""
    rng = np.random.default_rng(0)
    dose = rng.normal(size=512)
    scans = dose[:, None, None, None] + rng.normal(size=(512, 3, side, side))
    sampler = dofx.compile("P(scan | do(dose))", "dose -> scan")
    assert isinstance(sampler, Sampler)
    generators = {"scan": "flow-matching"}
    return sampler.fit(
        {"dose": dose, "scan": scans}, generators=generators, epochs=1, device=device, progress=False
    )


def operations_a_row(sampler: Sampler, device: torch.device) -> float:
    """Floating-point operations of one row, all evaluations of the network included."""
    rows = 4
    noise = {k: v.to(device) for k, v in NoiseStream(0, noise_laws(sampler.module)).take(rows).items()}
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        sampler.module(noise, {"dose": torch.zeros(rows, device=device)}, {})
    return counter.get_total_flops() / rows


def rate(device: torch.device, precision: Precision, size: int) -> float:
    """Operations a second of a large matrix product."""
    a, b = (torch.randn(size, size, device=device) for _ in range(2))
    with torch.no_grad(), computing(precision, device):
        return 2 * size**3 / seconds(lambda: a @ b, device)


def seconds(run: Callable[[], object], device: torch.device, repeats: int = 5) -> float:
    """The median time of a run, after one that does not count."""
    run()
    times = []
    for _ in range(repeats):
        _wait(device)
        start = time.perf_counter()
        run()
        _wait(device)
        times.append(time.perf_counter() - start)
    return median(times)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def measured(device: torch.device, side: int, rows: int, size: int) -> list[str]:
    """A line for each precision."""
    sampler = fitted(side, str(device))
    work = operations_a_row(sampler, device)
    lines = []
    for precision in PRECISIONS:
        if precision == "tf32" and device.type != "cuda":
            continue

        def sample(precision: Precision = precision) -> object:
            return sampler.sample(rows, do={"dose": 0.5}, seed=0, precision=precision)

        fastest, taken = rate(device, precision, size), seconds(sample, device)
        share = work * rows / taken / fastest
        lines.append(
            f"| {precision} | {rows / taken:,.0f} | {work / 1e9:.2f} | {fastest / 1e12:.2f} | {share:.2f} |"
        )
        print(lines[-1], flush=True)
    return lines


def ways(sampler: Sampler, rows: int) -> str:
    """How many times as fast as the graph each way is for so many rows, or why it is no way."""
    found = sampler.speed_up(rows)
    base = found.seconds["graph"]
    cells = [
        f"{base / found.seconds[way]:.2f}" if way in found.seconds else found.failed.get(way, "")
        for way in WAYS
    ]
    return f"| {rows:,} | {' | '.join([f'{base * 1e3:.3g} ms', *cells])} |"


def main(arguments: list[str] | None = None) -> list[str]:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--small", action="store_true", help="in seconds, and without writing the results")
    asked = parser.parse_args(arguments)
    device = torch.device(asked.device)
    side, rows, size = (8, 16, 256) if asked.small else (64, 4_096, 8_192)
    lines = measured(device, side, rows, size)
    if asked.small:
        return lines
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor()
    header = (
        "# An image query against the arithmetic of its device",
        "",
        f"`python benchmarks/gpu.py --device {asked.device}`, on {name}, Python {platform.python_version()}, "
        f"torch {torch.__version__}. {rows:,} images of 3 × {side} × {side}; the rate is that of a matrix product "
        f"of {size:,} × {size:,}. The target is a share of at least 0.5.",
        "",
        "| precision | images/s | billion operations an image | device, 10¹²/s | share |",
        "|---|---:|---:|---:|---:|",
    )
    between = (
        "",
        "## Ways to run it for few rows",
        "",
        "Entries are times the speed of the graph.",
        "",
        f"| rows | graph | {' | '.join(WAYS)} |",
        "|---:|---:|---:|---:|---:|---:|",
    )
    sampler = fitted(side, asked.device)
    few = [ways(sampler, rows) for rows in ((1, 16, 256) if device.type == "cuda" else ())]
    RESULTS.write_text("\n".join((*header, *lines, *(between if few else ()), *few)) + "\n")
    return lines


if __name__ == "__main__":
    main()
