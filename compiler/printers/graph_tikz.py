"""Causal graphs as TikZ, for papers: nodes at the places of the drawing, edges by name, so that both can be edited."""

from __future__ import annotations

from collections.abc import Iterable

from ..drawing.canvas import box_size
from ..drawing.layout import layered
from ..graph.admg import ADMG
from ..graph.origin import origin_of
from ..graph.varset import bits
from .estimand.latex import symbol

_CENTIMETRE = 50
"""How many pixels of the drawing are a centimetre of the picture."""


def graph_tikz(graph: ADMG, *, interventions: Iterable[str] = (), outcomes: Iterable[str] = ()) -> str:
    r"""A ``tikzpicture`` of a graph as it was written, its latent variables too.

    It needs the package `tikz` alone. Places are in centimetres.

    Args:
        graph: The graph.
        interventions: Drawn with a grey background.
        outcomes: Drawn with a thick border.

    >>> print(graph_tikz(ADMG([], [("x_1", "y")], [("x_1", "y")]), outcomes=["y"]), end="")
    \begin{tikzpicture}[>=stealth, every node/.style={draw, rounded corners}]
      \node (v0) at (0.00, 0.00) {$x_{1}$};
      \node [very thick] (v1) at (2.14, 0.00) {$y$};
      \draw[->] (v0) -- (v1);
      \draw[<->, dashed] (v0) to[bend left=45] (v1);
    \end{tikzpicture}
    """
    whole = origin_of(graph).graph
    index = whole.order.index
    looks: dict[str, tuple[str, ...]] = dict.fromkeys(whole.nodes, ())
    for style, names in (
        ("dashed", graph.latent),
        ("fill=black!10", interventions),
        ("very thick", outcomes),
    ):
        for name in names:
            looks[name] = (*looks[name], style)
    arrows = [(index[a], index[b]) for a, b in whole.directed]
    around = {i: loop for loop in whole.cycles for i in bits(loop)}
    ahead = [(i, j) for i, j in arrows if i < j or not around.get(i, 0) >> j & 1]  # the others close cycles
    links = [(index[a], index[b]) for a, b in whole.bidirected]
    places = layered([box_size(name) for name in whole.nodes], ahead, links).places
    corner = (
        complex(min(place.real for place in places), min(place.imag for place in places)) if places else 0
    )
    lines = [r"\begin{tikzpicture}[>=stealth, every node/.style={draw, rounded corners}]"]
    for (name, look), place in zip(looks.items(), places, strict=True):
        x, y = (place - corner).real / _CENTIMETRE, (corner - place).imag / _CENTIMETRE
        style = f"[{', '.join(look)}] " if look else ""
        lines.append(rf"  \node {style}(v{index[name]}) at ({x:.2f}, {y:.2f}) {{${symbol(name)}$}};")
    for i, j in arrows:
        both = (j, i) in arrows
        lines.append(rf"  \draw[->] (v{i}) {'to[bend left=15]' if both else '--'} (v{j});")
    lines += [rf"  \draw[<->, dashed] (v{i}) to[bend left=45] (v{j});" for i, j in links]
    return "\n".join([*lines, r"\end{tikzpicture}"]) + "\n"
