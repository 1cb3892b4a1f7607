"""Plans: the kernels that an answer is made of, and how they are put together once all of them have names.

A query may be answered by one kernel, by a quotient of two, or by a sum over cases with kernels for each. All kernels
of an answer share one order of names, so that none is built before it is known which there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TypeAlias

from ...estimand.algebra import Arithmetic, Estimand, Expression
from ...estimand.simplify import simplify
from ...graph.admg import ADMG
from ...model.data import ALONE, DataSet
from ..blocks import Blocks
from ..data_sets.supplies import Supplies
from ..derivation import Step
from ..factors import Interims
from ..verdict import Identified, Refused
from ..work import definitions
from .build import Build
from .components import Kept
from .copies import Net
from .names import Names, with_names
from .question import Parts, Question
from .served import from_several, served


@dataclass(frozen=True, slots=True)
class Half:
    """A kernel to be built: see `Build`."""

    question: Question
    parts: Parts
    net: Net
    kept: Kept
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """Kernels over one order.

    Args:
        names: The names of the order.
        graph: The graph over it, what is hidden without edges.
        whole: The graph over it, with nothing hidden.
        builds: What the kernels were built by.
        kernels: The kernels.
        interims: The interim kernels that they are made of.
    """

    names: Names
    graph: ADMG
    whole: ADMG
    builds: Sequence[Build]
    kernels: Sequence[Blocks]
    interims: Interims

    def part(self, begin: int, end: int) -> Made:
        """Some of the kernels, one after the other."""
        return replace(self, builds=self.builds[begin:end], kernels=self.kernels[begin:end])

    def joints(self) -> list[Expression]:
        """The joint probability that each kernel gives."""
        return [build.joint(kernel) for build, kernel in zip(self.builds, self.kernels, strict=True)]

    def known(self, question: Question) -> dict[DataSet, ADMG | None] | None:
        """For each of several data sets, a graph to which its rows are Markov."""
        if question.data == ALONE:
            return None
        return {supply.data: supply.markov for supply in Supplies(self.whole, question.data)}


Compose: TypeAlias = Callable[[Made], Expression]
"""Makes the expression of an answer from the kernels of its plan."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Kernels to be built, and how the answer is composed of them."""

    halves: tuple[Half, ...]
    compose: Compose


def together(plans: Sequence[Plan]) -> Plan:
    """One plan for several, whose answers are added."""

    def compose(made: Made) -> Expression:
        found, begin = list[Expression](), 0
        for plan in plans:
            end = begin + len(plan.halves)
            found.append(plan.compose(made.part(begin, end)))
            begin = end
        return reduce(lambda one, other: Arithmetic("+", one, other), found)

    return Plan(tuple(half for plan in plans for half in plan.halves), compose)


def carried_out(question: Question, plan: Plan) -> Identified | Refused:
    """The estimand that a plan leads to, or what stands in the way of one of its c-factors."""
    names = Names(question.graph)
    builds = [
        Build(half.question, half.parts, names, half.net, half.kept, half.alone) for half in plan.halves
    ]
    for build in builds:
        build.name()
    graph, whole = with_names(question.graph, names.order), with_names(question.whole, names.order)
    interims, kernels = Interims(), list[Blocks]()
    noted = set[int]()
    for build in builds:
        variables = build.kept.variables
        steps = list[Step]() if variables in noted else question.steps  # equal steps are noted once
        noted.add(variables)
        if question.data == ALONE:
            blocks = served(graph, variables, interims, steps, build.agree)
        else:
            blocks = from_several(graph, whole, question.latent, variables, question.data, interims, steps)
        if isinstance(blocks, Refused):
            return blocks
        kernels.append(build.kernel(graph.order, blocks))
    made = Made(names, graph, whole, builds, kernels, interims)
    answer, known = plan.compose(made), made.known(question)
    several = [name for name, body in interims.kernels.items() if any(body is kernel for kernel in kernels)]
    defined = definitions(answer, interims, graph, several)
    if known is not None:  # what an experiment did to a kernel is not followed
        defined = tuple(replace(kernel, world=None) for kernel in defined)
    found = Estimand(question.query, graph.order, defined, answer, tuple(names.aliases.items()))
    return Identified(simplify(found, graph, known))
