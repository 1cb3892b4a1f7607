"""Whether two data sets have the same conditional, so that the rows of both may train one generator."""

from __future__ import annotations

from collections.abc import Sequence

from ...graph.additions import confounded, with_node
from ...graph.admg import ADMG
from ...graph.separation import separated
from ...model.data import DataSet
from ...model.model import under_do


def same_kernel(
    graph: ADMG, one: DataSet, other: DataSet, targets: Sequence[str], given: Sequence[str]
) -> bool:
    """Whether ``P(targets | given)`` is the same in two data sets, by what is declared of them.

    One more node says from which of the two a row is. It is a cause of all that differs between them: of variables
    whose mechanism differs in one, and of variables that one has set, because its design decides their values. Designs
    may set several variables dependently. The conditional is the same where this node is separated from the targets.

    Args:
        graph: The causal graph.
        one: A data set whose rows were not selected.
        other: Another.
        targets: What the conditional is of.
        given: What it is given.

    References:
        Bareinboim, Pearl (2012), "Transportability of causal effects: completeness results", selection diagrams.

    >>> graph = ADMG([], [("z", "x"), ("z", "y"), ("x", "y")])
    >>> trial, survey = DataSet("trial", sets=["x"]), DataSet("survey", differs=["z"])
    >>> same_kernel(graph, trial, survey, ["y"], ["z", "x"]), same_kernel(graph, trial, survey, ["z"], [])
    (True, False)
    """
    if one.keeps or other.keeps:
        return False
    for each in (one, other):
        known = set(graph.nodes if each.measures is None else (*each.measures, *each.sets))
        if not known.issuperset((*targets, *given)) or not set(each.sets).isdisjoint(targets):
            return False
    mask, last = graph.order.mask, 1 << len(graph.nodes)
    both, either = mask(set(one.sets) & set(other.sets)), mask({*one.sets, *other.sets})
    cut = under_do(graph, both)
    shifted = mask({*one.differs, *other.differs}) & ~both | either
    wider = with_node(confounded(cut, either), effects=shifted)
    return separated(wider, mask(targets), last, mask(given))
