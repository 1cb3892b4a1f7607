"""The influence function of an expectation under trained generators, at rows that they were not trained on.

For each draw of the answer: the ratio of the law of its conditions in simulated rows to their law in real rows, by
`ratio_of`; the mean of the function given the draw and its conditions, by a regression on simulated rows, or exactly
where the draw is what the function is of; and the mean over what the generator draws given the conditions.

References:
    Chernozhukov and others (2018), "Double/debiased machine learning for treatment and structural parameters".
    Bickel, Klaassen, Ritov, Wellner (1993), "Efficient and adaptive estimation" (the one-step estimator).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ...compiler.estimand.contraction import Array
from ...compiler.network.ir import Draw, Fit, SamplingNetwork
from ...compiler.printers.network.text import fit_text
from ..data.dataset import Dataset
from ..exact.distribution import NotExactError
from ..sampling.noise import derive_seed
from ..variables import Finite, VariableType
from ..variables.constants import encoded
from .forward import drawn, run_stage
from .regression import Basis, mean_of, ratio_of

SIMULATED = 8_192
"""Rows that are simulated for an expectation at least; regressions use as many."""

MOST_SIMULATED = 1 << 16

DRAWN = 64
"""How often a generator draws anew at each real row."""

Function = Callable[[Mapping[str, Tensor]], Array]
"""A number per row, ``(rows,)``, from the values of the outcomes by id."""


@dataclass(frozen=True, slots=True)
class Weighted:
    """The density ratio of a draw at some rows.

    Args:
        draw: The draw's conditional, as text.
        given: Its conditions.
        ratios: A ratio per row, ``(rows,)``.
    """

    draw: str
    given: tuple[str, ...]
    ratios: Array


@dataclass(frozen=True, slots=True)
class OneStep:
    """An expectation and how each row moves it.

    Args:
        value: The expectation under the generators.
        moved: How each row moves it, ``(rows,)``.
        weighted: The density ratio of each draw.
    """

    value: float
    moved: Array
    weighted: tuple[Weighted, ...]


@dataclass(frozen=True, slots=True)
class Trained:
    """A network with trained generators, the rows that they were trained on, and other rows.

    Args:
        network: The network.
        modules: Its generators.
        types: Types of the variables.
        training: The rows that the generators were trained on.
        held_out: The rows at which influence functions are evaluated.
        seed: Of the simulation.
    """

    network: SamplingNetwork
    modules: Mapping[Fit, nn.Module]
    types: Mapping[str, VariableType]
    training: Dataset
    held_out: Dataset
    seed: int

    def expectations(self, inputs: Mapping[str, Tensor], functions: Sequence[Function]) -> list[OneStep]:
        """Some expectations of the outcomes at one setting of the inputs.

        Args:
            inputs: The value of each input by id, ``(1, *event)``.
            functions: The functions of the outcomes.

        Raises:
            NotExactError: If the influence functions are not known.
        """
        stage = self.network.answer
        rows = min(MOST_SIMULATED, max(SIMULATED, 4 * self.held_out.rows))
        simulated = run_stage(
            stage, self.modules, self.types, inputs, rows, derive_seed(self.seed, "forward")
        )
        numbers = [function(simulated) for function in functions]
        moved = [np.zeros(self.held_out.rows) for _ in functions]
        weighted: list[Weighted] = []
        for draw in stage.draws:
            if draw.interim is not None:
                raise NotExactError(f"{fit_text(draw.fit)} is trained on simulated rows")
            if draw.fit.is_policy:
                continue
            ratios = self._ratios(draw, inputs, simulated)
            again = self._again(draw, inputs, self.held_out) if self._free(draw, inputs) else None
            for place, (function, values) in enumerate(zip(functions, numbers, strict=True)):
                moved[place] += ratios * self._moved(draw, inputs, function, simulated, values, again)
            if draw.given:
                weighted.append(Weighted(fit_text(draw.fit), draw.fit.given, ratios))
        found = zip(numbers, moved, strict=True)
        return [OneStep(float(values.mean()), each, tuple(weighted)) for values, each in found]

    def _again(
        self, draw: Draw, inputs: Mapping[str, Tensor], rows: Dataset
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """What a draw reads and draws in real rows, and the same with `DRAWN` new draws for each of them."""
        held = {id: value.expand(rows.rows, *value.shape[1:]) for id, value in inputs.items()}
        seen = {**held, **{wire: rows[name] for name, wire in self._free(draw, inputs)}}
        many = {id: value.repeat_interleave(DRAWN, dim=0) for id, value in seen.items()}
        source = torch.Generator().manual_seed(derive_seed(self.seed, "again", draw.id, rows.rows))
        many |= drawn(draw, self.modules, self.types, many, rows.rows * DRAWN, source)
        return {**seen, **{id: rows[name] for name, id in draw.outputs}}, many

    def _free(self, draw: Draw, inputs: Mapping[str, Tensor]) -> list[tuple[str, str]]:
        """The conditions of a draw that are not held: each variable with the id that supplies it."""
        return [(name, wire) for name, wire in draw.given if isinstance(wire, str) and wire not in inputs]

    def _ratios(self, draw: Draw, inputs: Mapping[str, Tensor], simulated: Mapping[str, Tensor]) -> Array:
        """The density ratio of a draw's conditions at the rows held out."""
        here, there = (self._matching(draw, inputs, rows) for rows in (self.held_out, self.training))
        counts = _counts(self.training)
        share = float(np.average(there.double().numpy(), weights=counts))
        if share == 0:
            raise NotExactError(f"no row shows the conditions of {fit_text(draw.fit)}")
        free = self._free(draw, inputs)
        if not free:
            return here.double().numpy() / share
        types = [self.types[name] for name, _ in free]
        shown = [self.training[name][there] for name, _ in free]
        basis = Basis.of(types, shown)
        asked = basis([simulated[wire][:SIMULATED] for _, wire in free])
        weighing = None if counts is None else counts[there.numpy()]
        weights = ratio_of(basis(shown), asked, share, basis.orders, weighing)
        found = np.zeros(self.held_out.rows)
        place = here.numpy()
        if place.any():
            found[place] = basis([self.held_out[name][here] for name, _ in free]) @ weights
        return found

    def _matching(self, draw: Draw, inputs: Mapping[str, Tensor], rows: Dataset) -> Tensor:
        """The rows whose values are those at which the draw's conditions are held, bool ``(rows,)``."""
        found = torch.ones(rows.rows, dtype=torch.bool)
        for name, wire in draw.given:
            if isinstance(wire, str) and wire not in inputs:
                continue
            if not isinstance(self.types[name], Finite):
                raise NotExactError(
                    f"{name} is held at one point of {self.types[name]}, and the error of a mean at a point does not "
                    "shrink with the root of the number of rows: ask for a contrast of regions or of shifts"
                )
            value = inputs[wire] if isinstance(wire, str) else encoded(self.types, name, wire)
            found &= rows[name].cpu() == value[0]
        return found

    def _moved(
        self,
        draw: Draw,
        inputs: Mapping[str, Tensor],
        function: Function,
        simulated: Mapping[str, Tensor],
        numbers: Array,
        again: tuple[dict[str, Tensor], dict[str, Tensor]] | None,
    ) -> Array:
        """How far the draw's value moves the mean at the rows held out, from its mean given the conditions."""
        mean = self._mean(draw, inputs, function, simulated, numbers)
        if again is None:
            seen = {id: self.held_out[name] for name, id in draw.outputs}
            given = numbers if mean is function else mean(simulated)
            return np.asarray(mean(seen) - given.mean())
        seen, drawn_again = again
        given = mean(drawn_again).reshape(self.held_out.rows, DRAWN).mean(axis=1)
        return np.asarray(mean(seen) - given)

    def _mean(
        self,
        draw: Draw,
        inputs: Mapping[str, Tensor],
        function: Function,
        simulated: Mapping[str, Tensor],
        numbers: Array,
    ) -> Function:
        """The mean of the function given the draw and its conditions."""
        known = {*draw.ids, *draw.reads, *inputs}
        if {id for _, id in self.network.answer.outputs} <= known:
            return function
        pairs = [*self._free(draw, inputs), *draw.outputs]
        types = [self.types[name] for name, _ in pairs]
        part = [simulated[id][:SIMULATED] for _, id in pairs]
        basis = Basis.of(types, part)
        weights = mean_of(basis(part), numbers[:SIMULATED])
        return lambda values: np.asarray(basis([values[id] for _, id in pairs]) @ weights)


def _counts(rows: Dataset) -> Array | None:
    """How much each row counts, ``(rows,)``; None if all count alike."""
    return None if rows.design.weights is None else rows.design.weights.numpy()
