"""What large programs would cost, by the units that scale.py measures, and its report in words."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from math import ceil

import ray
import torch

ROWS = 10_000
CORES = 16
MACHINES = (1, 8, 100)
KINDS = ("finite", "mixed", "real")
NAME = {"finite": "table", "mixed": "softmax", "real": "spline"}


@dataclass(frozen=True)
class Units:
    """What was measured, in seconds, rows and bytes.

    Args:
        fit: Processor seconds of a fit alone, by kind.
        stacked: Processor seconds of a fit among others of its shape, by kind.
        plan: Seconds that the asking process spends on a fit before and after training.
        start: Until a cluster on this machine has workers with torch.
        task: Seconds between two tasks that do nothing.
        ray_fit: Seconds between two fits of tables through Ray.
        put: Bytes a second into the object store.
        get: Bytes a second out of it, on another process, as tensors.
        rows: Rows a second and core into Parquet, by kind, ten draws each.
        folded: Likewise for a folded sampler of finite draws.
        size: Bytes of a row in Parquet, by kind.
        part: Seconds that a part costs beyond its rows.
        team: Seconds until two processes of Ray Train have trained what takes one of them no time.
        checks: What was run through Ray on this machine, with the seconds predicted and measured.
    """

    fit: dict[str, float]
    stacked: dict[str, float]
    plan: float
    start: float
    task: float
    ray_fit: float
    put: float
    get: float
    rows: dict[str, float]
    folded: float
    size: dict[str, float]
    part: float
    team: float
    checks: tuple[tuple[str, float, float], ...] = ()


def fitting_time(units: Units, kind: str, fits: int, cores: int) -> tuple[float, float]:
    """Wall seconds and core-hours of that many fits.

    The asking process hands out tasks one after another; the cores train side by side. A fit through Ray
    costs its worker as much again as it costs the asking process.
    """
    each = units.fit[kind] + units.ray_fit
    columns = fits * ROWS * 8
    serial = fits * units.ray_fit + columns / units.put
    work = ceil(fits / cores) * each
    return units.start + max(serial, work), fits * each / 3600


def sampling_time(units: Units, rate: float, rows: int, part: int, cores: int) -> tuple[float, float]:
    """Wall seconds and core-hours of that many rows in parts."""
    parts = ceil(rows / part)
    each = part / rate + units.part
    serial = parts * units.task
    return units.start + max(serial, ceil(parts / cores) * each), parts * each / 3600


def clock(seconds: float) -> str:
    """A duration for people.

    >>> clock(12.3), clock(301), clock(9_000)
    ('12 s', '5.0 min', '2.5 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7_200 else f"{seconds / 3600:.1f} h"


def report(units: Units) -> str:
    lines = [
        "# What fitting and sampling cost, and what large programs would",
        "",
        f"`python benchmarks/sampling/scale.py`, on {os.cpu_count()} cores of a shared machine, Python "
        f"{platform.python_version()}, torch {torch.__version__}, Ray {ray.__version__}.",
        "",
        "## Units",
        "",
        f"A fit reads two variables and {ROWS:,} rows. A row takes ten draws, of which one is written.",
        "",
        "| | table (finite) | softmax (bool given reals) | spline (real) |",
        "|---|---:|---:|---:|",
        row("fit, processor seconds", [f"{units.fit[k]:.3g}" for k in KINDS]),
        row("the same, stacked with seven others", [f"{units.stacked[k]:.3g}" for k in KINDS]),
        row("rows a second and core, into Parquet", [f"{units.rows[k]:,.0f}" for k in KINDS]),
        row("bytes a row in Parquet", [f"{units.size[k]:.2f}" for k in KINDS]),
        "",
        f"A folded sampler of finite draws: {units.folded:,.0f} rows a second and core.",
        "",
        "| | |",
        "|---|---:|",
        row("planning a fit, without its training", [f"{units.plan * 1e3:.2f} ms"]),
        row("starting Ray here, until workers have torch", [f"{units.start:.0f} s"]),
        row("a Ray task that does nothing", [f"{units.task * 1e3:.2f} ms"]),
        row("a fit of a table through Ray", [f"{units.ray_fit * 1e3:.2f} ms"]),
        row("a part of rows beyond the rows themselves", [f"{units.part * 1e3:.1f} ms"]),
        row("into the object store", [f"{units.put / 1e9:.2f} GB/s"]),
        row("out of it, copied into a tensor", [f"{units.get / 1e9:.2f} GB/s"]),
        row("two processes of Ray Train, before they train", [f"{units.team:.0f} s"]),
        "",
        "## What the units predict, and what it took",
        "",
        f"Through Ray on the {os.cpu_count()} cores of this machine, once Ray runs.",
        "",
        "| | predicted | measured |",
        "|---|---:|---:|",
        *(row(title, [clock(predicted), clock(took)]) for title, predicted, took in units.checks),
        "",
        f"## By these units, on machines of {CORES} cores",
        "",
        "| | core-hours | " + " | ".join(f"{m} machine{'s' * (m > 1)}" for m in MACHINES) + " |",
        "|---|---:|" + "---:|" * len(MACHINES),
    ]
    for kind in KINDS:
        times = [fitting_time(units, kind, 1_000, m * CORES) for m in MACHINES]
        title = f"1,000 {NAME[kind]} generators"
        lines.append(row(title, [f"{times[0][1]:.3g}", *(clock(t) for t, _ in times)]))
    rates = {**{f"{NAME[k]} draws": units.rows[k] for k in KINDS}, "a folded table": units.folded}
    for title, rate in rates.items():
        part = 1 << 21 if rate > 1e6 else 1 << 18
        times = [sampling_time(units, rate, 10**9, part, m * CORES) for m in MACHINES]
        cells = [f"{times[0][1]:.3g}", *(clock(t) for t, _ in times)]
        lines.append(row(f"1,000,000,000 rows of {title}", cells))
    return "\n".join(lines) + "\n"


def row(title: str, cells: list[str]) -> str:
    return f"| {title} | {' | '.join(cells)} |"
