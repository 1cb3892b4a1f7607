"""How the work of the compiler grows on families that nobody tuned it for, and with worlds, data sets and holes.

    python benchmarks/compiling/growing.py  # prints the figures and writes them to benchmarks/results/growing.md

As `growth.py`, which has the families that are hard by design: an exponent is the slope of the logarithm of the
processor's time against the logarithm of the size, and beside it stands the exponent of the size of the result.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from growth import Growth, Work, grown, numbers, table
from hard_graphs import Case

import dofx
from dofx.compiler.driver import compile_query, identify
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.model.query import Query

RESULT = Path(__file__).parents[1] / "results" / "growing.md"


# ── graphs ───────────────────────────────────────────────────────────────────────────────────────────────────


def grid(n: int) -> Case:
    """A square of nodes with edges right and down, and an unobserved cause of each two on a falling diagonal."""
    k = max(2, int(n**0.5))
    v = [[f"G{i}_{j}" for j in range(k)] for i in range(k)]
    directed = [(v[i][j], v[i + 1][j]) for i in range(k - 1) for j in range(k)]
    directed += [(v[i][j], v[i][j + 1]) for i in range(k) for j in range(k - 1)]
    bidirected = [(v[i][j + 1], v[i + 1][j]) for i in range(k - 1) for j in range(k - 1)]
    return Case([name for row in v for name in row], directed, bidirected, (v[0][1],), (v[-1][-1],))


def tree(n: int) -> Case:
    """A binary tree in which neighbours share an unobserved cause; the effect of the root on all leaves."""
    names = [f"T{i}" for i in range(1, n + 1)]
    directed = [(f"T{i // 2}", f"T{i}") for i in range(2, n + 1)]
    bidirected = [(f"T{i}", f"T{i + 1}") for i in range(2, n, 2)]
    return Case(names, directed, bidirected, ("T1",), tuple(names[n // 2 :]))


def bows(n: int) -> Case:
    """A chain of which each two neighbours share an unobserved cause: no."""
    v = [f"X{i}" for i in range(n)]
    return Case(v, list(pairwise(v)), list(pairwise(v)), (v[0],), (v[-1],))


def layers(n: int) -> Case:
    """Layers of six, each the cause of all of the next, and two of each that share an unobserved cause."""
    v = [[f"L{i}_{j}" for j in range(6)] for i in range(n // 6)]
    directed = [(a, b) for one, other in pairwise(v) for a in one for b in other]
    bidirected = [(row[0], row[1]) for row in v[1:]]
    return Case([name for row in v for name in row], directed, bidirected, (v[1][0],), (v[-1][0],))


def confounders(n: int) -> Case:
    """Causes of both x and y, and x → y."""
    z = [f"Z{i}" for i in range(n)]
    directed = [(each, end) for each in z for end in ("x", "y")]
    return Case([*z, "x", "y"], [*directed, ("x", "y")], [], ("x",), ("y",))


def front_doors(n: int) -> Case:
    """Front doors side by side, each with its own x, m and y; the effect of all x on all y."""
    k = n // 3
    names = [f"{letter}{i}" for i in range(k) for letter in "xmy"]
    directed = [edge for i in range(k) for edge in ((f"x{i}", f"m{i}"), (f"m{i}", f"y{i}"))]
    xs, ys = (tuple(f"{letter}{i}" for i in range(k)) for letter in "xy")
    return Case(names, directed, list(zip(xs, ys, strict=True)), xs, ys)


def napkins(n: int) -> Case:
    """Napkins one after the other, the outcome of each a cause of the next; the effect of all x on the last y."""
    k = n // 4
    names = [f"{letter}{i}" for i in range(k) for letter in "wrxy"]
    directed = [(f"{a}{i}", f"{b}{i}") for i in range(k) for a, b in ("wr", "rx", "xy")]
    directed += [(f"y{i}", f"y{i + 1}") for i in range(k - 1)]
    bidirected = [(f"w{i}", f"{end}{i}") for i in range(k) for end in "xy"]
    return Case(names, directed, bidirected, tuple(f"x{i}" for i in range(k)), (f"y{k - 1}",))


GRAPHS = (grid, tree, bows, layers, confounders, front_doors, napkins)


def asked(case: Case) -> tuple[Query, ADMG]:
    """The query and the graph, made anew."""
    graph = ADMG(case.nodes, case.directed, case.bidirected)
    return Query.of(case.outcomes, case.interventions, case.conditions), graph


def identifying(family: Callable[[int], Case]) -> Callable[[int], Work]:
    def prepared(n: int) -> Work:
        query, graph = asked(family(n))
        return lambda: len(str(identify(query, graph)))

    return prepared


def compiling(family: Callable[[int], Case]) -> Callable[[int], Work]:
    def prepared(n: int) -> Work:
        query, graph = asked(family(n))
        return lambda: numbers(compile_query(query, graph).network)

    return prepared


def drawing(family: Callable[[int], Case]) -> Callable[[int], Work]:
    def prepared(n: int) -> Work:
        _, graph = asked(family(n))
        return lambda: len(graph._repr_svg_())

    return prepared


# ── questions ────────────────────────────────────────────────────────────────────────────────────────────────


def listed(n: int, letter: str = "v") -> list[str]:
    return [f"{letter}{i}" for i in range(n)]


def said(query: str, graph: str) -> Work:
    return lambda: len(str(dofx.identify(query, graph)))


def worlds(n: int) -> Work:
    """Outcomes of x, each in a world of its own."""
    outcomes = ", ".join(f"y{i}[x = {i % 2}]" for i in range(n))
    return said(f"P({outcomes})", "; ".join(f"x -> y{i}" for i in range(n)))


def mediators(n: int) -> Work:
    """Mediators in a row, the last as it is without x."""
    chain = " -> ".join(["x", *listed(n), "y"])
    last = f"v{n - 1}"
    return said(f"P(y[x = 1, {last} = {last}[x = 0]])", f"{chain}; x -> {{{', '.join(listed(n))}}}")


def visits(n: int) -> Work:
    """Treatments in time, each by a rule that reads the state before it."""
    edges = "; ".join(f"l{i} -> a{i}; {{a{i}, l{i}}} -> l{i + 1}" for i in range(n))
    rules = ", ".join(f"a{i} ~ g{i}(l{i})" for i in range(n))
    return said(f"P(y | do({rules}))", f"{edges}; l{n} -> y")


def shifts(n: int) -> Work:
    """Doses that are all made a tenth smaller."""
    doses = ", ".join(listed(n))
    set_to = ", ".join(f"{dose} = 0.9 * {dose}" for dose in listed(n))
    return said(f"P(y | do({set_to}))", f"z -> {{{doses}, y}}; {{{doses}}} -> y")


def experiments(n: int) -> Work:
    """Experiments on other variables of a chain of twelve, in populations that differ."""
    v = listed(12)
    graph = "; ".join([" -> ".join(v), *(f"{a} <-> {b}" for a, b in pairwise(v[1:]))])
    data = [dofx.DataSet(f"d{i}", sets=[v[i % 11 + 1]], differs=[v[i * 5 % 12]]) for i in range(n)]
    return lambda: len(str(dofx.identify("P(v11 | do(v0))", graph, data=data)))


def links(n: int) -> Work:
    """A chain and a data set for each of its edges: n data sets, each tried for n factors."""
    v = listed(n)
    data = [dofx.DataSet(f"d{i}", measures=[a, b]) for i, (a, b) in enumerate(pairwise(v))]
    return lambda: len(str(dofx.identify(f"P({v[-1]} | do({v[0]}))", " -> ".join(v), data=data)))


def holes(n: int) -> Work:
    """Covariates of the outcome with holes that one complete column explains."""
    v = listed(n)
    edges = "; ".join(f"{each} -> y; w -> missing({each})" for each in v)
    return said("P(y | do(x))", f"w -> {{x, y}}; x -> y; {edges}")


def holes_of_all(n: int) -> Work:
    """Columns of a chain, each a possible cause of the holes of all others."""
    return said(f"P(v{n - 1} | do(v0))", f"{' -> '.join(listed(n))}; others -> missing(*)")


def holes_of_themselves(n: int) -> Work:
    """Columns of a chain, each a cause of its own holes: no, and what would help."""
    itself = "; ".join(f"{each} -> missing({each})" for each in listed(n))
    return lambda: len(
        dofx.identify(f"P(v{n - 1} | do(v0))", f"{' -> '.join(listed(n))}; {itself}").explain()
    )


def loops(n: int) -> Work:
    """Pairs that affect each other, one after the other."""
    edges = "; ".join(f"a{i} -> b{i} -> a{i}; feedback {{a{i}, b{i}}}; b{i} -> a{i + 1}" for i in range(n))
    return said("P(y | do(x))", f"{edges}; a{n} -> y; x -> a0")


QUESTIONS: dict[Callable[[int], Work], tuple[int, ...]] = {
    **dict.fromkeys((worlds, mediators, visits, shifts, loops), (20, 40, 80, 160)),
    **dict.fromkeys((experiments, links, holes), (8, 16, 32, 64)),
    **dict.fromkeys((holes_of_all, holes_of_themselves), (8, 16, 32)),
}
"""Each kind of question with its sizes."""


def main() -> None:
    compile_query("P(y | do(x))", "x -> y").explain()  # imports
    worlds(2)()
    kinds = {
        "identify": (identifying, (100, 200, 400, 800), "characters"),
        "compile": (compiling, (60, 120, 240), "values drawn and read"),
        "draw": (drawing, (25, 50, 100), "characters of SVG"),
    }

    def row(growth: Growth) -> str:
        print(growth.cells, file=sys.stderr, flush=True)
        return f"| {' | '.join(growth.cells)} |"

    parts = []
    for kind, (prepared, sizes, counted) in kinds.items():
        families = [f for f in GRAPHS if kind != "compile" or f is not bows]
        rows = [row(grown(family.__name__, prepared(family), sizes, 3)) for family in families]
        parts.append(f"## {kind}\n\n{table(rows, counted)}")
    rows = [
        row(grown(family.__name__.replace("_", " "), family, sizes, 3)) for family, sizes in QUESTIONS.items()
    ]
    parts.append(f"## questions\n\n{table(rows, 'characters')}")
    named = [*GRAPHS, *QUESTIONS]
    families = "\n".join(
        f"- {each.__name__.replace('_', ' ')}: {' '.join((each.__doc__ or '').split())}" for each in named
    )
    head = (
        f"# Growth on other families\n\n`python benchmarks/compiling/growing.py`, on {os.cpu_count()} cores of a "
        f"server, Python {platform.python_version()}. Processor time, the best of three runs; exponents as in "
        f"[growth.md](growth.md).\n\n{families}\n"
    )
    reading = RESULT.read_text().partition("## Reading")[2] if RESULT.exists() else ""
    RESULT.write_text(f"{head}\n{chr(10).join(parts)}\n" + (f"## Reading{reading}" if reading else ""))


if __name__ == "__main__":
    main()
