"""A program in other notations, and programs from them: what the page exports and imports."""

from __future__ import annotations

import json
from collections.abc import Callable

from ..compiler.graph.admg import ADMG
from ..compiler.graph.convert import to_dagitty, to_dot
from ..compiler.graph.origin import origin_of
from ..compiler.printers.coloured import coloured
from ..compiler.printers.graph_svg import graph_svg
from ..compiler.printers.graph_tikz import graph_tikz
from ..compiler.printers.identification.svg import identification_canvas
from ..compiler.printers.identification.text import verdict_text
from ..grammar.formatting.program import format_graph, format_program
from ..grammar.parse import parse, parse_graph
from .look import JSON, asked_of, proved_of
from .scripts import notebook, script


def export(text: str, notation: str) -> JSON:
    """A program in another notation.

    Args:
        text: The program.
        notation: One of `NOTATIONS`.

    Returns:
        ``text``, and the ``file`` that it would be saved as.

    Raises:
        DofxError: With every fault of the program.

    >>> print(export("graph { x -> y }  query q = P(y | do(x))", "latex")["text"], end="")
    P(y \\mid \\operatorname{do}(x)) = P(y \\mid x)
    """
    file, write = NOTATIONS[notation]
    return {"text": write(text), "file": file}


def imported(text: str) -> str:
    """A program from a program, edge text, DAGitty's ``dag { … }`` or DOT.

    Raises:
        DofxError: Where it can be read as none of them.

    >>> print(imported("dag { x [exposure] y [outcome] x -> y }"), end="")
    graph {
      x
      exposure x
      y
      outcome y
      x -> y
    }
    """
    stripped = text.strip()
    words = stripped.split(None, 1)
    if words and words[0].rstrip("{") in {"graph", "query", "effect", "variables", "data"}:
        return format_program(parse(text, "program"))
    if stripped.startswith("#"):
        return format_program(parse(text, "program"))
    return f"{format_graph(parse_graph(text))}\n"


def _dagitty(text: str) -> str:
    asked = asked_of(text).graph
    whole = origin_of(asked).graph
    marks = {name: ["latent"] for name in asked.latent}
    for role, names in (("exposure", asked.exposures), ("outcome", asked.outcomes)):
        for name in names:
            marks.setdefault(name, []).append(role)
    lines = to_dagitty(whole).split("\n")
    for number, name in enumerate(whole.nodes, 1):
        if name in marks:
            lines[number] += f" [{', '.join(marks[name])}]"
    return "\n".join(lines) + "\n"


def _dot(text: str) -> str:
    asked = asked_of(text).graph
    whole = origin_of(asked).graph
    lines = to_dot(whole).split("\n")
    for number, name in enumerate(whole.nodes, 1):
        if name in asked.latent:
            lines[number] = lines[number].removesuffix(";") + " [latent=true, style=dashed];"
    return "\n".join(lines) + "\n"


def _networkx(text: str) -> str:
    asked = asked_of(text).graph
    whole = origin_of(asked).graph
    observed = [name for name in whole.nodes if name not in asked.latent]
    lines = ["import networkx as nx", "", "graph = nx.MultiDiGraph()"]
    lines.append(f"graph.add_nodes_from({json.dumps(observed, ensure_ascii=False)})")
    if asked.latent:
        names = json.dumps(list(asked.latent), ensure_ascii=False)
        lines.append(f"graph.add_nodes_from({names}, latent=True)")
    if whole.directed:
        lines.append(f"graph.add_edges_from({_pairs(whole.directed)})")
    for one, other in whole.bidirected:
        ends = f"{_quoted(one)}, {_quoted(other)}"
        lines.append(f'graph.add_edge({ends}, key="bidirected", bidirected=True)')
    return "\n".join(lines) + "\n"


def _latex(text: str) -> str:
    asked = asked_of(text)
    proofs = [proved_of(asked, kernel) for kernel in asked.kernels]
    parts = [proof.estimand.latex() if proof.estimand else f"% {verdict_text(proof)}" for proof in proofs]
    return "\n\n".join(parts) + "\n"


def _tikz(text: str) -> str:
    asked = asked_of(text)
    query = next(iter(asked.kernels), None)
    if query is None:
        return graph_tikz(asked.graph)
    roles = coloured(query)
    return graph_tikz(asked.graph, interventions=roles.interventions, outcomes=roles.outcomes)


def _svg(text: str) -> str:
    asked = asked_of(text)
    query = next(iter(asked.kernels), None)
    if query is None:
        return graph_svg(asked.graph)
    proof = proved_of(asked, query)
    return identification_canvas(proof).svg(verdict_text(proof))


def _edge_text(text: str) -> str:
    """The graph alone, projected onto what is observed: it needs no question."""
    from ..compiler.graph.read import graph_from_program

    graph: ADMG = graph_from_program(parse(text, "program"))
    return f"{graph}\n"


def _pairs(pairs: tuple[tuple[str, str], ...]) -> str:
    return "[" + ", ".join(f"({_quoted(a)}, {_quoted(b)})" for a, b in pairs) + "]"


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


NOTATIONS: dict[str, tuple[str, Callable[[str], str]]] = {
    "cq": ("program.cq", lambda text: format_program(parse(text, "program"))),
    "python": ("program.py", script),
    "notebook": ("program.ipynb", notebook),
    "latex": ("estimand.tex", _latex),
    "tikz": ("graph.tex", _tikz),
    "dagitty": ("graph.dagitty", _dagitty),
    "dot": ("graph.dot", _dot),
    "networkx": ("graph.py", _networkx),
    "edges": ("graph.txt", _edge_text),
    "svg": ("graph.svg", _svg),
}
"""Each notation with the name of its file and what writes it."""
