"""Graphs with cycles: what their identification is reduced to, and where do() inside a cycle stops it.

A query on a graph with cycles is decided on the acyclification, an acyclic graph. That is right as long as the
interventions leave each cycle that matters whole: then the model with cycles and an acyclic model of the
acyclification, in which the members of a cycle are drawn together, have the same distribution before and after the
intervention. An intervention on a part of a cycle leaves equations behind that no observation shows alone.

References:
    Forré, Mooij (2019), "Causal calculus in the presence of cycles, latent confounders and selection bias", UAI, arXiv
    1901.00433. Bongers, Forré, Peters, Mooij (2021), "Foundations of structural causal models with cycles and latent
    variables", Annals of Statistics 49(5), arXiv 1611.06221.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..graph.additions import with_node
from ..graph.admg import ADMG
from ..graph.separation import separated
from ..graph.varset import VarSet, bits
from ..model.model import under_do
from ..model.query import Query
from .derivation import Rule, Step
from .errors import on_cycles


@dataclass(frozen=True, slots=True)
class InsideCycle:
    """A do() on a part of a cycle, of which another part still has an effect on what is asked.

    The rest of the cycle settles in another way once a part of it is set, and the observed equilibrium does not show
    how. No completeness theorem is known for graphs with cycles: this is where the known rules end.

    Args:
        cycle: The variables that are on cycles together.
        interventions: Those of them that are set.
        feeding: Those of them that still have an effect on what is asked, or are asked about.
        outside: Causes of the cycle that lie outside it, about which the same question can be asked.
    """

    cycle: VarSet
    interventions: VarSet
    feeding: VarSet
    outside: VarSet

    def __str__(self) -> str:
        from ..printers.identification.text import inside_text

        return inside_text(self)


@dataclass(frozen=True, slots=True)
class Whole:
    """A query that leaves cycles whole, so that the acyclification decides it, or what stands in the way.

    Args:
        query: The query, its conditions perhaps set instead of seen; or the witness of a do() inside a cycle.
        steps: The derivation so far.
    """

    query: Query | InsideCycle
    steps: tuple[Step, ...] = ()


def without_cycles(query: Query, graph: ADMG) -> Whole:
    """Prepare a query for being decided on the acyclification; on a graph without cycles it stays as it is.

    Where an intervention is inside a cycle, conditions are moved into do() by rule 2 first, as fewer variables matter
    then. Rule 2 keeps a condition in its cycle and asks whether an indicator of its intervention, which has an effect
    on the whole cycle, is σ-separated from the outcomes.

    Args:
        query: A query in a single world.
        graph: A graph.
    """
    if not graph.cycles or not query.plain:
        return Whole(query)
    mask, names = graph.order.mask, graph.order.set
    outcomes, do, seen = mask(query.outcomes), mask(query.interventions), mask(query.conditions)
    cycles = tuple(names(loop) for loop in graph.cycles)
    steps = [Step(Rule.EQUILIBRIUM, names(sum(graph.cycles)), names(graph.all), groups=cycles)]
    while True:
        matter = graph.ancestors_of(outcomes | seen, within=graph.all & ~do)
        broken = next((loop for loop in graph.cycles if loop & do and loop & matter), 0)
        if not broken:
            break
        movable = next((1 << i for i in bits(seen) if _is_movable(graph, 1 << i, outcomes, do, seen)), 0)
        if not movable:
            witness, step = inside_cycle(graph, broken, do, matter, outcomes | seen)
            return Whole(witness, (*steps, step))
        steps.append(Step(Rule.EXCHANGE, names(movable), names(graph.all)))
        do, seen = do | movable, seen & ~movable
    whole = query if do == mask(query.interventions) else Query.of(names(outcomes), names(do), names(seen))
    return Whole(whole, tuple(steps))


def inside_cycle(graph: ADMG, cycle: int, done: int, matter: int, asked: int = 0) -> tuple[InsideCycle, Step]:
    """The witness of a do() inside a cycle, and the step of the derivation that finds it.

    Args:
        graph: The graph.
        cycle: The mask of the cycle.
        done: What is set.
        matter: What has an effect on what is asked.
        asked: The outcomes and the conditions.
    """
    names = graph.order.set
    inside, still = names(cycle & done), names(cycle & matter)
    outside = graph.parents_of(cycle) & ~(cycle | asked | done)
    step = Step(Rule.INSIDE, inside, names(cycle), groups=(still,))
    return InsideCycle(names(cycle), inside, still, names(outside)), step


def refuse_beyond(graph: ADMG, question: str) -> None:
    """Refuse a kind of question that is not answered on graphs with cycles.

    Raises:
        DofxError: E0209.
    """
    if graph.cycles:
        raise on_cycles(question, graph.feedback[0])


def _is_movable(graph: ADMG, condition: int, outcomes: int, do: int, seen: int) -> bool:
    """Whether ``P(y | do(x), z, w)`` equals ``P(y | do(x, w), z)``, w the condition, by rule 2 of the do-calculus.

    References:
        Forré, Mooij (2019), rule 2: σ-separation from the indicator of an intervention on w.
    """
    cut = under_do(graph, do)
    shown = with_node(cut, "do", effects=condition)
    return separated(shown.acyclic, outcomes, 1 << len(graph.nodes), do | seen)
