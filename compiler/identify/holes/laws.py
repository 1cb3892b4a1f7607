"""Weighted laws: sets of indicators that inverse propensities set to 1, each propensity learnt on rows that show it.

References:
    Bhattacharya, Nabi, Shpitser, Robins (2019), "Identification in missing data models represented by directed
    acyclic graphs".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...graph.reach import closure
from ...graph.varset import bits
from ...model.rows import Inverse, Rows, Weight
from .mgraph import MGraph

MOST_LAWS = 64
"""Most sets of indicators that are set: more are not looked for."""


@dataclass(frozen=True, slots=True)
class Law:
    """The law of the rows in which some indicators are set to 1 by weights, and then seen to be 1.

    Args:
        fixed: The indicators that are set to 1, and the variables that are set.
        needs: The other indicators whose columns the weights read.
        weights: The weight of a row: the product of these.
    """

    fixed: int = 0
    needs: int = 0
    weights: tuple[Weight, ...] = ()


OBSERVED_LAW = Law()
"""The law of the rows, holes included."""


def laws_of(graph: MGraph, variables: int = 0) -> list[Law]:
    """All laws that follow from the observed one (the least fixpoint), the laws that set the fewest nodes first.

    Args:
        graph: The m-graph.
        variables: Mask of variables that may be set too, by the inverse of their conditional probability.
    """
    found: dict[int, list[Law]] = {0: [OBSERVED_LAW]}
    waiting = True
    while waiting:
        waiting = False
        for law in [law for laws in list(found.values()) for law in laws]:
            for b in bits((graph.indicators | variables) & ~law.fixed):
                for made in _fixing(graph, law, b, found):
                    known = found.setdefault(made.fixed, [])
                    if any(not other.needs & ~made.needs for other in known):
                        continue
                    known[:] = [other for other in known if made.needs & ~other.needs]
                    known.append(made)
                    waiting = True
        if len(found) > MOST_LAWS:
            break
    laws = [law for each in found.values() for law in each]
    return sorted(laws, key=lambda law: (law.fixed.bit_count(), law.needs.bit_count(), law.fixed, law.needs))


def _fixing(graph: MGraph, law: Law, b: int, found: dict[int, list[Law]]) -> Iterator[Law]:
    """The laws that also set the indicator at a position, one for each way to learn its propensity."""
    bit, cut = 1 << b, graph.fixed(law.fixed)
    alone = not graph.graph.sibling_masks[b]
    if alone:  # its propensity is the same in every law
        district, pillow = bit, graph.graph.parent_masks[b]
        sources = 0
    else:
        district = cut.district_of(bit, cut.all & ~law.fixed)
        if closure(cut.child_masks, bit, cut.all) & district & ~bit:
            return
        pillow = (district | cut.parents_of(district)) & ~bit & ~(law.fixed & graph.indicators)
        above = graph.graph.ancestors_of(bit | pillow)
        sources = law.fixed & above
    own = bit & graph.variables
    if not own and pillow & graph.columns(b):
        return
    read = graph.shows(pillow | own)
    for known in list(found.values()):
        for source in known:
            if sources & ~source.fixed or source.fixed & bit or source.fixed & ~law.fixed & district:
                continue
            shown = (source.fixed & graph.indicators) | read | source.needs
            if shown & bit:
                continue
            if not graph.separated(
                bit, shown & ~source.fixed & ~pillow, pillow & ~source.fixed, source.fixed
            ):
                continue
            needs = read | (pillow & graph.indicators & shown)
            yield Law(
                law.fixed | bit,
                (law.needs | needs) & ~law.fixed & ~bit,
                (*law.weights, _weight(graph, b, pillow, shown, source)),
            )


def _weight(graph: MGraph, b: int, pillow: int, shown: int, source: Law) -> Inverse:
    names = graph.graph.order.names
    given = tuple(names[i] for i in bits(pillow))
    rows = Rows(graph.shown_names(shown, (pillow | 1 << b) & graph.variables), source.weights)
    return Inverse(names[b], given, rows if rows else None)
