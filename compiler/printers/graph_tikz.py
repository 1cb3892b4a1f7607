"""Causal graphs as TikZ, for papers: nodes at the places of the drawing, edges by name, so that both can be edited."""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from ..drawing.canvas import box_size
from ..drawing.layout import layered
from ..graph.admg import ADMG
from ..graph.origin import origin_of
from ..graph.varset import bits
from .estimand.latex import symbol

Size: TypeAlias = tuple[float, float]
_CENTIMETRE = 50
"""How many pixels of the drawing are a centimetre of the picture."""

_STEPS = 64
"""At how many places of a line it is looked for boxes."""

_LOOSENESS = 0.3915
"""How far TikZ puts the control points of a bend, as a share of the distance between its ends."""

_ARROWS = (0, 15, -15, 25, -25, 35, -35, 50, -50)
_ARCS = (45, -45, 30, -30, 60, -60)
"""The bends that are tried, in degrees to the left."""


def graph_tikz(graph: ADMG, *, interventions: Iterable[str] = (), outcomes: Iterable[str] = ()) -> str:
    r"""A ``tikzpicture`` of a graph as it was written, its latent variables too.

    It needs the packages `tikz` and, for names with marks such as a hyphen, `amsmath`. Places are in centimetres. Edges
    are bent around other variables where they can be.

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
    sizes = [box_size(name) for name in whole.nodes]
    places = layered(sizes, ahead, links).places
    corner = (
        complex(min(place.real for place in places), min(place.imag for place in places)) if places else 0
    )
    lines = [r"\begin{tikzpicture}[>=stealth, every node/.style={draw, rounded corners}]"]
    for (name, look), place in zip(looks.items(), places, strict=True):
        x, y = (place - corner).real / _CENTIMETRE, (corner - place).imag / _CENTIMETRE
        style = f"[{', '.join(look)}] " if look else ""
        lines.append(rf"  \node {style}(v{index[name]}) at ({x:.2f}, {y:.2f}) {{${symbol(name)}$}};")
    for i, j in arrows:
        bends = (15,) if (j, i) in arrows else _ARROWS
        way = _way((i, j), bends, places, sizes)
        lines.append(rf"  \draw[->] (v{i}) {way} (v{j});")
    for i, j in links:
        lines.append(rf"  \draw[<->, dashed] (v{i}) {_way((i, j), _ARCS, places, sizes)} (v{j});")
    return "\n".join([*lines, r"\end{tikzpicture}"]) + "\n"


def _way(
    ends: tuple[int, int], bends: Sequence[int], places: Sequence[complex], sizes: Sequence[Size]
) -> str:
    """The first of some bends that runs through the fewest boxes, in degrees to the left."""
    others = [(places[k], width / 2, height / 2) for k, (width, height) in enumerate(sizes) if k not in ends]

    def boxes(bend: int) -> int:
        way = _points(places[ends[0]], places[ends[1]], bend)
        return sum(any(abs((p - o).real) < w and abs((p - o).imag) < h for p in way) for o, w, h in others)

    bend = min(bends, key=boxes)
    return f"to[bend {'left' if bend > 0 else 'right'}={abs(bend)}]" if bend else "--"


def _points(start: complex, end: complex, bend: int) -> list[complex]:
    """Points of TikZ's curve for a bend; the drawing's ordinates grow downwards."""
    turn = cmath.rect(_LOOSENESS, -math.radians(bend))
    out, back = start + (end - start) * turn, end - (end - start) * turn.conjugate()
    steps = (step / _STEPS for step in range(1, _STEPS))
    return [
        (1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * out + 3 * (1 - t) * t**2 * back + t**3 * end
        for t in steps
    ]
