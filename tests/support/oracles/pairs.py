"""Two models that agree on all data and differ in the answer: a proof, by numbers, that a query is not identifiable.

A random model is moved along a direction in which its data do not change, to first order, and the answer does; then
its data are brought back by Newton's method. Nothing here is shared with the compiler.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, product
from math import prod
from typing import Any

import numpy as np

from models.functional import Array, Event, Model, Problem, World, inputs_with_variable, worded

LARGEST = 60_000
"""The most units that a model may have here."""
TRIES = ((2, 2), (4, 3), (9, 2), (9, 4), (30, 2), (90, 2))
"""How many values the noise of the variables concerned has beyond the number of states, and how many their hidden
causes have."""


@dataclass(frozen=True)
class Pair:
    """How far two models are apart: at most, in their data; and in the probability that the query asks for."""

    data: float
    answer: float


def pair(problem: Problem, concerned: Collection[str], seed: int) -> Pair | None:
    """Two models of a problem with the same data and different answers, if some are found at small sizes.

    Args:
        problem: The problem.
        concerned: The variables whose mechanisms are to differ between the models; others are kept simple.
        seed: Of the models.
    """
    tabled = {sets for sets, _, _ in problem.policies.values()}
    tabled |= {v for _, reads, _ in problem.policies.values() for v, _ in reads}
    for least, (kinds, causes) in product((2, 3), TRIES):
        sizes = {v: size if v in tabled else max(size, least) for v, size in problem.states.items()}
        more = {v: kinds if v in concerned else 0 for v in problem.nodes}
        hidden = {e: causes if {*e} <= {*concerned} else 2 for e in problem.bidirected}
        if prod(sizes[v] + more[v] for v in sizes) * prod(hidden.values()) > LARGEST:
            continue
        model = Model(replace(problem, states=sizes), seed, kinds=more, causes=hidden)
        found = _Pairs(model).found()
        if found is not None:
            return found
    return None


class _Pairs:
    """A model as a function of the probabilities of its hidden causes and of its noise."""

    def __init__(self, model: Model) -> None:
        self.model, self.problem = model, model.problem
        known: dict[Any, Array] = {("hidden", key): law for key, law in model.hidden.items()}
        known |= {("noise", key): law for key, law in model.noise.items()}
        self.sources = list(known)
        self.sizes = [len(law) for law in known.values()]
        self.start = np.concatenate(list(known.values()))
        self.data = list(self._data())

    def found(self) -> Pair | None:
        """A pair that differs in some cell of the query."""
        data, slopes = self.law(self.start)
        _, values, basis = np.linalg.svd(slopes, full_matrices=True)
        idle = basis[int((values > 1e-10 * values[0]).sum()) :]
        for cell in self._cells():
            answer, slope = self.answer(self.start, cell)
            direction = idle.T @ (idle @ slope)
            if np.isnan(answer) or np.abs(direction).max() < 1e-7 * np.abs(slope).max():
                continue
            step = 0.5 * (self.start / np.maximum(np.abs(direction), 1e-300)).min()
            for halvings in range(8):
                moved = self._back(self.start + 0.5**halvings * step * direction, data)
                if moved is not None:
                    apart = abs(self.answer(moved, cell)[0] - answer)
                    off = float(np.abs(self.law(moved)[0] - data).max())
                    if apart > 1e-7 > 1e4 * off:
                        return Pair(off, apart)
        return None

    def _back(self, at: Array, data: Array) -> Array | None:
        """The nearest model that has the data, by Newton's method."""
        for _ in range(20):
            value, slopes = self.law(at)
            if np.abs(value - data).max() < 1e-13:
                break
            at = at - np.linalg.lstsq(slopes, value - data, rcond=1e-10)[0]
        return at if at.min() > 0 else None

    def law(self, at: Array) -> tuple[Array, Array]:
        """The data, then the sum of the probabilities of each source; and their derivatives."""
        values, slopes = [], []
        for units, places, size in self.data:
            value, slope = self._sums(units, places, size, at)
            values.append(value)
            slopes.append(slope)
        edges = np.cumsum([0, *self.sizes])
        one = np.zeros((len(self.sizes), len(at)))
        for row, (begin, end) in enumerate(pairwise(edges)):
            one[row, begin:end] = 1
        return np.concatenate([*values, one @ at]), np.concatenate([*slopes, one])

    def answer(self, at: Array, cell: tuple[Any, Array]) -> tuple[float, Array]:
        """The probability that is asked for, and its derivatives; not a number where it is undefined."""
        (both, rest), slopes = self._sums(*cell, 2, at)
        total = both + rest
        if total < 1e-9:
            return float("nan"), slopes[0]
        return both / total, (slopes[0] - both / total * slopes.sum(0)) / total

    def _sums(self, units: Any, places: Array, size: int, at: Array) -> tuple[Array, Array]:
        """The probability of each place, and its derivative by each entry of `at`."""
        laws = np.split(at, np.cumsum(self.sizes)[:-1])
        index = [units.values[source] for source in self.sources]
        weights = np.array(units.weights)
        for law, values in zip(laws, index, strict=True):
            weights = weights * law[values]
        inside = places >= 0
        weights, places = weights[inside], places[inside]
        slopes = []
        for law, values in zip(laws, index, strict=True):
            flat = places * len(law) + values[inside]
            slope = np.bincount(flat, weights / law[values[inside]], size * len(law))
            slopes.append(slope.reshape(size, len(law)))
        return np.bincount(places, weights, size), np.concatenate(slopes, axis=1)

    def _units(self) -> Any:
        """All units, their weights what policies make of them alone."""
        units = self.model.units()
        units.weights = np.ones(len(units.weights))
        return units

    def _data(self) -> Iterator[tuple[Any, Array, int]]:
        nodes, states = self.problem.nodes, self.problem.states
        for z in self.problem.data:
            for setting in product(*(range(states[v]) for v in z)):
                units, world = self._units(), tuple(zip(z, setting, strict=True))
                columns = [units.value(v, world) for v in nodes if v not in z]
                shape = [states[v] for v in nodes if v not in z]
                yield units, _places(columns, shape), prod(shape)

    def _cells(self) -> Iterator[tuple[Any, Array]]:
        """The units for each setting of the inputs, and for each cell 0 where all holds, 1 where the condition does."""
        problem = self.problem
        events = [*problem.given, *problem.asked]
        homes = {name: v for event in events for name, v in inputs_with_variable(event.world)}
        opened = {worded(e.variable, e.world): e.variable for e in events if e.value is None}
        for setting in product(*(range(problem.states[v]) for v in homes.values())):
            units = self._units()
            units.inputs = dict(zip(homes, setting, strict=True))
            for event in events:
                units.value(event.variable, event.world)
            for cell in product(*(range(problem.states[v]) for v in opened.values())):
                at = dict(zip(opened, cell, strict=True))
                given, asked = (self._hold(units, some, at) for some in (problem.given, problem.asked))
                yield units, np.where(given, np.where(asked, 0, 1), -1)

    @staticmethod
    def _hold(units: Any, events: tuple[Event, ...], at: dict[str, int]) -> Array:
        holds = np.ones(len(units.weights), dtype=bool)
        for event in events:
            world: World = event.world
            value = at[worded(event.variable, world)] if event.value is None else event.value
            holds &= units.value(event.variable, world) == value
        return holds


def _places(columns: list[Array], shape: list[int]) -> Array:
    """The place of each unit in a table that is laid out row by row; there is at least one column."""
    places = np.zeros(len(columns[0]), dtype=np.intp)
    for column, size in zip(columns, shape, strict=True):
        places = places * size + column
    return places
