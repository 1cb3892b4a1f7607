"""What holes cost where there are none: rows without a hole, fitted with and without indicators in the graph.

    python benchmarks/fitting/complete_rows.py          # writes benchmarks/results/complete_rows.md; half a minute

Each time is the least of several, of processor time, the two graphs in turn. The network is the same but for the names
of its rows, so the ratio is the price of asking which rows show what.
"""

from __future__ import annotations

import platform
import time
from pathlib import Path

import numpy as np

import dofx
from dofx.runtime.data.dataset import read_data

RESULTS = Path(__file__).parents[1] / "results" / "complete_rows.md"
ROWS, TIMES = 1_000_000, 7
GRAPH = "z -> x; z -> y; x -> y"
HOLES = "; x -> missing(y)"


def rows() -> dict[str, np.ndarray]:
    """A million complete rows."""
    rng = np.random.default_rng(0)
    z = rng.random(ROWS) < 0.5
    x = rng.random(ROWS) < np.where(z, 0.7, 0.2)
    return {"z": z, "x": x, "y": rng.random(ROWS) < 0.2 + 0.3 * x + 0.3 * z}


def seconds(run: object) -> float:
    """The processor time of a call."""
    assert callable(run)
    started = time.process_time()
    run()
    return time.process_time() - started


def least(pairs: dict[str, tuple[object, object]]) -> dict[str, tuple[float, float]]:
    """The least time of the two calls of each pair."""
    found = {name: ([], []) for name in pairs}
    for _ in range(TIMES):
        for name, calls in pairs.items():
            for times, call in zip(found[name], calls, strict=True):
                times.append(seconds(call))
    return {name: (min(one), min(other)) for name, (one, other) in found.items()}


def main() -> None:
    """Measure, and write the page."""
    data = rows()
    names = list(data)
    found = least(
        {
            "compile": tuple(
                lambda graph=graph: dofx.compile("P(y | do(x))", graph) for graph in (GRAPH, GRAPH + HOLES)
            ),
            "read a million rows": tuple(
                lambda holes=holes: read_data(data, names, learned=True, holes=holes)
                for holes in (False, True)
            ),
            "fit tables to a million rows": tuple(
                lambda graph=graph: dofx.compile("P(y | do(x))", graph).fit(data)
                for graph in (GRAPH, GRAPH + HOLES)
            ),
        }
    )
    lines = [
        "# Complete rows, with and without indicators of holes in the graph",
        "",
        f"`python benchmarks/fitting/complete_rows.py`, Python {platform.python_version()}, one core: milliseconds of "
        f"processor time, the least of {TIMES}. The rows have no hole, and the networks are the same.",
        "",
        "| step | without indicators | with indicators | ratio |",
        "|---|---|---|---|",
        *(
            f"| {name} | {1e3 * one:,.1f} | {1e3 * other:,.1f} | {other / one:.2f} |"
            for name, (one, other) in found.items()
        ),
    ]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
