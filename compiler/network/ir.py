"""The sampling network: a Bayesian network of generator calls, run top to bottom by ancestral sampling.

The whole of it; draws and their sources are in `draws.py`, data sets, rows, policies and queries in `model`:

    SamplingNetwork = query, stages, data, holes     # interim stages first, the answer last
    Stage           = name, inputs, draws, outputs, world
    Draw            = outputs, given, source, picked
    Fit             = targets, given, source, picked # the generator that fills a draw
    inputs, outputs = (variable, id), …              # given = (variable, wire), …
    Wire            = id | Constant                  # another value of the stage, or one that the query states
    Source          = DataSet | SomeRows | Simulated | Folded | Policy
    Simulated       = stage                          # a generator that trains on rows simulated from a stage
    Folded          = stage                          # a table that is computed from the tables of a stage

References:
    Rahman, Jordan, Kocaoglu (NeurIPS 2024), arXiv 2402.07419: the sampling network H of ID-GEN.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...grammar.edge.arguments import public
from ..graph.holes import NO_HOLES, Indicators
from ..model.data import OBSERVED, DataSet
from ..model.query import Query
from ..model.rows import SomeRows
from ..model.worlds import Constant, Policy, World
from .draws import Draw, Fit, Folded, Pairs, Simulated, Source, Wire, Wires, interim_of

if TYPE_CHECKING:
    from ..estimand.table import Table

__all__ = [
    "OBSERVED",
    "Constant",
    "DataSet",
    "Draw",
    "Fit",
    "Folded",
    "Pairs",
    "Policy",
    "SamplingNetwork",
    "Simulated",
    "SomeRows",
    "Source",
    "Stage",
    "Wire",
    "Wires",
    "interim_of",
]


@dataclass(frozen=True, slots=True)
class Stage:
    """A straight-line sampling program: the kernel ``q(outputs ‖ inputs)``.

    Args:
        name: ``answer`` for the query's own stage, ``Q₁``, ``Q₂``, … for interim kernels.
        inputs: Pairs (variable, id) of the inputs. One variable may be an input twice, as set and as seen.
        draws: The draws, in an order in which each reads only inputs and earlier draws.
        outputs: Pairs (variable, id). Draws that are not outputs are hidden: they are sampled and dropped.
        world: The causal meaning of an interim stage: it samples the distribution of its outputs in this world. The
            outputs do not depend on inputs that the world does not set. None if the world is not known.
    """

    name: str
    inputs: Pairs
    draws: tuple[Draw, ...]
    outputs: Pairs
    world: World | None = None

    @property
    def input_ids(self) -> tuple[str, ...]:
        """The ids of the inputs."""
        return tuple(id for _, id in self.inputs)

    @property
    def input_variables(self) -> tuple[str, ...]:
        """The variables of the inputs."""
        return tuple(variable for variable, _ in self.inputs)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all values, those of the inputs first."""
        return (*self.input_ids, *(id for draw in self.draws for id in draw.ids))

    @property
    def hidden(self) -> tuple[Draw, ...]:
        """The draws that are sampled and dropped, because none of their values is an output."""
        kept = {id for _, id in self.outputs}
        return tuple(draw for draw in self.draws if kept.isdisjoint(draw.ids))

    @property
    def dropped(self) -> tuple[str, ...]:
        """The ids of the values that are sampled and dropped."""
        kept = {id for _, id in self.outputs}
        return tuple(id for draw in self.draws for id in draw.ids if id not in kept)

    @property
    def supply(self) -> dict[str, str]:
        """The id of each variable that another stage can read from this one: its inputs and outputs."""
        return {**dict(self.inputs), **dict(self.outputs)}

    def supplying(self, variables: Iterable[str]) -> list[str]:
        """The id that supplies each of some variables; one that occurs again is an output first, then an input.

        >>> stage = Stage("Q₁", (("x", "?a"),), (Draw.of("x", "x"),), (("x", "x"),))
        >>> stage.supplying(["x", "x"])
        ['x', '?a']
        """
        left: dict[str, list[str]] = {}
        for variable, id in (*self.outputs, *self.inputs):
            left.setdefault(variable, []).append(id)
        return [left[variable].pop(0) for variable in variables]

    def needed_for(self, variables: Collection[str]) -> Stage:
        """The part of the stage on which some of its variables depend.

        >>> draws = tuple(Draw.of(name, name) for name in "xyz")
        >>> stage = Stage("Q₁", (), draws, (("x", "x"), ("y", "y")))
        >>> [draw.id for draw in stage.needed_for(["y"]).draws]
        ['y']
        """
        outputs = tuple((variable, id) for variable, id in self.outputs if variable in variables)
        needed = self.ancestors_of(id for _, id in outputs)
        draws = tuple(draw for draw in self.draws if not needed.isdisjoint(draw.ids))
        inputs = tuple(pair for pair in self.inputs if pair[1] in needed or pair[0] in variables)
        return Stage(self.name, inputs, draws, outputs)

    def replacing(self, instead: Mapping[str, Iterable[Draw]]) -> Stage:
        """The stage with other draws, or none, where some of its draws stood, which are named by their ids.

        >>> draws = tuple(Draw.of(name, name) for name in "xyz")
        >>> stage = Stage("answer", (), draws, (("z", "z"),)).replacing({"x": (), "y": (draws[1], draws[0])})
        >>> [draw.id for draw in stage.draws]
        ['y', 'x', 'z']
        """
        return replace(self, draws=tuple(new for draw in self.draws for new in instead.get(draw.id, (draw,))))

    def ancestors_of(self, ids: Iterable[str]) -> set[str]:
        """Some ids, and the ids of the draws and inputs on which they depend."""
        found = set(ids)
        for draw in reversed(self.draws):
            if not found.isdisjoint(draw.ids):
                found.update(draw.reads)
        return found


@dataclass(frozen=True, slots=True, repr=False)
class SamplingNetwork:
    """A program of stages. Each may train on rows simulated from earlier ones; the last answers the query.

    Args:
        query: The query. The interventions and conditions on which the answer depends are ``inputs``.
        stages: Interim kernels first, the answer last.
        data: The data sets that draws may name.
        holes: The indicators of the graph, each with the columns whose holes it decides about.
    """

    query: Query
    stages: tuple[Stage, ...]
    data: tuple[DataSet, ...] = (OBSERVED,)
    holes: Indicators = NO_HOLES

    @property
    def answer(self) -> Stage:
        """The stage that samples the query."""
        return self.stages[-1]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The interventions and conditions that the answer reads."""
        return self.answer.input_ids

    @property
    def draws(self) -> tuple[Draw, ...]:
        """The draws of the answer; those of interim stages are in `stages`."""
        return self.answer.draws

    @property
    def fits(self) -> tuple[Fit, ...]:
        """The distinct generators, in dependency order; policies are given, not fitted, and so is what follows them."""
        fits = dict.fromkeys(draw.fit for stage in self.stages for draw in stage.draws)
        following = self.following
        return tuple(fit for fit in fits if not fit.is_policy and fit.interim not in following)

    @property
    def following(self) -> frozenset[str]:
        """The interim stages that follow a policy; what is made from them is computed once the policy is given."""
        found: set[str] = set()
        for stage in self.stages[:-1]:
            if any(draw.fit.is_policy or draw.interim in found for draw in stage.draws):
                found.add(stage.name)
        return frozenset(found)

    @property
    def read(self) -> tuple[DataSet, ...]:
        """The data sets that draws are from, in the order declared."""
        found = {draw.fit.data for stage in self.stages for draw in stage.draws}
        return tuple(data for data in self.data if data in found)

    @property
    def partial(self) -> dict[str, str]:
        """The columns that have holes in some data set, each with an indicator."""
        return {column: indicator for indicator, columns in self.holes.items() for column in columns}

    @property
    def policies(self) -> dict[str, Draw]:
        """The policies that must be given to ask the question, by name, each with a draw from it; shifts are known."""
        drawn = (draw for stage in self.stages for draw in stage.draws)
        return {
            draw.source.name: draw
            for draw in drawn
            if isinstance(draw.source, Policy) and draw.source.rule is None
        }

    @property
    def refits(self) -> int:
        """The number of generators that train on simulated rows."""
        return sum(fit.is_refit for fit in self.fits)

    def stage(self, name: str) -> Stage:
        """The stage of that name."""
        return next(stage for stage in self.stages if stage.name == name)

    @public()
    def evaluate(
        self, joint: Table | Mapping[str, Table], *, policies: Mapping[str, Table] | None = None
    ) -> Table:
        """The exact distribution that this network samples when every generator is exact.

        Args:
            joint: Probabilities of the observed variables, or the table of each data set by its name.
            policies: The table of each policy by name: its axes are what the policy reads, in the order written, then
                what it sets.

        Returns:
            A table with one axis for each name of the query that has no value there.

        Raises:
            DofxError: E1002 if a table lacks a variable, an axis lacks a value of the query, or a policy is missing.
        """
        from .exact import evaluate

        return evaluate(self, joint, policies or {})

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.stages)

    def __str__(self) -> str:
        from ..printers.network.text import network_text

        return network_text(self)

    def __repr__(self) -> str:
        draws = sum(len(stage.draws) for stage in self.stages)
        return f"SamplingNetwork({self.query}, {draws} draw{'' if draws == 1 else 's'})"

    def _repr_svg_(self) -> str:
        from ..printers.network.svg import network_svg

        return network_svg(self)
