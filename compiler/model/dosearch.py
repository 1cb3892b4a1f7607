"""Problems in the text of the R package dosearch, in and out, so that verdicts can be compared.

References:
    Tikka, Hyttinen, Karvanen (2021), "Causal effect identification from multiple incomplete data sources: a general
    search-based approach", Journal of Statistical Software 99(5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...grammar.edge.arguments import public
from ..graph.admg import ADMG
from .data import DataSet
from .errors import not_a_distribution, not_an_edge
from .query import Query

_TERM = re.compile(r"\s*p\((?P<of>[^|]*)(?:\|(?P<given>.*))?\)\s*", re.DOTALL)
_DO = re.compile(r"do\(([^)]*)\)")
_EDGE = re.compile(r"\s*([\w.]+)\s*(<->|->|<-)\s*([\w.]+)\s*")


@public()
@dataclass(frozen=True, slots=True)
class DoSearch:
    """The arguments of ``dosearch(data, query, graph, transportability, selection_bias)``.

    Args:
        data: A line for each data set, such as ``p(y,z|do(x),t)``.
        query: Such as ``p(y|do(x))``.
        graph: A line for each edge, ``x -> y`` or ``x <-> y``.
        transportability: Nodes that stand for a difference of the populations, between commas.
        selection_bias: The nodes that stand for a selection of rows, likewise.
    """

    data: str
    query: str
    graph: str
    transportability: str = ""
    selection_bias: str = ""

    def problem(self) -> tuple[Query, ADMG, tuple[DataSet, ...]]:
        """The query, the graph and the data sets, which are called d1, d2, ….

        A data set that is given conditionally was selected by what it is given.

        Raises:
            DofxError: E1002 for text that is not dosearch's.

        >>> text = DoSearch("p(x,y,z|do(x),t)\\np(z)", "p(y|do(x))", "x -> y\\nz -> y\\nt -> z", "t")
        >>> query, graph, data = text.problem()
        >>> print(query, *data, sep="; ")
        P(y | do(x)); d1 sets x measures y, z differs at z; d2 measures z
        """
        shifts, kept = _names(self.transportability), _names(self.selection_bias)
        edges = [_edge(line) for line in _lines(self.graph)]
        inner = {*shifts, *kept}
        directed = [(a, b) for a, arrow, b in edges if arrow == "->"]
        both = [(a, b) for a, arrow, b in edges if arrow == "<->"]
        graph = ADMG((), [pair for pair in directed if not inner & {*pair}], both)
        nodes = [name for line in _lines(self.data) for part in _term(line) for name in part]
        graph = ADMG(
            dict.fromkeys((*graph.nodes, *(name for name in nodes if name not in inner))),
            graph.directed,
            both,
        )
        data = []
        for number, line in enumerate(_lines(self.data), 1):
            of, done, given = _term(line)
            seen = [name for name in given if name not in inner]
            differs = [b for a, b in directed if a in shifts and a in given]
            keeps = [*seen, *(a for a, b in directed if b in kept and b in given)]
            measures = [name for name in (*of, *seen) if name not in done and name not in inner]
            data.append(DataSet(f"d{number}", sets=done, measures=measures, differs=differs, keeps=keeps))
        of, done, given = _term(self.query)
        return Query.of(of, done, given), graph, tuple(data)

    def __str__(self) -> str:
        """The call, in R."""
        more = {"transportability": self.transportability, "selection_bias": self.selection_bias}
        arguments = {"data": self.data, "query": self.query, "graph": self.graph}
        arguments |= {name: value for name, value in more.items() if value}
        return "dosearch(\n" + ",\n".join(f'  {k} = "{v}"' for k, v in arguments.items()) + "\n)"


@public()
def to_dosearch(query: Query, graph: ADMG, data: Sequence[DataSet]) -> DoSearch:
    """The problem as dosearch has it: each population and each selection is a node of the graph.

    Args:
        query: A query of one world.
        graph: The graph.
        data: The data sets.

    >>> lab = DataSet("lab", sets=["x"], measures=["y"], differs=["y"], keeps=["x"])
    >>> print(to_dosearch(Query.of("y", "x"), ADMG([], [("x", "y")]), [lab]))
    dosearch(
      data = "p(y|do(x),t_lab,s_lab)",
      query = "p(y|do(x))",
      graph = "x -> y
    t_lab -> y
    x -> s_lab",
      transportability = "t_lab",
      selection_bias = "s_lab"
    )
    """
    edges = [f"{a} -> {b}" for a, b in graph.directed] + [f"{a} <-> {b}" for a, b in graph.bidirected]
    lines, shifts, kept = [], [], []
    for each in data:
        measured = graph.nodes if each.measures is None else each.measures
        given = [f"do({','.join(each.sets)})"] if each.sets else []
        differs = [name for name in each.differs if name not in each.sets]
        if differs:
            shifts.append(f"t_{each.name}")
            given.append(shifts[-1])
            edges += [f"{shifts[-1]} -> {name}" for name in differs]
        if each.keeps:
            kept.append(f"s_{each.name}")
            given.append(kept[-1])
            edges += [f"{name} -> {kept[-1]}" for name in each.keeps]
        lines.append(_written([name for name in measured if name not in each.sets], given))
    do = [f"do({','.join(query.interventions)})"] if query.interventions else []
    asked = _written(query.outcomes, [*do, *query.conditions])
    return DoSearch("\n".join(lines), asked, "\n".join(edges), ",".join(shifts), ",".join(kept))


def _written(of: Iterable[str], given: Sequence[str]) -> str:
    return f"p({','.join(of)}{'|' if given else ''}{','.join(given)})"


def _term(text: str) -> tuple[list[str], list[str], list[str]]:
    """What a term is a probability of, what it sets, and what else is given."""
    match = _TERM.fullmatch(text)
    if match is None:
        raise not_a_distribution(text)
    given = match["given"] or ""
    done = [name for part in _DO.findall(given) for name in _names(part)]
    return _names(match["of"]), done, _names(_DO.sub("", given))


def _edge(line: str) -> tuple[str, str, str]:
    match = _EDGE.fullmatch(line)
    if match is None:
        raise not_an_edge(line)
    a, arrow, b = match.groups()
    return (b, "->", a) if arrow == "<-" else (a, arrow, b)


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
