"""What sets off the diagnostics of graphs that come as objects or with programs."""

from __future__ import annotations

import warnings
from functools import partial

import dofx
from dofx.grammar.diagnostics.diagnostic import Diagnostic, DofxWarning


def warned(graph: str) -> tuple[Diagnostic, ...]:
    """The diagnostics of the warnings that a graph sets off."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        dofx.graph(graph)
    return tuple(w.message.diagnostic for w in caught if isinstance(w.message, DofxWarning))


def crowded(effects: int) -> dofx.ADMG:
    """A graph in which one latent variable has many effects."""
    return dofx.graph(f"latent u; u -> {{{', '.join(f'x{i}' for i in range(effects))}}}")


def weighed_by_a_density() -> None:
    """Fit what needs the density of a variable that is not finite."""
    rows = {"smoking": [0, 1, 1] * 40, "tar": [0.5, 1.25, 2.0] * 40, "cancer": [0, None, 1] * 40}
    graph = "smoking -> tar -> cancer; smoking <-> cancer; smoking <-> missing(cancer)"
    dofx.compile("P(cancer | do(smoking))", graph).fit(rows)


TRIGGERS = {
    "E0204": partial(dofx.graph, 42),
    "E0207": lambda: crowded(2000).bidirected,
    "E0208": partial(dofx.identify, "P(y | do(x))", "dag { s [selected]  x -> y  {x y} -> s }"),
    "E0209": partial(dofx.identify, "P(y[x = 1] | x = 0)", "x -> y -> x; x -> missing(y); feedback {x, y}"),
    "E0220": partial(dofx.graph, "x -> y; missing(y) -> x"),
    "E0221": partial(dofx.graph, "missing(height, weight); age -> missing(weight)"),
    "E0222": partial(dofx.graph, "latent u; u -> y; age -> missing(u)"),
    "E0223": weighed_by_a_density,
    "E0225": lambda: dofx.identify(
        "P(y | do(x))", "x -> y; x -> missing(y) in trail", data=[dofx.DataSet("trial", sets=["x"])]
    ),
    "W0201": partial(warned, "dag { u [latnet]  u -> {x y}  x -> y }"),
    "E0205": lambda: dofx.graph(dofx.parse("query risk = P(y | do(x))", "risk.cq")),
}
