"""Queries over several worlds and their truths: random models of functions with noise, all worlds enumerated at once.

Nothing here is shared with the compiler: a problem is plain data, and `text` writes its query in the language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
How: TypeAlias = Any
"""An int; ``"?a"``, an input; ``("in", variable, world)``, the value there; or ``("policy", name, reads)``, reads being
pairs (variable, world), the world None where the policy reads its own."""
World: TypeAlias = tuple[tuple[str, How], ...]


@dataclass(frozen=True)
class Event:
    """A variable in a world, with its value if it has one."""

    variable: str
    world: World = ()
    value: int | None = None
    natural: bool = False
    """Whether the value is meant that it has by itself although its world sets it."""


@dataclass(frozen=True)
class Problem:
    """A graph, a query, the tables of its policies, and which experiments there are (each by what it sets)."""

    nodes: tuple[str, ...]
    directed: tuple[tuple[str, str], ...]
    bidirected: tuple[tuple[str, str], ...]
    asked: tuple[Event, ...]
    given: tuple[Event, ...]
    states: Mapping[str, int]
    policies: Mapping[str, tuple[str, tuple[tuple[str, World | None], ...], Array]] = field(
        default_factory=dict
    )
    data: tuple[tuple[str, ...], ...] = ((),)

    def parents(self, node: str) -> tuple[str, ...]:
        """The direct causes of a variable, in the order of the nodes."""
        return tuple(v for v in self.nodes if (v, node) in self.directed)

    @property
    def query(self) -> str:
        """The query in dofx's language."""
        given = " | " + ", ".join(map(stated, self.given)) if self.given else ""
        return f"P({', '.join(map(stated, self.asked))}{given})"


def worded(variable: str, world: World, *, actual: bool = False) -> str:
    """The canonical text of a variable in a world."""
    if not world:
        return f"{variable}[]" if actual else variable
    parts = []
    for name, how in sorted(world, key=lambda pair: pair[0]):
        if isinstance(how, int):
            parts.append(f"{name}={how}")
        elif isinstance(how, str):
            parts.append(f"{name}={how}" if how != name else name)
        elif how[0] == "policy":
            parts.append(f"{name}~{how[1]}({','.join(map(read_text, how[2]))})")
        else:
            parts.append(f"{name}={worded(how[1], how[2], actual=True)}")
    return f"{variable}[{','.join(parts)}]"


def read_text(read: tuple[str, World | None]) -> str:
    """What a policy reads: bare in its own world, else in the world of its brackets."""
    return read[0] if read[1] is None else worded(read[0], read[1], actual=True)


def stated(event: Event) -> str:
    """An event as it is written."""
    text = worded(event.variable, event.world)
    return text if event.value is None else f"{text} = {event.value}"


class Model:
    """A random model: each variable is a function of its causes, of hidden causes shared with others, and of noise.

    Every state of a variable has a positive probability whatever its causes are.

    Args:
        problem: Whose graph and states it has.
        seed: Of its functions and probabilities.
        kinds: How many values the noise of a variable has beyond its number of states; 2 where that is not said.
        causes: How many values a hidden cause has; 2 where that is not said.
    """

    def __init__(
        self,
        problem: Problem,
        seed: int,
        *,
        kinds: Mapping[str, int] | None = None,
        causes: Mapping[tuple[str, str], int] | None = None,
    ) -> None:
        rng = np.random.default_rng(seed)
        self.problem = problem
        self.noise: dict[str, Array] = {}
        self.functions: dict[str, Array] = {}
        self.hidden = {
            pair: rng.dirichlet(np.ones((causes or {}).get(pair, 2)) * 3) for pair in problem.bidirected
        }
        for node in problem.nodes:
            size = problem.states[node]
            values = size + (kinds or {}).get(node, 2)
            shape = [problem.states[v] for v in problem.parents(node)]
            shape += [len(law) for pair, law in self.hidden.items() if node in pair]
            table = rng.integers(0, size, size=(*shape, values))
            flat = table.reshape(-1, values)
            for row in flat:
                row[:size] = rng.permutation(size)
            self.functions[node] = flat.reshape(table.shape)
            self.noise[node] = rng.dirichlet(np.ones(values))

    def units(self) -> _Units:
        """Every combination of hidden causes and noise, with its probability."""
        sources = [
            *(("hidden", pair) for pair in self.hidden),
            *(("noise", node) for node in self.problem.nodes),
        ]
        tables = [self.hidden[key] if kind == "hidden" else self.noise[key] for kind, key in sources]  # type: ignore[index]
        weights = np.ones(1)
        values: dict[Any, Array] = {}
        for source, table in zip(sources, tables, strict=True):
            n = len(weights)
            values = {key: np.repeat(array, len(table)) for key, array in values.items()}
            values[source] = np.tile(np.arange(len(table)), n)
            weights = (weights[:, None] * table).ravel()
        return _Units(self, weights, values)

    def joint(self, sets: Sequence[str] = ()) -> Array:
        """P(V | do(sets)), an axis for each node; for the variables that are set, each setting by itself."""
        problem = self.problem
        found = np.zeros([problem.states[v] for v in problem.nodes])
        for setting in product(*(range(problem.states[v]) for v in sets)):
            units = self.units()
            world: World = tuple(zip(sets, setting, strict=True))
            columns = [units.value(v, world) for v in problem.nodes]
            np.add.at(found, tuple(columns), units.weights)
        return found

    def truth(self) -> tuple[list[str], Array]:
        """The answer: an axis for each input, condition and outcome without a value; not a number where undefined."""
        axes, both, given = self.masses()
        return axes, np.divide(both, given, out=np.full_like(both, np.nan), where=given > 1e-14)

    def masses(self) -> tuple[list[str], Array, Array]:
        """The axes of the answer, the probability of all events, and that of the conditions."""
        problem = self.problem
        events = [*problem.given, *problem.asked]
        inputs = sorted({name for event in events for name in inputs_of(event.world)})
        homes = {name: v for event in events for name, v in inputs_with_variable(event.world)}
        open_ = list(
            dict.fromkeys((worded(e.variable, e.world), e.variable) for e in events if e.value is None)
        )
        axes = [(name, homes[name]) for name in inputs] + open_
        sizes = [problem.states[v] for _, v in axes]
        found, below = np.zeros(sizes), np.zeros(sizes)
        for setting in product(*(range(problem.states[homes[name]]) for name in inputs)):
            units = self.units()
            units.inputs = dict(zip(inputs, setting, strict=True))
            for event in events:
                units.value(event.variable, event.world)
            for cell in product(*(range(problem.states[v]) for _, v in open_)):
                at = dict(zip((text for text, _ in open_), cell, strict=True))

                def holds(event: Event, at: dict[str, int] = at, units: _Units = units) -> Array:
                    value = at[worded(event.variable, event.world)] if event.value is None else event.value
                    return units.value(event.variable, event.world) == value

                given = np.ones(len(units.weights), dtype=bool)
                for event in problem.given:
                    given &= holds(event)
                both = given.copy()
                for event in problem.asked:
                    both &= holds(event)
                found[(*setting, *cell)] = units.weights[both].sum()
                below[(*setting, *cell)] = units.weights[given].sum()
        return [name for name, _ in axes], found, below


class _Units:
    def __init__(self, model: Model, weights: Array, values: dict[Any, Array]) -> None:
        self.model = model
        self.weights = weights
        self.values = values
        self.inputs: dict[str, int] = {}

    def value(self, variable: str, world: World, *, natural: bool = False) -> Array:
        """The variable in the world, for each unit."""
        key = ("in", variable, world, natural)
        if key not in self.values:
            how = None if natural else dict(world).get(variable)
            found = self.mechanism(variable, world) if how is None else self.setting(variable, how, world)
            self.values[key] = found
        return self.values[key]

    def mechanism(self, variable: str, world: World) -> Array:
        for parent in self.model.problem.parents(variable):
            self.value(parent, world)
        index = [self.value(parent, world) for parent in self.model.problem.parents(variable)]
        index += [self.values["hidden", pair] for pair in self.model.problem.bidirected if variable in pair]
        index.append(self.values["noise", variable])
        return self.model.functions[variable][tuple(index)]

    def setting(self, variable: str, how: How, world: World) -> Array:
        if isinstance(how, int):
            return np.full(len(self.weights), how)
        if isinstance(how, str):
            return np.full(len(self.weights), self.inputs[how])
        if how[0] == "in":
            return self.value(how[1], how[2])
        _, name, reads = how
        table = self.model.problem.policies[name][2]
        index: tuple[Array, ...] = ()
        for _ in range(2):  # a draw of another policy makes more units, so all are read again
            index = tuple(
                self.value(v, world if there is None else there, natural=there is None and v == variable)
                for v, there in reads
            )
        size = table.shape[-1]
        chances = table[index] if index else np.broadcast_to(table, (len(self.weights), size))
        self.weights = (self.weights[:, None] * chances).ravel()
        kept = np.flatnonzero(self.weights)
        self.weights = self.weights[kept]
        self.values = {key: array[kept // size] for key, array in self.values.items()}
        return kept % size


def inputs_with_variable(world: World) -> Iterator[tuple[str, str]]:
    """The inputs of a world, each with the variable that it sets."""
    for name, how in world:
        if isinstance(how, str):
            yield how, name
        elif not isinstance(how, int):
            reads = [(how[1], how[2])] if how[0] == "in" else how[2]
            for _, there in reads:
                yield from inputs_with_variable(there or ())


def inputs_of(world: World) -> Iterator[str]:
    """The names of the inputs of a world."""
    yield from (name for name, _ in inputs_with_variable(world))


def mentioned(problem: Problem) -> set[str]:
    """The variables that a query speaks of, also within worlds and by what policies read."""

    def within(world: World) -> Iterator[str]:
        for name, how in world:
            yield name
            if not isinstance(how, int | str):
                for variable, there in [(how[1], how[2])] if how[0] == "in" else how[2]:
                    yield variable
                    yield from within(there or ())

    events = (*problem.asked, *problem.given)
    return {name for event in events for name in (event.variable, *within(event.world))}
