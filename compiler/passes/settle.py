"""Settle: draw the variables of a cycle together, as they settle together."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from ..network.ir import Fit, SamplingNetwork, Stage
from .context import Context
from .join import NotOneDrawError, join


def settle(network: SamplingNetwork, context: Context, *, apart: Collection[str] = ()) -> SamplingNetwork:
    """The network in which the members of each cycle are one draw, where one source has them all.

    The chain rule gives the same distribution, but its order has no causal meaning, and its parts are no mechanisms. A
    cycle determines the joint distribution of its equilibrium. Members of known finite types stay apart, since tables
    given those before hold the same.

    Args:
        network: The network.
        context: The context, with the cycles of the graph.
        apart: Variables that are drawn each on its own.

    >>> from dofx.compiler.graph.admg import ADMG
    >>> from dofx.compiler.printers.network.text import parse_network
    >>> lines = ["network P(b | do(c))", "answer (b ‖ c)", "a ~ P(a | c)", "b ~ P(b | c, a)"]
    >>> market = ADMG([], [("c", "a"), ("a", "b"), ("b", "a")], feedback=["a", "b"])
    >>> before, context = parse_network("\\n".join(lines)), Context.of(market.acyclic, cycles=market.feedback)
    >>> print(settle(before, context))
    network P(b | do(c))
    answer (b ‖ c)
      a, b ~ P(a, b | c)
    """
    for cycle in context.cycles:
        if context.states.keys() & cycle or set(apart) & set(cycle):
            continue
        for name in [stage.name for stage in network]:
            members = _members(network.stage(name), cycle)
            if len(members) > 1:
                with suppress(NotOneDrawError):  # the chain rule is as right
                    network, _ = join(network, members, context)
    return network


def _members(stage: Stage, cycle: Collection[str]) -> dict[str, list[Fit]]:
    """The fits that draw members of a cycle in a stage, each alone."""
    found: dict[str, list[Fit]] = {}
    for fit in (draw.fit for draw in stage.draws):
        if len(fit.targets) == 1 and fit.targets[0] in cycle and not fit.is_policy and not fit.is_folded:
            found.setdefault(fit.targets[0], []).append(fit)
    return found
