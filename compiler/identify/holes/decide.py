"""From an estimand for complete rows to one for rows with holes, every draw recovered as cheaply as can be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice, permutations
from typing import assert_never

from ...estimand.algebra import (
    Arithmetic,
    Conditional,
    Estimand,
    Expression,
    Interim,
    Kernel,
    Marginal,
    Never,
    Product,
    Wired,
    marginal,
    product,
    wired,
)
from ...estimand.naming import numbered
from ...graph.admg import ADMG
from ...graph.varset import bits
from ...model.data import ALONE, DataSet
from ...model.query import Query
from .candidates import Candidate, candidates
from .districts import by_districts
from .draws import Draws
from .found import Found, Lost
from .recovery import Level, Recovery
from .several_data_sets import Elsewhere
from .words import words_of

_MOST_SPLITS = 6
"""Most orders in which variables that are drawn together are drawn one by one instead."""


def recovered(
    query: Query, graph: ADMG, standard: Estimand, data: tuple[DataSet, ...] = ALONE
) -> Found | Lost:
    """The estimand that rows with holes answer, or the draw of the standard one that is lost.

    Args:
        query: The query.
        graph: The graph, with its indicators.
        standard: The estimand that complete rows answer.
        data: The available data sets.
    """
    search = _Search(query, graph, data, candidates(query, graph, standard, data))
    if not search.hopeless:
        found = search.by_level() or search.by_district()
        if found is not None:
            return found
    lost = search.written(search.first, max(Level))
    assert isinstance(lost, Lost)
    return lost


@dataclass(slots=True)
class _Search:
    """The search for a way to identify the query of which every draw is recovered.

    Args:
        query: The query.
        graph: The graph, with its indicators.
        data: The data sets that there are.
        source: The ways, the standard one first, made one after the other.
        seen: Those made so far.
    """

    query: Query
    graph: ADMG
    data: tuple[DataSet, ...]
    source: Iterator[Candidate]
    seen: list[Candidate] = field(default_factory=list[Candidate])

    def __iter__(self) -> Iterator[Candidate]:
        yield from self.seen
        for candidate in self.source:
            self.seen.append(candidate)
            yield candidate

    @property
    def first(self) -> Candidate:
        """The standard way."""
        return next(iter(self))

    @property
    def _alone(self) -> bool:
        """Whether it is a query in one world to the observational data set."""
        return self.data == ALONE and self.query.plain

    @property
    def hopeless(self) -> bool:
        """Whether an outcome decides about its own holes, which no way undoes.

        References:
            Mohan, Pearl, Tian (2013), "Graphical models for inference with missing data", theorem 3.
        """
        if not self._alone:
            return False
        worlds = self.first.draws.graph
        return bool(worlds.hiding(worlds.graph.order.mask(self.query.outcomes)))

    def by_level(self) -> Found | None:
        """The first way whose draws are all recovered, with as little as possible beyond the rows that show them."""
        elsewhere: Elsewhere | None = None
        for level in Level:
            for candidate in self:
                found = self.written(candidate, level)
                if isinstance(found, Found):
                    return found
                if self.query.plain and len(self.data) > 1 and candidate is self.first:
                    elsewhere = elsewhere or Elsewhere(self.query, self.graph, self.data, candidate.draws)
                    other = elsewhere.first(found, partial(self.written, level=level))
                    if other is not None:
                        return other
        return None

    def by_district(self) -> Found | None:
        """The query district by district, each from a law in which its parents are set."""
        if not self._alone or self.query.conditions or self.graph.cycles:
            return None
        return by_districts(self.query, self.graph, self.first.draws)

    def written(self, candidate: Candidate, level: Level) -> Found | Lost:
        """A way with each of its draws recovered, up to a level; or the draw that is lost."""
        writer = _Writer(candidate.draws, candidate.estimand, level)
        found = writer.estimand()
        if found is None:
            assert writer.lost
            return writer.lost
        words = tuple(each for each in writer.words if each)
        return Found(replace(found, holes=self.graph.holes), words, candidate.steps)


@dataclass(slots=True)
class _Writer:
    """Writes an estimand with each of its draws recovered, up to a level."""

    draws: Draws
    standard: Estimand
    level: Level
    inputs: int = 0
    kernels: list[Kernel] = field(default_factory=list)
    lost: Lost | None = None
    words: dict[str, None] = field(default_factory=dict)
    _refits: dict[Recovery, str] = field(default_factory=dict)

    def estimand(self) -> Estimand | None:
        """The estimand, or None where a draw is lost."""
        for kernel in self.standard.kernels:
            outputs, inputs = self._mask(kernel.outputs), self._mask(kernel.inputs)
            self.inputs = inputs
            body = self._expression(kernel.body, inputs | outputs)
            if body is None:
                return None
            names = self.draws.graph.order.set
            self.kernels.append(replace(kernel, outputs=names(outputs), inputs=names(inputs), body=body))
        query = self.standard.query
        self.inputs = self._mask(query.inputs) if query.plain else 0
        outcomes = self._mask(query.outcomes) if query.plain else 0
        body = self._expression(self.standard.body, self.inputs | outcomes)
        if body is None:
            return None
        return Estimand(query, self.draws.graph.order, tuple(self.kernels), body, self.standard.aliases)

    def _mask(self, names: Iterable[str]) -> int:
        return self.draws.graph.order.mask(names)

    def _expression(self, expression: Expression, known: int) -> Expression | None:
        """An expression; `known` is the mask of the variables that have a value where it stands."""
        names = self.draws.graph.order.set
        match expression:
            case Conditional(targets, given, of):
                if isinstance(of, DataSet):
                    return self._draws(self._mask(targets), self._mask(given), known, of)
                return Conditional(names(self._mask(targets)), names(self._mask(given)), of)
            case Product(factors):
                found: list[Expression] = []
                for factor in factors:
                    one = self._expression(factor, known)
                    if one is None:
                        return None
                    found.append(one)
                return product(found)
            case Marginal(over, body):
                inner = self._expression(body, known | self._mask(over))
                return None if inner is None else marginal(names(self._mask(over)), inner)
            case Wired(body, wires):  # what is known outside goes by other names inside
                outside, self.inputs = self.inputs, 0
                inner = self._expression(body, 0)
                self.inputs = outside
                return None if inner is None else wired(inner, dict(wires), self.draws.graph.order)
            case Never(over):
                return Never(names(self._mask(over)))
            case Arithmetic(operator, left, right):
                one, other = self._expression(left, known), self._expression(right, known)
                return None if one is None or other is None else Arithmetic(operator, one, other)
            case _:
                assert_never(expression)

    def _draws(self, targets: int, given: int, known: int, of: DataSet) -> Expression | None:
        """A draw of one variable or of several: from one row, or else one by one."""
        draws = self.draws.within(of)
        if targets.bit_count() > 1:
            together = draws.together(targets, given)
            if together:
                self.words[words_of(draws, targets, given, together)] = None
                return together.expression
        best: tuple[int, list[tuple[int, Recovery]]] | None = None
        for order in islice(permutations(bits(targets)), _MOST_SPLITS):
            found = self._one_by_one(draws, order, given, known)
            if found is not None:
                cost = max(recovery.level for _, recovery in found)
                if best is None or cost < best[0]:
                    best = cost, found
            if best is not None and best[0] == Level.ROWS:
                break
        if best is None:
            return None
        for target, recovery in best[1]:
            self.words[words_of(draws, target, given, recovery)] = None
            given |= target
        return product(self._written(target, recovery) for target, recovery in best[1])

    def _one_by_one(
        self, draws: Draws, order: tuple[int, ...], given: int, known: int
    ) -> list[tuple[int, Recovery]] | None:
        """Each variable in turn, given those before it."""
        found: list[tuple[int, Recovery]] = []
        for place in order:
            target = 1 << place
            extra = (known & (target - 1) | self.inputs) & draws.graph.variables
            for level in islice(Level, self.level + 1):
                recovery = draws.recover(target, given, extra & ~given & ~target, level)
                if recovery is not None:
                    found.append((target, recovery))
                    break
            else:
                self.lost = self.lost or Lost(draws, target, given)
                return None
            given |= target
        return found

    def _written(self, target: int, recovery: Recovery) -> Expression:
        """The expression of a draw; the joint that it is a refit of becomes an interim kernel."""
        if not recovery.joint:
            return recovery.expression
        names = self.draws.graph.order.set
        if recovery not in self._refits:
            taken = {kernel.name for kernel in (*self.kernels, *self.standard.kernels)}
            name = next(name for n in range(1, len(taken) + 2) if (name := numbered("Q", n)) not in taken)
            self._refits[recovery] = name
            outputs, inputs = names(recovery.outputs), names(recovery.inputs)
            self.kernels.append(Kernel(name, outputs, inputs, recovery.expression))
        return Conditional(names(target), names(recovery.conditions), Interim(self._refits[recovery]))
