"""What ananke says of the data sets of coverage_trained.py, added to the file that keeps them.

    pip install ananke-causal                                  # for Python up to 3.11, with NumPy below 2
    python benchmarks/intervals/coverage_ananke.py --keep kept.jsonl  # the first 20 data sets of 500 rows of each world
    python benchmarks/intervals/coverage_trained.py --keep kept.jsonl --report

Ananke estimates average effects of a binary treatment by influence functions whose nuisances are linear and logistic
regressions, in the way that it advises for a graph; its intervals are percentiles of a bootstrap. Effects of two
treatments, and effects on the treated, are beyond it.

References:
    Bhattacharya, Nabi, Shpitser (2022), "Semiparametric inference for causal effects in graphical models with hidden
    variables", Journal of Machine Learning Research 23.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from ananke.estimation import CausalEffect
from ananke.graphs import ADMG
from coverage_trained import ALL, Found, Rows, World
from one_step import ARMS

from dofx.compiler.graph.read import graph_of

SETS = 20
REPLICATES = 100


def estimator(effect: CausalEffect) -> str | None:
    """The estimator that ananke advises; None where it finds the effect not identified."""
    best = "eff-" if effect.is_mb_shielded else ""
    ways = {"a-fixable": f"{best}aipw", "p-fixable": f"{best}apipw", "nested-fixable": "anipw"}
    return ways.get(effect.strategy)


def by_ananke(world: World, rows: Rows, seed: int) -> Found | None:
    """The effect of x on y with its interval; None where ananke has no estimator, or it fails."""
    graph = graph_of(world.graph)
    asked = ADMG(list(graph.nodes), di_edges=list(graph.directed), bi_edges=list(graph.bidirected))
    frame = pd.DataFrame({name: rows[name] for name in graph.nodes})
    np.random.seed(seed)  # of its bootstrap
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        effect = CausalEffect(graph=asked, treatment="x", outcome="y")
        way = estimator(effect)
        if way is None:
            return None
        value, low, high = effect.compute_effect(frame, way, n_bootstraps=REPLICATES, alpha=0.05)
    return float(value), float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description="What ananke says of the data sets of coverage_trained.py.")
    parser.add_argument("--keep", type=Path, required=True, help="the file of coverage_trained.py")
    parser.add_argument("--sets", type=int, default=SETS)
    parser.add_argument("--rows", type=int, default=500)
    asked = parser.parse_args()
    kept = [json.loads(line) for line in asked.keep.read_text().splitlines()] if asked.keep.exists() else []
    done = {(each["world"], each["rows"], each["set"]) for each in kept if "ananke" in each}
    for number in range(asked.sets):
        for name, world in ALL.items():
            if world.effect != ARMS or (name, asked.rows, number) in done:
                continue
            rows = world.rows(np.random.default_rng([number, asked.rows]), asked.rows)
            started = time.process_time()
            found = by_ananke(world, rows, number)
            seconds = time.process_time() - started
            record = {
                "world": name,
                "rows": asked.rows,
                "set": number,
                "ananke": found,
                "seconds ananke": seconds,
            }
            print(record, flush=True)
            with asked.keep.open("a") as file:
                file.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
