"""What sets off the diagnostics of graphs that come as objects or with programs."""

from __future__ import annotations

from functools import partial

import dofx

TRIGGERS = {
    "E0204": partial(dofx.graph, 42),
    "E0205": lambda: dofx.graph(dofx.parse("query risk = P(y | do(x))", "risk.cq")),
}
