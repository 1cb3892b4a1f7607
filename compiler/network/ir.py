"""The sampling network: a Bayesian network of generator calls, run top to bottom by ancestral sampling.

References:
    Rahman, Jordan, Kocaoglu (NeurIPS 2024), arXiv 2402.07419: the sampling network H of ID-GEN.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ...grammar.arguments import public
from ..estimand.algebra import OBSERVED, Data

if TYPE_CHECKING:
    from ..estimand.table import Table

__all__ = ["OBSERVED", "Data", "Draw", "Fit", "Folded", "SamplingNetwork", "Simulated", "Source", "Stage"]


@dataclass(frozen=True, slots=True)
class Simulated:
    """Rows sampled from an earlier stage of the same network (the paper's step 7 data set)."""

    stage: str


@dataclass(frozen=True, slots=True)
class Folded:
    """The tables of an earlier stage of the same network, all finite, contracted to one: nothing is trained."""

    stage: str


Source: TypeAlias = Data | Simulated | Folded


@dataclass(frozen=True, slots=True)
class Fit:
    """One generator: ``target`` given ``given``, trained on the rows of ``source`` or computed from it."""

    target: str
    given: tuple[str, ...]
    source: Source = OBSERVED


@dataclass(frozen=True, slots=True)
class Draw:
    """One instruction: draw ``variable`` given other draws and inputs.

    Args:
        id: Unique in its stage. The variable's name, with primes when another value of it is in play.
        variable: What is drawn.
        given: Pairs (variable, id of the draw or input that supplies it), in topological order.
        source: The distribution whose conditional ``P(variable | given)`` is drawn from.
        row: The id of an earlier draw from whose real row the value may be taken. All draws of a row have
            the joint distribution that their variables have in the data.
    """

    id: str
    variable: str
    given: tuple[tuple[str, str], ...] = ()
    source: Source = OBSERVED
    row: str | None = None

    @property
    def fit(self) -> Fit:
        """The generator that fills this draw."""
        return Fit(self.variable, tuple(variable for variable, _ in self.given), self.source)

    @property
    def reads(self) -> tuple[str, ...]:
        """The ids this draw reads."""
        return tuple(id for _, id in self.given)


@dataclass(frozen=True, slots=True)
class Stage:
    """A straight-line sampling program: the kernel ``q(outputs ‖ inputs)``.

    Args:
        name: ``answer`` for the query's own stage, ``Q₁``, ``Q₂``, … for interim kernels.
        inputs: Variables fed in; an input's id is the variable's name.
        draws: In an order in which each reads only inputs and earlier draws.
        outputs: Pairs (variable, draw id). Draws that are not outputs are hidden: sampled and dropped.
        fixed: What an interim stage is, causally: the distribution of its outputs under ``do(fixed)``. Other
            inputs make no difference. None where that is not known.
    """

    name: str
    inputs: tuple[str, ...]
    draws: tuple[Draw, ...]
    outputs: tuple[tuple[str, str], ...]
    fixed: tuple[str, ...] | None = None

    @property
    def hidden(self) -> tuple[Draw, ...]:
        """The draws that are sampled and dropped."""
        kept = {id for _, id in self.outputs}
        return tuple(draw for draw in self.draws if draw.id not in kept)

    def needed_for(self, variables: Collection[str]) -> Stage:
        """The part of the stage that some of its variables depend on.

        >>> stage = Stage("Q₁", (), (Draw("x", "x"), Draw("y", "y"), Draw("z", "z")), (("x", "x"), ("y", "y")))
        >>> [draw.id for draw in stage.needed_for(["y"]).draws]
        ['y']
        """
        outputs = tuple((variable, id) for variable, id in self.outputs if variable in variables)
        needed = self.ancestors_of(id for _, id in outputs)
        draws = tuple(draw for draw in self.draws if draw.id in needed)
        inputs = tuple(name for name in self.inputs if name in needed or name in variables)
        return Stage(self.name, inputs, draws, outputs)

    def ancestors_of(self, ids: Iterable[str]) -> set[str]:
        """Some ids, and those of the draws and inputs that they depend on."""
        found = set(ids)
        for draw in reversed(self.draws):
            if draw.id in found:
                found.update(draw.reads)
        return found


@dataclass(frozen=True, slots=True)
class SamplingNetwork:
    """A program of stages. Each may train on rows simulated from earlier ones; the last answers the query.

    Args:
        outcomes: The query's outcomes, in the order asked.
        interventions: All of the query's interventions. Those the answer depends on are ``inputs``.
        conditions: All of the query's conditions, likewise.
        stages: Interim kernels first, the answer last.
    """

    outcomes: tuple[str, ...]
    interventions: tuple[str, ...]
    conditions: tuple[str, ...]
    stages: tuple[Stage, ...]

    @property
    def answer(self) -> Stage:
        """The stage that samples the query."""
        return self.stages[-1]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The interventions and conditions that the answer reads."""
        return self.answer.inputs

    @property
    def draws(self) -> tuple[Draw, ...]:
        """The draws of the answer; those of interim stages are in `stages`."""
        return self.answer.draws

    @property
    def fits(self) -> tuple[Fit, ...]:
        """The distinct generators, in dependency order."""
        return tuple(dict.fromkeys(draw.fit for stage in self.stages for draw in stage.draws))

    @property
    def refits(self) -> int:
        """How many generators train on simulated rows."""
        return sum(isinstance(fit.source, Simulated) for fit in self.fits)

    def stage(self, name: str) -> Stage:
        """The stage of that name."""
        return next(stage for stage in self.stages if stage.name == name)

    @public()
    def evaluate(self, joint: Table) -> Table:
        """The exact distribution that this network samples when every generator is exact.

        Args:
            joint: Probabilities of the observed variables.

        Returns:
            A table with one axis for each variable of the query.
        """
        from .exact import evaluate

        return evaluate(self, joint)

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.stages)

    def __str__(self) -> str:
        from .text import network_text

        return network_text(self)

    def _repr_svg_(self) -> str:
        from .draw import network_svg

        return network_svg(self)
