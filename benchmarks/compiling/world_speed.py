"""How long verdicts over several worlds take on large graphs, and how that grows with the number of worlds.

    python benchmarks/compiling/world_speed.py     # writes benchmarks/results/world_speed.md; a minute of one core

Random graphs: each variable has three causes on average, most of them near to it in the order. Processor time of
`dofx.identify` on a new graph, the text of the query included, the best of three; the first call of the process, which
imports, is not counted.
"""

from __future__ import annotations

import platform
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import dofx

RESULTS = Path(__file__).parents[1] / "results" / "world_speed.md"
GRAPHS = 8
WORLDS = (1, 2, 4, 8, 16, 32)


def random_graph(n: int, seed: int, confounded: float) -> dofx.ADMG:
    """A graph of n variables, `confounded` of them with a hidden cause that they share with one near them."""
    rng = np.random.default_rng([1000, seed])
    names = [f"v{i}" for i in range(n)]
    directed = {(names[i], names[i + 1]) for i in range(n - 1) if rng.random() < 0.7}
    for j in range(1, n):
        for _ in range(rng.poisson(2.3)):
            directed.add((names[max(0, j - 1 - int(rng.exponential(20)))], names[j]))
    both = set[tuple[str, str]]()
    for _ in range(int(n * confounded)):
        i = int(rng.integers(0, n - 12))
        both.add((names[i], names[i + 1 + int(rng.integers(0, 11))]))
    return dofx.ADMG(names, sorted(directed), sorted(both))


def questions(n: int) -> Iterator[tuple[str, str]]:
    """A question of each kind about a graph of n variables."""
    a, b, c, d, z, y = (f"v{int(n * place)}" for place in (0.1, 0.3, 0.5, 0.7, 0.9, 0.95))
    yield "two worlds", f"P({y}[{a} = 0], {z}[{b} = 1])"
    yield "one variable in two worlds", f"P({y}[{a} = 0], {y}[{a} = 1])"
    yield "on the treated", f"P({y}[{a} = 0] | {a} = 1)"
    yield "nested", f"P({y}[{a} = 0, {c} = {c}[{a} = 1]])"
    yield (
        "five worlds",
        f"P({y}[{a} = 0, {b} = 1, {c} = {c}[{a} = 1]], {z}[{d} = 1], {d}[{a} = 0] | {a} = 1)",
    )
    yield "a policy and a shift", f"P({y} | do({c} ~ g({b}, {a}), {d} = max({d} - 1, 0)))"


def many(n: int, worlds: int) -> str:
    """A question about as many worlds as are said: each sets a variable to what it is in the next."""
    names = [f"v{int(n * (0.1 + 0.8 * place / worlds))}" for place in range(worlds)]
    text = ""
    for name in names:
        text = f"{name}[{text}]" if text else f"{name}[{names[0]} = 0]"
        text = f"{name} = {text}"
    return f"P(v{int(n * 0.95)}[{text}])"


def seconds(query: str, graph: dofx.ADMG) -> tuple[float, str]:
    """The time that a verdict takes, the best of three, and the verdict."""
    taken, verdict = list[float](), ""
    for _ in range(3):
        again = dofx.ADMG(graph.nodes, graph.directed, graph.bidirected)  # which remembers nothing
        start = time.process_time()
        verdict = dofx.identify(query, again).verdict
        taken.append(time.process_time() - start)
    return min(taken), verdict


def main() -> None:
    started = time.process_time()
    seconds("P(y[x = 0] | x = 1)", dofx.graph("x -> y"))
    rows, n = list[str](), 1_000
    for kind, query in questions(n):
        for confounded in (0.0, 0.05):
            graphs = [random_graph(n, seed, confounded) for seed in range(GRAPHS)]
            found = [seconds(query, graph) for graph in graphs]
            verdicts = Counter(verdict for _, verdict in found)
            told = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())
            times = sorted(1e3 * each for each, _ in found)
            rows.append(
                f"| {kind} | {confounded:.0%} | {told} | {times[len(times) // 2]:.0f} | {times[-1]:.0f} |"
            )
    growth = list[str]()
    graphs = [random_graph(n, seed, 0.0) for seed in range(GRAPHS)]
    for count in WORLDS:
        times = sorted(1e3 * seconds(many(n, count), graph)[0] for graph in graphs)
        growth.append(f"| {count} | {times[len(times) // 2]:.0f} | {times[-1]:.0f} |")
    lines = [
        "# Verdicts over several worlds on graphs of 1,000 variables",
        "",
        "`python benchmarks/compiling/world_speed.py`, "
        f"Python {platform.python_version()}, one core: milliseconds of processor "
        f"time for a verdict with its estimand, {GRAPHS} random graphs with three causes a variable, the best of "
        "three.",
        "",
        "| question | variables with a hidden common cause | verdicts | median | longest |",
        "|---|---:|---|---:|---:|",
        *rows,
        "",
        "The same for worlds within worlds, each of which sets a variable to what it is in the next:",
        "",
        "| worlds | median | longest |",
        "|---:|---:|---:|",
        *growth,
        "",
    ]
    RESULTS.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))
    print(f"{time.process_time() - started:.0f} seconds")


if __name__ == "__main__":
    main()
