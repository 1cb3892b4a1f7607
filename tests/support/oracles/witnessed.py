"""Whether the witness of a refusal over several worlds holds, decided by enumeration, without the compiler's rooms.

A conflict holds if in some term of some cell two mechanisms of its district, those that it names, read its variable at
two values. A hedge or a list of reasons holds if some cell needs the c-factor that it is about, and the sets that it
names are what Tian's algorithm stops at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from models.functional import Problem
from models.graphs import Graph
from oracles.decider import Decider
from oracles.hedges import forest_complaints

Groups = list[tuple[frozenset[str], list[tuple[str, str, int]]]]


def complaints(problem: Problem, witness: Any) -> list[str]:
    """What does not hold of a witness: an object with the fields of a conflict, a hedge or a list of reasons."""
    if hasattr(witness, "readers"):
        return _of_conflict(problem, witness)
    if hasattr(witness, "reasons"):
        return _of_reasons(problem, witness)
    return _of_hedge(problem, witness)


def concerned(witness: Any) -> tuple[str, ...]:
    """The variables whose mechanisms a witness is about."""
    return tuple(witness.forest if hasattr(witness, "forest") else witness.district)


def needed(problem: Problem) -> Iterator[Groups]:
    """What each cell that is not zero needs: the districts of its terms, with what their mechanisms read."""
    decider = Decider(problem)
    for asked, given in decider.cells():
        known = decider.settled(given)
        if known is None or not any(True for _ in decider.terms([*asked, *known])):
            continue
        kept = decider.kept(asked, known)
        yield [group for events in ([*asked, *known], known) for group in decider.groups(events, *kept)]


def _of_conflict(problem: Problem, conflict: Any) -> list[str]:
    district, readers = frozenset(conflict.district), conflict.readers
    stated = [value if isinstance(value, int) else None for value in conflict.values]
    if None not in stated and stated[0] == stated[1]:
        return ["its two values are one"]
    for groups in needed(problem):
        for members, readings in groups:
            if members != district:
                continue
            one, other = (
                {
                    value
                    for mechanism, v, value in readings
                    if (mechanism, v) == (reader, conflict.variable) and said in (None, value)
                }
                for reader, said in zip(readers, stated, strict=True)
            )
            if any(a != b for a in one for b in other):
                return []
    return [f"no term has {conflict.variable} at two values among the mechanisms of {sorted(district)}"]


def _of_hedge(problem: Problem, hedge: Any) -> list[str]:
    graph = Graph(problem.nodes, problem.directed, problem.bidirected)
    forest, subforest, roots = set(hedge.forest), set(hedge.subforest), set(hedge.roots)
    found = [f"forest: {text}" for text in forest_complaints(graph, forest, roots, hedge.forest_edges)]
    found += [
        f"subforest: {text}" for text in forest_complaints(graph, subforest, roots, hedge.subforest_edges)
    ]
    if not subforest < forest:
        found.append("the subforest is not a proper part of the forest")
    if not set(hedge.subforest_edges) <= set(hedge.forest_edges):
        found.append("the subforest's edges are not all edges of the forest")
    if not forest & set(hedge.interventions) or subforest & set(hedge.interventions):
        found.append("the forest has no intervention, or the subforest has one")
    return found + _needs(problem, subforest)


def _of_reasons(problem: Problem, witness: Any) -> list[str]:
    district, found = set(witness.district), list[str]()
    if len(witness.reasons) != len(problem.data):
        found.append("a data set has no reason")
    for name, z in zip(witness.reasons, problem.data, strict=True):
        reason = witness.reasons[name]
        named = set(reason.variables)
        if reason.kind == "sets":
            wrong = named != district & set(z)
        else:
            wrong = reason.kind != "hedge" or not _stops(problem, set(z), district, named)
        if wrong or not named:
            found.append(f"{name}: {reason} is no reason")
    return found + _needs(problem, district)


def _stops(problem: Problem, z: set[str], district: set[str], whole: set[str]) -> bool:
    """Whether a district lies in a larger one that stays one in what z is set in, all of it ancestral to the first."""
    graph = Graph(problem.nodes, problem.directed, problem.bidirected)
    inside = graph.subgraph(whole)
    connected = len(inside.districts()) == 1
    return district < whole and not whole & z and connected and inside.ancestors(district) >= whole


def _needs(problem: Problem, members: Iterable[str]) -> list[str]:
    district = frozenset(members)
    if any(district == group for groups in needed(problem) for group, _ in groups):
        return []
    return [f"no term needs the c-factor of {sorted(district)}"]
