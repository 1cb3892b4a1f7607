"""One draw ``v | g`` from rows with holes: directly, with helpers, by a refit, or with weights.

A draw is *direct* on the rows that show what it reads if v is independent of those indicators given g, in the graph as
it was observed. Where it is not, other variables may be drawn before it, and summed out; a joint distribution may be
sampled and conditioned anew; or rows may be weighted.

References:
    Mohan and Pearl (2021), "Graphical models for processing missing data".
    Mohan, Pearl, Tian (2013), "Graphical models for inference with missing data".
    Nabi, Bhattacharya, Shpitser (2020), "Full law identification in graphical models of missing data".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain as chained

from ...estimand.algebra import Conditional, Expression, marginal, product
from ...graph.varset import bits, first, subsets
from ...model.data import ALONE, OBSERVED, DataSet
from ...model.rows import Odds, Rows, rows_from
from .among import Among
from .laws import OBSERVED_LAW, Law, laws_of
from .mgraph import MGraph
from .recovery import Level, Recovery

MOST_STATES = 256
"""Most sets of drawn variables that a search for helpers looks at."""
MOST_EXTRA = 8
"""Most variables that the sets between a smallest and a largest set of conditions are made of."""
MOST_ODDS = 5_000
"""Most pairs of columns and indicators that are looked at for rows that represent those with holes by their odds."""


@dataclass(slots=True)
class Draws:
    """Recovers the draws of one m-graph from the rows of one data set.

    Args:
        graph: The m-graph of the world that the rows are of, with the indicators that decide about them.
        of: The data set.
        measured: Mask of the variables that it measures.
        whole: The m-graph with the indicators of all data sets.
        declared: The data sets as they were declared, by name.
    """

    graph: MGraph
    of: DataSet = OBSERVED
    measured: int = -1
    whole: MGraph | None = None
    declared: dict[str, DataSet] = field(default_factory=dict)
    _others: dict[DataSet, Draws] = field(default_factory=dict)
    _laws: list[Law] | None = None
    _found: dict[tuple[int, int, int, Level], Recovery | None] = field(default_factory=dict)
    _odds: dict[int, int | None] = field(default_factory=dict)
    _looked: int = 0
    _among: Among | None = None

    @classmethod
    def start(cls, whole: MGraph, data: tuple[DataSet, ...] = ALONE) -> Draws:
        """What recovers draws from the observational rows, and from those of other data sets by `within`."""
        graph = whole.within(OBSERVED.name, 0)
        return cls(graph, whole=whole, declared={each.name: each for each in data})

    def within(self, data: DataSet) -> Draws:
        """What recovers draws from the rows of another data set, known by its name."""
        data = self.declared.get(data.name, data)
        if data == self.of:
            return self
        if data not in self._others:
            whole = self.whole or self.graph
            order = whole.graph.order
            known = order.index
            sets = order.mask(name for name in data.sets if name in known)
            measured = -1
            if data.measures is not None:
                measured = sets | order.mask(name for name in data.measures if name in known)
            self._others[data] = Draws(whole.within(data.name, sets), data, measured)
        return self._others[data]

    @property
    def among(self) -> Among:
        """Independence among its rows."""
        if self._among is None:
            self._among = Among.of(self.graph, self.of)
        return self._among

    @property
    def visible(self) -> int:
        """The indicators of the columns that it measures, which its rows show."""
        graph, names = self.graph, self.graph.graph.order.names
        if self.measured == -1:
            return graph.indicators
        known = {*self.of.sets, *(self.of.measures or ())}
        return sum(1 << i for i in bits(graph.indicators) if not known.isdisjoint(graph.holes[names[i]]))

    @property
    def laws(self) -> list[Law]:
        """The weighted laws, without the observed one."""
        if self._laws is None:
            whole = not self.graph.variables & ~self.measured and self.visible == self.graph.indicators
            self._laws = [law for law in laws_of(self.graph) if law.fixed] if whole else []
        return self._laws

    def recover(self, target: int, given: int, extra: int, level: Level) -> Recovery | None:
        """The draw of a variable at a level, or None.

        Args:
            target: Mask of v.
            given: Mask of g.
            extra: Mask of variables whose values are known where it is drawn, besides g.
            level: The level.
        """
        key = target, given, extra, level
        if key not in self._found:
            found = self.together(target, given) if self.of.keeps and level == Level.ROWS else None
            self._found[key] = found or self._recover(target, given, extra, level)
        return self._found[key]

    def together(self, targets: int, given: int) -> Recovery | None:
        """The draw of several variables from the rows that show them and what they are given."""
        if not self.is_direct(targets, given, OBSERVED_LAW, 0):
            return None
        return Recovery(Level.ROWS, self._conditional(targets, given, OBSERVED_LAW, 0))

    def _recover(self, target: int, given: int, extra: int, level: Level) -> Recovery | None:
        if self.of.keeps and (level > Level.REFIT or not self.among.complete):
            return None
        match level:
            case Level.ROWS:
                return self._direct(target, given, extra, OBSERVED_LAW, level)
            case Level.HELPERS:
                return self._with_helpers(target, given, extra, OBSERVED_LAW, level)
            case Level.REFIT:
                return self._refitted(target, given, OBSERVED_LAW, level)
            case Level.WEIGHTS:
                found = (self._direct(target, given, extra, law, level) for law in self.laws)
            case Level.ODDS:
                return self._by_odds(target, given, level)
            case Level.WEIGHTED_HELPERS:
                found = (
                    self._with_helpers(target, given, extra, law, level)
                    or self._refitted(target, given, law, level)
                    for law in self.laws
                )
        return next((each for each in found if each is not None), None)

    # ── the tests ────────────────────────────────────────────────────────────────────────────────────────

    def is_direct(self, targets: int, given: int, law: Law, inside: int) -> bool:
        """Whether the rows of a law that show targets and given, and what is `inside`, represent all rows."""
        shown = self.graph.shows(targets | given) | self._shown_in(law)
        return self.among.separated(targets, shown & ~inside, given | inside, law.fixed)

    def _shown_in(self, law: Law) -> int:
        """The indicators that are 1 in the rows of a law."""
        return (law.fixed & self.graph.indicators) | law.needs

    def conditions(self, target: int, known: int, law: Law, inside: int) -> int | None:
        """A part of what is known that makes the draw direct and the rest superfluous; None if there is none."""
        needed = self.among.needed(target, known | inside, law.fixed) & known
        for more in subsets(first(known & ~needed, MOST_EXTRA)):
            if self.is_direct(target, needed | more, law, inside):
                return needed | more
        return None

    def _spare(self, target: int, given: int, extra: int) -> int:
        """The other known variables that are independent of the target, given `given`."""
        more = extra & self.measured & ~given & ~target
        return sum(1 << i for i in bits(more) if self.among.separated(target, 1 << i, given))

    # ── the levels ───────────────────────────────────────────────────────────────────────────────────────

    def _direct(self, target: int, given: int, extra: int, law: Law, level: Level) -> Recovery | None:
        known = self.conditions(target, given, law, 0)
        if known is None:
            more = self._spare(target, given, extra)
            known = self.conditions(target, given | more, law, 0) if more else None
        return None if known is None else Recovery(level, self._conditional(target, known, law, 0))

    def _with_helpers(self, target: int, given: int, extra: int, law: Law, level: Level) -> Recovery | None:
        starts = dict.fromkeys((given, given | self._spare(target, given, extra)))
        for inside in self._insides(target, given):
            for start in starts:
                chain = self._chain(start, target, law, inside)
                if chain is not None:
                    return Recovery(level, self._summed(chain, target, law, inside))
        return None

    def _refitted(self, target: int, given: int, law: Law, level: Level) -> Recovery | None:
        for conditions in dict.fromkeys((self.among.needed(target, given), given)):
            asked = target | conditions
            for inside in self._insides(target, conditions):
                for start in _proper_subsets(conditions):
                    chain = self._chain(start, asked & ~start, law, inside)
                    if chain is not None:
                        body = self._summed(chain, asked & ~start, law, inside)
                        return Recovery(level, body, True, asked & ~start, start, conditions)
        return None

    def _by_odds(self, target: int, given: int, level: Level) -> Recovery | None:
        graph = self.graph
        least = target | graph.needed(target, given)
        if graph.hiding(least):
            return None
        others = graph.variables & self.measured & ~least
        others &= ~graph.hiding(others)
        few = subsets(first(others, MOST_EXTRA))
        # Of many columns that make holes in one another often nothing less than all of them will do.
        for more in few if others.bit_count() <= MOST_EXTRA else chained((others,), few):
            columns = least | more
            beside = self._beside(columns)
            if beside is not None:
                holes = graph.shows(columns)
                return Recovery(level, self._complete(target, least & ~target, columns, holes, beside))
        return None

    def _beside(self, columns: int) -> int | None:
        """The fewest other indicators with which some columns have odds, found out once; None if there are none."""
        if columns not in self._odds:
            holes = self.graph.shows(columns)
            self._odds[columns] = None
            for beside in subsets(first(self.visible & ~holes, MOST_EXTRA)):
                if self._looked >= MOST_ODDS:
                    break
                self._looked += 1
                if self._has_odds(columns, holes, beside):
                    self._odds[columns] = beside
                    break
        return self._odds[columns]

    def _has_odds(self, columns: int, holes: int, beside: int) -> bool:
        """Whether no column's hole depends on the column itself, given all others and their holes."""
        graph = self.graph
        whole = columns | holes | beside
        for k in bits(holes):
            own = graph.columns(k) & columns
            if not graph.separated(own, 1 << k, whole & ~own & ~(1 << k)):
                return False
        return True

    def district(self, members: int, parents: int) -> Expression | None:
        """``Q[members]`` in a law in which its parents are set: first intervene, then select.

        Args:
            members: Mask of a district.
            parents: Mask of the parents of its members that are not members.

        References:
            Mohan and Pearl (2014), "Graphical models for recovering probabilistic and causal queries from missing
            data".
        """
        for law in laws_of(self.graph, parents):
            if parents & ~law.fixed:
                continue
            factors: list[Expression] = []
            known = parents
            for v in bits(members):
                given = self.conditions(1 << v, known, law, 0)
                if given is None:
                    break
                factors.append(self._conditional(1 << v, given, law, 0))
                known |= 1 << v
            else:
                return product(factors)
        return None

    # ── chains of helpers ────────────────────────────────────────────────────────────────────────────────

    def _insides(self, target: int, given: int) -> Iterator[int]:
        """Sets of indicators within whose rows the draw is the same: none, then each alone, then all."""
        yield 0
        spare = [1 << i for i in bits(self.visible) if self.among.separated(target, 1 << i, given)]
        yield from spare
        if len(spare) > 1:
            yield sum(spare)

    def _chain(self, start: int, goal: int, law: Law, inside: int) -> list[tuple[int, int]] | None:
        """Draws, each with its conditions, that lead from what is known to a goal; the fewest that do.

        A variable may be drawn next if it is direct on some conditions that make the rest of what is drawn
        superfluous: its draw is then the one given all that is drawn.
        """
        came: dict[int, tuple[int, int, int] | None] = {start: None}
        waiting = deque([start])
        while waiting and len(came) < MOST_STATES:
            known = waiting.popleft()
            for v in bits(self.graph.variables & self.measured & ~known):
                after = known | 1 << v
                if after in came:
                    continue
                given = self.conditions(1 << v, known, law, inside)
                if given is None:
                    continue
                came[after] = known, 1 << v, given
                if not goal & ~after:
                    return _way(came, after)
                waiting.append(after)
        return None

    # ── expressions ──────────────────────────────────────────────────────────────────────────────────────

    def _summed(self, chain: list[tuple[int, int]], asked: int, law: Law, inside: int) -> Expression:
        """The chain's joint distribution of what is asked, its helpers summed out."""
        drawn = 0
        for v, _ in chain:
            drawn |= v
        factors = (self._conditional(v, given, law, inside) for v, given in chain)
        return marginal(self.graph.order.set(drawn & ~asked), product(factors))

    def _conditional(self, targets: int, given: int, law: Law, inside: int) -> Conditional:
        names, read = self.graph.order.set, targets | given
        shown = self.graph.shows(read) | self._shown_in(law) | inside
        rows = Rows(self.graph.shown_names(shown, read), law.weights)
        return Conditional(names(targets), names(given), rows_from(self.of, rows))

    def _complete(self, target: int, given: int, columns: int, holes: int, beside: int) -> Conditional:
        names, all_names = self.graph.order.set, self.graph.graph.order.names
        indicators = tuple(all_names[i] for i in bits(holes))
        odds = Odds(tuple(names(columns)), indicators, tuple(all_names[i] for i in bits(beside)))
        rows = Rows(self.graph.shown_names(holes, columns), (odds,) if indicators else ())
        return Conditional(names(target), names(given), rows_from(self.of, rows))


def _way(came: dict[int, tuple[int, int, int] | None], end: int) -> list[tuple[int, int]]:
    """The draws on the way to a set of drawn variables."""
    steps: list[tuple[int, int]] = []
    while (step := came[end]) is not None:
        end, v, given = step
        steps.append((v, given))
    return steps[::-1]


def _proper_subsets(mask: int) -> Iterator[int]:
    """The proper subsets of the first members of a set, the largest first."""
    return iter(sorted(subsets(first(mask, MOST_EXTRA)), key=int.bit_count, reverse=True)[1:])
