"""The ways to identify one query. Without holes they agree; with holes, one may be answered where another is not.

They differ in the order in which variables are drawn, in which interventions are seen rather than set, in what is
drawn although it cancels, and in the variables that are used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import assert_never

from ...estimand.algebra import (
    Arithmetic,
    Conditional,
    Estimand,
    Expression,
    Kernel,
    Marginal,
    Never,
    Product,
    Wired,
    defines,
    leaves,
    mentions,
    product,
)
from ...graph.admg import ADMG
from ...graph.canonical import canonical_order
from ...graph.projection import project
from ...graph.separation import separated
from ...graph.varset import subsets
from ...model.data import ALONE, OBSERVED, DataSet, observes
from ...model.model import under_do
from ...model.query import Query
from ..data_sets.by_district import by_data_sets
from ..derivation import Step
from ..strategies import by_c_factors, observed
from ..verdict import Identified
from ..work import Work
from .draws import Draws
from .mgraph import MGraph

MOST_CANDIDATES = 96
"""Most ways that are looked at."""
MOST_ORDERS = 24
"""Most orders of the variables of one graph."""
MOST_HIDDEN, MOST_HIDDEN_THERE = 32, 12
"""Most sets of variables that are done without; fewer where the data sets are not the observational one alone."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to identify the query, what recovers its draws, and its derivation where it is not the standard one."""

    draws: Draws
    estimand: Estimand
    steps: tuple[Step, ...] = ()


def candidates(
    query: Query, graph: ADMG, standard: Estimand, data: tuple[DataSet, ...] = ALONE
) -> Iterator[Candidate]:
    """The ways to identify a query, the standard one first; about several worlds or cycles, only that one.

    Args:
        query: The query.
        graph: The graph.
        standard: The standard estimand.
        data: The available data sets. Where there are several, the ways of `several_data_sets` are others.
    """
    if not query.plain or data != ALONE or graph.cycles:
        whole = graph.acyclic
        order = [i for i in canonical_order(whole) if not whole.indicators >> i & 1]
        aliases = tuple(name for name, _ in standard.aliases)
        yield Candidate(Draws.start(MGraph.of(whole, order, aliases), data), standard)
        if not query.plain or graph.cycles:
            return
    seen: set[object] = {(graph.nodes, _shape(standard))} if data != ALONE else set()
    number = 0
    for smaller in _graphs(query, graph, data):
        draws = Draws.start(MGraph.of(smaller, _order(query, smaller), whole=graph), data)
        found = _by_data(query, smaller.subgraph(smaller.all & ~_holes(smaller, graph)), data)
        if smaller is graph and data == ALONE:
            found = chain([standard], found)
        for estimand in found:
            shape = smaller.nodes, _shape(estimand)
            if shape not in seen and number < MOST_CANDIDATES:
                seen.add(shape)
                number += 1
                yield Candidate(draws, estimand)


def _by_data(query: Query, graph: ADMG, data: tuple[DataSet, ...]) -> Iterator[Estimand]:
    """The ways to identify a query on a graph of variables: by one data set that is whole, and by all together."""
    for each in data:
        if observes(each, graph.nodes):
            yield from (_read_from(each, found) for found in _estimands(query, graph))
    if data != ALONE:
        yield from _estimand(by_data_sets(_work(query, graph, data), data))


def _holes(smaller: ADMG, graph: ADMG) -> int:
    return smaller.order.mask(name for name in graph.holes if name in smaller.order.index)


def _order(query: Query, graph: ADMG) -> list[int]:
    """The positions of the variables, causes first."""
    role = dict.fromkeys(query.outcomes, 1) | dict.fromkeys(query.interventions, 2)
    role |= dict.fromkeys(query.conditions, 3)
    order = canonical_order(graph, [role.get(name, 0) for name in graph.nodes])
    return [place for place in order if not graph.indicators >> place & 1]


def _graphs(query: Query, graph: ADMG, data: tuple[DataSet, ...]) -> Iterator[ADMG]:
    """The graph, then the graph without some variables, as long as the query can be identified without them.

    What an experiment sets, what differs and what rows are selected by is never done without: these would be forgotten.
    """
    yield graph
    said = (name for each in data for name in (*each.sets, *each.differs, *each.design))
    about = graph.order.mask((*query.variables, *said)) | graph.indicators
    lost: list[int] = []
    number = 0
    for hidden in subsets(graph.all & ~about):
        if not hidden or any(not each & ~hidden for each in lost):
            continue
        number += 1
        if number > (MOST_HIDDEN if data == ALONE else MOST_HIDDEN_THERE):
            return
        smaller = project(graph, hidden, left_out=True)
        if _is_identified(query, smaller, data):
            yield smaller
        else:
            lost.append(hidden)


def _is_identified(query: Query, graph: ADMG, data: tuple[DataSet, ...]) -> bool:
    if data != ALONE:
        return isinstance(by_data_sets(_work(query, graph, data), data), Identified)
    work = Work.start(query, graph)
    return observed(work.copy()) is not None or isinstance(by_c_factors(work), Identified)


def _work(query: Query, graph: ADMG, data: tuple[DataSet, ...]) -> Work:
    return Work.start(query, graph, dict.fromkeys(name for each in data for name in each.design))


def _estimands(query: Query, graph: ADMG) -> Iterator[Estimand]:
    """The ways to identify a query on a graph of variables."""
    start = Work.start(query, graph)
    for strategy in (observed, by_c_factors):
        for simplified in (True, False):
            yield from _estimand(strategy(replace(start.copy(), simplified=simplified)))
    for order in _orders(start.graph):
        work = Work.start(query, start.graph, order=order)
        for exchanged in _assignments(work):
            for found in _estimand(by_c_factors(replace(exchanged.copy(), simplified=False))):
                yield found
                if found.kernels:
                    yield _cancelled(found)


def _estimand(verdict: object) -> Iterator[Estimand]:
    if isinstance(verdict, Identified):
        yield verdict.estimand


def _orders(graph: ADMG) -> Iterator[list[int]]:
    """The topological orders of a graph, as positions; the one that it has first."""
    size = len(graph.nodes)
    number = 0
    stack: list[tuple[list[int], int]] = [([], 0)]
    while stack and number < MOST_ORDERS:
        order, done = stack.pop()
        if len(order) == size:
            number += 1
            yield order
            continue
        ready = [i for i in range(size) if not done >> i & 1 and not graph.parent_masks[i] & ~done]
        stack += [([*order, i], done | 1 << i) for i in reversed(ready)]


def _assignments(work: Work) -> Iterator[Work]:
    """The query with its conditions exchanged, then with interventions seen, where rule 2 lets them."""
    yield work
    outcomes, interventions, conditions = work.outcomes, work.interventions, work.conditions
    for seen in subsets(interventions):
        rest = interventions & ~seen
        cut = under_do(work.graph, rest).mutilate(out_of=seen)
        if seen and separated(cut, outcomes, seen, rest | conditions):
            yield replace(work.copy(), interventions=rest, conditions=conditions | seen)


def _cancelled(estimand: Estimand) -> Estimand:
    """The estimand whose interim kernels lack the factors that only make and read what is given there: they cancel."""
    kernels: list[Kernel] = []
    order = estimand.order
    bodies = [estimand.body, *(kernel.body for kernel in estimand.kernels)]
    used = [leaf for body in bodies for leaf in leaves(body)]
    for kernel in estimand.kernels:
        users = [leaf for leaf in used if leaf.kernel == kernel.name]
        factors = kernel.body.factors if isinstance(kernel.body, Product) else (kernel.body,)
        given = users[0].given.mask if users else 0
        for user in users:
            given &= user.given.mask
        idle = [f for f in factors if not mentions(f) & ~given]
        kept = [f for f in factors if mentions(f) & ~given]
        if idle and kept:
            dropped = 0
            for factor in idle:
                dropped |= defines(factor)
            body = product(kept)
            outputs = kernel.outputs.mask & ~dropped
            inputs = mentions(body) & ~outputs
            unread = (kernel.inputs.mask | dropped) & given & ~outputs
            kernel = Kernel(kernel.name, order.set(outputs), order.set(inputs | unread), body)
        kernels.append(kernel)
    return replace(estimand, kernels=tuple(kernels))


def _read_from(data: DataSet, estimand: Estimand) -> Estimand:
    """An estimand over the complete observational rows, over those of a data set that is as good."""
    if data == OBSERVED:
        return estimand
    kernels = (replace(each, body=_moved(data, each.body), world=None) for each in estimand.kernels)
    return replace(estimand, kernels=tuple(kernels), body=_moved(data, estimand.body))


def _moved(data: DataSet, expression: Expression) -> Expression:
    match expression:
        case Conditional(_, _, of):
            return replace(expression, of=data) if of == OBSERVED else expression
        case Product(factors):
            return replace(expression, factors=tuple(_moved(data, each) for each in factors))
        case Marginal(_, body) | Wired(body, _):
            return replace(expression, body=_moved(data, body))
        case Arithmetic(_, left, right):
            return replace(expression, left=_moved(data, left), right=_moved(data, right))
        case Never():
            return expression
        case _:
            assert_never(expression)


def _shape(estimand: Estimand) -> object:
    """What an estimand says, whatever the order of its variables."""
    kernels = tuple(
        (kernel.name, frozenset(kernel.outputs), frozenset(kernel.inputs), _shape_of(kernel.body))
        for kernel in estimand.kernels
    )
    return kernels, _shape_of(estimand.body)


def _shape_of(expression: Expression) -> object:
    match expression:
        case Conditional(targets, given, of):
            return frozenset(targets), frozenset(given), of
        case Product(factors):
            return frozenset(map(_shape_of, factors))
        case Marginal(over, body):
            return "sum", frozenset(over), _shape_of(body)
        case Wired(body, wires):
            return "wired", _shape_of(body), wires
        case Never(over):
            return "never", frozenset(over)
        case Arithmetic(operator, left, right):
            return operator, _shape_of(left), _shape_of(right)
        case _:
            assert_never(expression)
