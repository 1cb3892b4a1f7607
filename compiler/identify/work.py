"""A query on its way to a verdict: what every strategy receives, and the verdicts that it can make.

References:
    Shpitser and Pearl (2006), "Identification of conditional interventional distributions", IDC.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..estimand.algebra import Estimand, Expression, Kernel, leaves, reads
from ..estimand.simplify import simplify
from ..graph.admg import ADMG
from ..graph.canonical import canonical_order
from ..graph.origin import Origin
from ..graph.separation import conditions_needed
from ..graph.varset import VarSet, bits
from ..model.data import DataSet
from ..model.model import under_do
from ..model.query import Query
from ..model.worlds import World
from .derivation import Rule, Step
from .factors import Interims
from .hedge import Hedge, with_causes
from .verdict import Identified, Refused


@dataclass(slots=True)
class Work:
    """A query on its way: masks over a graph whose nodes stand in canonical topological order.

    Args:
        query: The query as it was asked.
        origin: Where the graph that it was asked about came from, if that is known.
        graph: The ancestral graph of the query.
        outcomes: Mask of y.
        interventions: Mask of x: the interventions with an effect on the outcomes, and the conditions moved into do().
        conditions: Mask of z: the conditions that are left.
        interims: The interim kernels that were named.
        steps: The derivation.
        simplified: Whether an estimand is simplified.
    """

    query: Query
    origin: Origin | None
    graph: ADMG
    outcomes: int
    interventions: int
    conditions: int
    interims: Interims = field(default_factory=Interims)
    steps: list[Step] = field(default_factory=list)
    simplified: bool = True

    @classmethod
    def start(
        cls, query: Query, graph: ADMG, also: Iterable[str] = (), order: Iterable[int] | None = None
    ) -> Work:
        """The work on a query, after the simplifications that are the same for every strategy.

        The graph is cut down to the ancestors of the query and put into canonical order, interventions without effect
        are dropped (ID lines 2 and 3), and conditions are dropped or exchanged as far as possible (IDC line 1).

        Args:
            query: The query.
            graph: The graph.
            also: Variables that matter besides those of the query, such as causes of a selection of rows.
            order: Positions of all its nodes in another topological order, to be used instead.
        """
        mask = graph.order.mask
        role = dict.fromkeys(query.outcomes, 1) | dict.fromkeys(query.interventions, 2)
        role |= dict.fromkeys(query.conditions, 3)
        keep = graph.ancestors_of(
            mask(query.outcomes) | mask(query.conditions) | mask(query.interventions) | mask(also)
        )
        smaller = graph if keep == graph.all else graph.subgraph(keep)
        order = order or canonical_order(smaller, [role.get(name, 0) for name in smaller.nodes])
        ordered = smaller.subgraph(smaller.all, order)
        mask = ordered.order.mask
        roles = mask(query.outcomes), mask(query.interventions), mask(query.conditions)
        work = cls(query, graph.origin, ordered, *roles)
        work.forget_idle_interventions()
        if work.conditions:
            work.exchange_conditions()
        return work

    def copy(self) -> Work:
        """The same work for one strategy, which leaves no trace if it does not decide the query."""
        return replace(self, interims=Interims(dict(self.interims.kernels)), steps=list(self.steps))

    def identified(
        self, answer: Expression, graphs: Mapping[DataSet, ADMG | None] | None = None
    ) -> Identified:
        """The verdict that the query equals an expression over the data and over the interim kernels named so far.

        Args:
            answer: The expression.
            graphs: For each data set, a graph to which its rows are Markov, if that is known. The work's own is
                for the observational one, which is meant where there are no others.
        """
        kernels = definitions(answer, self.interims, self.graph)
        if graphs is not None:  # of other populations, and what an experiment did to a kernel is not followed
            kernels = tuple(replace(kernel, world=None) for kernel in kernels)
        estimand = Estimand(self.query, self.graph.order, kernels, answer)
        return Identified(simplify(estimand, self.graph, graphs) if self.simplified else estimand)

    def refused(self, hedge: Hedge) -> Refused:
        """The verdict that a hedge proves the query not identifiable; its hidden causes get the names they have."""
        return Refused(with_causes(hedge, self.origin))

    @property
    def ancestral(self) -> int:
        """The ancestors of the outcomes and conditions."""
        return self.graph.ancestors_of(self.outcomes | self.conditions)

    def note(
        self,
        rule: Rule,
        variables: int,
        graph: int,
        result: Expression | None = None,
        groups: tuple[VarSet, ...] = (),
    ) -> None:
        """Write a step down."""
        names = self.graph.order.set
        self.steps.append(Step(rule, names(variables), names(graph), groups=groups, result=result))

    def forget_idle_interventions(self) -> None:
        """Drop interventions with no directed path to the query that avoids the others (ID line 3)."""
        graph = self.graph
        asked = self.outcomes | self.conditions
        free = graph.ancestors_of(asked, within=graph.all & ~self.interventions)
        idle = self.interventions & ~graph.parents_of(free)
        if idle:
            self.note(Rule.NO_EFFECT, idle, graph.all)
            self.interventions &= ~idle
        if self.ancestral != graph.all:
            self.note(Rule.ANCESTORS, asked, self.ancestral)

    def exchange_conditions(self) -> None:
        """Drop conditions by rule 1 and move them into do() by rule 2, all that can be.

        No move lets another condition move that could not before, and none stops one that could, so one look
        decides for all of them. Dropping z by rule 1: by contraction and weak union a condition that was not
        separated is not separated then, and by intersection one that was still is; both in the graph without
        its outgoing edges too, where z is separated all the more. Moving z by rule 2 leaves what is given as it
        is and removes the edges into z: no separation is lost, and none is won, because an open path with z as
        a collider, or with one that leads to z, would have an open end that leads from the outcomes into z.

        References:
            Sadeghi and Lauritzen (2014), "Markov properties for mixed graphs": m-separation is a compositional
            graphoid.
        """
        graph = under_do(self.graph, self.interventions)
        needed, against = conditions_needed(graph, self.outcomes, self.interventions | self.conditions)
        for z in bits(self.conditions & ~against):
            bit = 1 << z
            self.note(Rule.EXCHANGE if needed & bit else Rule.DROP_CONDITION, bit, graph.all)
        self.interventions |= self.conditions & needed & ~against
        self.conditions &= against
        self.forget_idle_interventions()


def definitions(
    body: Expression, interims: Interims, graph: ADMG, several: Collection[str] = ()
) -> tuple[Kernel, ...]:
    """The interim kernels that an answer needs, each over no more than what is asked of it.

    A kernel over the variables D is Q[D] = P(D | do(all others)), of which rule 3 drops those with no
    directed path to its outputs that avoids the others.

    Args:
        body: The answer.
        interims: The interim kernels by name.
        graph: The graph.
        several: Those that are of several worlds, and so of none.
    """
    asked: dict[str, int] = {}

    def ask(expression: Expression) -> None:
        for leaf in leaves(expression):
            if (name := leaf.kernel) is not None:
                asked[name] = asked.get(name, 0) | leaf.targets.mask | leaf.given.mask

    ask(body)
    found = []
    for name, kernel in reversed(interims.kernels.items()):
        if name in asked:
            outputs = asked[name] & kernel.visible
            definition = kernel.marginal(outputs)
            inputs = (asked[name] | reads(definition)) & ~outputs
            set_there = graph.parents_of(graph.ancestors_of(outputs, within=kernel.visible)) & ~kernel.visible
            names = kernel.order.set
            world = None if name in several else World.setting(names(set_there))
            found.append(Kernel(name, names(outputs), names(inputs), definition, world))
            ask(definition)
    return tuple(reversed(found))
