"""How the error of one generator travels to the answer, beside the bound that docs/errors.md proves.

    python benchmarks/fitting/error_travel.py            # writes benchmarks/results/error_travel.md; three minutes

Random models with latents, so that all is known: every generator but one is exact, and that one is made worse.
What it moves is computed from tables, not sampled. `links()` sees the sampler and 4,096 rows, not the truth.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))

import numpy as np
import torch

import dofx
from dofx.compiler.estimand.contraction import Array
from dofx.compiler.network.ir import Fit, SamplingNetwork
from dofx.compiler.printers.network.text import fit_text
from dofx.runtime.exact.distribution import generator_table
from dofx.runtime.families.softmax import SoftmaxGenerator
from dofx.runtime.families.table import TableGenerator
from dofx.runtime.judging.weakest import links
from dofx.runtime.sampler import Sampler
from dofx.runtime.trained import Trained
from dofx.runtime.training.settings import FitSettings
from dofx.runtime.variables import Finite
from models import oracle
from models.graphs import Query, parse_graph, parse_query
from oracles import travel
from oracles.travel import World

RESULTS = Path(__file__).parents[1] / "results" / "error_travel.md"
HELD_OUT = 4_096
CASES = {
    "back-door": ("z -> x -> y; z -> y", "P(y | do(x))"),
    "front-door": ("x -> z -> y; x <-> y", "P(y | do(x))"),
    "two mediators": ("x -> m -> n -> y; x <-> y; x <-> n", "P(y | do(x))"),
    "Tian, p. 59": ("v1 -> v2 -> v3 -> v4 -> v5; v1 <-> v5; v1 <-> v3; v2 <-> v4", "P(v5 | do(v1))"),
    "joint": ("a -> b -> d; a -> c -> d; a <-> d", "P(c, d | do(a))"),
    "napkin": ("w -> r -> x -> y; x <-> w <-> y", "P(y | do(x))"),
    "conditional": ("x -> z -> y; x -> y; z <-> y; x <-> w; w -> z", "P(y | do(x), z)"),
    "Tian, p. 90": (
        "w1 -> w2 -> x -> y; w3 -> w4 -> x; w1 <-> x; w1 <-> y; w1 <-> w3; w3 <-> w2; w3 <-> w5; w5 <-> w4",
        "P(y | do(x))",
    ),
}
WAYS = ("dice 10 %", "dice 40 %", "100 rows", "one epoch")


@dataclass(frozen=True)
class Row:
    """One generator made worse in one way."""

    case: str
    model: int
    fit: str
    way: str
    own: float
    moved: float
    bound: float
    named: str
    inner: bool
    """Whether a refit learns from it."""


def worse(way: str, fit: Fit, target: Array, source: Array, seed: int) -> Array:
    """A generator's table, made worse.

    Args:
        way: One of `WAYS`.
        fit: What it fits.
        target: What it should be, axes given, then target.
        source: The joint of the same axes in the distribution that it trains on.
        seed: Of rows and networks.
    """
    if way.startswith("dice"):
        share = int(way.split()[1]) / 100
        return np.asarray((1 - share) * target + share / target.shape[-1])
    rows = 100 if way == "100 rows" else 20_000
    codes = np.random.default_rng(seed).choice(source.size, rows, p=source.ravel() / source.sum())
    *given, drawn = (torch.from_numpy(c) for c in np.unravel_index(codes, source.shape))
    *types, kind = (Finite(tuple(range(states))) for states in source.shape)
    if way == "100 rows":
        module = TableGenerator(kind, types)
        module.fit(drawn, given, FitSettings())
        return np.asarray(module.table.numpy())
    network = SoftmaxGenerator(kind, types)
    network.fit(drawn, given, FitSettings(epochs=1, batch_size=2_000, learning_rate=1e-3, seed=seed))
    return generator_table(network, kind, types)


def made_worse(network: SamplingNetwork, joint: dofx.Table, chosen: Fit, way: str, seed: int) -> World:
    exact = travel.world(network, joint)

    def change(fit: Fit, target: Array) -> Array:
        if fit != chosen:
            return target
        source = exact.sources[fit]
        return worse(way, fit, target, source, seed)

    return travel.world(network, joint, change)


def sampler(world: World, query: Query) -> Sampler:
    """A sampler with the tables of a world."""
    types = {name: Finite(tuple(range(states))) for name, states in world.joint.sizes.items()}
    modules = {}
    for fit, table in world.tables.items():
        modules[fit] = TableGenerator(types[fit.targets[0]], [types[name] for name in fit.given])
        modules[fit].set_table(torch.from_numpy(np.ascontiguousarray(table)))
    return Sampler(world.network, types=types).adopt(Trained(world.network, modules, types))


def held_out(joint: dofx.Table, seed: int) -> dict[str, Array]:
    codes = np.random.default_rng(seed).choice(joint.array().size, HELD_OUT, p=joint.array().ravel())
    return dict(zip(joint.names, np.unravel_index(codes, joint.array().shape), strict=True))


def study(case: str, seeds: range) -> Iterator[Row]:
    graph, query = parse_graph(CASES[case][0]), parse_query(CASES[case][1])
    network = dofx.compile(str(query), dofx.ADMG(graph.nodes, graph.directed, graph.bidirected)).network
    for seed in seeds:
        joint = dofx.Table(graph.nodes, oracle.random_model(graph, seed).joint())
        exact, rows = travel.world(network, joint), held_out(joint, seed)
        for fit in network.fits:
            inner = any(draw.fit == fit for stage in network.stages[:-1] for draw in stage.draws)
            for way in WAYS:
                found = made_worse(network, joint, fit, way, seed)
                weakest = links(sampler(found, query), rows).weakest
                named = "none" if weakest is None else "yes" if weakest.fit == fit_text(fit) else weakest.fit
                own, most = travel.own(found, fit), travel.bound(found)
                yield Row(case, seed, fit_text(fit), way, own, travel.moved(found, exact), most, named, inner)


def summary(rows: list[Row]) -> str:
    lines = [
        "| made worse | generators | own error | answer moved | bound | moved / bound | within the bound "
        "| named, if bound > 0.05 |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for kind, part in (
        *((way, [row for row in rows if row.way == way]) for way in WAYS),
        ("all, no refit behind", [row for row in rows if not row.inner]),
        ("all, a refit behind", [row for row in rows if row.inner]),
    ):
        own, moved, most = (float(np.mean([getattr(r, k) for r in part])) for k in ("own", "moved", "bound"))
        within = sum(row.moved <= row.bound + 1e-12 for row in part)
        clear = [row for row in part if row.bound > 0.05]
        named = sum(row.named == "yes" for row in clear)
        lines.append(
            f"| {kind} | {len(part)} | {own:.3f} | {moved:.3f} | {most:.3f} | {moved / most:.2f} "
            f"| {within} of {len(part)} | {named} of {len(clear)} |"
        )
    return "\n".join(lines)


def details(rows: list[Row]) -> str:
    lines = [
        "| query | model | generator | made worse | own error | answer moved | bound | within | named |",
        "|---|---:|---|---|---:|---:|---:|---|---|",
    ]
    for row in rows:
        within = "yes" if row.moved <= row.bound + 1e-12 else "**no**"
        figures = " | ".join(f"{value:.4f}" for value in (row.own, row.moved, row.bound))
        fit, named = row.fit.replace("|", "∣"), row.named.replace("|", "∣")
        lines.append(f"| {row.case} | {row.model} | {fit} | {row.way} | {figures} | {within} | {named} |")
    return "\n".join(lines)


def rare() -> str:
    """The napkin's answer at a value of x that the interim stage seldom simulates."""
    graph = parse_graph(CASES["napkin"][0])
    network = dofx.compile("P(y | do(x))", dofx.ADMG(graph.nodes, graph.directed, graph.bidirected)).network
    lines = [
        "| how often Q₁ simulates x = 1 | own error of P(y ∣ w, r, x) | the answer at x = 1 moved | bound there |",
        "|---:|---:|---:|---:|",
    ]
    (stage,) = network.stages[:-1]
    (fit,) = (draw.fit for draw in stage.draws if draw.variables == ("y",))
    axis = fit.given.index("x")

    def change(asked: Fit, target: Array) -> Array:
        """A fifth of y's draws at x = 1 become 0."""
        if asked != fit:
            return target
        table = np.moveaxis(target.copy(), axis, 0)
        table[1] *= 0.8
        table[1, ..., 0] += 0.2
        return np.moveaxis(table, 0, axis)

    for seldom in (0.5, 0.2, 0.05, 0.01):
        joint = _with_rare_x(oracle.random_model(graph, 0), seldom)
        exact, found = travel.world(network, joint), travel.world(network, joint, change)
        often = found.law(stage, [dict(stage.outputs)["x"]])[1]
        moved, most = travel.moved_at(found, exact)[1], travel.bound_at(found, (1,))
        lines.append(f"| {often:.3f} | {travel.own(found, fit):.4f} | {moved:.4f} | {most:.4f} |")
    return "\n".join(lines)


def _with_rare_x(model: oracle.Model, share: float) -> dofx.Table:
    """The model's joint where x = 1 happens seldom, whatever its causes."""
    names, table = model.mechanisms["x"]
    changed = table.copy()
    changed[..., 1:] *= share / 0.5
    changed[..., 0] = 1 - changed[..., 1:].sum(-1)
    mechanisms = {**model.mechanisms, "x": (names, changed)}
    return dofx.Table(
        model.graph.nodes, oracle.Model(model.graph, model.cards, model.latents, mechanisms).joint()
    )


HEAD = """# How the error of one generator travels

`python benchmarks/fitting/error_travel.py`, on one of 2 cores of a server, Python {python}, torch {torch}.

Eight queries on three random models each. Every generator is exact but one, which is mixed with dice (its states
equally likely), counted on 100 rows, or is a softmax network after one pass over 20,000 rows. *Own error*: the mean
total variation between it and what it should be, at the conditions that the network meets, over all draws that it
fills. *Answer moved*: total variation of the answer, over inputs as they occur in the data. *Bound*: docs/errors.md.
*Named*: what `sampler.links()` calls the weakest link, from {rows:,} fresh rows.

{summary}

## Refits: an error that is rare where it was made

The napkin, x = 1 made seldom; where it is, a fifth of the draws of y become 0. That error counts little in the interim
stage and fully in the answer at x = 1. So the sum of errors is no bound there; twice the sum, divided by P(x = 1), is.

{rare}

## Each generator

{details}
"""


def main() -> None:
    torch.set_num_threads(1)
    rows = [row for case in CASES for row in study(case, range(3))]
    RESULTS.write_text(
        HEAD.format(
            python=platform.python_version(),
            torch=torch.__version__,
            rows=HELD_OUT,
            summary=summary(rows),
            rare=rare(),
            details=details(rows),
        )
    )
    print(summary(rows), rare(), sep="\n")


if __name__ == "__main__":
    main()
