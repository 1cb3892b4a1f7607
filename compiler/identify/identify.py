"""From a query and a graph to an estimand or a hedge: do-calculus at the border, ID inside.

References:
    Shpitser and Pearl (2006), "Identification of conditional interventional distributions", IDC.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..estimand.algebra import Conditional, Estimand, Expression, Interim, Kernel, leaves, product, reads
from ..estimand.simplify import simplify
from ..graph.admg import ADMG
from ..graph.canonical import canonical_order
from ..graph.separation import conditions_needed, separated, smallest_separator
from ..graph.varset import bits
from ..model.query import Query
from ..model.worlds import World
from .blocks import Blocks
from .derivation import Derivation, Rule, Step
from .factors import Interims, c_factors
from .hedge import Hedge, with_causes


@dataclass(frozen=True, slots=True, repr=False)
class Identification:
    """Whether the observational distribution answers a query: with an estimand, or with a hedge.

    Args:
        query: The query.
        graph: The causal graph.
        estimand: The answer, where there is one.
        hedge: What stands in the way, where there is none.
        derivation: The steps.
    """

    query: Query
    graph: ADMG
    estimand: Estimand | None
    hedge: Hedge | None
    derivation: Derivation

    @property
    def identified(self) -> bool:
        """Whether the query is identifiable."""
        return self.estimand is not None

    def __bool__(self) -> bool:
        return self.identified

    def __str__(self) -> str:
        return str(self.estimand) if self.estimand else f"{self.query} is not identifiable.\n{self.hedge}"

    def __repr__(self) -> str:
        return f"Identification({self.estimand or f'{self.query} is not identifiable'})"

    def _repr_svg_(self) -> str:
        from ..printers.identification_svg import identification_svg

        return identification_svg(self)

    def _repr_html_(self) -> str:
        from ..printers.identification_html import identification_html

        return identification_html(self)

    def explain(self) -> str:
        """The derivation in words, and what would help where the query is not identifiable."""
        from ..printers.identification_text import identification_text

        return identification_text(self)


def identify_query(query: Query, graph: ADMG) -> Identification:
    """Decide whether a query is identifiable and derive its estimand (sound and complete).

    >>> front_door = ADMG([], [("x", "m"), ("m", "y")], [("x", "y")])
    >>> print(identify_query(Query.of(("y",), ("x",)), front_door).estimand)
    P(y | do(x)) = Σ_m P(m | x) Σ_x′ P(x′) P(y | x′, m)
    """
    work = _Work.start(query, graph)
    if work.conditions:
        work.exchange_conditions()
    answer = work.see() or work.intervene()
    derivation = Derivation(tuple(work.steps))
    if isinstance(answer, Hedge):
        return Identification(query, graph, None, with_causes(answer, graph.origin), derivation)
    kernels = _definitions(answer, work.interims, work.graph)
    estimand = Estimand(query, work.graph.order, kernels, answer)
    return Identification(query, graph, simplify(estimand, work.graph), None, derivation)


@dataclass(slots=True)
class _Work:
    """A query on its way: masks over a graph whose nodes stand in canonical topological order."""

    graph: ADMG
    outcomes: int
    interventions: int
    conditions: int
    interims: Interims
    steps: list[Step]

    @classmethod
    def start(cls, query: Query, graph: ADMG) -> _Work:
        """The ancestral graph of the query, reordered, its idle interventions dropped (ID lines 2 and 3)."""
        mask = graph.order.mask
        role = dict.fromkeys(query.outcomes, 1) | dict.fromkeys(query.interventions, 2)
        role |= dict.fromkeys(query.conditions, 3)
        keep = graph.ancestors_of(mask(query.outcomes) | mask(query.conditions) | mask(query.interventions))
        smaller = graph if keep == graph.all else graph.subgraph(keep)
        order = canonical_order(smaller, [role.get(name, 0) for name in smaller.nodes])
        ordered = smaller.subgraph(smaller.all, order)
        mask = ordered.order.mask
        work = cls(
            ordered, mask(query.outcomes), mask(query.interventions), mask(query.conditions), Interims(), []
        )
        work.forget_idle_interventions()
        return work

    @property
    def ancestral(self) -> int:
        """The ancestors of the outcomes and conditions."""
        return self.graph.ancestors_of(self.outcomes | self.conditions)

    def note(self, rule: Rule, variables: int, graph: int, result: Expression | None = None) -> None:
        """Write a step down."""
        names = self.graph.order.set
        self.steps.append(Step(rule, names(variables), names(graph), result=result))

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
        graph = self.graph.mutilate(into=self.interventions)
        needed, against = conditions_needed(graph, self.outcomes, self.interventions | self.conditions)
        for z in bits(self.conditions & ~against):
            bit = 1 << z
            self.note(Rule.EXCHANGE if needed & bit else Rule.DROP_CONDITION, bit, graph.all)
        self.interventions |= self.conditions & needed & ~against
        self.conditions &= against
        self.forget_idle_interventions()

    def see(self) -> Expression | None:
        """The observed conditional that the query equals, if rule 2 lets every intervention be seen."""
        graph, given = self.graph, self.interventions | self.conditions
        if self.interventions:
            unforced = graph.mutilate(out_of=self.interventions)
            if not separated(unforced, self.outcomes, self.interventions, self.conditions):
                return None
        given = smallest_separator(graph, self.outcomes, given)
        names = graph.order.set
        seen = Conditional(names(self.outcomes), names(given))
        self.note(Rule.SEE, self.interventions, graph.all, seen)
        return seen

    def intervene(self) -> Expression | Hedge:
        """ID on P(y, z | do(x)), then the conditional on what is left of z (IDC)."""
        graph = self.graph.isolate(self.ancestral)
        targets = self.outcomes | self.conditions
        found = c_factors(graph, targets, self.interventions, self.interims, self.steps)
        if isinstance(found, Hedge):
            return found
        kernel = Blocks(graph.order, found)
        if not self.conditions:
            return kernel.marginal(self.outcomes)
        return self._condition(kernel)

    def _condition(self, kernel: Blocks) -> Expression:
        """``K(y | z)``: outcomes that z does not inform are clamped together, the others one by one."""
        together = 0
        for y in bits(self.outcomes):
            if kernel.clamp(together | 1 << y, self.conditions) is not None:
                together |= 1 << y
        parts, given = [], self.conditions
        if together:
            parts.append(kernel.clamp(together, given))
            given |= together
        for y in bits(self.outcomes & ~together):
            parts.append(kernel.clamp(1 << y, given) or self._normalise(kernel, y, given))
            given |= 1 << y
        body = product(part for part in parts if part is not None)
        self.note(Rule.NORMALISE, self.conditions, self.graph.all, body)
        return body

    def _normalise(self, kernel: Blocks, outcome: int, given: int) -> Expression:
        """``K(outcome | given)`` by name, its conditions those that m-separation cannot spare."""
        names = self.graph.order.set
        graph = self.graph.mutilate(into=self.interventions)
        needed = (given | self.interventions) & kernel.mentions
        needed = smallest_separator(graph, 1 << outcome, needed)
        return Conditional(names(1 << outcome), names(needed), Interim(self.interims.name(kernel)))


def _definitions(body: Expression, interims: Interims, graph: ADMG) -> tuple[Kernel, ...]:
    """The interim kernels that an answer needs, each over no more than what is asked of it.

    A kernel over the variables D is Q[D] = P(D | do(all others)), of which rule 3 drops those with no
    directed path to its outputs that avoids the others.
    """
    asked: dict[str, int] = {}

    def ask(expression: Expression) -> None:
        for leaf in leaves(expression):
            if isinstance(leaf.of, Interim):
                name = leaf.of.name
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
            world = World.setting(names(set_there))
            found.append(Kernel(name, names(outputs), names(inputs), definition, world))
            ask(definition)
    return tuple(reversed(found))
