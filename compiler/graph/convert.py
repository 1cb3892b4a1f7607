"""Causal graphs in other formats. Each reads back as the same graph, its nodes in the same order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .admg import ADMG

if TYPE_CHECKING:
    import networkx as nx

_FOREIGN_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_FOREIGN_KEYWORDS = {"dag", "digraph", "edge", "graph", "node", "strict", "subgraph"}
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def to_networkx(graph: ADMG) -> nx.MultiDiGraph[str]:
    """A MultiDiGraph; a bidirected edge is two opposite edges, their key and attribute ``bidirected``.

    >>> list(to_networkx(ADMG([], [("x", "y")], [("x", "y")])).edges(keys=True))
    [('x', 'y', 'directed'), ('x', 'y', 'bidirected'), ('y', 'x', 'bidirected')]
    """
    import networkx as nx

    found: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    if graph.cycles:
        found.graph["feedback"] = graph.feedback
    found.add_nodes_from(graph.nodes)
    for cause, effect in graph.directed:
        found.add_edge(cause, effect, key="directed")
    for one, other in graph.bidirected:
        found.add_edge(one, other, key="bidirected", bidirected=True)
        found.add_edge(other, one, key="bidirected", bidirected=True)
    return found


def to_edge_text(graph: ADMG) -> str:
    """One edge a line, after a line of variables if the edges do not name them all in order.

    >>> print(to_edge_text(ADMG(["y", "x", "age at birth"], [("x", "y")], [("x", "y")])))
    y, x, "age at birth"
    x -> y
    y <-> x
    """
    from ...grammar.formatting.program import format_name

    name = {node: format_name(node) for node in graph.nodes}
    for indicator, columns in graph.holes.items():
        home = graph.holes.home(indicator)
        where = f" in {format_name(home)}" if home else ""
        name[indicator] = f"missing({', '.join(map(format_name, columns))}){where}"
    named = dict.fromkeys(end for edge in (*graph.directed, *graph.bidirected) for end in edge)
    lines = [] if tuple(named) == graph.nodes else [", ".join(name.values())]
    lines += [f"{name[a]} -> {name[b]}" for a, b in graph.directed]
    lines += [f"{name[a]} <-> {name[b]}" for a, b in graph.bidirected]
    lines += [f"feedback {{{', '.join(name[v] for v in loop)}}}" for loop in graph.feedback]
    return "\n".join(lines)


def to_dagitty(graph: ADMG) -> str:
    """The graph in DAGitty's language.

    >>> print(to_dagitty(ADMG([], [("x", "y")], [("x", "y")])))
    dag {
      x
      y
      x -> y
      x <-> y
    }

    References:
        Textor, van der Zander, Gilthorpe, Liśkiewicz, Ellison (2016), "Robust causal inference using directed
        acyclic graphs: the R package dagitty".
    """
    lines = [
        *_foreign_nodes(graph),
        *(f"{_foreign_name(a)} -> {_foreign_name(b)}" for a, b in graph.directed),
        *(f"{_foreign_name(a)} <-> {_foreign_name(b)}" for a, b in graph.bidirected),
    ]
    return "\n".join(["dag {", *(f"  {line}" for line in lines), "}"])


def to_dot(graph: ADMG) -> str:
    """The graph in DOT, for Graphviz.

    >>> print(to_dot(ADMG([], [("x", "y")], [("x", "y")])))
    digraph {
      x;
      y;
      x -> y;
      x -> y [dir=both, style=dashed];
    }
    """
    lines = [
        *_foreign_nodes(graph),
        *(f"{_foreign_name(a)} -> {_foreign_name(b)}" for a, b in graph.directed),
        *(f"{_foreign_name(a)} -> {_foreign_name(b)} [dir=both, style=dashed]" for a, b in graph.bidirected),
    ]
    return "\n".join(["digraph {", *(f"  {line};" for line in lines), "}"])


def _foreign_nodes(graph: ADMG) -> Iterator[str]:
    """The nodes; those on cycles carry the number of their set, which other programs do not read."""
    number = {name: i for i, loop in enumerate(graph.feedback, 1) for name in loop}
    for node in graph.nodes:
        yield _foreign_name(node) + (f" [feedback={number[node]}]" if node in number else "")


def _foreign_name(name: str) -> str:
    """A name in DAGitty or DOT, quoted unless it is a plain ASCII identifier."""
    if _FOREIGN_NAME.fullmatch(name) and name.lower() not in _FOREIGN_KEYWORDS:
        return name
    return f'"{name.translate(_ESCAPES)}"'
