"""Ten queries in one program about a graph with two layers of latent confounders, end to end.

    python benchmarks/fitting/programs.py            # writes benchmarks/results/programs.md; two minutes

A random model of finite variables, its latents known only to the judge: truth is computed by eliminating
variables from the whole model (`examples/networks.py`, which shares no code with dofx).
"""

from __future__ import annotations

import platform
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

import numpy as np
import torch
from networks import Array, BayesianNetwork

import dofx
from dofx.compiler.driver import NotIdentifiableError
from dofx.compiler.network.ir import Folded
from dofx.compiler.network.pool import pool
from dofx.runtime.program import CompiledProgram

RESULTS = Path(__file__).parents[1] / "results" / "programs.md"
ROWS = 100_000
SIZES = (20, 50, 200)
REACH = 5
"""A variable's causes are among so many before it."""


@dataclass(frozen=True)
class Asked:
    """A query about observed variables."""

    outcomes: tuple[str, ...]
    interventions: tuple[str, ...]
    conditions: tuple[str, ...] = ()

    def __str__(self) -> str:
        given = ", ".join((f"do({', '.join(self.interventions)})", *self.conditions))
        return f"P({', '.join(self.outcomes)} | {given})"

    @property
    def axes(self) -> tuple[str, ...]:
        return self.interventions + self.conditions + self.outcomes


def model(size: int, seed: int = 0) -> tuple[BayesianNetwork, tuple[str, ...]]:
    """A random model and its observed variables.

    An upper latent for every seven variables leads to two lower latents and to one variable, each lower latent to
    two variables; a variable has one to three observed causes and at most one latent one.
    """
    rng, tables = random.Random(f"{size} {seed}"), np.random.default_rng([size, seed])
    observed = tuple(f"v{k}" for k in range(1, size + 1))
    free = rng.sample(observed, size)
    parents: dict[str, tuple[str, ...]] = {}
    latent: dict[str, tuple[str, ...]] = dict.fromkeys(observed, ())
    for k in range(1, size // 7 + 2):
        parents[f"upper{k}"] = ()
        for name in (f"lower{k}a", f"lower{k}b"):
            parents[name] = (f"upper{k}",)
            for _ in range(2):
                latent[free.pop()] = (name,)
        latent[free.pop()] = (f"upper{k}",)
    for k, name in enumerate(observed):
        near = observed[max(0, k - REACH) : k]
        parents[name] = (*rng.sample(near, min(len(near), rng.choice([1, 1, 2, 3]))), *latent[name])
    states = {name: tuple(f"s{i}" for i in range(rng.choice([2, 2, 3]))) for name in parents}
    network = BayesianNetwork(states, parents, {})
    for name in parents:
        shape = [len(states[p]) for p in parents[name]]
        card = len(states[name])
        network.tables[name] = 0.8 * tables.dirichlet(np.ones(card), size=shape) + 0.2 / card
    return network, observed


def queries(network: BayesianNetwork, observed: tuple[str, ...], graph: dofx.ADMG) -> Iterator[Asked]:
    """Ten random identifiable queries: six of one outcome, two of two, two with a condition, one of them a refit."""
    rng, asked = random.Random(0), set[Asked]()
    for outcomes, conditions, refits, count in ((1, 0, 0, 6), (2, 0, 0, 2), (1, 1, 0, 1), (1, 1, 1, 1)):
        left = count
        while left:
            y, *others = rng.sample(observed, outcomes + conditions)
            above = [v for v in network.ancestors((y,)) if v in observed and v not in (y, *others)]
            if not above:
                continue
            names = (y, *others[: outcomes - 1])
            query = Asked(names, (rng.choice(above),), tuple(others[outcomes - 1 :]))
            if query not in asked and _telling(query, graph, refits):
                asked.add(query)
                left -= 1
                yield query


def _telling(query: Asked, graph: dofx.ADMG, refits: int) -> bool:
    """Whether it is identifiable, by more than one generator and so many refits, and depends on all it names."""
    try:
        compiled = dofx.compile(str(query), graph)
    except NotIdentifiableError:
        return False
    network = compiled.network
    if len(network.fits) < 2 or network.refits < refits:
        return False
    return set(query.interventions + query.conditions) <= set(network.inputs)


def program_text(network: BayesianNetwork, observed: tuple[str, ...], asked: list[Asked]) -> str:
    lines = ["graph {", network.graph(observed), "}"]
    return "\n".join([*lines, *(f"query q{k} = {query}" for k, query in enumerate(asked, 1))])


def types(network: BayesianNetwork, observed: tuple[str, ...]) -> dict[str, str]:
    return {v: f"category({', '.join(map(repr, network.states[v]))})" for v in observed}


def truth(network: BayesianNetwork, query: Asked) -> Array:
    """``P(outcomes | do(interventions), conditions)``, axes in the order of `Asked.axes`."""
    joint = network.truth(query.conditions + query.outcomes, query.interventions)
    outcomes = tuple(range(joint.ndim - len(query.outcomes), joint.ndim))
    return np.asarray(joint / joint.sum(axis=outcomes, keepdims=True))


def distances(query: Asked, found: Array, expected: Array) -> Array:
    """Total variation, for each value of what is set and seen."""
    outcomes = prod(expected.shape[-len(query.outcomes) :])
    return np.asarray(0.5 * np.abs(found - expected).reshape(-1, outcomes).sum(-1))


def sampled(network: BayesianNetwork, sampler: dofx.Sampler, query: Asked, expected: Array) -> float:
    """The same for rows that are drawn, with the first state set and seen throughout."""
    first = {name: network.states[name][0] for name in query.axes}
    rows = sampler.sample(
        ROWS,
        do={name: first[name] for name in query.interventions},
        given={name: first[name] for name in query.conditions} or None,
        seed=1,
    ).to_pandas()
    codes = [[network.states[v].index(value) for value in rows[v]] for v in query.outcomes]
    at = expected[(0,) * (len(query.interventions) + len(query.conditions))]
    counts = np.bincount(np.ravel_multi_index(codes, at.shape), minlength=at.size) / ROWS
    return float(0.5 * np.abs(counts - at.ravel()).sum())


def answered(network: BayesianNetwork, program: CompiledProgram, asked: list[Asked]) -> str:
    lines = [
        "| query | trained | folded | most combinations | error, mean | error, worst | 100,000 rows drawn |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for k, query in enumerate(asked, 1):
        sampler, expected = program[f"q{k}"], truth(network, query)
        apart = distances(query, sampler.distribution().array(query.axes), expected)
        fits = sampler.network.fits
        folded = sum(isinstance(fit.source, Folded) for fit in fits)
        widest = max(prod(len(network.states[v]) for v in fit.given) for fit in fits)
        drawn = sampled(network, sampler, query, expected)
        name = str(query).replace("|", "∣")
        lines.append(
            f"| {name} | {len(fits) - folded} | {folded} | {widest} | "
            f"{apart.mean():.4f} | {apart.max():.4f} | {drawn:.4f} |"
        )
    return "\n".join(lines)


def shared(size: int) -> str:
    """A line on compiling a program."""
    network, observed = model(size)
    graph = dofx.graph(network.graph(observed))
    asked = list(queries(network, observed, graph))
    text, spent, singly = program_text(network, observed, asked), [], []
    for _ in range(3):
        start = time.process_time()
        program = dofx.compile(text)
        spent.append(1e3 * (time.process_time() - start))
    for query in asked:
        start = time.process_time()
        dofx.compile(str(query), graph)
        singly.append(1e3 * (time.process_time() - start))
    assert isinstance(program, CompiledProgram)
    nets = [program[f"q{k}"].network for k in range(1, len(asked) + 1)]
    draws = sum(len(stage.draws) for n in nets for stage in n)
    alone, together = sum(len(n.fits) for n in nets), pool(nets).network
    refits = f"{sum(n.refits for n in nets)} | {together.refits}"
    times = " | ".join(f"{value:.0f}" for value in (median(spent), median(singly), max(singly)))
    return (
        f"| {size} | {len(network.parents) - size} | {draws} | {alone} | {len(together.fits)} | "
        f"{1 - len(together.fits) / alone:.0%} | {refits} | {times} |"
    )


HEAD = """# Ten queries in one program

`python benchmarks/fitting/programs.py`, on one of 2 cores of a server, Python {python}, torch {torch}.

Random models with two layers of latent confounders: upper latents lead to lower ones, both lead to variables of two or
three states, each of which has one to three observed causes. Ten random identifiable queries: six of one outcome, two
of two, two with a condition, of which one at least needs a refit.

## Compiling, and what sharing saves

*Alone*: the generators of each query, equal ones within a query once. *Shared*: those of the program, equal ones once.
Nothing is known of types here. Times are milliseconds of one processor: for the program (median of three), and for one
of its queries alone.

| variables | latents | draws | alone | shared | saved | refits alone | shared | program | median query | slowest |
|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
{sharing}

## The program of 20 variables, fitted and asked

{rows:,} rows of the observed variables, {trained} generators trained in {fit:.1f} s, all defaults. With finite types
declared, parts of a network and refits are *folded*: computed, not trained. Error: total variation between the answer
and the truth, over the values of what is set and seen, as mean and worst. The last column is that of rows drawn with
the first state of each set and seen; chance alone makes about {chance:.4f} for two states.

{answers}
"""


def main() -> None:
    torch.set_num_threads(1)
    dofx.compile("P(y | do(x))", "x -> y")  # imports
    lines = []
    for size in SIZES:
        lines.append(shared(size))
        print(lines[-1], flush=True)
    network, observed = model(SIZES[0])
    asked = list(queries(network, observed, dofx.graph(network.graph(observed))))
    program = dofx.compile(program_text(network, observed, asked), variables=types(network, observed))
    assert isinstance(program, CompiledProgram)
    rows = network.sample(ROWS, tuple(program.columns), seed=0)
    start = time.perf_counter()
    program.fit(rows, progress=False)
    seconds = time.perf_counter() - start
    RESULTS.write_text(
        HEAD.format(
            python=platform.python_version(),
            torch=torch.__version__,
            sharing="\n".join(lines),
            rows=ROWS,
            trained=sum(record.source == "P" for record in program.report or ()),
            fit=seconds,
            chance=0.4 * ROWS**-0.5,
            answers=answered(network, program, asked),
        )
    )
    print(RESULTS.read_text())


if __name__ == "__main__":
    main()
