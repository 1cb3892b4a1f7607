"""From the copies that remain to an estimand: each variable is drawn once, and wires carry the values of the edges."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..estimand.algebra import (
    Arithmetic,
    Estimand,
    Expression,
    Never,
    product,
)
from ..estimand.simplify import simplifier_of, simplify
from ..graph.admg import ADMG
from ..model.data import ALONE, DataSet
from ..model.query import Query
from .blocks import Blocks
from .build import Build
from .components import Kept
from .copies import Net
from .factors import Interims
from .names import Names, with_names
from .served import served
from .supplies import Supplies
from .verdict import Identified, Refused
from .work import definitions

if TYPE_CHECKING:
    from .worlds import Question


@dataclass(frozen=True, slots=True)
class Parts:
    """What a query was unfolded to.

    Args:
        below: The net of what is given.
        above: The net of all events, at their values.
        free: The net of all events, those that are asked about at any value.
        kept: What remains of it.
        anyhow: Whether its groups are consistent whatever the values of what is asked are.
    """

    below: Net
    above: Net
    free: Net
    kept: Kept
    anyhow: bool


def nothing(query: Query, graph: ADMG) -> Estimand:
    """The estimand of what cannot be: zero for each value of the outcomes."""
    names = Names(graph)
    for name, variable in query.roles.items():
        names.add(name, variable)
    opened = [query.label(event) for event in query.asked if event.value is None]
    order = names.order
    return Estimand(query, order, (), Never(order.of(*opened)), tuple(names.aliases.items()))


def assembled(question: Question, parts: Parts) -> Identified | Refused:
    """The estimand of a query whose groups are consistent; or what stands in the way of one of its c-factors.

    Where the groups are consistent whatever the values of what is asked, the answer is a conditional of one kernel.
    Where they are because of the values, it is a quotient: of what is asked and given by what is given alone.
    """
    names = Names(question.graph)
    whole = Build(question, parts, names, parts.free, parts.kept)
    builds = [whole]
    if question.given and not parts.anyhow:
        builds.append(Build(question, parts, names, parts.below, parts.kept.within(parts.below), alone=True))
    made = kernels_of(question, names, builds)
    if isinstance(made, Refused):
        return made
    above = made.kernels[0]
    if len(builds) > 1:
        factors: list[Expression] = [Arithmetic("/", whole.joint(above), builds[1].joint(made.kernels[1]))]
    else:
        factors = whole.conditional(above, made.interims, simplifier_of(made.graph, made.known(question)))
    answer = product([*factors, *whole.indicators(above.order)])
    return made.estimand(
        question, answer, [name for name, known in made.interims.kernels.items() if known is above]
    )


@dataclass(frozen=True, slots=True)
class Made:
    """Kernels over one order.

    Args:
        names: The names of the order.
        graph: The graph over it.
        kernels: The kernels.
        interims: The interim kernels that they are made of.
    """

    names: Names
    graph: ADMG
    kernels: list[Blocks]
    interims: Interims

    def known(self, question: Question) -> dict[DataSet, ADMG | None] | None:
        """For each of several data sets, a graph to which its rows are Markov."""
        if question.data == ALONE:
            return None
        return {supply.data: supply.markov for supply in Supplies(self.graph, question.data)}

    def estimand(self, question: Question, answer: Expression, several: Collection[str] = ()) -> Identified:
        """The verdict that a query is an expression over the kernels; `several` names those of several worlds."""
        graph, known = self.graph, self.known(question)
        kernels = definitions(answer, self.interims, graph, several)
        if known is not None:  # what an experiment did to a kernel is not followed
            kernels = tuple(replace(kernel, world=None) for kernel in kernels)
        aliases = tuple(self.names.aliases.items())
        found = Estimand(question.query, graph.order, kernels, answer, aliases)
        return Identified(simplify(found, graph, known))


def kernels_of(question: Question, names: Names, builds: Sequence[Build]) -> Made | Refused:
    """The kernels of several builds, or what stands in the way of one of their c-factors."""
    for build in builds:
        build.name()
    graph, interims, kernels = with_names(question.graph, names.order), Interims(), list[Blocks]()
    for build in builds:
        blocks = served(graph, build.kept.variables, question.data, interims, question.steps, build.agree)
        if isinstance(blocks, Refused):
            return blocks
        kernels.append(build.kernel(graph.order, blocks))
    return Made(names, graph, kernels, interims)
