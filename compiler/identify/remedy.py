"""What would help: one more measurement or one experiment that makes a query identifiable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from ...grammar.diagnostics.diagnostic import DofxError
from ..graph.additions import with_node
from ..graph.admg import ADMG
from ..graph.origin import Origin
from ..graph.projection import project
from ..graph.reach import closure
from ..graph.varset import bits
from ..model.data import ALONE
from ..model.model import Model, under_do
from ..model.query import Query
from ..model.worlds import World
from .feedback import InsideCycle
from .hedge import Hedge
from .hopeless import is_hopeless
from .identify import Identification, identify_query
from .verdict import Holes
from .worlds.conflict import Conflict
from .worlds.rules import Rules

MOST_TRIES = 200


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change of what is known after which the query is identifiable.

    Args:
        kind: ``randomise`` an intervention; ``observe`` variables that the graph names and nobody observed;
            ``allow`` observed ones that were left out; or ``measure`` what two variables have in common as a
            cause, where the graph has no name for it, or ``measure also`` that beside the named causes of the same
            two, which follow them. Where there are several data sets: an ``equal`` mechanism
            in one, one more ``column``, ``all rows`` where they were selected, an ``experiment`` more, on the first
            variable, that measures the others (all of them where there are none), or a ``survey`` more. For a do()
            inside a cycle: ``unroll`` the cycle in time, or ``ask`` about a cause outside it.
            For holes: ``rule out`` an edge. For a value needed twice: ``declare`` that the variable has two states.
        variables: The variables that the kind speaks of.
        data: The data set that is to change, if it is one.
    """

    kind: Literal[
        "measure",
        "measure also",
        "randomise",
        "observe",
        "allow",
        "equal",
        "column",
        "all rows",
        "experiment",
        "survey",
        "unroll",
        "ask",
        "rule out",
        "declare",
    ]
    variables: tuple[str, ...]
    data: str = ""

    def __str__(self) -> str:
        match self.kind:
            case "measure":
                return f"measure the common cause of {self.variables[0]} and {self.variables[1]}"
            case "measure also":
                one, other, *named = self.variables
                return f"measure {' and '.join(named)}, and the other common causes of {one} and {other}"
            case "randomise":
                return f"randomise {' and '.join(self.variables)}: in an experiment nothing unobserved affects it"
            case "observe":
                return f"measure {' and '.join(self.variables)}"
            case "allow":
                return f"allow {' and '.join(self.variables)}, observed but excluded"
            case "equal":
                return f"obtain {self.data} from a population that does not differ at {self.variables[0]}"
            case "column":
                return f"measure {self.variables[0]} in {self.data} too"
            case "all rows":
                return f"obtain the rows of {self.data} that were left out by {' and '.join(self.variables)}"
            case "experiment":
                set_there, *measured = self.variables
                return f"add an experiment on {set_there}" + (
                    f" that measures {', '.join(measured)}" if measured else ""
                )
            case "survey":
                return "add an observational data set of the target population that measures all"
            case "unroll":
                one, other = self.variables[:2]
                return f"measure the cycle step by step and unroll it in time: {one}[t] -> {other}[t + 1]"
            case "ask":
                return f"ask about a cause outside the cycle: do({', '.join(self.variables)})"
            case "rule out":
                return f"rule out {' '.join(self.variables)}, and remove the edge"
            case "declare":
                return f"declare {self.variables[0]} as `bool`, if it has two states"


_RANK = (
    ("allow", "ask", "declare"),
    ("observe", "column", "all rows"),
    ("measure", "measure also"),
    ("survey", "equal"),
    ("experiment", "randomise", "unroll"),
    ("rule out",),
)
"""From what takes the least to what takes the most: what is there, a measurement, a data set, an experiment."""


def remedies(identification: Identification) -> tuple[Remedy, ...]:
    """The single measurements and experiments, each of which alone would make the query identifiable.

    Those that take the least come first: variables that are there already, then a measurement, then an experiment.

    Args:
        identification: One with a witness; any other needs no remedy.

    >>> from ..graph.read import graph_of
    >>> graph = graph_of("latent ability; ability -> {school, wage}; school -> wage")
    >>> for remedy in remedies(identify_query(Query.of(["wage"], ["school"]), graph)):
    ...     print(remedy)
    measure ability
    randomise school: in an experiment nothing unobserved affects it
    """

    def takes(remedy: Remedy) -> tuple[int, int]:
        return next(rank for rank, kinds in enumerate(_RANK) if remedy.kind in kinds), len(remedy.variables)

    return tuple(sorted(_found(identification), key=takes))


def _found(identification: Identification) -> tuple[Remedy, ...]:
    query, graph, witness = identification.query, identification.graph, identification.witness
    if isinstance(witness, InsideCycle):
        return tuple(_around(witness, query, graph))
    changes = _changes(identification)
    if changes is None:
        from .data_sets.repairs import repairs  # it builds on this module

        return repairs(identification) if query.plain else ()
    data = identification.data if isinstance(witness, Holes) else ALONE
    tried = (
        (remedy, (data == ALONE and is_hopeless(query, better)) or not identify_query(query, better, data))
        for remedy, better in islice(changes, MOST_TRIES)
    )
    return (*_declared(identification), *(remedy for remedy, in_vain in tried if not in_vain))


def _changes(identification: Identification) -> Iterator[tuple[Remedy, ADMG]] | None:
    """What may be known better, with the graph that is known then; None where data sets are changed instead."""
    query, graph, hedge = identification.query, identification.graph, identification.hedge
    if isinstance(identification.witness, Holes):
        return _of_holes(graph)
    if not query.plain:
        return _of_worlds(query, graph) if identification.data == ALONE else None
    return None if hedge is None else _of_a_hedge(query, graph, hedge)


def _of_a_hedge(query: Query, graph: ADMG, hedge: Hedge) -> Iterator[tuple[Remedy, ADMG]]:
    """Each change that may break a hedge."""
    for x in query.interventions:
        if x in hedge.forest:
            yield Remedy("randomise", (x,)), Model(graph).under(World.setting([x]))
    if graph.origin is not None:
        yield from _seen(graph.origin, query, hedge.causes)
    forests = [graph.order.mask(forest) for forest in (hedge.forest, hedge.subforest)]
    conditional = bool(query.conditions)
    for edge, causes in zip(hedge.bidirected, hedge.causes or ((),) * len(hedge.bidirected), strict=True):
        if edge in hedge.by_cycles:  # what is on one cycle has no single cause to measure
            continue
        if not causes and (conditional or not _stands(forests, graph, edge)):
            yield Remedy("measure", edge), _with_common_cause(graph, edge)
        yield from _also(graph.origin, query, edge, causes)


def _of_holes(graph: ADMG) -> Iterator[tuple[Remedy, ADMG]]:
    """Each edge into an indicator, taken out."""
    holes = graph.holes
    for edge in graph.directed:
        if edge[1] in holes:
            left = [other for other in graph.directed if other != edge]
            yield Remedy("rule out", (edge[0], "->", edge[1])), ADMG(graph.nodes, left, graph.bidirected)
    for edge in graph.bidirected:
        if edge[0] in holes or edge[1] in holes:
            left = [other for other in graph.bidirected if other != edge]
            yield Remedy("rule out", (edge[0], "<->", edge[1])), ADMG(graph.nodes, graph.directed, left)


def _around(witness: InsideCycle, query: Query, graph: ADMG) -> Iterator[Remedy]:
    """What helps where do() is inside a cycle: an experiment, the cycle in time, a question about another cause."""
    inside = witness.interventions
    if identify_query(query, under_do(graph, inside.mask)):
        yield Remedy("randomise", tuple(inside))
    first = next(iter(inside))
    effects = [name for name in graph.children(first) if name in witness.cycle]
    yield Remedy("unroll", (first, *effects[:1]))
    if not query.plain:
        return
    rest = [name for name in query.interventions if name not in inside]
    for name in witness.outside:
        if identify_query(Query.of(query.outcomes, (*rest, name), query.conditions), graph):
            yield Remedy("ask", (*rest, name))


def _declared(identification: Identification) -> Iterator[Remedy]:
    """That a variable which is needed at two values has no more than two states, where its complement then helps."""
    witness = identification.witness
    if isinstance(witness, Conflict):
        name = witness.variable
        rules = Rules(states={name: (False, True)}, declared=frozenset({name}))
        with suppress(DofxError):  # the query states another value of it
            if identify_query(identification.query, identification.graph, rules=rules):
                yield Remedy("declare", (name,))


def all_remedies_tried(identification: Identification) -> bool:
    """Whether `remedies` tries all there are, so that none would help where it finds none."""
    from .data_sets.repairs import all_tried

    if identification.data != ALONE:
        return identification.query.plain and all_tried(identification)
    changes = None if isinstance(identification.witness, InsideCycle) else _changes(identification)
    return changes is None or sum(1 for _ in islice(changes, MOST_TRIES + 1)) <= MOST_TRIES


def _of_worlds(query: Query, graph: ADMG) -> Iterator[tuple[Remedy, ADMG]]:
    """Each unobserved common cause of what matters to a query of several worlds, seen."""
    matter = graph.ancestors(*query.mentioned)
    edges = [edge for edge in graph.bidirected if edge[0] in matter and edge[1] in matter]
    origin = graph.origin
    causes = [() if origin is None else origin.common_causes(*edge) for edge in edges]
    if origin is not None:
        yield from _seen(origin, query, tuple(causes))
    for edge, named in zip(edges, causes, strict=True):
        if not named:
            yield Remedy("measure", edge), _with_common_cause(graph, edge)
        yield from _also(origin, query, edge, named)


def _stands(forests: Sequence[int], graph: ADMG, edge: tuple[str, str]) -> bool:
    """Whether a hedge of an unconditional query stands in its graph with one bidirected edge less.

    It does where its c-forests, given as masks, are connected without that edge, as the rest of it is as it was
    (Shpitser and Pearl 2006, theorem 4). It spares nearly all of the attempts where many edges tie a hedge together. A
    condition may move into do() without the edge, which makes another query of it.
    """
    if graph.cycles:
        better = _with_common_cause(graph, edge).acyclic
        return all(better.district_of(forest & -forest, within=forest) == forest for forest in forests)
    one, other = map(graph.order.index.__getitem__, edge)
    within = [forest for forest in forests if forest >> one & 1 and forest >> other & 1]
    shared = graph.sibling_masks[one] & graph.sibling_masks[other]
    if all(shared & forest for forest in within):  # the usual case in a dense graph
        return True
    siblings = list(graph.sibling_masks)
    siblings[one] &= ~(1 << other)
    return all(closure(siblings, 1 << one, forest) >> other & 1 for forest in within)


def _seen(origin: Origin, query: Query, causes: tuple[tuple[str, ...], ...]) -> Iterator[tuple[Remedy, ADMG]]:
    """Each hidden variable that matters, seen; then the several causes of one pair, seen together."""
    whole = origin.graph
    matter = whole.ancestors(*query.mentioned)
    together = [named for named in dict.fromkeys(causes) if len(named) > 1]
    for names in (*((name,) for name in origin.hidden if name in matter), *together):
        left_out = {name in origin.left_out for name in names}
        if len(left_out) == 1:  # measuring one and allowing another would be two remedies
            kind: Literal["observe", "allow"] = "allow" if True in left_out else "observe"
            yield Remedy(kind, names), project(whole, origin.without(names))


def _also(
    origin: Origin | None, query: Query, edge: tuple[str, str], named: tuple[str, ...]
) -> Iterator[tuple[Remedy, ADMG]]:
    """Where the graph has `<->` beside named causes of the same two variables: both measured, if neither is enough."""
    if origin is None or not named or not set(named) <= set(origin.latent):
        return
    whole, hidden = origin.graph, origin.without(named)
    if edge in whole.bidirected or edge[::-1] in whole.bidirected:
        better = project(_with_common_cause(whole, edge), hidden)
        if not identify_query(query, project(whole, hidden)):
            yield Remedy("measure also", (*edge, *named)), better


def _with_common_cause(graph: ADMG, edge: tuple[str, str]) -> ADMG:
    """The graph in which the common cause behind a bidirected edge is one more variable, the last."""
    both, siblings = graph.order.mask(edge), list(graph.sibling_masks)
    for end in bits(both):
        siblings[end] &= ~both
    apart = ADMG._from_masks(graph.order, graph.parent_masks, graph.child_masks, siblings)
    return with_node(apart, "cause of " + " and ".join(edge), effects=both)
