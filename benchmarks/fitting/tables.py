"""Tables with combinations of conditions that no row shows: ways to fill them.

    python benchmarks/fitting/tables.py            # writes benchmarks/results/tables.md; twenty minutes

Conditionals and causal queries of published Bayesian networks whose other nodes are hidden, and a simulated
treatment with many strata. The truth is known in all.
"""

from __future__ import annotations

import platform
import random
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

import networks
import numpy as np
import torch
from networks import Array, BayesianNetwork
from torch import Tensor

import dofx
from dofx.runtime.families.backoff import _step, backed_off, marginal
from dofx.runtime.families.base import Family
from dofx.runtime.families.softmax import SoftmaxGenerator
from dofx.runtime.families.table import TableGenerator
from dofx.runtime.training.settings import FitSettings
from dofx.runtime.variables import Finite

RESULTS = Path(__file__).parents[1] / "results" / "tables.md"
NETWORKS = ("alarm", "child", "insurance", "hailfinder", "diabetes")
ROWS = (1_000, 10_000, 100_000)
MOST_HIDDEN = 60
MOST_CELLS = 2**17


class Before(TableGenerator):
    """A combination without rows holds the marginal of the target."""

    def _smooth(self, counts: Tensor, rows: Tensor) -> Tensor:
        flat = counts.double().reshape(self.shape)
        pulled = flat + self.smoothing * torch.from_numpy(marginal(flat.numpy()[None])[0])
        return pulled / pulled.sum(-1, keepdim=True)


class Shrunk(TableGenerator):
    """All combinations are pulled, those with rows too, as far as suits the likelihood best."""

    def _smooth(self, counts: Tensor, rows: Tensor) -> Tensor:
        flat = counts.double().reshape(1, *self.shape).numpy()
        return torch.from_numpy(_step(flat, None, (), backed_off(flat))[1][0])


WAYS: dict[str, type[Family]] = {
    "marginal": Before,
    "back-off": TableGenerator,
    "all pulled": Shrunk,
    "network": SoftmaxGenerator,
}


# ── conditionals ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Case:
    """A conditional of a published network.

    Args:
        network: Its name.
        joint: The true joint distribution, conditions first.
    """

    network: str
    joint: Array

    @property
    def combinations(self) -> int:
        return self.joint[..., 0].size


def neighbours(network: BayesianNetwork) -> dict[str, set[str]]:
    found = {name: set(parents) for name, parents in network.parents.items()}
    for name, parents in network.parents.items():
        for parent in parents:
            found[parent].add(name)
    return found


def connected(rng: random.Random, near: dict[str, set[str]], size: int) -> tuple[str, ...]:
    """A random connected set of nodes, in the order in which it grew."""
    names = [rng.choice(list(near))]
    while len(names) < size:
        names.append(rng.choice(sorted(set().union(*(near[name] for name in names)) - set(names))))
    return tuple(names)


@cache
def cases(name: str, count: int) -> list[Case]:
    """Random conditionals, each of a node given two to four that are near."""
    network, rng = networks.load(name), random.Random(name)
    near, found, asked = neighbours(network), list[Case](), set[tuple[str, ...]]()
    while len(found) < count:
        target, *given = connected(rng, near, rng.choice([3, 4, 5]))
        names = (*sorted(given), target)
        numbers = prod(len(network.states[v]) for v in names)
        if names in asked or not 36 <= numbers <= MOST_CELLS or len(network.ancestors(names)) > MOST_HIDDEN:
            continue
        asked.add(names)
        found.append(Case(name, network.truth(names)))
    return found


def fitted(family: type[Family], joint: Array, rows: int) -> Array:
    """A generator's table after fitting it to rows of the joint distribution."""
    codes = np.random.default_rng(rows).choice(joint.size, rows, p=joint.ravel() / joint.sum())
    *given, target = (torch.from_numpy(c) for c in np.unravel_index(codes, joint.shape))
    return _table(family, target, given, joint.shape)


def _table(family: type[Family], target: Tensor, given: list[Tensor], shape: tuple[int, ...]) -> Array:
    *types, kind = (Finite(tuple(range(states))) for states in shape)
    generator = family(kind, types)
    generator.fit(target, given, FitSettings())
    every = torch.cartesian_prod(*(torch.arange(states) for states in shape)).unbind(-1)
    with torch.no_grad():
        table = generator.log_prob(every[-1], *every[:-1]).double().exp().reshape(shape).numpy()
    return np.asarray(table)


def errors(joint: Array, table: Array) -> tuple[float, float, float]:
    """Nats lost, and the mean total variation under two laws of the conditions.

    Their own, and that in which each keeps its distribution but all are independent, as far as they can occur
    together: after an intervention they are less dependent than in the data.
    """
    occurs = joint.sum(-1)
    truth = joint / np.where(occurs, occurs, 1)[..., None]
    where = joint > 0
    lost = float((joint[where] * np.log(truth[where] / np.maximum(table[where], 1e-300))).sum())
    apart = 0.5 * np.abs(truth - table).sum(-1)
    independent = np.array(occurs > 0, dtype=float)
    for axis in range(occurs.ndim):
        others = tuple(i for i in range(occurs.ndim) if i != axis)
        independent = independent * occurs.sum(others, keepdims=True)
    weighted = (apart * independent).sum() / independent.sum()
    return lost, float((apart * occurs).sum()), float(weighted)


def conditionals(count: int) -> str:
    lines = [
        "| network | rows | " + " | ".join(f"{way}" for way in list(WAYS)[:3]) + " |",
        "|---|---:|---:|---:|---:|",
    ]
    for name in NETWORKS:
        for rows in ROWS:
            cells = []
            for family in list(WAYS.values())[:3]:
                found = [errors(case.joint, fitted(family, case.joint, rows)) for case in cases(name, count)]
                cells.append(" / ".join(f"{value:.3f}" for value in np.mean(found, axis=0)))
            lines.append(f"| {name} | {rows:,} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    return "\n".join(lines)


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Asked:
    """A query about a network of which a few nodes are observed."""

    network: BayesianNetwork
    observed: tuple[str, ...]
    x: str
    y: str

    def sampler(self) -> dofx.Sampler | None:
        """Compiled, or None where it is not identifiable or no table of it has two conditions."""
        types = {v: f"category({', '.join(map(repr, self.network.states[v]))})" for v in self.observed}
        graph = self.network.graph(self.observed)
        try:
            sampler = dofx.compile(f"P({self.y} | do({self.x}))", graph, variables=types)
        except dofx.NotIdentifiableError:
            return None
        assert isinstance(sampler, dofx.Sampler)
        return sampler if any(len(fit.given) > 1 for fit in sampler.network.fits) else None


def queries(name: str, count: int) -> Iterator[tuple[Asked, dofx.Sampler]]:
    """Random identifiable queries with a table of two conditions or more."""
    network, rng = networks.load(name), random.Random(f"queries {name}")
    near, found = neighbours(network), set[tuple[str, str]]()
    for _ in range(4_000):
        observed = connected(rng, near, rng.choice([4, 5, 6]))
        above = {v: set(network.ancestors((v,))) for v in observed}
        pairs = [(x, y) for y in observed for x in observed if x != y and x in above[y]]
        if not pairs or len(set().union(*above.values())) > MOST_HIDDEN:
            continue
        asked = Asked(network, observed, *rng.choice(pairs))
        sampler = asked.sampler()
        if sampler is None or (asked.x, asked.y) in found or not _telling(sampler, network):
            continue
        yield asked, sampler
        found.add((asked.x, asked.y))
        if len(found) == count:
            return


def _telling(sampler: dofx.Sampler, network: BayesianNetwork) -> bool:
    """Whether tables are neither all small nor too large."""
    fits = sampler.network.fits
    numbers = [prod(len(network.states[v]) for v in f.variables) for f in fits]
    return 100 <= max(numbers) <= MOST_CELLS


def answers(count: int) -> str:
    lines = [
        "| network | queries | rows | " + " | ".join(WAYS) + " | combinations without rows |",
        "|---|---:|---:|" + "---:|" * (len(WAYS) + 1),
    ]
    for name in NETWORKS:
        asked = list(queries(name, count))
        for rows in ROWS[1:] if asked else ():
            found: dict[str, list[float]] = defaultdict(list)
            empty = []
            for query, sampler in asked:
                data = query.network.sample(rows, query.observed, seed=rows)
                names = {name for stage in sampler.network for draw in stage.draws for name in draw.variables}
                shares = query.network.truth((query.x,))
                truth = query.network.truth((query.y,), (query.x,))
                for way, family in WAYS.items():
                    sampler.fit(data, generators=dict.fromkeys(names, family), progress=False)
                    table = sampler.distribution().array([query.x, query.y])
                    found[way].append(float(shares @ (0.5 * np.abs(table - truth).sum(-1))))
                empty.append(max(_empty(query, f.given, data) for f in sampler.network.fits))
            cells = " | ".join(f"{np.mean(found[way]):.4f}" for way in WAYS)
            lines.append(f"| {name} | {len(asked)} | {rows:,} | {cells} | {np.mean(empty):.0%} |")
            print(lines[-1], flush=True)
    return "\n".join(lines)


def _empty(query: Asked, given: tuple[str, ...], data: dict[str, Any]) -> float:
    """The share of combinations of some columns that no row shows."""
    if not given:
        return 0.0
    seen = np.unique(np.stack([data[v] for v in given]), axis=1).shape[1]
    return 1 - seen / prod(len(query.network.states[v]) for v in given)


# ── effects ──────────────────────────────────────────────────────────────────────────────────────────────


SETTINGS = ((4, 500, 0.3), (50, 2_000, 0.3), (50, 500, 1.0), (200, 2_000, 1.0))


def effects(repeats: int, settings: Sequence[tuple[int, int, float]] = SETTINGS) -> str:
    """Bias and spread of an adjusted risk difference, over data sets; strata, rows and the mean log odds ratio."""
    lines = [
        "| strata | rows | true effect | " + " | ".join(WAYS) + " |",
        "|---:|---:|---:|" + "---:|" * len(WAYS),
    ]
    for strata, rows, effect in settings:
        rng = np.random.default_rng([strata, rows])
        errors: dict[str, list[float]] = defaultdict(list)
        truths = []
        for _ in range(repeats):
            joint, truth = _world(rng, strata, effect)
            codes = rng.choice(joint.size, rows, p=joint.ravel())
            x, z, y = (torch.from_numpy(c) for c in np.unravel_index(codes, joint.shape))
            share = np.bincount(z, minlength=strata) / rows
            truths.append(truth)
            for way, family in WAYS.items():
                risk = _table(family, y, [x, z], (2, strata, 2))[..., 1] @ share
                errors[way].append(float(risk[1] - risk[0] - truth))
        cells = [f"{np.mean(errors[w]):+.3f} / {np.sqrt(np.mean(np.square(errors[w]))):.3f}" for w in errors]
        lines.append(f"| {strata} | {rows:,} | {np.mean(truths):.3f} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def _world(rng: np.random.Generator, strata: int, effect: float) -> tuple[Array, float]:
    """The joint of treatment, stratum and outcome, and the true risk difference."""

    def sigmoid(value: Array) -> Array:
        return np.asarray(1 / (1 + np.exp(-value)))

    lean = rng.normal(size=strata)
    treated = sigmoid(0.8 * lean + rng.normal(0, 0.5, strata))
    base, gain = 0.8 * lean + rng.normal(0, 0.3, strata), effect + rng.normal(0, 0.5, strata)
    risk, share = np.stack([sigmoid(base), sigmoid(base + gain)]), rng.dirichlet(2 * np.ones(strata))
    arms = share * np.stack([1 - treated, treated])
    return np.stack([arms * (1 - risk), arms * risk], -1), float(share @ (risk[1] - risk[0]))


HEAD = """# Tables and combinations of conditions that no row shows

`python benchmarks/fitting/tables.py`, on one of 2 cores of a server, Python {python}, torch {torch}.

Where a table has nothing to count, it can say the *marginal* of the target (as it did), or what is known given fewer
conditions (*back-off*, as it does). *All pulled* also pulls the counts of combinations that rows do show, as far as
suits their likelihood best; it does not ship. *Network* is the softmax family. See docs/decisions/tables.md.

## Conditionals

Of a node given two to four near ones, 20 of each network. Nats lost a row / total variation under the law of the
conditions / total variation where conditions are independent, as they nearly are after an intervention.

{conditionals}

## Answers

Total variation of P(y | do(x)) from the truth, over the states of x as often as they occur. Four to six nodes of each
network are observed, the others are hidden. The last column is of the table with most empty combinations.

{answers}

## Effects

An adjusted risk difference: mean error / root mean square error over 40 data sets.

{effects}
"""


def main() -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    RESULTS.write_text(
        HEAD.format(
            python=platform.python_version(),
            torch=torch.__version__,
            conditionals=conditionals(20),
            answers=answers(6),
            effects=effects(40),
        )
    )


if __name__ == "__main__":
    main()
