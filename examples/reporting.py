"""What the experiments' reports share: the command line, Markdown tables, distances, and what a run cost."""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def is_small(description: str | None, arguments: Sequence[str] | None = None) -> bool:
    """Whether the command line asks for the small setting, which shows that a script runs and no more."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--small", action="store_true", help="few rows, seeds and epochs: seconds")
    return bool(parser.parse_args(arguments).small)


def options(description: str, folder: str) -> argparse.ArgumentParser:
    """The command line of an experiment with images: how large, where, and what is written into which folder."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--small", action="store_true", help="8×8, to see that it runs: seconds")
    size.add_argument("--large", action="store_true", help="larger images and 60,000 rows, for a GPU")
    parser.add_argument("--device", default="cpu", help="where to train, such as cuda")
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[0], help="of rows and training, one after another"
    )
    parser.add_argument("--out", type=Path, default=Path("out") / folder, help="folder for what is made")
    return parser


def flags(chosen: argparse.Namespace) -> str:
    """What was chosen of `options`, as it is typed after the script's name."""
    size = " --small" if chosen.small else " --large" if chosen.large else ""
    seeds = "" if chosen.seeds == [0] else f" --seeds {' '.join(map(str, chosen.seeds))}"
    return size + ("" if chosen.device == "cpu" else f" --device {chosen.device}") + seeds


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, the others to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def spread(values: ArrayLike, digits: int = 3) -> str:
    """Median and range, such as ``0.004 (0.000 to 0.011)``; values that are written alike stand alone."""
    low, middle, high = (f"{f(np.asarray(values)):.{digits}f}" for f in (np.min, np.median, np.max))
    return middle if low == high else f"{middle} ({low} to {high})"


def named(seeds: Sequence[int]) -> str:
    """Seeds in words.

    >>> named([0]), named(range(3)), named([1, 3])
    ('seed 0', 'seeds 0 to 2', 'seeds 1, 3')
    """
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    row = list(seeds) == list(range(seeds[0], seeds[-1] + 1))
    return f"seeds {seeds[0]} to {seeds[-1]}" if row else f"seeds {', '.join(map(str, seeds))}"


def footer(command: str, seeds: str, started: float, device: str = "cpu") -> str:
    """The last line of a report: the command, the seeds, the time and the machine."""
    minutes = (time.perf_counter() - started) / 60
    where = "CPU" if device == "cpu" else torch.cuda.get_device_name(device)
    machine = (
        f"{os.cpu_count()} cores, torch {torch.__version__} ({where}), Python {platform.python_version()}"
    )
    return f"`python {command}`, {seeds}; {minutes:.1f} minutes on {machine}."


def total_variation(one: ArrayLike, other: ArrayLike) -> float:
    """Half the sum of absolute differences between two distributions on the same states."""
    return float(0.5 * np.abs(np.asarray(one) - np.asarray(other)).sum())


def wasserstein(one: Array, other: Array, levels: int = 1_000) -> float:
    """The mean distance between equal quantiles of two samples of numbers, in their unit.

    >>> round(wasserstein(np.arange(100.0), np.arange(100.0) + 3), 6)
    3.0
    """
    ranks = (np.arange(levels) + 0.5) / levels
    return float(np.abs(np.quantile(one, ranks) - np.quantile(other, ranks)).mean())


def energy_distance(one: Array, other: Array) -> float:
    """The energy distance of two samples ``(rows, dimensions)``; 0 in expectation for equal laws.

    References:
        Székely, Rizzo (2013), "Energy statistics", U-statistic.
    """
    within = sum(_mean_distance(a, a) * len(a) / (len(a) - 1) for a in (one, other))
    return float(2 * _mean_distance(one, other) - within)


def _mean_distance(one: Array, other: Array) -> float:
    ours, theirs = (torch.as_tensor(np.asarray(a, "float32")) for a in (one, other))
    return float(torch.cdist(ours, theirs).double().mean())
