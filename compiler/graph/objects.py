"""Causal graphs from the graph objects of other libraries, known by their attributes and never imported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ...grammar.diagnostics.diagnostic import DofxError
from .admg import ADMG
from .errors import not_a_graph, one_name_for_several, undecided_edge
from .projection import project

_YES = {"true", "yes", "1"}
_NO = {"false", "no", "0"}


@dataclass(slots=True)
class _Parts:
    """What a foreign graph holds, in its own nodes."""

    nodes: list[Any]
    directed: list[tuple[Any, Any]] = field(default_factory=list)
    bidirected: list[tuple[Any, Any]] = field(default_factory=list)
    latent: list[Any] = field(default_factory=list)
    selected: list[Any] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    feedback: list[list[Any]] = field(default_factory=list)
    name: Callable[[Any], str] = str


def graph_from_object(source: Any) -> ADMG:
    """The causal graph that an object of another library holds, its latent variables projected out.

    Read are graphs of ananke, y0, causal-learn, pgmpy and networkx. In a networkx graph a node is latent if
    its attribute ``hidden`` or ``latent`` is true or ``observed`` is false, and decides which units the data hold
    if ``selected`` is true. In its multigraphs an edge is
    bidirected if its key or attribute says so, or if it comes with its opposite.

    Raises:
        DofxError: E0204 for an object of another kind, E0203 for each edge without a direction.
    """
    for is_one, parts_of in _LIBRARIES:
        if is_one(source):
            return _graph(parts_of(source))
    raise not_a_graph(source)


def _graph(parts: _Parts) -> ADMG:
    if parts.undecided:
        raise DofxError(undecided_edge(edge) for edge in parts.undecided)
    name = {node: parts.name(node) for node in parts.nodes}
    twice = [text for text, number in Counter(name.values()).items() if number > 1]
    if twice:
        listed = ", ".join(f"`{text}`" for text in twice[:3])
        raise one_name_for_several(listed)
    directed, bidirected = (
        [(name[a], name[b]) for a, b in edges] for edges in (parts.directed, parts.bidirected)
    )
    feedback = [[name[node] for node in loop] for loop in parts.feedback]
    graph = ADMG(name.values(), directed, bidirected, feedback)
    graph.selected = tuple(name[node] for node in parts.selected)
    return project(graph, graph.order.mask(name[node] for node in parts.latent))


# ── ananke: `vertices`, `di_edges`, `bi_edges`, `ud_edges` ───────────────────────────────────────────────


def _is_ananke(source: Any) -> bool:
    return hasattr(source, "vertices") and hasattr(source, "di_edges")


def _ananke(source: Any) -> _Parts:
    return _Parts(
        nodes=list(source.vertices),
        directed=_sorted(source.di_edges),
        bidirected=_sorted(getattr(source, "bi_edges", ())),
        undecided=[f"{a} - {b}" for a, b in _sorted(getattr(source, "ud_edges", ()))],
    )


# ── y0: an `NxMixedGraph` of two networkx graphs ─────────────────────────────────────────────────────────


def _is_y0(source: Any) -> bool:
    return all(hasattr(getattr(source, side, None), "edges") for side in ("directed", "undirected"))


def _y0(source: Any) -> _Parts:
    nodes = dict.fromkeys([*source.directed.nodes, *source.undirected.nodes])
    return _Parts(list(nodes), list(source.directed.edges()), list(source.undirected.edges()))


# ── causal-learn: a `GeneralGraph` or `Dag`, or a `CausalGraph` with one in `G` ──────────────────────────


def _is_causal_learn(source: Any) -> bool:
    return hasattr(getattr(source, "G", source), "get_graph_edges")


def _causal_learn(source: Any) -> _Parts:
    source = getattr(source, "G", source)
    parts = _Parts(list(source.get_nodes()), name=lambda node: str(node.get_name()))
    parts.latent = [v for v in parts.nodes if getattr(v.get_node_type(), "name", "") == "LATENT"]
    for edge in source.get_graph_edges():
        ends = edge.get_node1(), edge.get_node2()
        marks = (_MARKS.get(end.name, "?") for end in (edge.get_endpoint1(), edge.get_endpoint2()))
        _add_marked(parts, *ends, *marks)
    return parts


_MARKS = {"TAIL": "-", "ARROW": ">", "CIRCLE": "o", "STAR": "*"}


def _add_marked(parts: _Parts, one: Any, other: Any, mark: str, other_mark: str) -> None:
    """File an edge by the marks at its two ends."""
    match mark, other_mark:
        case "-", ">":
            parts.directed.append((one, other))
        case ">", "-":
            parts.directed.append((other, one))
        case ">", ">":
            parts.bidirected.append((one, other))
        case _:
            arrow = f"{mark.replace('>', '<')}-{other_mark}".replace("---", "-")
            parts.undecided.append(f"{parts.name(one)} {arrow} {parts.name(other)}")


# ── networkx and pgmpy: `nodes`, `edges` and their attributes ────────────────────────────────────────────


def _is_networkx(source: Any) -> bool:
    return all(hasattr(source, name) for name in ("nodes", "edges", "is_directed", "is_multigraph"))


def _networkx(source: Any) -> _Parts:
    parts = _Parts(list(source.nodes))
    latents = set(getattr(source, "latents", ()))
    parts.latent = [v for v, data in source.nodes(data=True) if v in latents or _is_latent(data)]
    parts.selected = [v for v, data in source.nodes(data=True) if _says(data.get("selected"), _YES)]
    parts.undecided = [f"{a} - {b}" for a, b in _sorted(getattr(source, "undirected_edges", ()))]
    if not source.is_directed():
        for a, b, data in source.edges(data=True):
            marks = data.get("marks", {})
            _add_marked(parts, a, b, marks.get(a, "-"), marks.get(b, "-"))
        return parts
    parts.feedback = [list(loop) for loop in getattr(source, "graph", {}).get("feedback", ())]
    count: Counter[tuple[Hashable, Hashable]] = Counter()
    for a, b, key, data in _keyed_edges(source):
        if _is_bidirected(key, data):
            parts.bidirected.append((a, b))
        elif key == "directed":
            parts.directed.append((a, b))
        else:
            count[a, b] += 1
    for (a, b), number in count.items():
        back = count.get((b, a), 0)
        if back and a != b and source.is_multigraph():
            parts.bidirected.append((a, b))
            number -= back
        if number > 0:
            parts.directed.append((a, b))
    return parts


def _keyed_edges(source: Any) -> Iterator[tuple[Any, Any, Any, dict[str, Any]]]:
    if source.is_multigraph():
        yield from source.edges(keys=True, data=True)
    else:
        yield from ((a, b, None, data) for a, b, data in source.edges(data=True))


def _is_latent(data: dict[str, Any]) -> bool:
    hidden = any(_says(data.get(key), _YES) for key in ("hidden", "latent", "unobserved"))
    return hidden or _says(data.get("observed"), _NO) or "latents" in (data.get("roles") or ())


def _is_bidirected(key: Any, data: dict[str, Any]) -> bool:
    kinds = (key, data.get("type"), data.get("edge_type"), data.get("kind"))
    return "bidirected" in kinds or _says(data.get("bidirected"), _YES) or data.get("dir") == "both"


def _says(value: Any, words: set[str]) -> bool:
    return value is not None and str(value).lower() in words


def _sorted(edges: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Edges that a library keeps in a set, in an order that hash seeds do not change."""
    return sorted(edges, key=str)


_LIBRARIES: tuple[tuple[Callable[[Any], bool], Callable[[Any], _Parts]], ...] = (
    (_is_ananke, _ananke),
    (_is_y0, _y0),
    (_is_causal_learn, _causal_learn),
    (_is_networkx, _networkx),
)
