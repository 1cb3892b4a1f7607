"""What sets off the diagnostics of estimands handed over as data (E07), and of calls from Python (E10)."""

from __future__ import annotations

from typing import Any

from dofx import Estimand, Table, identify

DATA: dict[str, Any] = {
    "format": "dofx-estimand",
    "version": 1,
    "outcomes": ["y"],
    "interventions": ["x"],
    "conditions": [],
    "order": ["x", "y"],
    "kernels": [],
    "body": {"kind": "conditional", "targets": ["y"], "given": ["x", "z"], "of": {"data": "P"}},
}

TRIGGERS = {
    "E0701": lambda: Estimand.from_json({"type": "estimand"}),
    "E0702": lambda: Estimand.from_json(DATA | {"version": 3}),
    "E1001": lambda: identify("P(y | do(x))", "x -> y", avoid=3),  # type: ignore[arg-type]
    "E1002": lambda: Table(["x", "y"], [0.5, 0.5]),
    "E0703": lambda: Estimand.from_json(DATA | {"outcomes": "y"}),
}
