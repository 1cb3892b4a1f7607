"""Questions about several worlds, or to several data sets, on graphs with cycles.

The acyclification of a model puts the solution of each cycle, as a function of its causes and errors, in place of
its equations. Whatever is set without breaking a cycle, both models then give each unit the same values: a question
about several worlds is the same question about the acyclification, if no world sets a part of a cycle of which another
part matters there.

An experiment on a part of a cycle leaves another system behind. Its rows answer a query that sets the same part, in the
graph without what causes that part, and no other.

References:
    Bongers, Forré, Peters, Mooij (2021), "Foundations of structural causal models with cycles and latent variables",
    Annals of Statistics 49(5), arXiv 1611.06221: twins of simple models, and their acyclifications.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from ..graph.admg import ADMG
from ..model.data import DataSet
from ..model.model import under_do
from ..model.query import Query
from ..model.worlds import FACTUAL, Actual, Constant, Natural, Open, Policy, World
from .derivation import Rule, Step
from .feedback import InsideCycle, inside_cycle, without_cycles

Place: TypeAlias = tuple[str, World, bool]
"""A variable in a world, and whether the value is meant that it has there by itself although it is set."""


@dataclass(frozen=True, slots=True)
class System:
    """An acyclic graph on which a question about a graph with cycles is decided.

    Args:
        query: The query, its conditions perhaps set instead of seen.
        graph: The graph.
        data: The data sets whose rows are of that system; others differ from it everywhere.
        steps: The derivation so far.
    """

    query: Query
    graph: ADMG
    data: tuple[DataSet, ...]
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """A cycle of which a part is set while another part matters, and the derivation that finds it."""

    witness: InsideCycle
    steps: tuple[Step, ...]


def system_of_worlds(query: Query, graph: ADMG, data: tuple[DataSet, ...]) -> System | Broken:
    """The acyclification, or a world that breaks a cycle of which a part matters there.

    Args:
        query: A query about several worlds.
        graph: The graph.
        data: The data sets.
    """
    if not graph.cycles:
        return System(query, graph, data)
    for set_here, at_work in _by_world(query, graph):
        for loop in graph.cycles:
            if loop & set_here and loop & at_work:
                witness, step = inside_cycle(graph, loop, set_here, at_work)
                return Broken(witness, (_equilibrium(graph), step))
    return System(query, graph.acyclic, _of_system(graph, data, 0), (_equilibrium(graph),))


def system_of_data(query: Query, graph: ADMG, data: tuple[DataSet, ...]) -> System | Broken:
    """The acyclification of the graph, or of what remains of it if the query breaks a cycle as an experiment does.

    Args:
        query: A query in one world.
        graph: The graph.
        data: The data sets.
    """
    if not graph.cycles:
        return System(query, graph, data)
    whole = without_cycles(query, graph)
    if not isinstance(whole.query, InsideCycle):
        return System(whole.query, graph.acyclic, _of_system(graph, data, 0), whole.steps)
    on_cycles = sum(graph.cycles)
    broken = graph.order.mask(query.interventions) & on_cycles
    left = under_do(graph, broken)
    same, rest = _of_system(left, data, broken), without_cycles(query, left)
    if all(_is_other(each, graph) for each in same) or isinstance(rest.query, InsideCycle):
        return Broken(whole.query, whole.steps)
    return System(rest.query, left.acyclic, same, (_equilibrium(graph), *rest.steps))


def _of_system(graph: ADMG, data: Sequence[DataSet], broken: int) -> tuple[DataSet, ...]:
    """The data sets. Those of another system are declared to differ in every mechanism.

    Where the mechanism of a member of a cycle differs, so does the solution for all of its members.
    """
    found = []
    for each in data:
        sets = graph.order.mask(name for name in each.sets if name in graph.order.index)
        differs = graph.order.mask(name for name in each.differs if name in graph.order.index)
        parts = [loop & sets for loop in graph.cycles]
        if broken & ~sets or any(
            part not in (0, loop) for part, loop in zip(parts, graph.cycles, strict=True)
        ):
            differs = graph.all
        for loop in graph.cycles:
            differs |= loop if loop & differs & ~sets else 0
        names = graph.order.set(differs)
        found.append(
            replace(each, differs=tuple(dict.fromkeys((*each.differs, *names)))) if differs else each
        )
    return tuple(found)


def _is_other(data: DataSet, graph: ADMG) -> bool:
    return set(graph.nodes) <= set(data.differs)


def _equilibrium(graph: ADMG) -> Step:
    names = graph.order.set
    cycles = tuple(names(loop) for loop in graph.cycles)
    return Step(Rule.EQUILIBRIUM, names(sum(graph.cycles)), names(graph.all), groups=cycles)


def _by_world(query: Query, graph: ADMG) -> Iterator[tuple[int, int]]:
    """For each world, the variables that it sets, and those whose own mechanisms matter in it."""
    at_work: dict[World, int] = {}
    waiting: list[Place] = [(each.variable, each.world, False) for each in (*query.given, *query.asked)]
    seen = set[Place]()
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        variable, world, natural = place
        how = None if natural else dict(world).get(variable)
        match how:
            case None:
                at_work[world] = at_work.get(world, 0) | graph.order.mask([variable])
                waiting += [(name, world, False) for name in graph.parents(variable)]
            case Constant() | Open():
                pass
            case Natural(event):
                waiting.append((event.variable, event.world, False))
            case Policy(reads=reads):
                for read in reads:
                    if isinstance(read, Actual):
                        waiting.append((read.variable, FACTUAL, False))
                    else:
                        own = not read.world
                        there = world if own else read.world
                        waiting.append((read.variable, there, own and read.variable == variable))
            case _:
                assert_never(how)
    for world, variables in at_work.items():
        yield graph.order.mask(world.variables), variables
