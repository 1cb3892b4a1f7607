"""The model: the causal graph that was assumed, and the data sets that there are.

The graphs of worlds other than the factual one are made here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from ...grammar.edge.arguments import public
from ..graph.admg import ADMG
from .data import OBSERVED, DataSet
from .worlds import Constant, Event, Natural, Open, Policy, Setting, World


@dataclass(frozen=True, slots=True)
class Model:
    """A causal graph and the data sets that may answer.

    Args:
        graph: The causal graph.
        data: The data sets.
    """

    graph: ADMG
    data: tuple[DataSet, ...] = (OBSERVED,)

    @public()
    def under(self, world: World) -> ADMG:
        """The causal graph of a world: what is set has no causes left but what its setting reads there.

        It keeps the order of the nodes, so that masks mean the same in every world.

        Raises:
            DofxError: E0201 if a policy reads what it sets, directly or through others.

        >>> model = Model(ADMG([], [("z", "x"), ("x", "y")], [("x", "y")]))
        >>> model.under(World.setting(["x"])).directed
        (('x', 'y'),)
        >>> model.under(World.where(x=Policy("g", (Event("z"),)))).directed
        (('z', 'x'), ('x', 'y'))
        """
        if not world:
            return self.graph
        cut = under_do(self.graph, self.graph.order.mask(world.variables))
        read = [(variable, name) for name, how in world for variable in _reads(name, how)]
        return ADMG(cut.nodes, [*cut.directed, *read], cut.bidirected) if read else cut


def under_do(graph: ADMG, variables: int) -> ADMG:
    """The graph of the world in which the variables of a mask are set to values, so that nothing causes them.

    This is `Model.under` for algorithms that work on masks.

    >>> under_do(ADMG([], [("z", "x"), ("x", "y")]), 0b010).directed
    (('x', 'y'),)
    """
    return graph.mutilate(into=variables) if variables else graph


def _reads(name: str, how: Setting) -> Iterator[str]:
    """The variables of the same world that a setting reads, but for the natural value of what it sets."""
    match how:
        case Constant() | Open() | Natural():
            return
        case Policy(reads=reads):
            here = (read.variable for read in reads if isinstance(read, Event) and not read.world)
            yield from (variable for variable in here if variable != name)
        case _:
            assert_never(how)
