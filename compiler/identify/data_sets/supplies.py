"""What data sets supply: a c-factor from one of them, or for each the reason why it cannot come from there.

References:
    Lee, Correa, Bareinboim (2019), "General identifiability with arbitrary surrogate experiments".
    Lee, Correa, Bareinboim (2020), "Generalized transportability".
    Lee, Bareinboim (2020), "Causal effect identifiability under partial observability".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from ...estimand.algebra import Conditional, Expression, Interim, mentions, reads
from ...graph.additions import confounded, with_node
from ...graph.admg import ADMG
from ...graph.blankets import blankets
from ...graph.projection import hidden
from ...graph.separation import separated
from ...graph.varset import Order, VarSet, bits
from ...model.data import DataSet
from ...model.model import Model, under_do
from ..blocks import Block, Blocks
from ..derivation import Rule, Step
from ..factors import Interims, c_factor_within

Kind: TypeAlias = Literal["sets", "differs", "measures", "keeps", "hedge"]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a c-factor cannot be computed from a data set.

    Args:
        kind: ``sets`` where the experiment set some of its variables; ``differs`` where their mechanisms are others;
            ``measures`` where some are not measured; ``keeps`` where the rows were selected on what they lead
            to; ``hedge`` where they are confounded there.
        variables: The variables concerned.
    """

    kind: Kind
    variables: VarSet

    def __str__(self) -> str:
        names = ", ".join(self.variables)
        match self.kind:
            case "sets":
                return f"it sets {names}"
            case "differs":
                return f"it differs at {names}"
            case "measures":
                return f"it does not measure {names}"
            case "keeps":
                return f"the selection of its rows depends on {names}"
            case "hedge":
                return f"{names} are confounded in it"


class Supply:
    """A data set over the masks of a query's graph.

    Args:
        data: The data set.
        graph: The graph, its nodes in topological order.
    """

    def __init__(self, data: DataSet, graph: ADMG) -> None:
        order = graph.order

        def mask(names: Iterable[str]) -> int:
            return order.mask(name for name in names if name in order.index)

        self.data = data
        self.sets = mask(data.sets)
        measured = graph.all if data.measures is None else mask(data.measures)
        self.measures = measured & ~self.sets
        self.differs = mask((*data.differs, *data.world.variables)) & ~self.sets
        self.known = self.measures | self.sets
        self.keeps = mask(data.keeps)
        """The parents of the selection of its rows."""
        made = Model(graph).under(data.world.within(order.index))
        self._whole = hidden(with_node(made, causes=self.keeps), graph.all & ~self.known)
        """The graph of the world that the rows are of, with one more node: whether a row was kept."""
        self._chosen = 1 << len(graph.nodes) if data.keeps else 0
        rows = ([row & graph.all for row in rows[: len(graph.nodes)]] for rows in self._whole._rows)
        self.graph = ADMG._from_masks(order, *rows)
        """The projection onto what it knows of the graph that the experiment made."""

    @property
    def markov(self) -> ADMG | None:
        """A graph to which its rows are Markov, however the arms were mixed; None where they were selected."""
        if self._chosen:
            return None
        return confounded(self.graph, self.sets)

    def factor(
        self, graph: ADMG, level: ADMG, district: int, folded: int, interims: Interims, steps: list[Step]
    ) -> Block | Obstacle:
        """The c-factor of a district, or what stands in the way.

        Args:
            graph: The graph of the query.
            level: Its projection onto what is visible, in which the district is one.
            district: The district.
            folded: It and the hidden variables that lead to it: all whose mechanisms the c-factor is made of.
            interims: Collects the interim kernels.
            steps: Collects the derivation.
        """
        unknown = (district & ~self.measures) | (graph.parents_of(folded) & ~folded & ~self.known)
        wrong: dict[Kind, int] = {
            "sets": folded & self.sets,
            "differs": folded & self.differs,
            "measures": unknown,
        }
        for kind, variables in wrong.items():
            if variables:
                return Obstacle(kind, graph.order.set(variables))
        blocks = []
        for part in self.graph.districts_in(folded & self.measures):
            found = self._exactly(part, interims, steps)
            if isinstance(found, Obstacle):
                return found
            blocks.append(found)
        return _joined(graph.order, level, district, blocks, interims, steps)

    def _exactly(self, part: int, interims: Interims, steps: list[Step]) -> Block | Obstacle:
        """Q[part] from the rows, which are selected or not.

        Selected rows have the c-factor of a district that holds no cause of the selection and not itself: in an
        order that puts the selection and its causes first, it is a product of conditionals given the selection,
        which says nothing more there.
        """
        if self._chosen:
            names, whole, free = self.graph.order.set, self._whole, self.measures | self._chosen
            ancestral = whole.ancestors_of(part | self._chosen, within=free)
            causes = whole.ancestors_of(self._chosen, within=free)
            wrong = whole.district_of(part, ancestral) & causes
            if wrong:
                return Obstacle("keeps", names(wrong & ~self._chosen) or names(part))
        return self.c_factor(self.graph, part, interims, steps)

    def c_factor(self, graph: ADMG, part: int, interims: Interims, steps: list[Step]) -> Block | Obstacle:
        """Q[part] by Tian's algorithm from the rows, in the ancestral graph.

        Args:
            graph: The graph of the distribution of the rows.
            part: The mask of a district.
            interims: Collects the interim kernels.
            steps: Collects the derivation.
        """
        names = graph.order.set
        ancestral = graph.ancestors_of(part, within=self.measures)
        district = graph.district_of(part, ancestral)
        given = blankets(graph, district)
        chain: dict[int, Expression] = {
            node: Conditional(names(1 << node), names(given[node]), self.data) for node in bits(district)
        }
        found = c_factor_within(graph, part, district, chain, interims, steps, self.data.name)
        return found if isinstance(found, Block) else Obstacle("hedge", names(found))

    @cached_property
    def causes(self) -> int:
        """The measured causes of the selection, without the variables that the experiment set."""
        inside = self.measures | self._chosen
        return self._whole.ancestors_of(self._chosen, within=inside) & self.graph.all

    @cached_property
    def population(self) -> ADMG:
        """The graph of the population that the rows are of, in which the selection was made.

        What leads to the selection, and what shares an unobserved cause with it or with what leads to it, is
        confounded there. A variable that the experiment set and that leads to the selection is a cause of all these.
        """
        if not self._chosen:
            return self.graph
        whole = self._whole
        near = self.causes | (whole.siblings_of(self.causes | self._chosen) & self.measures)
        setting = whole.ancestors_of(self._chosen) & self.sets
        parents, children, siblings = (list(rows) for rows in confounded(self.graph, near)._rows)
        for i in bits(near):
            parents[i] |= setting
        for i in bits(setting):
            children[i] |= near
        return ADMG._from_masks(self.graph.order, parents, children, siblings)

    def independent(self, targets: int, given: int, done: int) -> bool:
        """Whether `targets` are independent of the selection, given `given` and with `done` set.

        The selection must not depend on what is set. What the experiment set counts as known.
        """
        if not self._chosen:
            return True
        if done & self.causes:
            return False
        world = under_do(self._whole, done)
        return separated(world, targets, self._chosen, given | done | self.sets)


class Supplies:
    """All data sets that may answer a query.

    Args:
        graph: The graph of the query, its nodes in topological order.
        data: The data sets.
    """

    def __init__(self, graph: ADMG, data: Sequence[DataSet]) -> None:
        self.graph = graph
        self.all = tuple(Supply(each, graph) for each in data)

    def __iter__(self) -> Iterator[Supply]:
        return iter(self.all)

    @property
    def complete(self) -> bool:
        """Whether the search is complete: what it does not find cannot be found in any way."""
        return all(not supply.data.keeps and supply.known == self.graph.all for supply in self.all)

    @property
    def selected(self) -> bool:
        """Whether the rows of any data set were selected."""
        return any(supply.data.keeps for supply in self.all)

    def factor(
        self, level: ADMG, district: int, folded: int, interims: Interims, steps: list[Step]
    ) -> Block | dict[str, Obstacle]:
        """The c-factor of a district from the data set that has it in the simplest form, or why each has not.

        Args:
            level: The projection of the query's graph onto what is visible.
            district: The district.
            folded: It and the hidden variables that lead to it.
            interims: Collects the interim kernels.
            steps: Collects the derivation.
        """
        found: list[tuple[tuple[int, int, int], Block, Interims, list[Step]]] = []
        reasons: dict[str, Obstacle] = {}
        for supply in self.all:
            kernels, noted = Interims(dict(interims.kernels)), list[Step]()
            block = supply.factor(self.graph, level, district, folded, kernels, noted)
            if isinstance(block, Obstacle):
                reasons[supply.data.name] = block
            else:
                depth = len(kernels.kernels) + sum(step.rule is Rule.RECURSE for step in noted)
                widest = max(reads(factor).bit_count() for factor in block.factors.values())
                found.append(((depth, block.hidden.bit_count(), widest), block, kernels, noted))
        if not found:
            return reasons
        _, block, kernels, noted = min(found, key=lambda each: each[0])
        interims.kernels.update(kernels.kernels)
        steps += noted
        return block


def c_factor(
    graph: ADMG, data: Sequence[DataSet], district: int, interims: Interims, steps: list[Step]
) -> Expression | dict[str, Obstacle]:
    """Q[district] as an expression over several data sets, or for each the reason why it does not have it.

    Args:
        graph: The graph, its nodes in topological order.
        data: The data sets.
        district: The mask of variables that are connected by bidirected edges among each other.
        interims: Collects the interim kernels that the expression names.
        steps: Collects the derivation.

    >>> from ...model.data import DataSet
    >>> graph = ADMG([], [("x", "y")], [("x", "y")])
    >>> trial = DataSet("trial", sets=["x"])
    >>> c_factor(graph, [trial], 0b10, Interims(), []).of.name
    'trial'
    """
    found = Supplies(graph, data).factor(graph, district, district, interims, steps)
    return Blocks(graph.order, [found]).marginal(district) if isinstance(found, Block) else found


def _joined(
    order: Order, level: ADMG, district: int, blocks: list[Block], interims: Interims, steps: list[Step]
) -> Block:
    """The product of c-factors, summed over what is outside the district.

    It is one list of factors if no name has two meanings there, else conditionals of its own, by the chain rule.
    """
    factors: dict[int, Expression] = {}
    summed = 0
    for block in blocks:
        factors |= block.factors
        summed |= block.hidden
    apart = len(factors) == sum(len(block.factors) for block in blocks) and not any(
        one.hidden & _mentioned(other) for one in blocks for other in blocks if other is not one
    )
    if apart:
        kept = {v: factors[v] for v in sorted(factors)}
        return Block(summed | (sum(1 << v for v in kept) & ~district), kept)
    interim, chain = Blocks(order, blocks), dict[int, Expression]()
    for node, given in blankets(level, district).items():
        factor = interim.clamp(1 << node, given)
        if factor is None:
            factor = Conditional(order.set(1 << node), order.set(given), Interim(interims.name(interim)))
            steps.append(
                Step(Rule.RECONDITION, order.set(1 << node), order.set(interim.visible), result=factor)
            )
        chain[node] = factor
    return Block(0, chain)


def _mentioned(block: Block) -> int:
    """What the factors of a block are about: its own variables, and what they depend on."""
    mask = 0
    for factor in block.factors.values():
        mask |= mentions(factor)
    return mask
