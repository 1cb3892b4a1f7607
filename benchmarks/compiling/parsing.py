"""How long the language takes: from nothing to a parsed query, and for graphs of ten thousand edges.

python benchmarks/compiling/parsing.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from dofx.grammar.checks.program import check_graph
from dofx.grammar.formatting.program import format_graph
from dofx.grammar.parse import parse_graph, parse_query

EDGES = 10_000
REPEATS = 7

STARTS = {
    "python": "pass",
    "import lark": "import lark",
    "parse a query": "from dofx.grammar.parse import parse_query; parse_query('P(y | do(x))')",
    "parse a graph": "from dofx.grammar.parse import parse_graph; parse_graph('x -> y')",
    "parse a program": "from dofx.grammar.parse import parse; parse('graph { x -> y }')",
}


def seconds(action: Callable[[], object]) -> float:
    """The median time of an action."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Print the figures, in milliseconds."""
    for name, code in STARTS.items():
        taken = seconds(lambda code=code: subprocess.run([sys.executable, "-c", code], check=True))
        print(f"{name:32} {1000 * taken:8.0f} ms  in a fresh interpreter")
    lines = "\n".join(f"v{i} -> v{i + 7}" for i in range(EDGES))
    block = parse_graph(lines)
    query = "P(y1, y2 | do(x1, x2 = 1), z, w = 'a')"
    actions: dict[str, Callable[[], object]] = {
        "a query, once more": lambda: parse_query(query),
        f"{EDGES:,} edges": lambda: parse_graph(lines),
        f"{EDGES:,} edges of DAGitty": lambda: parse_graph(f"dag {{ {lines} }}"),
        f"check {EDGES:,} edges": lambda: check_graph([block]),
        f"format {EDGES:,} edges": lambda: format_graph(block),
    }
    for name, action in actions.items():
        print(f"{name:32} {1000 * seconds(action):8.2f} ms")


if __name__ == "__main__":
    main()
