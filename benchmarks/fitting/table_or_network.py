"""A table or a network for a finite variable given finite ones, by how many rows there are a combination.

    python benchmarks/fitting/table_or_network.py       # writes benchmarks/results/table_or_network.md; twenty minutes

Judged twice: by the conditional itself, and by the causal answer that it is part of. The two disagree.
"""

from __future__ import annotations

import platform
import warnings
from collections import defaultdict
from math import prod
from pathlib import Path

import numpy as np
import tables
import torch
from tables import Asked, Before, cases, errors, fitted

import dofx
from dofx.compiler.network.ir import Fit
from dofx.runtime.families.base import Family
from dofx.runtime.families.softmax import SoftmaxGenerator
from dofx.runtime.families.table import TableGenerator

RESULTS = Path(__file__).parents[1] / "results" / "table_or_network.md"
EDGES = (0.5, 2, 5, 20, 100)
NETWORKS = ("child", "insurance", "hailfinder", "diabetes", "mildew", "barley")
FAMILIES: tuple[type[Family], ...] = (TableGenerator, SoftmaxGenerator)


def bucket(rows: int, combinations: int) -> int:
    return int(np.searchsorted(EDGES, rows / combinations, side="right"))


def bounds(number: int) -> str:
    edges = ["0", *(f"{edge:g}" for edge in EDGES), "∞"]
    return f"{edges[number]} to {edges[number + 1]}"


def by_conditionals(count: int) -> str:
    """Table against network, as conditionals."""
    found: dict[int, list[tuple[float, ...]]] = defaultdict(list)
    for name in tables.NETWORKS:
        for case in cases(name, count):
            for rows in (500, 5_000, 50_000):
                table, network = (errors(case.joint, fitted(f, case.joint, rows)) for f in FAMILIES)
                found[bucket(rows, case.combinations)].append((*table, *network))
        print(name, flush=True)
    lines = [
        "| rows a combination | conditionals | table | network | table is nearer |",
        "|---|---:|---:|---:|---:|",
    ]
    for number in sorted(found):
        values = np.array(found[number])
        means = [f"{value:.3f}" for value in values.mean(0)]
        nearer = np.mean(values[:, 2] < values[:, 5])
        cells = f"{' / '.join(means[:3])} | {' / '.join(means[3:])} | {nearer:.0%}"
        lines.append(f"| {bounds(number)} | {len(values)} | {cells} |")
    return "\n".join(lines)


def by_answers(count: int) -> str:
    """Ways to fill the largest table of a query, all others being tables that back off."""
    found: dict[int, list[list[float]]] = defaultdict(list)
    for name in NETWORKS:
        for query, sampler in tables.queries(name, count):
            states = query.network.states
            sizes = {f: prod(len(states[v]) for v in f.given) for f in sampler.network.fits if trained(f)}
            largest = max(sizes, key=lambda fit: sizes[fit])
            for rows in (100, 500, 2_000, 10_000):
                apart = [
                    distance(query, sampler, rows, {**dict.fromkeys(sizes, TableGenerator), largest: family})
                    for family in (Before, *FAMILIES)
                ]
                found[bucket(rows, sizes[largest])].append(apart)
        print(name, flush=True)
    lines = [
        "| rows a combination | answers | table, marginal | table, back-off | network | back-off is nearer than it |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for number in sorted(found):
        values = np.array(found[number])
        nearer = np.mean(values[:, 1] < values[:, 2])
        means = " | ".join(f"{value:.4f}" for value in values.mean(0))
        lines.append(f"| {bounds(number)} | {len(values)} | {means} | {nearer:.0%} |")
    return "\n".join(lines)


def trained(fit: Fit) -> bool:
    return fit.interim is None and not fit.from_rows


def distance(query: Asked, sampler: dofx.Sampler, rows: int, generators: dict[Fit, type[Family]]) -> float:
    """Total variation of the answer, over the states of x as often as they occur."""
    data = query.network.sample(rows, query.observed, seed=rows)
    sampler.fit(data, generators=generators, progress=False)
    table = sampler.distribution().array([query.x, query.y])
    truth = query.network.truth((query.y,), (query.x,))
    return float(query.network.truth((query.x,)) @ (0.5 * np.abs(table - truth).sum(-1)))


SETTINGS = (
    (100, 100, 0.3),
    (100, 100, 1.0),
    (100, 200, 1.0),
    (100, 500, 0.3),
    (100, 500, 1.0),
    (100, 2_000, 1.0),
)


HEAD = """# A table or a network

`python benchmarks/fitting/table_or_network.py`, on one of 2 cores of a server, Python {python}, torch {torch}.

For a finite variable given finite ones, by the rows that there are for each combination of conditions. Tables back off
where a combination has no rows; the network is the softmax family. docs/decisions/tables.md says what was decided.

## Judged by the causal answer

Queries P(y | do(x)) with four to six nodes observed, about {networks}:
total variation from the truth, over the states of x as often as they occur, by what the generator with most
combinations is. The others are tables.

{answers}

## Judged by an effect

An adjusted risk difference over strata: mean error / root mean square error over 40 data sets. There are twice as many
combinations as strata. For the first and third columns see [tables.md](tables.md).

{effects}

## Judged by the conditional

Of a node given two to four near ones. Nats lost a row / total variation under the law of the conditions / total
variation where conditions are independent. The last column goes by the third figure.

{conditionals}
"""


def main() -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    answers = by_answers(4)
    print(answers, flush=True)
    RESULTS.write_text(
        HEAD.format(
            python=platform.python_version(),
            torch=torch.__version__,
            networks=", ".join(NETWORKS),
            answers=answers,
            effects=tables.effects(40, SETTINGS),
            conditionals=by_conditionals(6),
        )
    )


if __name__ == "__main__":
    main()
