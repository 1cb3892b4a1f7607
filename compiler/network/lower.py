"""Lowering: an estimand read as a program that samples it, one draw for each probability term and variable.

A product of conditionals is a run of draws, a sum over a variable is a hidden draw, and a conditional of an
interim kernel is a draw whose generator trains on rows simulated from that kernel's own stage. Wires become what
the draws read: the value of another world is another id, and a value that the query states is a constant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from typing import TypeAlias, assert_never

from ..estimand.algebra import (
    Arithmetic,
    Conditional,
    Estimand,
    Expression,
    Interim,
    Marginal,
    Never,
    Product,
    Same,
    Wired,
)
from ..estimand.naming import Namer
from ..model.data import OBSERVED, DataSet
from ..model.resolve import always
from ..model.rows import Rows, SomeRows, rows_from
from ..model.worlds import Constant, Policy
from .errors import arithmetic, several_values, weighs_rows, zero
from .ir import Draw, SamplingNetwork, Simulated, Source, Stage, Wire, Wires

Binding: TypeAlias = tuple[int, int]
"""A name's position in the order, and the scope that binds it; scope 0 is the free one."""

Place: TypeAlias = Binding | Constant
"""What a name stands for."""


def lower(estimand: Estimand) -> SamplingNetwork:
    """The sampling network that an estimand denotes, before any pass.

    Raises:
        DofxError: E1002 for an estimand that nothing can sample: the probability of a stated value, or zero.

    References:
        Rahman, Jordan, Kocaoglu (2024), algorithm 1 (ID-GEN): the network H, built here from per-variable
        draws that read only predecessors, so that no c-factor waits for another.
    """
    query, stages = estimand.query, list[Stage]()
    for kernel in estimand.kernels:
        builder = _StageBuilder(estimand, stages)
        builder.visit(kernel.body, {})
        stage = builder.stage(kernel.name, tuple(kernel.inputs), tuple(kernel.outputs))
        stages.append(replace(stage, world=kernel.world))
    builder = _StageBuilder(estimand, stages)
    builder.visit(estimand.body, {})
    builder.draw_idle()
    read = builder.free | (
        set(query.outcomes) - builder.copied
    )  # what is both asked and given is shown as given
    inputs = tuple(name for name in query.inputs if name in read)
    stages.append(builder.stage("answer", inputs, query.outcomes))
    data = tuple(dict.fromkeys((*estimand.data, OBSERVED)))
    return SamplingNetwork(query, tuple(stages), data, estimand.holes)


@dataclass(slots=True)
class _StageBuilder:
    """Collects the draws of a stage.

    Args:
        estimand: The estimand.
        earlier: The stages of interim kernels so far.
        scopes: The number of sums so far.
        given: What each draw reads: the names by which its mechanism knows the values, and what they stand for.
        mechanisms: The variable whose mechanism each draw is.
        sources: Where each draw is from.
        copies: Values that are other values: what an outcome stands for that is drawn or set under another name.
    """

    estimand: Estimand
    earlier: list[Stage]
    scopes: int = 0
    given: dict[Binding, tuple[tuple[str, Place], ...]] = field(default_factory=dict)
    mechanisms: dict[Binding, str] = field(default_factory=dict)
    sources: dict[Binding, Source] = field(default_factory=dict)
    copies: dict[Binding, Place] = field(default_factory=dict)

    def visit(self, expression: Expression, scope: Mapping[str, Place]) -> None:
        """Collect the draws of an expression; `scope` says what its names stand for, if not for themselves."""
        match expression:
            case Conditional():
                self.conditional(expression, scope)
            case Product(factors):
                for factor in factors:
                    self.visit(factor, scope)
            case Marginal(over, body):
                self.scopes += 1
                places = self.estimand.order.index
                self.visit(body, {**scope, **{name: (places[name], self.scopes) for name in over}})
            case Wired(body, wires):
                outer = {name: self.place(wire, scope) for name, wire in wires}
                self.visit(body, {**scope, **outer})
            case Arithmetic():
                raise arithmetic(self.estimand.query)
            case Never():
                raise zero(self.estimand.query)
            case _:
                assert_never(expression)

    def place(self, wire: Wire, scope: Mapping[str, Place]) -> Place:
        """What a wire stands for."""
        if isinstance(wire, Constant):
            return wire
        return scope.get(wire, (self.estimand.order.index[wire], 0))

    def conditional(self, leaf: Conditional, scope: Mapping[str, Place]) -> None:
        """A draw for each target, which reads what is given and the targets before it."""
        before = [(name, self.place(name, scope)) for name in leaf.given]
        order, of = self.estimand.order.index, self.estimand.variable_of
        several = leaf.kernel if not self.estimand.query.plain else None
        inputs = () if several is None else self.estimand.kernel(several).inputs
        for name in leaf.targets:
            binding = self.place(name, scope)
            if isinstance(binding, Constant) and (shown := self.given_as(leaf, before)) is not None:
                self.copies[shown] = binding
                continue
            if isinstance(binding, Constant):
                raise weighs_rows(self.estimand.query, of(name), binding.value)
            if isinstance(leaf.of, Same):
                ((_, self.copies[binding]),) = before
                continue
            read = before
            if isinstance(leaf.of, Policy):
                known = dict(before)
                read = [(str(each), known[str(each)]) for each in leaf.of.reads]
            else:
                read = sorted(before, key=lambda pair: (pair[0] in inputs, order[of(pair[0])]))
            self.given[binding] = tuple((of(each), place) for each, place in read)
            self.mechanisms[binding] = of(name)
            self.sources[binding] = _source(leaf.of)
            if leaf.kernel is not None:
                self.require_told_apart(leaf.kernel, [name, *(each for each, _ in read)])
            before.append((name, binding))

    def given_as(self, leaf: Conditional, before: list[tuple[str, Place]]) -> Binding | None:
        """The outcome that has the value of a condition, if a conditional says so: it is asked about and given."""
        query, names = self.estimand.query, self.estimand.order.names
        match leaf.of, before:
            case Same(), [(_, (place, 0))]:
                both = names[place] in query.outcomes and names[place] in query.conditions
                return (place, 0) if both else None
            case _:
                return None

    def require_told_apart(self, kernel: str, names: list[str]) -> None:
        """Refuse a conditional of a kernel that has several values of one variable, if it cannot say which is meant."""
        stage = next(each for each in self.earlier if each.name == kernel)
        of = self.estimand.variable_of
        outputs = dict(
            zip(self.estimand.kernel(kernel).outputs, (id for _, id in stage.outputs), strict=True)
        )
        if stage.supplying(map(of, names)) != [outputs.get(name, name) for name in names]:
            raise several_values(self.estimand.query, kernel)

    @property
    def free(self) -> set[str]:
        """The names that draws and copies read from outside."""
        names = self.estimand.order.names
        read = [place for given in self.given.values() for _, place in given]
        read += self.copies.values()
        found = {place for place in read if not isinstance(place, Constant)}
        return {names[name] for name, scope in found - self.given.keys() - self.copies.keys() if scope == 0}

    @property
    def copied(self) -> set[str]:
        """The free names whose values are other values."""
        return {self.estimand.order.names[name] for name, scope in self.copies if scope == 0}

    def draw_idle(self) -> None:
        """Draw the idle variables from the data, so that they stay in its support.

        Jointly where there is one observational data set, else each from a data set that has it.
        """
        before: tuple[tuple[str, Place], ...] = ()
        for name in self.estimand.idle:
            binding = (self.estimand.order.index[name], 0)
            self.given[binding] = before
            self.mechanisms[binding] = name
            home = _home(name, self.estimand.data)
            together = self.estimand.idle if home == OBSERVED else (name,)
            shown = Rows(tuple(sorted(self.estimand.holes.of(home.name).columns.intersection(together))))
            self.sources[binding] = rows_from(home, shown)
            before = (*before, (name, binding)) if home == OBSERVED else ()

    def stage(self, name: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Stage:
        """The draws in the order they can run, bound variables renamed apart."""
        names, of = self.estimand.order.names, self.estimand.variable_of
        own = {names[v] for v, scope in self.given if scope == 0 and of(names[v]) == names[v]}
        namer = Namer.after(own | {*inputs})
        ids: dict[Binding, str] = {}
        draws = []
        for binding in self._runnable():
            variable, scope = binding
            own_name = scope == 0 and names[variable] in own
            ids[binding] = names[variable] if own_name else namer(of(names[variable]))
            given: Wires = tuple((g, self._wire(place, ids)) for g, place in self.given[binding])
            draws.append(Draw.of(ids[binding], self.mechanisms[binding], given, self.sources[binding]))
        shown = list[tuple[str, str]]()
        for each in outputs:
            wire = self._wire((self.estimand.order.index[each], 0), ids)
            if isinstance(wire, Constant):
                draws.append(Draw.of(namer(of(each)), of(each), (), always(wire.value)))
                wire = draws[-1].id
            shown.append((of(each), wire))
        return Stage(name, tuple((of(each), each) for each in inputs), tuple(draws), tuple(shown))

    def _wire(self, place: Place, ids: Mapping[Binding, str]) -> Wire:
        while not isinstance(place, Constant) and place in self.copies:
            place = self.copies[place]
        return place if isinstance(place, Constant) else ids.get(place, self.estimand.order.names[place[0]])

    def _runnable(self) -> Iterator[Binding]:
        reads = {binding: self._drawn(given) for binding, given in self.given.items()}
        waiting = {binding: len(read) for binding, read in reads.items()}
        readers: dict[Binding, list[Binding]] = {}
        for binding, read in reads.items():
            for g in read:
                readers.setdefault(g, []).append(binding)
        ready = [binding for binding, count in waiting.items() if not count]
        heapify(ready)
        while ready:
            binding = heappop(ready)
            yield binding
            for reader in readers.get(binding, ()):
                waiting[reader] -= 1
                if not waiting[reader]:
                    heappush(ready, reader)

    def _drawn(self, given: Iterable[tuple[str, Place]]) -> list[Binding]:
        """The draws that a draw reads."""
        found: list[Binding] = []
        for _, place in given:
            while not isinstance(place, Constant) and place in self.copies:
                place = self.copies[place]
            if not isinstance(place, Constant) and place in self.given:
                found.append(place)
        return found


def _home(name: str, data: tuple[DataSet, ...]) -> DataSet:
    """The first data set that has a variable, as one that it measures or sets."""
    has = (each for each in data if each.measures is None or name in each.measures or name in each.sets)
    return next(has, OBSERVED)


def _source(of: DataSet | SomeRows | Interim | Policy) -> Source:
    return Simulated(of.name) if isinstance(of, Interim) else of
