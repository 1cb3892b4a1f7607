"""What sets off the diagnostics of estimands handed over as data (E07)."""

from __future__ import annotations

from typing import Any

from dofx import Estimand

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
    "E0702": lambda: Estimand.from_json(DATA | {"version": 2}),
    "E0703": lambda: Estimand.from_json(DATA | {"outcomes": "y"}),
}
