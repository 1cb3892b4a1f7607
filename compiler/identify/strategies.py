"""Strategies: the ways to decide a query, each a function from the work so far to a verdict, or to None.

References:
    Shpitser and Pearl (2006), "Identification of conditional interventional distributions", IDC.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..estimand.algebra import Conditional, Expression, Interim, product
from ..graph.separation import separated, smallest_separator
from ..graph.varset import bits
from ..model.model import under_do
from .blocks import Blocks
from .derivation import Rule
from .factors import c_factors
from .hedge import Hedge
from .verdict import Verdict
from .work import Work

Strategy: TypeAlias = Callable[[Work], Verdict | None]
"""Decides a query; or None, where another strategy has to."""


def observed(work: Work) -> Verdict | None:
    """The observed conditional that the query equals, if rule 2 lets every intervention be seen.

    ``P(y | do(x), z)`` is ``P(y | x, z)``, less what separation spares of x and z.
    """
    graph, given = work.graph, work.interventions | work.conditions
    if work.interventions:
        unforced = graph.mutilate(out_of=work.interventions)
        if not separated(unforced, work.outcomes, work.interventions, work.conditions):
            return None
    given = smallest_separator(graph, work.outcomes, given)
    names = graph.order.set
    seen = Conditional(names(work.outcomes), names(given))
    work.note(Rule.SEE, work.interventions, graph.all, seen)
    return work.identified(seen)


def by_c_factors(work: Work) -> Verdict:
    """ID on ``P(y, z | do(x))``, then the conditional on what is left of z (IDC). It decides every query."""
    graph = work.graph.isolate(work.ancestral)
    targets = work.outcomes | work.conditions
    found = c_factors(graph, targets, work.interventions, work.interims, work.steps)
    if isinstance(found, Hedge):
        return work.refused(found)
    kernel = Blocks(graph.order, found)
    return work.identified(conditioned(work, kernel) if work.conditions else kernel.marginal(work.outcomes))


STRATEGIES: tuple[Strategy, ...] = (observed, by_c_factors)
"""Every strategy, in the order tried: the first verdict stands. The last one is complete, so that there is one."""


def conditioned(work: Work, kernel: Blocks) -> Expression:
    """``K(y | z)``: outcomes that z does not inform are clamped together, the others one by one.

    Args:
        work: The query, whose conditions z could not be exchanged.
        kernel: The joint kernel of outcomes and conditions.
    """
    together = 0
    for y in bits(work.outcomes):
        if kernel.clamp(together | 1 << y, work.conditions) is not None:
            together |= 1 << y
    parts, given = [], work.conditions
    if together:
        parts.append(kernel.clamp(together, given))
        given |= together
    for y in bits(work.outcomes & ~together):
        parts.append(kernel.clamp(1 << y, given) or _normalised(work, kernel, y, given))
        given |= 1 << y
    body = product(part for part in parts if part is not None)
    work.note(Rule.NORMALISE, work.conditions, work.graph.all, body)
    return body


def _normalised(work: Work, kernel: Blocks, outcome: int, given: int) -> Expression:
    """``K(outcome | given)`` by the kernel's name, without the conditions that m-separation makes redundant."""
    names = work.graph.order.set
    graph = under_do(work.graph, work.interventions)
    needed = (given | work.interventions) & kernel.mentions
    needed = smallest_separator(graph, 1 << outcome, needed)
    return Conditional(names(1 << outcome), names(needed), Interim(work.interims.name(kernel)))
