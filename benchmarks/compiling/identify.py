"""Identification, estimand printed: dofx against y0 in the same run.

    python -m pip install -e '.[benchmarks]'
    python benchmarks/compiling/identify.py            # writes benchmarks/results/identify.md

Each cell runs in a process of its own, imports left out of the time, and is repeated until half a second is spent.
Times are those of the processor; a cell that takes more than 60 seconds of it is stopped.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hard_graphs import HARD, Case

RESULTS = Path(__file__).parents[1] / "results" / "identify.md"
LIMIT = 60
LEAST = 0.5


FAMILIES = {name: HARD[name] for name in ("chain", "ladder", "sparse")}


def dofx_runner(case: Case) -> Callable[[], str]:
    from dofx.compiler.graph.admg import ADMG
    from dofx.compiler.identify.identify import identify_query
    from dofx.compiler.model.query import Query

    query = Query.of(case.outcomes, case.interventions)

    def run() -> str:
        return str(identify_query(query, ADMG(case.nodes, case.directed, case.bidirected)))

    return run


def y0_runner(case: Case) -> Callable[[], str]:
    from y0.algorithm.identify import identify_outcomes
    from y0.dsl import Variable
    from y0.graph import NxMixedGraph

    graph = NxMixedGraph.from_edges(
        nodes=[Variable(v) for v in case.nodes],
        directed=[(Variable(a), Variable(b)) for a, b in case.directed],
        undirected=[(Variable(a), Variable(b)) for a, b in case.bidirected],
    )
    treatments, outcomes = ({Variable(v) for v in names} for names in (case.interventions, case.outcomes))
    return lambda: str(identify_outcomes(graph, treatments=treatments, outcomes=outcomes))


RUNNERS = {"dofx": dofx_runner, "y0": y0_runner}


def measure(tool: str, family: str, n: int) -> dict[str, float]:
    run = RUNNERS[tool](FAMILIES[family](n))
    size, runs, spent = 0, 0, 0.0
    start = time.process_time()
    while spent < LEAST:
        size = len(run().encode())
        runs, spent = runs + 1, time.process_time() - start
    return {"seconds": spent / runs, "bytes": size}


def cell(tool: str, family: str, n: int) -> dict[str, float] | str:
    command = [sys.executable, __file__, tool, family, str(n)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == -signal.SIGXCPU:
        return f"no answer in {LIMIT} s"
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["failed"])[-1].split(":")[0]
    result: dict[str, float] = json.loads(done.stdout)
    return result


def table() -> str:
    rows = ["| graph | nodes | dofx, seconds | dofx, bytes | y0, seconds | y0, bytes | ratio |"]
    rows.append("|---|---:|---:|---:|---:|---:|---:|")
    for family in FAMILIES:
        for n in (10, 100, 1_000, 10_000):
            ours = cell("dofx", family, n)
            theirs = cell("y0", family, n) if n <= 1_000 else "not run"
            ratio = "—"
            if isinstance(ours, dict) and isinstance(theirs, dict):
                ratio = f"{theirs['seconds'] / ours['seconds']:,.0f}×"
            elif isinstance(ours, dict) and theirs.startswith("no answer"):
                ratio = f"> {LIMIT / ours['seconds']:,.0f}×"
            rows.append(f"| {family} | {n:,} | {shown(ours)} | {shown(theirs)} | {ratio} |")
            print(rows[-1], flush=True)
    return "\n".join(rows)


def shown(result: dict[str, float] | str) -> str:
    if isinstance(result, str):
        return f"{result} | —"
    return f"{result['seconds']:.4f} | {int(result['bytes']):,}"


def main() -> None:
    if len(sys.argv) == 4:
        resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT + 5))  # past the hard one it is killed instead
        print(json.dumps(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
        return
    head = "# Identification, estimand printed\n\n`python benchmarks/compiling/identify.py`, on "
    head += f"{os.cpu_count()} cores, Python {platform.python_version()}. "
    head += "Processor time without imports; that of dofx holds the construction of the graph, so that nothing that a "
    head += "graph remembers is left over from an earlier run.\n"
    families = "\n".join(
        f"- {name}: {' '.join(build.__doc__.split())}" for name, build in FAMILIES.items() if build.__doc__
    )
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(f"{head}\n{families}\n\n{table()}\n")


if __name__ == "__main__":
    main()
