"""Families of generators on the same conditionals: cost, held-out score, and the error that reaches the answer.

python benchmarks/fitting/families.py                  print the figures
python benchmarks/fitting/families.py --only vector    those of one kind of mediator, or of several
python benchmarks/fitting/families.py --small          few rows and steps: that it runs, no more
python benchmarks/fitting/families.py --write          write them to results/families.md too, in place of earlier ones

The query is ``P(y | do(x))`` through the front door x -> z -> y, x <-> y. z is of four kinds (`mediators.py`), and each
family in turn draws ``P(z | x)``; the generators of x and of y given x and z are the same for all. References that
dofx does not ship are in `rivals.py`.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mediators import TASKS, Task
from rivals import Gan, Vae
from torch import nn

sys.path.append(str(Path(__file__).parents[2] / "examples"))
from reporting import energy_distance, footer, spread, table, total_variation
from same_state import SameState

import dofx
from dofx.runtime.families.families import FAMILIES
from dofx.runtime.sampler import Sampler
from dofx.runtime.variables import parse_type

RESULT = Path(__file__).parents[1] / "results" / "families.md"
GRAPH, QUERY, CONDITIONAL = "x -> z -> y; x <-> y", "P(y | do(x))", "P(z | x)"
ROWS, SEEDS, PAIRS = 6_000, range(3), 1_500
SECTION = "## The mediator is: "
READING = "## Reading"
"""What is written by hand below this line of the results is kept."""

INTRODUCTION = """# Families of generators

`P(y | do(x))` through the front door x -> z -> y, x <-> y; the family draws z given x, all else is the same. Times are
processor time on one thread. *Score*: held-out log-likelihood of z, where the family has one. *Distance of z*: total
variation of states, else the root of the energy distance, relative to that of unrelated rows. *TV of the answer*: to
the true `P(y | do(x))`, mean over three values of x; median and range over the seeds, all else is a median. *Real rows
of the same x* are the floor: what the rows themselves miss.
"""


@dataclass(frozen=True)
class Outcome:
    """What one family did in one run.

    Args:
        fit: Processor seconds of training: the wall seconds of the report times what the process had of them.
        sample: Processor microseconds a draw.
        score: Held-out log-likelihood in nats, nan where the family has none.
        conditional: Distance of its draws of z to true ones, averaged over x.
        answer: Total variation to ``P(y | do(x))``, averaged over x.
    """

    fit: float
    sample: float
    score: float
    conditional: float
    answer: float


def candidates(task: Task) -> Iterator[tuple[str, Any]]:
    """The families that can draw the task's mediator, dofx's first."""
    target, given = parse_type(task.type), [parse_type("category(3)")]
    for family in FAMILIES:
        if family.refuses(target, given) is None:
            yield family.family, family
    yield from (("GAN", Gan), ("VAE", Vae), ("real rows of the same x", SameState))


def run(task: Task, family: Any, rows: int, seed: int, epochs: int | None, cache: Path) -> Outcome:
    """Fit, draw and ask. The generator of y comes out of the cache after the first family."""
    types = {"x": "category(3)", "z": task.type, "y": "category(2)"}
    sampler = dofx.compile(QUERY, GRAPH, variables=types)
    started, worked = time.perf_counter(), time.process_time()
    sampler.fit(
        task.rows(rows, seed),
        generators={CONDITIONAL: family},
        seed=seed,
        epochs=epochs,
        cache=cache,
        progress=False,
    )
    share = (time.process_time() - worked) / (time.perf_counter() - started)
    assert sampler.report is not None
    report = next(record.report for record in sampler.report if record.fit == CONDITIONAL)
    module = next(module for fit, module in sampler.modules.items() if fit.targets == ("z",))
    apart, cost = conditional(task, module, seed)
    answer = np.mean([abs(answered(sampler, x, task.asked, seed) - task.truth()[x]) for x in range(3)])
    dense = report.score is not None and report.measure == "log-likelihood"
    score = report.score if dense else np.nan
    return Outcome(share * report.seconds, cost, score, apart, float(answer))


def conditional(task: Task, module: nn.Module, seed: int) -> tuple[float, float]:
    """How far draws of z are from true ones, as often as x occurs, and microseconds a draw."""
    distances, seconds = [], 0.0
    for x in range(3):
        noise = module.noise.draw(PAIRS, torch.Generator().manual_seed(seed))
        with torch.no_grad():
            started = time.process_time()
            drawn = module(noise, torch.full((PAIRS,), x)).numpy()
            seconds += time.process_time() - started
        distances.append(apart(task, drawn, task.draws(x, PAIRS, seed)))
    return float(np.mean(distances)), 1e6 * seconds / (3 * PAIRS)


def apart(task: Task, drawn: np.ndarray, true: np.ndarray) -> float:
    """Total variation of states; else the root of the energy distance over that of unrelated rows, 0 for equal laws."""
    if task.type.startswith("category"):
        return total_variation(*(np.bincount(z, minlength=6) / len(z) for z in (drawn, true)))
    one, other = (z.reshape(len(z), -1).astype("float64") for z in (drawn, true))
    scale = np.linalg.norm(other - other[::-1], axis=1).mean()
    return float(np.sqrt(max(0.0, energy_distance(one, other) / scale)))


def answered(sampler: Sampler, x: int, draws: int, seed: int) -> float:
    """``P(y = 1 | do(x))`` in draws of the sampler."""
    return float(sampler.sample(draws, do={"x": x}, seed=seed)["y"].double().mean())


def study(task: Task, rows: int, seeds: range, epochs: int | None) -> dict[str, list[Outcome]]:
    """Every family that can draw the task's mediator, under every seed."""
    found: dict[str, list[Outcome]] = {}
    for seed in seeds:
        with tempfile.TemporaryDirectory() as cache:
            for name, family in candidates(task):
                found.setdefault(name, []).append(run(task, family, rows, seed, epochs, Path(cache)))
                print(task.name, name, seed, found[name][-1], file=sys.stderr, flush=True)
    return found


def section(task: Task, rows: int, seeds: range, epochs: int | None) -> str:
    """One task's table: medians over the seeds, and the range of what reaches the answer."""
    started, lines = time.perf_counter(), []
    for name, outcomes in study(task, rows, seeds, epochs).items():
        fit, sample, score, distance = (
            float(np.median([getattr(o, field) for o in outcomes]))
            for field in ("fit", "sample", "score", "conditional")
        )
        shown = "" if np.isnan(score) else f"{score:.3f}"
        answer = spread([o.answer for o in outcomes])
        lines.append([name, f"{fit:.1f}", f"{sample:.2f}", shown, f"{distance:.3f}", answer])
    lines.append(["(seen: `P(y | x)`)", "", "", "", "", f"{seeing(task, rows):.3f}"])
    header = ["family", "fit, s", "a draw, µs", "score, nats", "distance of z", "TV of the answer"]
    setting = f"{rows:,} rows, {task.asked:,} draws for each x, seeds 0 to {seeds[-1]}"
    cost = footer(f"benchmarks/fitting/families.py --write --only {shlex.quote(task.name)}", setting, started)
    return f"{SECTION}{task.name}\n\n{table(header, lines)}\n\n{cost}\n"


def seeing(task: Task, rows: int) -> float:
    """The total variation of what confounding leaves to a naive eye, on many rows."""
    data = task.rows(20 * rows, seed=10)
    return float(np.mean([abs(data["y"][data["x"] == x].mean() - task.truth()[x]) for x in range(3)]))


def merged(earlier: str, found: dict[str, str]) -> str:
    """A page with the sections that were found, and of the earlier page the others and what was written by hand."""
    sections, _, reading = earlier.partition(READING)
    kept = {part.splitlines()[0]: SECTION + part for part in sections.split(SECTION)[1:]}
    every = kept | found
    parts = [every[task.name].rstrip() + "\n" for task in TASKS if task.name in every]
    return "\n".join([INTRODUCTION, *parts]) + (f"\n{READING}{reading}" if reading else "")


def main(arguments: list[str] | None = None) -> None:
    names = [task.name for task in TASKS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="kinds of mediator")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    setting = (400, range(1), 2) if asked.small else (ROWS, SEEDS, None)
    found = {task.name: section(task, *setting) for task in TASKS if task.name in asked.only}
    print(merged("", found))
    if asked.write:
        RESULT.write_text(merged(RESULT.read_text() if RESULT.exists() else "", found))


if __name__ == "__main__":
    main()
