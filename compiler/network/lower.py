"""Lowering: an estimand read as a program that samples it, one draw for each probability term and variable.

A product of conditionals is a run of draws, a sum over a variable is a hidden draw, and a conditional of an
interim kernel is a draw whose generator trains on rows simulated from that kernel's own stage.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from typing import TypeAlias

from ...grammar.arguments import refused
from ..estimand.algebra import Conditional, Estimand, Expression, Marginal, Never, Product, Wired
from ..estimand.algebra import Source as KernelSource
from ..estimand.naming import Namer
from ..model.data import OBSERVED, DataSet
from .ir import Draw, Pairs, SamplingNetwork, Simulated, Source, Stage

Binding: TypeAlias = tuple[int, int]
"""A variable's position in the order, and the scope that binds it; scope 0 is the free one."""


def lower(estimand: Estimand) -> SamplingNetwork:
    """The sampling network that an estimand denotes, before any pass.

    References:
        Rahman, Jordan, Kocaoglu (2024), algorithm 1 (ID-GEN): the network H, built here from per-variable
        draws that read only predecessors, so that no c-factor waits for another.
    """
    stages = []
    for kernel in estimand.kernels:
        builder = _StageBuilder(estimand)
        builder.visit(kernel.body, {})
        stage = builder.stage(kernel.name, tuple(kernel.inputs), tuple(kernel.outputs))
        stages.append(replace(stage, world=kernel.world))
    builder = _StageBuilder(estimand)
    builder.visit(estimand.body, {})
    builder.draw_idle()
    read = builder.free
    inputs = tuple(name for name in estimand.query.inputs if name in read)
    stages.append(builder.stage("answer", inputs, estimand.query.outcomes))
    return SamplingNetwork(estimand.query, tuple(stages))


@dataclass(slots=True)
class _StageBuilder:
    estimand: Estimand
    scopes: int = 0
    given: dict[Binding, tuple[Binding, ...]] = field(default_factory=dict)
    sources: dict[Binding, Source] = field(default_factory=dict)

    def visit(self, expression: Expression, scope: Mapping[int, int]) -> None:
        """Collect the draws of an expression; `scope` says which scope binds a variable."""
        match expression:
            case Conditional(targets, given, of):
                places = self.estimand.order.index
                before = [(places[name], scope.get(places[name], 0)) for name in given]
                for name in targets:
                    binding = (places[name], scope.get(places[name], 0))
                    self.given[binding] = tuple(sorted(before))
                    self.sources[binding] = _source(of)
                    before.append(binding)
            case Product(factors):
                for factor in factors:
                    self.visit(factor, scope)
            case Marginal(over, body):
                self.scopes += 1
                places = self.estimand.order.index
                self.visit(body, {**scope, **{places[name]: self.scopes for name in over}})
            case Wired() | Never():
                raise refused(
                    "a query over several worlds has no sampling network yet", "evaluate its estimand"
                )

    @property
    def free(self) -> set[str]:
        """The names that draws read from outside."""
        names = self.estimand.order.names
        read = {binding for given in self.given.values() for binding in given}
        return {names[variable] for variable, scope in read - self.given.keys() if scope == 0}

    def draw_idle(self) -> None:
        """Draw the idle variables from the data, jointly, so that they stay in its support."""
        before: tuple[Binding, ...] = ()
        for name in self.estimand.idle:
            binding = (self.estimand.order.index[name], 0)
            self.given[binding] = before
            self.sources[binding] = OBSERVED
            before = (*before, binding)

    def stage(self, name: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Stage:
        """The draws in the order they can run, bound variables renamed apart."""
        names = self.estimand.order.names
        namer = Namer.after({names[v] for v, scope in self.given if scope == 0} | {*inputs})
        ids: dict[Binding, str] = {}
        draws = []
        for binding in self._runnable():
            variable, scope = binding
            ids[binding] = names[variable] if scope == 0 else namer(names[variable])
            given = tuple((names[g[0]], ids.get(g, names[g[0]])) for g in self.given[binding])
            draws.append(Draw.of(ids[binding], names[variable], given, self.sources[binding]))
        return Stage(name, _pairs(inputs), tuple(draws), _pairs(outputs))

    def _runnable(self) -> Iterator[Binding]:
        waiting = {b: sum(g in self.given for g in given) for b, given in self.given.items()}
        readers: dict[Binding, list[Binding]] = {}
        for binding, given in self.given.items():
            for g in given:
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


def _pairs(names: Iterable[str]) -> Pairs:
    """Variables whose values go by their own names."""
    return tuple((name, name) for name in names)


def _source(of: KernelSource) -> Source:
    return of if isinstance(of, DataSet) else Simulated(of.name)
