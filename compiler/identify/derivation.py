"""A derivation as data: each step with its line of the algorithm, its graph and the kernel it read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from ..estimand.algebra import Expression
from ..graph.varset import VarSet


class Rule(Enum):
    """A rule of the algorithm, its line in ID (Shpitser and Pearl 2006, figure 3), and what it does."""

    ANCESTORS = ("ID line 2", "only ancestors of the outcomes matter")
    NO_EFFECT = ("ID line 3", "these interventions have no effect on the outcomes")
    DISTRICTS = ("ID line 4", "the rest falls into districts, each a c-factor")
    HEDGE = ("ID line 5", "a hedge: the c-factor is not identifiable")
    CHAIN = ("ID line 6", "the c-factor is a product of conditionals, by the chain rule")
    ANCESTRAL = ("ID lines 2 and 6", "the c-factor is an ancestral marginal of its district's kernel")
    RECURSE = ("ID line 7", "go on inside the district, with the interim kernel in place of P")
    CLAMP = ("ID line 7", "the interim kernel's conditional is read off by clamping")
    RECONDITION = ("ID line 7", "the interim kernel is conditioned again")
    DROP_CONDITION = ("do-calculus rule 1", "the condition says nothing more about the outcomes")
    EXCHANGE = ("IDC line 1, do-calculus rule 2", "seeing the condition is as good as setting it")
    SEE = ("do-calculus rule 2, backwards", "setting is as good as seeing: an observed conditional")
    NO_SOURCE = ("generalised ID", "no data set has the c-factor")
    UNFOLD = ("counterfactual ancestors and unnesting", "what the events depend on, world by world")
    FORCED = ("the support of policies", "these values follow from the conditions")
    CONTRADICTION = ("effectiveness and consistency", "the events exclude each other")
    CANCEL = ("ancestral components", "these mechanisms cancel")
    COMPLEMENT = ("two states", "the probability of one state is what the other leaves")
    CASES = ("case by case", "each value of an open event is decided for itself")
    CONFLICT = ("inconsistent counterfactual factor", "one variable has two values in a district")
    CROSS_WORLD = ("independent errors across worlds", "the values of several worlds are independent")
    EQUILIBRIUM = (
        "acyclification",
        "the members of a cycle are drawn together, from all that affects the cycle",
    )
    INSIDE = ("do() inside a cycle", "the rest of the cycle settles in another way than observed")
    ROWS = ("missing values", "the rows that show what is read stand for all")
    NORMALISE = ("IDC line 2", "condition the interventional kernel on what is left")

    def __init__(self, line: str, meaning: str) -> None:
        self.line = line
        self.meaning = meaning


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Args:
        rule: What was done.
        variables: What it was done to.
        graph: The nodes of the subgraph it looked at.
        kernel: The distribution it was handed and read: ``P`` or an interim kernel.
        groups: The parts it fell into, where it fell into parts.
        result: The expression it reached, if any.
        note: What it found, in words, where that depends on the query's values.
    """

    rule: Rule
    variables: VarSet
    graph: VarSet
    kernel: str = "P"
    groups: tuple[VarSet, ...] = ()
    result: Expression | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Derivation:
    """The steps, in the order taken."""

    steps: tuple[Step, ...]

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __str__(self) -> str:
        from ..printers.identification.steps import derivation_text

        return derivation_text(self)
