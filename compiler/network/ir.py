"""The sampling network: a Bayesian network of generator calls, run top to bottom by ancestral sampling.

References:
    Rahman, Jordan, Kocaoglu (NeurIPS 2024), arXiv 2402.07419: the sampling network H of ID-GEN.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, assert_never

from ...grammar.edge.arguments import public
from ..model.data import OBSERVED, DataSet
from ..model.query import Query
from ..model.rows import Holes, Rows, SomeRows, data_of, rows_of
from ..model.worlds import Constant, Policy, World

if TYPE_CHECKING:
    from ..estimand.table import Table

__all__ = [
    "OBSERVED",
    "Constant",
    "DataSet",
    "Draw",
    "Fit",
    "Folded",
    "Policy",
    "SamplingNetwork",
    "Simulated",
    "SomeRows",
    "Source",
    "Stage",
    "Wire",
    "Wires",
]

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Variables, each with the id of one of its values."""

Wire: TypeAlias = str | Constant
"""What a draw reads for a variable: the id of a draw or an input, or a value that the query states."""

Wires: TypeAlias = tuple[tuple[str, Wire], ...]
"""Variables, each with the wire that carries its value."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """Rows sampled from an earlier stage of the same network (the paper's step 7 data set)."""

    stage: str


@dataclass(frozen=True, slots=True)
class Folded:
    """One table, contracted from the finite tables of an earlier stage of the same network, without training."""

    stage: str


Source: TypeAlias = DataSet | SomeRows | Simulated | Folded | Policy
"""What a draw's values are drawn from. A policy is given with each question, so nothing is fitted for it."""


def interim_of(source: Source) -> str | None:
    """The name of the stage from which a source is made; None for rows of a data set and for a policy."""
    match source:
        case DataSet() | SomeRows() | Policy():
            return None
        case Simulated(stage) | Folded(stage):
            return stage
        case _:
            assert_never(source)


@dataclass(frozen=True, slots=True)
class Fit:
    """One generator: ``targets`` given ``given``, trained on the rows of ``source`` or computed from it."""

    targets: tuple[str, ...]
    given: tuple[str, ...] = ()
    source: Source = OBSERVED

    @classmethod
    def of(cls, target: str, given: Iterable[str] = (), source: Source = OBSERVED) -> Fit:
        """The fit of a single target."""
        return cls((target,), tuple(given), source)

    @property
    def variables(self) -> tuple[str, ...]:
        """The targets, then the conditions."""
        return self.targets + self.given

    @property
    def interim(self) -> str | None:
        """The stage from which the generator is made; None if it is fitted on data."""
        return interim_of(self.source)

    @property
    def data(self) -> DataSet | None:
        """The data set whose rows it is fitted on; None if it is made from an interim stage or given."""
        return data_of(self.source)

    @property
    def rows(self) -> Rows:
        """Which rows of its data set it is fitted on."""
        return rows_of(self.source)

    @property
    def from_rows(self) -> bool:
        """Whether values can be taken from real rows without training: the source is data and has no conditions."""
        return not self.given and self.data is not None

    @property
    def is_policy(self) -> bool:
        """Whether it is a policy, which is given with each question and never trained."""
        return isinstance(self.source, Policy)


@dataclass(frozen=True, slots=True)
class Draw:
    """One instruction: draw one variable or several together, given other draws and inputs.

    Several variables are drawn together if their values belong together: they come from one real row of the data, or
    from one call of a generator that makes them all.

    Args:
        outputs: Pairs (variable, id) of the drawn values. An id is unique in its stage: it is the variable's name, with
            primes if the stage has another value of the variable.
        given: Pairs (variable, wire): the id of the draw or input that supplies the value, or a constant. They are in
            topological order, or for a policy in the order in which it reads them.
        source: The distribution from whose conditional ``P(outputs | given)`` the values are drawn.
    """

    outputs: Pairs
    given: Wires = ()
    source: Source = OBSERVED
    _fit: Fit | None = field(default=None, init=False, repr=False, compare=False)
    _reads: tuple[str, ...] | None = field(default=None, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, id: str, variable: str, given: Wires = (), source: Source = OBSERVED) -> Draw:
        """The draw of a single variable."""
        return cls(((variable, id),), given, source)

    @property
    def id(self) -> str:
        """The id of the first output, which names the draw and its noise."""
        return self.outputs[0][1]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all outputs."""
        return tuple(id for _, id in self.outputs)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that are drawn."""
        return tuple(variable for variable, _ in self.outputs)

    @property
    def reads(self) -> tuple[str, ...]:
        """The ids this draw reads; a constant has none."""
        if self._reads is None:  # kept, as is the fit: passes ask for them far more often than draws are made
            object.__setattr__(
                self, "_reads", tuple([wire for _, wire in self.given if isinstance(wire, str)])
            )
        return self._reads or ()

    @property
    def fit(self) -> Fit:
        """The generator that fills this draw."""
        if self._fit is None:
            given = tuple([variable for variable, _ in self.given])
            object.__setattr__(self, "_fit", Fit(self.variables, given, self.source))
        assert self._fit is not None
        return self._fit

    @property
    def interim(self) -> str | None:
        """The stage from whose conditional it draws; None for a conditional of the data."""
        return interim_of(self.source)


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
    holes: Holes = ()

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
        """The columns with holes, each with its indicator."""
        return {column: indicator for indicator, columns in self.holes for column in columns}

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
        return sum(isinstance(fit.source, Simulated) for fit in self.fits)

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
            DofxError: E1002 if a table lacks a variable or a value of the query is no entry of its axis, or if a policy
                is missing.
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
