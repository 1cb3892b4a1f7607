"""How the work of the compiler grows with its input, on families of inputs that are hard for it.

    python benchmarks/compiling/growth.py  # prints the figures and writes them to benchmarks/results/growth.md
    python benchmarks/compiling/growth.py --small    # small inputs, nothing is written: that it runs, no more

For each family and each kind of work the size of the input is doubled, and a line is fitted to the logarithm of the
processor's time against that of the size: its slope is the exponent, 1 where time is linear. The exponent of what is
printed or made is fitted in the same way, as no work can grow slower than its result.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import log
from pathlib import Path
from statistics import linear_regression

from hard_graphs import HARD, Case

from dofx.compiler.driver import compile_query, identify
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.graph.read import graph_of
from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import SamplingNetwork
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.grammar.parse import parse

RESULT = Path(__file__).parents[1] / "results" / "growth.md"
READING = "## Reading"
"""What is written by hand below this line of the results is kept."""

LIMIT = 20.0
"""Seconds after which no larger input of a family is tried."""

Work = Callable[[], int]
"""Does the work, and returns the size of its result."""


@dataclass(frozen=True, slots=True)
class Growth:
    """What was measured of a family.

    Args:
        family: Its name.
        sizes: The sizes of the inputs.
        seconds: The processor's time for each.
        results: The size of each result.
    """

    family: str
    sizes: list[int]
    seconds: list[float]
    results: list[int]

    @property
    def cells(self) -> list[str]:
        """The family, its largest input, the time, the result, and the exponents of both."""
        largest = f"{self.sizes[-1]:,} | {1_000 * self.seconds[-1]:,.1f} | {self.results[-1]:,}"
        return [self.family, largest, slope(self.sizes, self.seconds), slope(self.sizes, self.results)]


def slope(sizes: list[int], values: list[float] | list[int]) -> str:
    """The exponent of a power of the size that fits the values."""
    if len(sizes) < 2:
        return "—"
    return f"{linear_regression([log(n) for n in sizes], [log(max(v, 1e-9)) for v in values]).slope:.2f}"


def grown(family: str, prepared: Callable[[int], Work], sizes: tuple[int, ...], repeats: int) -> Growth:
    """Measure a family: for each size the best of several runs, fewer where one takes long."""
    found = Growth(family, [], [], [])
    for n in sizes:
        spent: list[float] = []
        while len(spent) < repeats and sum(spent) < 2:
            work = prepared(n)
            gc.collect()
            start = time.process_time()
            result = work()
            spent.append(time.process_time() - start)
        found.sizes.append(n)
        found.seconds.append(min(spent))
        found.results.append(result)
        if found.seconds[-1] > LIMIT:
            break
    return found


# ── graphs ───────────────────────────────────────────────────────────────────────────────────────────────────


def asked(case: Case) -> tuple[Query, ADMG]:
    """The query and the graph, made anew: a graph keeps what it found out."""
    graph = ADMG(case.nodes, case.directed, case.bidirected)
    return Query.of(case.outcomes, case.interventions, case.conditions), graph


def identifying(family: str) -> Callable[[int], Work]:
    def prepared(n: int) -> Work:
        query, graph = asked(HARD[family](n))
        return lambda: len(str(identify(query, graph)))

    return prepared


def compiling(family: str) -> Callable[[int], Work]:
    def prepared(n: int) -> Work:
        query, graph = asked(HARD[family](n))
        return lambda: numbers(compile_query(query, graph).network)

    return prepared


def numbers(network: SamplingNetwork) -> int:
    """How many values a network draws and reads."""
    return sum(1 + len(draw.given) for stage in network.stages for draw in stage.draws)


def explaining(family: str) -> Callable[[int], Work]:
    def prepared(n: int) -> Work:
        compiled = compile_query(*asked(HARD[family](n)))
        return lambda: len(compiled.explain())

    return prepared


def drawing(family: str) -> Callable[[int], Work]:
    def prepared(n: int) -> Work:
        network = compile_query(*asked(HARD[family](n)), passes=()).network
        return lambda: len(network._repr_svg_())

    return prepared


def notebook(family: str) -> Callable[[int], Work]:
    def prepared(n: int) -> Work:
        compiled = compile_query(*asked(HARD[family](n)))
        return lambda: len(compiled._repr_html_())

    return prepared


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────


def refused(action: Callable[[], object]) -> int:
    """The length of the message that an invalid text gets."""
    try:
        action()
    except DofxError as error:
        return len(str(error))
    raise AssertionError("the text is valid")


def unknown_names(n: int) -> Work:
    graph = graph_of("; ".join(f"variable{i} -> effect{i}" for i in range(n // 2)))
    query = f"P(effect0 | do({', '.join(f'varaible{i}' for i in range(n))}))"
    return lambda: refused(lambda: identify(query, graph))


def unclosed_comments(n: int) -> Work:
    text = "dag { x -> y } " + "/* " * n
    return lambda: refused(lambda: graph_of(text))


def escaped_quotes(n: int) -> Work:
    text = 'dag { / "' + '\\"' * n
    return lambda: refused(lambda: graph_of(text))


def states(n: int) -> Work:
    listed = ", ".join(f'"s{i}"' for i in range(n))
    text = f"graph {{ x -> y }}\nvariables {{ x : category({listed}) }}\nquery q = P(y | do(x))"
    return lambda: len(repr(parse(text)))


TEXTS: dict[str, Callable[[int], Work]] = {
    "unknown names in a query": unknown_names,
    "unclosed comments": unclosed_comments,
    "an unclosed quote with escapes": escaped_quotes,
    "states of a category": states,
}

# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────

KINDS: dict[str, tuple[Callable[[str], Callable[[int], Work]], tuple[int, ...], str]] = {
    "identify": (identifying, (250, 500, 1_000, 2_000), "characters"),
    "compile": (compiling, (250, 500, 1_000), "values drawn and read"),
    "explain": (explaining, (250, 500, 1_000), "characters"),
    "draw": (drawing, (25, 50, 100), "characters of SVG"),
    "notebook": (notebook, (25, 50, 100), "characters of HTML"),
}
"""For each kind of work what does it, the sizes of inputs, and what its results are counted in."""

SMALLER = {"onion": 8}
"""By how much the sizes of a family are divided: the output of an onion grows with the square of its size."""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    small = parser.parse_args(arguments).small
    repeats = 1 if small else 5
    compile_query("P(y | do(x))", "x -> y").explain()  # imports

    def row(growth: Growth) -> str:
        print(growth.cells, flush=True)
        return f"| {' | '.join(growth.cells)} |"

    parts = []
    for kind, (prepared, sizes, counted) in KINDS.items():
        divided = {family: (10 if small else 1) * SMALLER.get(family, 1) for family in HARD}
        if kind in ("draw", "notebook"):
            divided = dict.fromkeys(HARD, 2 if small else 1)
        rows = [
            row(grown(family, prepared(family), tuple(n // divided[family] for n in sizes), repeats))
            for family in HARD
        ]
        parts.append(f"## {kind}\n\n{table(rows, counted)}")
    sizes = (250, 500, 1_000, 2_000)
    rows = [
        row(grown(family, prepared, tuple(n // (10 if small else 1) for n in sizes), repeats))
        for family, prepared in TEXTS.items()
    ]
    parts.append(f"## texts\n\n{table(rows, 'characters of the message, or of what is parsed')}")
    if not small:
        written = RESULT.read_text() if RESULT.exists() else ""
        reading = written.partition(READING)[2]
        RESULT.write_text(f"{head()}\n{chr(10).join(parts)}\n" + (f"{READING}{reading}" if reading else ""))


def table(rows: list[str], counted: str) -> str:
    heading = f"| family | largest | ms | {counted} | exponent of time | of the result |"
    return "\n".join([heading, "|---|---:|---:|---:|---:|---:|", *rows, ""])


def head() -> str:
    families = "\n".join(
        f"- {name}: {' '.join((build.__doc__ or '').split())}" for name, build in HARD.items()
    )
    return (
        f"# Growth\n\n`python benchmarks/compiling/growth.py`, on {os.cpu_count()} cores of a server, Python "
        f"{platform.python_version()}. Processor time, the best of five runs or of those that two seconds "
        "allow. The exponent is the slope of the logarithm of the time against that of the number of variables "
        "(of conditions, of names), 1 where time is linear; beside it is the exponent of the size of the result.\n\n"
        f"{families}\n"
    )


if __name__ == "__main__":
    main()
