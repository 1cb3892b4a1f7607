"""The strategy for several data sets: each district of what is asked from one of them.

References:
    Lee, Correa, Bareinboim (2020), "General transportability", AAAI; Kivva, Mokhtarian, Etesami, Kiyavash (2022),
    "Revisiting the general identifiability problem", arXiv 2206.01081; Lee, Bareinboim (2020), "Causal effect
    identifiability under partial observability", ICML.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

from ...graph.admg import ADMG
from ...graph.projection import hidden
from ...graph.varset import bits, subsets
from ...model.data import DataSet
from ...model.model import under_do
from ..blocks import Block, Blocks
from ..derivation import Rule, Step
from ..factors import Interims
from ..strategies import conditioned
from ..verdict import Identified, NoSource, Refused
from ..work import Work
from .selected import Wanted, kernel, pieced
from .supplies import Obstacle, Supplies

MOST_LEVELS = 4096
"""How many ways to hide variables are tried: all where twelve or fewer may be hidden."""


MOST_BESIDE = 4
"""The most variables beside the causes of what is asked for which it is tried whether asking about them helps."""


@dataclass(frozen=True, slots=True)
class Level:
    """A choice of the variables that are visible while a query is computed; the others are projected out.

    Args:
        graph: The projection of the query's graph, in its world.
        districts: Each district, and with it the hidden variables that lead to it: all whose mechanisms its
            c-factor is made of.
    """

    graph: ADMG
    districts: tuple[tuple[int, int], ...]


def by_data_sets(work: Work, data: Sequence[DataSet]) -> Identified | Refused:
    """ID with a data set for each district, at the first level at which every district has one.

    Args:
        work: The query, its conditions exchanged as far as they can be.
        data: The data sets.
    """
    supplies, serves = Supplies(work.graph, data), dict[tuple[int, int], bool]()
    level = _served(work, supplies, serves)
    if level is not None:
        return _computed(work, supplies, level)
    found = _as_one(work, supplies) or _with_more(work, supplies)
    return found or _refused(work, supplies, next(_levels(work, supplies)))


def _served(work: Work, supplies: Supplies, serves: dict[tuple[int, int], bool]) -> Level | None:
    """The first level at which every district has a data set; `serves` remembers which districts have one."""
    for level in _levels(work, supplies):
        for district in level.districts:
            if district not in serves:
                found = _factor(supplies, level.graph, *district, Interims(), [])
                serves[district] = isinstance(found, Block)
            if not serves[district]:
                break
        else:
            return level
    return None


def _with_more(work: Work, supplies: Supplies) -> Identified | None:
    """The query as a marginal of a query about more variables, which may help where rows were selected.

    A condition on causes of the selection may make a conditional of selected rows one of the population; their own
    distribution then comes from another data set. The added variables are effects of nothing that is asked: others
    that have no effect on the outcomes may be set to any value along with the interventions (rule 3).
    """
    if not supplies.selected or work.conditions:
        return None
    world = under_do(work.graph, work.interventions)
    beside = list(bits(work.graph.all & ~work.interventions & ~world.ancestors_of(work.outcomes)))
    if len(beside) > MOST_BESIDE:
        return None
    for roles in product((0, 1, 2), repeat=len(beside)):  # 1: asked about too, 2: set too
        if 1 in roles:
            asked, done = (
                sum(1 << v for v, role in zip(beside, roles, strict=True) if role == r) for r in (1, 2)
            )
            wider = replace(work, outcomes=work.outcomes | asked, interventions=work.interventions | done)
            level = _served(wider, supplies, {})
            if level is not None:
                return _computed(work, supplies, level)
    return None


def _factor(
    supplies: Supplies, level: ADMG, district: int, folded: int, interims: Interims, steps: list[Step]
) -> Block | dict[str, Obstacle]:
    """The c-factor of a district, from one data set or pieced together; else why each data set lacks it."""
    found = supplies.factor(level, district, folded, interims, steps)
    if isinstance(found, Block) or not supplies.selected:
        return found
    return pieced(supplies, level, district, interims, steps) or found


def _as_one(work: Work, supplies: Supplies) -> Identified | None:
    """The query as one conditional kernel of a data set whose rows were selected."""
    wanted = Wanted(work.outcomes, work.conditions, work.interventions)
    for supply in supplies:
        if supply.data.keeps:
            found = kernel(work.graph, supply, wanted, work.interims, work.steps)
            if found is not None:
                answer = Blocks(work.graph.order, [found]).marginal(work.outcomes)
                return work.identified(answer, {each.data: each.markov for each in supplies})
    return None


def _levels(work: Work, supplies: Supplies) -> Iterator[Level]:
    """The levels, those with more visible variables first.

    If every data set measures all, hiding variables gains nothing, and only one level is tried; likewise if no data
    set measures some outcome or condition under its own mechanism. Another variable of which that holds is always
    hidden.
    """
    free = work.graph.all & ~work.interventions
    world = under_do(work.graph, work.interventions)
    targets = work.outcomes | work.conditions
    relevant = world.ancestors_of(targets)
    world = world.isolate(relevant)
    optional = relevant & free & ~targets

    def level(seen: int) -> Level:
        hide = optional & ~seen
        graph = hidden(world, hide)
        parts = graph.districts_in(relevant & free & ~hide)
        return Level(graph, tuple((part, world.ancestors_of(part, within=hide | part)) for part in parts))

    if supplies.complete:
        yield level(optional)
        return
    usable = 0
    for supply in supplies:
        usable |= supply.measures & ~supply.differs
    nowhere = targets & free & ~usable  # no choice of what is hidden gives such a variable a data set
    for dropped in islice(subsets(optional & usable), 1 if nowhere else MOST_LEVELS):
        yield level(optional & usable & ~dropped)


def _computed(work: Work, supplies: Supplies, level: Level) -> Identified:
    names = work.graph.order.set
    seen = sum(part for part, _ in level.districts)
    groups = tuple(names(part) for part, _ in level.districts)
    work.note(Rule.DISTRICTS, seen, work.graph.all & ~work.interventions, groups=groups)
    blocks = []
    for part, folded in level.districts:
        found = _factor(supplies, level.graph, part, folded, work.interims, work.steps)
        assert isinstance(found, Block)
        blocks.append(found)
    kernel = Blocks(work.graph.order, blocks)
    answer = conditioned(work, kernel) if work.conditions else kernel.marginal(work.outcomes)
    return work.identified(answer, {supply.data: supply.markov for supply in supplies})


def _refused(work: Work, supplies: Supplies, level: Level) -> Refused:
    """The verdict with the first district that no data set has."""
    names = work.graph.order.set
    seen = sum(part for part, _ in level.districts)
    for part, folded in level.districts:
        found = _factor(supplies, level.graph, part, folded, work.interims, work.steps)
        if not isinstance(found, Block):
            work.note(Rule.NO_SOURCE, part, seen)
            return Refused(NoSource(found, names(part), names(seen), supplies.complete))
    raise AssertionError("every district has a data set")
