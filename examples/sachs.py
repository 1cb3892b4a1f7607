"""Sachs's proteins: interventional samples beside what was measured under real inhibitors and activators.

python examples/sachs.py [--small]

Sachs, Perez, Pe'er, Lauffenburger, Nolan (2005), "Causal protein-signaling networks derived from multiparameter
single-cell data", Science 308. Eleven proteins and lipids in single T cells, log(x + 10), in nine conditions (CC0).

A reagent acts on what a protein does, not on the amount that is measured: the MEK inhibitor leaves more of the
measured MEK and less of its product ERK. So a reagent is a *soft* intervention on the first measured variable whose
own mechanism it changes: that variable is set to values measured under the reagent, and the network, fitted to rows
without reagents, says what follows from that. What the graph holds to be downstream is then compared.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from reporting import Array, footer, is_small, spread, table, wasserstein

import dofx

DATA = Path(__file__).parent / "data" / "sachs.csv.gz"
SEEDS, DRAWS, SPLITS = range(5), 5_000, 20
STIMULI = ("cd3_cd28", "icam2")
REAGENTS = (*STIMULI, "aktinhib", "g0076", "psitect", "u0126", "ly", "pma", "b2camp")
GRAPH = """
pip3 -> {plc, pip2, akt}; plc -> {pip2, pkc}; pip2 -> pkc
pkc -> {pka, raf, mek, jnk, p38}; pka -> {raf, mek, erk, akt, jnk, p38}
raf -> mek -> erk -> akt
"""
"""The consensus of the paper's figure 3: the arcs found and expected, found and reported, and missed; 20 of them."""


@dataclass(frozen=True)
class Reagent:
    """A reagent and where it enters.

    Args:
        column: Its column in the data.
        target: The first measured variable whose mechanism it changes.
        about: What it does.
        stimulated: Whether the cells were stimulated through CD3 and CD28 too, as the rows of the fit were.
    """

    column: str
    target: str
    about: str
    stimulated: bool = True


CONTROL = Reagent("none", "pip3", "a check of the fit itself")
CASES = (
    CONTROL,
    Reagent("psitect", "pip2", "inhibits the making of PIP2"),
    Reagent("ly", "pip3", "inhibits PI3K, which makes PIP3"),
    Reagent("u0126", "erk", "inhibits MEK, which activates ERK"),
    Reagent("pma", "pkc", "activates PKC", stimulated=False),
    Reagent("b2camp", "pka", "activates PKA", stimulated=False),
)
"""The AKT inhibitor is missing because nothing is downstream of AKT, g0076 because its block looks shifted."""


def rows_with(*reagents: str) -> pd.DataFrame:
    """Cells to which exactly these reagents were given; columns are the proteins."""
    data = pd.read_csv(DATA)
    given = np.logical_and.reduce([data[name] == (name in reagents) for name in REAGENTS])
    return data.loc[given].drop(columns=list(REAGENTS)).reset_index(drop=True)


def treated(case: Reagent) -> pd.DataFrame:
    """Cells under a reagent."""
    reagents = [case.column] if case.column in REAGENTS else []
    return rows_with(*reagents, *(STIMULI[:1] if case.stimulated else ()))


def downstream(target: str) -> list[str]:
    """What the graph says a variable may change."""
    graph = dofx.graph(GRAPH)
    below = graph.descendants(target)
    return [name for name in graph.nodes if name in below and name != target]


def drawn(query: str, case: Reagent, seed: int, epochs: int | None, draws: int) -> pd.DataFrame:
    """Samples of a query fitted to untreated cells, at values of the target as measured under the reagent."""
    names = downstream(case.target)
    sampler = dofx.compile(query.format(outcomes=", ".join(names), target=case.target), GRAPH)
    sampler.fit(rows_with("cd3_cd28"), epochs=epochs, seed=seed, progress=False)
    measured = treated(case)[case.target].to_numpy()
    values = {case.target: np.random.default_rng(seed).choice(measured, draws)}
    role = "do" if "do(" in query else "given"
    samples = sampler.sample(draws, seed=seed, **{role: values})
    return pd.DataFrame({name: samples[name].double().numpy() for name in names})


def distances(one: pd.DataFrame, other: pd.DataFrame, names: Iterable[str]) -> Array:
    """Wasserstein distance of each protein, in units of the logarithm."""
    return np.array([wasserstein(one[name].to_numpy(), other[name].to_numpy()) for name in names])


def halves(cells: pd.DataFrame, names: Iterable[str]) -> Array:
    """The distance between two random halves of the same cells: what chance alone leaves."""
    found = []
    for split in range(SPLITS):
        order = np.random.default_rng(split).permutation(len(cells))
        one, other = (cells.iloc[part] for part in np.array_split(order, 2))
        found.append(distances(one, other, names))
    return np.asarray(np.mean(found, 0))


@dataclass(frozen=True)
class Comparison:
    """Distances of each downstream protein from what was measured under a reagent.

    Args:
        case: The reagent.
        names: The proteins.
        dofx: ``P(proteins | do(target))``, one row a seed.
        seen: ``P(proteins | target)``, likewise.
        unchanged: Untreated cells as they are.
        floor: Of two halves of the treated cells.
        shift: Change of the mean, measured.
        predicted: Change of the mean, by dofx.
    """

    case: Reagent
    names: list[str]
    dofx: Array
    seen: Array
    unchanged: Array
    floor: Array
    shift: Array
    predicted: Array


def comparison(case: Reagent, seeds: Iterable[int], epochs: int | None, draws: int) -> Comparison:
    """A reagent's samples and its cells."""
    names, cells, before = downstream(case.target), treated(case), rows_with("cd3_cd28")
    do, see = (
        [drawn(query, case, seed, epochs, draws) for seed in seeds]
        for query in ("P({outcomes} | do({target}))", "P({outcomes} | {target})")
    )
    return Comparison(
        case,
        names,
        np.array([distances(samples, cells, names) for samples in do]),
        np.array([distances(samples, cells, names) for samples in see]),
        distances(before, cells, names),
        halves(cells, names),
        (cells[names].mean() - before[names].mean()).to_numpy(),
        (pd.concat(do)[names].mean() - before[names].mean()).to_numpy(),
    )


def main(arguments: list[str] | None = None) -> None:
    """Every reagent, then every protein."""
    started = time.perf_counter()
    small = is_small(__doc__, arguments)
    torch.set_num_threads(1)
    seeds = range(1) if small else SEEDS
    cases = (CONTROL, CASES[3]) if small else CASES
    found = [comparison(case, seeds, 2 if small else None, 200 if small else DRAWS) for case in cases]
    quiet = distances(rows_with("cd3_cd28"), rows_with(*STIMULI), downstream("pip3"))
    print("# Sachs: interventional samples and real interventions\n")
    print(
        "Wasserstein distance to cells measured under a reagent, in units of log(x + 10), mean over the proteins\n"
        f"downstream of where it enters; median and range over {len(seeds)} seeds. *Unchanged* takes untreated cells\n"
        "as they are; *seen* is `P(proteins | target)` instead of `do(target)`; the floor is two halves of the\n"
        f"treated cells. Two conditions without any of these reagents (CD3/CD28, with and without ICAM-2) differ by "
        f"{quiet.mean():.3f}.\n"
    )
    header = ["reagent", "enters at", "downstream", "dofx", "seen", "unchanged", "floor"]
    summary = [
        [
            f"{c.case.column}: {c.case.about}{'' if c.case.stimulated else ' (cells not stimulated)'}",
            c.case.target,
            str(len(c.names)),
            spread(c.dofx.mean(1)),
            spread(c.seen.mean(1)),
            f"{c.unchanged.mean():.3f}",
            f"{c.floor.mean():.3f}",
        ]
        for c in found
    ]
    print(table(header, summary))
    print("\nProtein by protein; *moved* is the change of the mean from untreated cells.\n")
    header = ["reagent", "protein", "moved", "dofx says", "distance", "unchanged", "floor"]
    lines = [
        [c.case.column, name, f"{c.shift[i]:+.2f}", f"{c.predicted[i]:+.2f}"]
        + [f"{d:.3f}" for d in (np.median(c.dofx[:, i]), c.unchanged[i], c.floor[i])]
        for c in found
        for i, name in enumerate(c.names)
    ]
    print(table(header, lines))
    print(f"\n{footer('examples/sachs.py', f'seeds 0 to {seeds[-1]}', started)}")


if __name__ == "__main__":
    main()
