"""Counterfactual queries decided by y0, mediation estimated by DoWhy, a shift by lmtp: each beside dofx.

The verdicts are compared with a third program, `tests/support/decider.py`, which enumerates every term of a query. The
queries are joints and conditionals of two-valued events over one to three worlds, on graphs of two to four variables,
when all experiments are at hand, since that is the question that ID* and IDC* answer.

    pip install y0==0.2.11
    python benchmarks/rival_worlds.py --problems 1000
    python benchmarks/rival_worlds.py --lmtp sim_t4.csv
    pip install dowhy==0.14
    python benchmarks/rival_worlds.py --mediation

`--lmtp` reads the data set `sim_t4` of the R package lmtp, which its tests use, written as a CSV file:
`write.csv(lmtp::sim_t4, "sim_t4.csv", row.names = FALSE)`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

import dofx

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from decider import Decider, TooLongError
from functional import Event, Problem

FACTORS = "{L_1, A_1} -> L_2 -> A_2; {L_2, A_2} -> L_3 -> A_3; {L_3, A_3} -> L_4 -> A_4 -> Y"
LONGITUDINAL = f"L_1 -> A_1; {FACTORS}; A_1 -> A_2 -> A_3 -> A_4; L_4 -> Y"
LMTP_TRUTH = 0.305
"""What lmtp's own test `test-time_varying_treatment.R` expects, within 0.01."""


def problem(rng: np.random.Generator) -> Problem:
    """A random query of two-valued events; every experiment is at hand."""
    nodes = tuple("ABCD"[: rng.integers(2, 5)])
    pairs = list(combinations(nodes, 2))
    directed = tuple(pair for pair in pairs if rng.random() < 0.6)
    bidirected = tuple(pair for pair in pairs if rng.random() < 0.2)
    worlds = [()]
    for _ in range(2):
        sets = sorted(rng.choice(nodes, size=int(rng.integers(1, 3)), replace=False))
        worlds.append(tuple((str(name), int(rng.integers(2))) for name in sets))

    def event() -> Event:
        return Event(str(rng.choice(nodes)), worlds[int(rng.integers(3))], int(rng.integers(2)))

    asked = [event() for _ in range(rng.integers(1, 4))]
    given = [event() for _ in range(rng.integers(0, 3))]
    data = tuple(sets for size in range(len(nodes)) for sets in combinations(nodes, size))
    return Problem(nodes, directed, bidirected, tuple(asked), tuple(given), dict.fromkeys(nodes, 2), {}, data)


def by_dofx(case: Problem) -> str:
    """The verdict of dofx."""
    graph = dofx.ADMG(case.nodes, case.directed, case.bidirected)
    data = [dofx.DataSet(f"do_{'_'.join(sets)}", sets=sets) for sets in case.data]
    return dofx.identify(case.query, graph, data=data).verdict


def by_y0(case: Problem) -> str:
    """The verdict of y0, or what it raised."""
    from y0.algorithm.identify import Unidentifiable, id_star, idc_star
    from y0.dsl import Variable, Zero
    from y0.graph import NxMixedGraph

    def written(name: str, value: int) -> Any:
        variable = Variable(name)
        return +variable if value else -variable

    def events(which: tuple[Event, ...]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for event in which:
            variable: Any = Variable(event.variable)
            for name, value in event.world:
                variable = variable @ written(name, int(value))
            found[variable] = written(event.variable, int(event.value or 0))
        return found

    graph = NxMixedGraph.from_str_edges(
        nodes=case.nodes, directed=list(case.directed), undirected=list(case.bidirected)
    )
    try:
        if case.given:
            found = idc_star(graph, events(case.asked), events(case.given))
        else:
            found = id_star(graph, events(case.asked))
    except Unidentifiable:
        return "not identified"
    except ValueError as error:
        return "undefined" if "ID* algorithm returned 0" in str(error) else "raises ValueError"
    except Exception as error:
        return f"raises {type(error).__name__}"
    return "zero" if isinstance(found, Zero) else "identified"


def compare(problems: int) -> None:
    """Print a table of verdicts: rows are the truth, columns what a program says."""
    counts: dict[str, Counter[tuple[str, str]]] = {"dofx": Counter(), "y0": Counter()}
    seconds, done, seed = {"dofx": 0.0, "y0": 0.0}, 0, 0
    while done < problems:
        rng = np.random.default_rng([7, seed])
        seed += 1
        case = problem(rng)
        events = [(event.variable, event.world) for event in (*case.asked, *case.given)]
        if len(set(events)) < len(events) or not any(world for _, world in events):
            continue  # y0's events are the keys of a dictionary
        try:
            truth = Decider(case).verdict()
        except TooLongError:
            continue
        done += 1
        for name, decide in (("dofx", by_dofx), ("y0", by_y0)):
            start = time.perf_counter()
            counts[name][truth, decide(case)] += 1
            seconds[name] += time.perf_counter() - start
    for name, found in counts.items():
        right = sum(number for (truth, said), number in found.items() if truth == said)
        print(
            f"\n{name}: {right:,} of {done:,} verdicts right, {seconds[name] / done * 1e3:.1f} ms a query\n"
        )
        print("| truth | verdict | queries |\n|---|---|---:|")
        for (truth, said), number in sorted(found.items()):
            print(f"| {truth} | {said} | {number:,} |")


def lmtp(path: Path) -> None:
    """Print the effect of the shift of lmtp's test: each treatment above 1 is lowered by 1, at all four times."""
    shift = ", ".join(f"A_{time} = min(A_{time}, max(A_{time} - 1, 1))" for time in range(1, 5))
    sampler = dofx.compile(f"P(Y | do({shift}))", LONGITUDINAL).fit(path)
    value = float(sampler.distribution().array(["Y"])[1])
    print(f"dofx {value:.4f}; lmtp's tests expect {LMTP_TRUTH} within 0.01")


def mediation(rows: int = 20_000) -> None:
    """Print the direct and indirect effects of a world with an interaction: true, by dofx, by DoWhy."""
    import pandas as pd
    from dowhy import CausalModel
    from dowhy.causal_estimators.linear_regression_estimator import LinearRegressionEstimator

    rng = np.random.default_rng(1)
    z = (rng.random(rows) < 0.4).astype(int)
    x = (rng.random(rows) < 0.3 + 0.4 * z).astype(int)
    m = (rng.random(rows) < 0.2 + 0.4 * x + 0.2 * z).astype(int)
    y = (rng.random(rows) < 0.1 + 0.1 * x + 0.1 * m + 0.4 * x * m + 0.2 * z).astype(int)
    data = pd.DataFrame({"z": z, "x": x, "m": m, "y": y})

    def chance(x: int, m: int, z: int) -> float:
        return 0.1 + 0.1 * x + 0.1 * m + 0.4 * x * m + 0.2 * z

    def mean(own: int, through: int) -> float:
        laws = ((z, pz, 0.2 + 0.4 * through + 0.2 * z) for z, pz in ((0, 0.6), (1, 0.4)))
        return sum(pz * (pm * chance(own, 1, z) + (1 - pm) * chance(own, 0, z)) for z, pz, pm in laws)

    truth = {"nde": mean(1, 0) - mean(0, 0), "nie": mean(1, 1) - mean(1, 0)}
    model = CausalModel(data, "x", "y", graph="digraph{z->x; z->m; z->y; x->m; x->y; m->y}")
    stages = {"first_stage_model": LinearRegressionEstimator, "second_stage_model": LinearRegressionEstimator}
    print("| effect | truth | dofx | DoWhy |\n|---|---:|---:|---:|")
    for name, true in truth.items():
        ours = float(
            dofx.effect(f"{name}(y, x, through m, 1, 0)", "z -> {x, m, y}; x -> {m, y}; m -> y", data)
        )
        estimand = model.identify_effect(
            estimand_type=f"nonparametric-{name}", proceed_when_unidentifiable=True
        )
        theirs = model.estimate_effect(
            estimand, method_name="mediation.two_stage_regression", method_params=stages
        )
        print(f"| {name} | {true:.3f} | {ours:.3f} | {float(theirs.value):.3f} |")


def main() -> None:
    """Run one of the comparisons."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--problems", type=int, default=1_000)
    parser.add_argument("--lmtp", type=Path)
    parser.add_argument("--mediation", action="store_true")
    options = parser.parse_args()
    if options.lmtp:
        lmtp(options.lmtp)
    elif options.mediation:
        mediation()
    else:
        compare(options.problems)


if __name__ == "__main__":
    main()
