"""The influence function of an expectation under trained generators, at rows that they were not trained on.

For each draw of the answer: the ratio of the law of its conditions in simulated rows to their law in real rows, by
`ratio_of`; the mean of the function given the draw and its conditions, by a regression on simulated rows, or exactly
where the draw is what the function is of; and the mean over what the generator draws given the conditions. A draw that
learns from an interim stage passes its part on to the draws of that stage, as a function of what the stage simulates.

References:
    Chernozhukov and others (2018), "Double/debiased machine learning for treatment and structural parameters".
    Bickel, Klaassen, Ritov, Wellner (1993), "Efficient and adaptive estimation" (the one-step estimator).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from ...compiler.estimand.contraction import Array
from ...compiler.network.ir import Draw, Fit, SamplingNetwork, Stage, Wire
from ...compiler.printers.network.text import fit_text
from ..data.collection import Collection
from ..data.dataset import Dataset, shows_of
from ..exact.distribution import NotExactError
from ..sampling.noise import derive_seed
from ..variables import Finite, VariableType
from ..variables.constants import encoded
from .chances import Chances
from .forward import Function, Run, drawn, numbers_of, run_stage
from .held_out import held_of, part_of, parts_of
from .influence import OneStep, Weighted
from .regression import Basis, mean_of, ratio_of

SIMULATED = 4_096
"""Rows that are simulated for an expectation at least; regressions use as many."""

MOST_SIMULATED = 1 << 16

DRAWN = 16
"""How often a generator draws anew at each real row."""

REDRAWN = 8
"""How often a generator that learns from an interim stage draws anew at each row of it."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A network with trained generators, the rows that they were trained on, and other rows.

    Args:
        network: The network.
        modules: Its generators.
        types: Types of the variables.
        training: The rows that the generators were trained on, or those of each data set.
        held_out: The rows at which influence functions are evaluated, or those of each data set.
        seed: Of the simulation.
        chances: The chances that weigh rows with holes, by the data set.
    """

    network: SamplingNetwork
    modules: Mapping[Fit, nn.Module]
    types: Mapping[str, VariableType]
    training: Dataset | Collection
    held_out: Dataset | Collection
    seed: int
    chances: Mapping[str, Chances] = field(default_factory=dict[str, Chances])

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
        seed = derive_seed(self.seed, "forward")
        values = run_stage(stage, self.modules, self.types, inputs, rows, seed)
        needs = frozenset(id for _, id in stage.outputs)
        run = Run(stage, inputs, values, tuple(functions), numbers_of(functions, values), needs)
        count = sum(part.rows for part in parts_of(self.held_out))
        moved = [np.zeros(count) for _ in functions]
        weighted: list[Weighted] = []
        off = self._backward(run, moved, weighted)
        parts = zip(run.numbers, off, moved, strict=True)
        return [OneStep(float(each.mean()), float(by), to, tuple(weighted)) for each, by, to in parts]

    def _backward(self, run: Run, moved: list[Array], weighted: list[Weighted]) -> Array:
        """Add how each row held out moves the means of a run's functions, by each of its draws.

        Returns:
            By how much the means are off because generators differ from what their interim stages simulate.
        """
        off = np.zeros(len(run.functions))
        for draw in run.stage.draws:
            if draw.fit.is_policy:
                continue
            if draw.interim is not None:
                inner = self._inside(run, draw, draw.interim)
                off += [numbers.mean() for numbers in inner.numbers]
                off += self._backward(inner, moved, weighted)
                continue
            if draw.fit.rows.weights:
                self._through_chances(draw, run, moved, weighted)
                continue
            for held in held_of(self.training, self.held_out, self.network, draw.fit):
                ratios = self._ratios(draw, run, held.rows)
                again = self._again(draw, run, held.rows) if run.free(draw) else None
                for place, found in enumerate(self._moved(draw, run, held.rows, again)):
                    moved[place][held.place] += held.factor * ratios * found
                if draw.given:
                    worth = ratios * self._worth(draw, run)(run.read(draw, held.rows))
                    weighted.append(Weighted(fit_text(draw.fit), draw.fit.given, worth, held.place))
        return off

    def _through_chances(self, draw: Draw, run: Run, moved: list[Array], weighted: list[Weighted]) -> None:
        """Add how each row held out moves the means of a run's functions, by a draw whose rows chances weigh."""
        fit, shows = draw.fit, shows_of(self.network, draw.fit)
        assert fit.data is not None
        chances = self.chances[fit.data.name]
        rows, mask = chances.rows.showing(shows, fit.variables), chances.rows.shown(shows)
        here = np.arange(rows.rows) if mask is None else np.flatnonzero(mask.numpy())
        mass = chances.mass(fit.rows, here)
        ratios = self._ratios(draw, run, rows)
        again = self._again(draw, run, rows) if run.free(draw) else None
        values = np.zeros((len(run.functions), chances.rows.rows))
        for place, found in enumerate(self._moved(draw, run, rows, again)):
            values[place, here] = ratios * found / mass
        judged = ~chances.learning
        number = part_of(self.held_out, fit.data.name)[1] + np.cumsum(judged) - 1
        for place, each in enumerate(chances.moved(fit.rows, values)):
            moved[place][number[judged]] += each[judged]
        if draw.given:
            both, worth = judged[here], ratios * chances.product(fit.rows)[here] / mass
            worth = worth * self._worth(draw, run)(run.read(draw, rows))
            weighted.append(Weighted(fit_text(fit), fit.given, worth[both], number[here[both]]))

    def _trains(self, fit: Fit) -> Dataset:
        """The rows that trained a generator, with their weights."""
        if fit.rows.weights and fit.data is not None:
            return self.chances[fit.data.name].training(self.network, fit)
        return self.training.of(self.network, fit)

    def _inside(self, run: Run, draw: Draw, name: str) -> Run:
        """The interim stage that a draw learns from, simulated, and what its rows add to the means of a run.

        A row adds the density ratio of the draw's conditions, their law in the run over their law in the stage, times
        the mean of the function given what is drawn, less its mean over what the generator draws.
        """
        stage = self.network.stage(name).needed_for(draw.fit.variables)
        values = self._simulated(stage, draw.fit, len(next(iter(run.values.values()))))
        ids = stage.supplying(draw.fit.variables)
        made, read = dict(zip(draw.ids, ids, strict=False)), ids[len(draw.ids) :]
        ratio = self._ratio_inside(run, draw, values, read)
        wires = {wire: id for (_, wire), id in zip(draw.given, read, strict=True) if isinstance(wire, str)}
        means = self._means(draw, run)
        functions = tuple(self._surplus(draw, run, mean, made, wires, ratio) for mean in means)
        worth = ratio(values) * self._worth(draw, run)({wire: values[id] for wire, id in wires.items()})
        return Run(stage, {}, values, functions, numbers_of(functions, values), frozenset(ids), worth)

    def _simulated(self, stage: Stage, fit: Fit, count: int) -> dict[str, Tensor]:
        """The values of an interim stage from which a fit learns, at inputs taken from real rows."""
        source = torch.Generator().manual_seed(derive_seed(self.seed, "inputs", stage.name))
        inputs: dict[str, Tensor] = {}
        rows = self.training.of(self.network, fit)
        index = rows.design.drawn(rows.rows, count, source)
        for variable, id in stage.inputs:
            if variable in {known for known, other in stage.inputs if other in inputs}:
                index = rows.design.drawn(rows.rows, count, source)
            inputs[id] = rows[variable][index]
        seed = derive_seed(self.seed, "inside", stage.name)
        return run_stage(stage, self.modules, self.types, inputs, count, seed)

    def _surplus(
        self,
        draw: Draw,
        run: Run,
        mean: Function,
        made: Mapping[str, str],
        wires: Mapping[str, str],
        ratio: Function,
    ) -> Function:
        """The mean of a function given what an interim stage drew, less its mean over the generator, times a ratio.

        Args:
            draw: The draw that learns from the stage.
            run: What the draw is part of.
            mean: The mean of the function given the draw and its conditions.
            made: The value in the stage of each value that is drawn, by id.
            wires: The same of each value that the draw reads.
            ratio: The density ratio of what the draw reads.
        """
        free = {wire: id for wire, id in wires.items() if wire not in run.held}

        def function(inside: Mapping[str, Tensor]) -> Array:
            rows = len(inside[next(iter(made.values()))])
            read = {id: value.expand(rows, *value.shape[1:]) for id, value in run.held.items()}
            read |= {wire: inside[id] for wire, id in free.items()}
            seen = mean({**read, **{mine: inside[theirs] for mine, theirs in made.items()}})
            if not free:
                return np.asarray(ratio(inside) * (seen - mean(run.values).mean()))
            many = {id: value.repeat_interleave(REDRAWN, dim=0) for id, value in read.items()}
            again = torch.Generator().manual_seed(derive_seed(self.seed, "redrawn", draw.id, rows))
            many |= drawn(draw, self.modules, self.types, many, rows * REDRAWN, again, REDRAWN)
            given = mean(many).reshape(rows, REDRAWN).mean(axis=1)
            return np.asarray(ratio(inside) * (seen - given))

        return function

    def _ratio_inside(
        self, run: Run, draw: Draw, values: Mapping[str, Tensor], read_ids: Sequence[str]
    ) -> Function:
        """The density ratio of a draw's conditions: their law in a run over their law in the stage it learns from."""
        pairs = list(zip(draw.given, read_ids, strict=True))
        held = [(name, self._held(run, name, wire), id) for (name, wire), id in pairs if not run.frees(wire)]
        free = [(name, wire, id) for (name, wire), id in pairs if isinstance(wire, str) and run.frees(wire)]

        def matching(inside: Mapping[str, Tensor]) -> Array:
            found = np.ones(len(inside[read_ids[0]]) if read_ids else 1, dtype=bool)
            for _, value, id in held:
                found &= (inside[id] == value).cpu().numpy()
            return found

        here = matching(values)
        share = float(here.mean())
        if share == 0:
            raise NotExactError(f"no simulated row shows the conditions of {fit_text(draw.fit)}")
        if not free:
            return lambda inside: np.asarray(matching(inside) / share)
        place = torch.from_numpy(np.flatnonzero(here)[:SIMULATED])
        types = [self.types[name] for name, _, _ in free]
        shown = [values[id][place] for _, _, id in free]
        basis = Basis.of(types, shown, flat=True)
        asked = basis([run.values[wire][:SIMULATED] for _, wire, _ in free])
        weights = ratio_of(basis(shown), asked, share, basis.orders)
        return lambda inside: np.asarray(
            matching(inside) * (basis([inside[id] for _, _, id in free]) @ weights)
        )

    def _worth(self, draw: Draw, run: Run) -> Function:
        """How much the rows of a run count in the answer, given the conditions of a draw by id.

        The ratio of a draw's conditions to their law in real rows is the ratio of the run times this: the ratios of the
        stages outside of it.
        """
        free = run.free(draw)
        if run.worth is None or not free:
            return lambda _: np.ones(1)
        part = [run.values[wire][:SIMULATED] for _, wire in free]
        basis = Basis.of([self.types[name] for name, _ in free], part)
        weights = mean_of(basis(part), run.worth[:SIMULATED])
        return lambda values: np.asarray(basis([values[wire] for _, wire in free]) @ weights)

    def _held(self, run: Run, name: str, wire: Wire) -> Tensor:
        """The value at which a condition is held.

        Raises:
            NotExactError: If it is one point of a real variable.
        """
        if not isinstance(self.types[name], Finite):
            raise NotExactError(
                f"{name} is held at one point of {self.types[name]}: such a mean is biased towards its neighbours, "
                "and its error does not shrink with the root of the number of rows. Ask for a shift, or put a column "
                f"that says in which region {name} lies into data and graph"
            )
        value = run.held[wire] if isinstance(wire, str) else encoded(self.types, name, wire)
        return value[0]

    def _again(self, draw: Draw, run: Run, rows: Dataset) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """What a draw reads and draws in real rows, and the same with `DRAWN` new draws for each of them."""
        held = {id: value.expand(rows.rows, *value.shape[1:]) for id, value in run.held.items()}
        seen = {**held, **{wire: rows[name] for name, wire in run.free(draw)}}
        many = {id: value.repeat_interleave(DRAWN, dim=0) for id, value in seen.items()}
        source = torch.Generator().manual_seed(derive_seed(self.seed, "again", draw.id, rows.rows))
        many |= drawn(draw, self.modules, self.types, many, rows.rows * DRAWN, source, DRAWN)
        return {**seen, **{id: rows[name] for name, id in draw.outputs}}, many

    def _ratios(self, draw: Draw, run: Run, rows: Dataset) -> Array:
        """The density ratio of a draw's conditions at some rows held out."""
        training = self._trains(draw.fit)
        here, there = (self._matching(draw, run, each) for each in (rows, training))
        counts = _counts(training)
        share = float(np.average(there.double().numpy(), weights=counts))
        if share == 0:
            raise NotExactError(f"no row shows the conditions of {fit_text(draw.fit)}")
        free = run.free(draw)
        if not free:
            return here.double().numpy() / share
        types = [self.types[name] for name, _ in free]
        shown = [training[name][there] for name, _ in free]
        basis = Basis.of(types, shown, flat=True)
        asked = basis([run.values[wire][:SIMULATED] for _, wire in free])
        weighing = None if counts is None else counts[there.numpy()]
        weights = ratio_of(basis(shown), asked, share, basis.orders, weighing)
        found = np.zeros(rows.rows)
        place = here.numpy()
        if place.any():
            found[place] = basis([rows[name][here] for name, _ in free]) @ weights
        return found

    def _matching(self, draw: Draw, run: Run, rows: Dataset) -> Tensor:
        """The rows whose values are those at which the draw's conditions are held, bool ``(rows,)``."""
        found = torch.ones(rows.rows, dtype=torch.bool)
        for name, wire in draw.given:
            if not (isinstance(wire, str) and run.frees(wire)):
                found &= rows[name].cpu() == self._held(run, name, wire)
        return found

    def _moved(
        self, draw: Draw, run: Run, rows: Dataset, again: tuple[dict[str, Tensor], dict[str, Tensor]] | None
    ) -> Iterator[Array]:
        """How far the draw's value moves each mean at some rows held out, from its mean given the conditions."""
        for mean, numbers in zip(self._means(draw, run), run.numbers, strict=True):
            if again is None:
                seen = {id: rows[name] for name, id in draw.outputs}
                given = numbers if mean in run.functions else mean(run.values)
                yield np.asarray(mean(seen) - given.mean())
            else:
                seen, drawn_again = again
                given = mean(drawn_again).reshape(rows.rows, DRAWN).mean(axis=1)
                yield np.asarray(mean(seen) - given)

    def _means(self, draw: Draw, run: Run) -> Sequence[Function]:
        """The means of the functions of a run given the draw and its conditions."""
        if run.needs <= {*draw.ids, *draw.reads, *run.held}:
            return run.functions
        pairs = [*run.free(draw), *draw.outputs]
        part = [run.values[id][:SIMULATED] for _, id in pairs]
        basis = Basis.of([self.types[name] for name, _ in pairs], part)
        weights = mean_of(basis(part), np.stack([each[:SIMULATED] for each in run.numbers], axis=1))

        def mean(weights: Array, values: Mapping[str, Tensor]) -> Array:
            return np.asarray(basis([values[id] for _, id in pairs]) @ weights)

        return [partial(mean, each) for each in weights.T]


def _counts(rows: Dataset) -> Array | None:
    """How much each row counts, ``(rows,)``; None if all count alike."""
    return None if rows.design.weights is None else rows.design.weights.numpy()
