"""Several queries as one plan: which generators they share, and what that saves."""

from __future__ import annotations

from collections.abc import Sequence

from ..drawing.grid import Grid
from ..network.ir import Fit
from ..network.pool import pool
from .explanation import Explanation, Section
from .plan import Planned, amount


def together(explanations: Sequence[Explanation]) -> Section | None:
    """The generators of a program, each once; None where fewer than two queries have a network.

    A generator goes by the name that it has in the first query that needs it.
    """
    found = [
        (explanation, explanation.network) for explanation in explanations if explanation.network is not None
    ]
    if len(found) < 2:
        return None
    pooled = pool([network for _, network in found])
    needed: dict[Fit, list[Explanation]] = {}
    plans: dict[Fit, Planned] = {}
    for (explanation, _), fits in zip(found, pooled.fits, strict=True):
        for planned in explanation.plan:
            shared = fits[planned.fit]
            needed.setdefault(shared, []).append(explanation)
            if shared not in plans or planned.cost > plans[shared].cost:
                plans[shared] = planned
    rows = [
        (planned.short, planned.made, _names(needed[fit]), amount(planned.cost.total))
        for fit, planned in plans.items()
    ]
    alone = [sum(planned.cost.total for planned in explanation.plan) for explanation, _ in found]
    whole = found[0][0].cost(pooled.network)  # real rows of a variable are kept once, whoever reads them
    rows.append(("all", "", "", amount(whole)))
    grid = Grid(("generator", "made from", "needed by", "cost"), tuple(rows), "lllr")
    each = sum(len(explanation.plan) for explanation, _ in found)
    text = (
        f"{len(plans):,} generators for {len(found):,} queries, which need {each:,} one by one: "
        f"cost {amount(whole)} instead of {amount(sum(alone))}"
    )
    return Section("all queries together", grid, text)


def _names(needing: Sequence[Explanation]) -> str:
    named = (name for explanation in needing for name in explanation.names or (str(explanation.query),))
    return ", ".join(dict.fromkeys(named))
