"""The backward pass over a finite sampling network: the influence function of what it computes.

Let ``Ψ = E[h]`` be an expectation of the network's outcomes, a function of the law of the rows. The derivative of ``Ψ``
by each generator's table is a contraction of all other tables. A table ``P(v | g)`` of the rows then contributes to the
influence function at a row ``(v, g)`` its density ratio times how far the row's value moves the mean:

    ω(g) (m(v, g) - E[m(V, g) | g])     ω(g) = law of g in the network / law of g in the rows
                                        m(v, g) = E[h | the draw is v, its conditions are g]

A table that is computed from an interim stage passes its derivative on to the tables of that stage, and to the law of
the stage's inputs. So every draw is visited once, and draws that share a generator add up.

References:
    Newey (1994), "The asymptotic variance of semiparametric estimators" (pathwise derivatives).
    Griewank, Walther (2008), "Evaluating derivatives" (reverse accumulation).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...compiler.estimand.contraction import Array, Operand, contract
from ...compiler.network.ir import Constant, Draw, Fit, SamplingNetwork, Stage, Wire
from ...compiler.printers.network.text import fit_text
from ..exact.distribution import MOST_CELLS, NotExactError
from ..exact.size import largest_table
from ..variables import Finite as FiniteType
from ..variables import VariableType
from ..variables.constants import encoded
from .influence import Influence, Overlap, Place
from .law import Law, Laws

NUMBER = "number of the expectation"
"""The label of the first axis of everything that is passed backwards: no variable can have it."""

RARELY = 1e-18
"""The probability of inputs that do not occur in the data, as for refits."""


@dataclass(frozen=True, slots=True)
class Column:
    """The table of one variable that a generator draws.

    Args:
        target: The variable.
        given: Its conditions. In a real row, these are the finite variables before it.
        table: Probabilities, ``(*states of the conditions, states)``.
        pseudo_rows: The number of rows by which the table is pulled towards its prior.
    """

    target: str
    given: tuple[str, ...]
    table: Array
    pseudo_rows: float = 0.0


@dataclass(frozen=True, slots=True)
class Finite:
    """A network whose draws are all finite tables, and the laws that they were fitted to.

    Args:
        network: The network.
        columns: For each fit, its tables in the order of its targets; None for a target that is not finite.
        laws: The laws of the rows that train its generators.
        types: Types of the variables.
    """

    network: SamplingNetwork
    columns: Mapping[Fit, tuple[Column | None, ...]]
    laws: Laws
    types: Mapping[str, VariableType]

    def law(self, fit: Fit) -> Law:
        """The law of the rows that train a generator.

        Raises:
            NotExactError: Where it is not known.
        """
        if fit not in self.laws.of_fits:
            raise NotExactError(
                f"the rows of {fit_text(fit)} are weighted by chances that are not tables of frequencies"
            )
        return self.laws.of_fits[fit]

    def influence(self, fixed: Mapping[str, int], seeds: Array, *, adjusted: bool = False) -> Influence:
        """The influence functions of several expectations at one setting of the inputs.

        Args:
            fixed: The state of each input that the answer reads, by its id.
            seeds: The function of the outcomes whose expectation each is, ``(numbers, *states of the outcomes)``.
            adjusted: Whether each combination of conditions counts as one row fewer than it has. The variance of the
                values is then that of the number, without the bias of a mean that was estimated on the same rows.

        Raises:
            NotExactError: Where a table is not known, or takes too many cells.
        """
        return _Pass(self, adjusted).run(fixed, seeds)


@dataclass(slots=True)
class _Place:
    """An operand of a stage and what it is: a column of a draw, or the law of inputs."""

    operand: Operand
    fit: Fit | None
    number: int = 0
    inputs: tuple[str, ...] = ()
    law: Law | None = None


@dataclass(slots=True)
class _Pass:
    """One backward pass.

    The last of the numbers is the expectation of 1. Its derivatives are the laws of the conditions in the network, from
    which density ratios follow.
    """

    finite: Finite
    adjusted: bool
    derivatives: dict[tuple[Fit, int], Array] = field(default_factory=dict[tuple[Fit, int], Array])
    terms: dict[Place, Array] = field(default_factory=dict[Place, Array])
    overlaps: list[Overlap] = field(default_factory=list[Overlap])

    def run(self, fixed: Mapping[str, int], seeds: Array) -> Influence:
        network = self.finite.network
        stage = network.answer
        seeds = np.concatenate([seeds, np.ones_like(seeds[:1])])
        part = stage.needed_for([variable for variable, _ in stage.outputs])
        places = list(self.places(part))
        sizes = {id: seeds.shape[1 + axis] for axis, (_, id) in enumerate(stage.outputs)} | _sizes(places)
        held = [
            (_one_hot(fixed[id], size), (id,))
            for id, size in sizes.items()
            if id in part.input_ids and id in fixed
        ]
        seed: Operand = (seeds, (NUMBER, *(id for _, id in stage.outputs)))
        self.push(places, [seed, *held, *self.constants(part)])
        drawn = dict.fromkeys(draw.fit for each in network.stages for draw in each.draws)
        for fit in reversed([fit for fit in drawn if not fit.is_policy]):
            for number, column in enumerate(self.finite.columns[fit]):
                if column is not None and (fit, number) in self.derivatives:
                    self.settle(fit, column, self.derivatives[fit, number])
        return Influence(self.terms, tuple(self.overlaps), len(seeds) - 1)

    def places(self, stage: Stage) -> Iterator[_Place]:
        """The tables of the draws of a stage, axes labelled by ids."""
        for draw in stage.draws:
            before: list[Hashable] = [_label(draw, *pair) for pair in draw.given]
            for number, (column, id) in enumerate(zip(self.finite.columns[draw.fit], draw.ids, strict=True)):
                if column is not None:
                    yield _Place((column.table, (*before, id)), draw.fit, number)
                    before.append(id)
                elif _is_read(id, draw, stage):
                    raise NotExactError(f"draw {draw.id} ~ {fit_text(draw.fit)} is not finite")

    def constants(self, stage: Stage) -> Iterator[Operand]:
        """What holds the constants that a stage's draws read at their values."""
        for draw in stage.draws:
            for variable, wire in draw.given:
                if isinstance(wire, Constant):
                    (state,) = encoded(self.finite.types, variable, wire)
                    size = _states(self.finite.types[variable])
                    yield _one_hot(int(state), size), (_label(draw, variable, wire),)

    def push(self, places: Sequence[_Place], seeds: Sequence[Operand]) -> None:
        """Add the derivative by each of a stage's tables to those found so far.

        Args:
            places: The tables of the stage.
            seeds: What their product is multiplied by. One of them has the axis `NUMBER`.
        """
        operands = [place.operand for place in places]
        for number, place in enumerate(places):
            array, labels = place.operand
            others = [*operands[:number], *operands[number + 1 :], *seeds]
            known = {label for _, each in others for label in each}
            others += [
                (np.ones(size), (label,))
                for label, size in zip(labels, array.shape, strict=True)
                if label not in known
            ]
            output = (NUMBER, *labels)
            if largest_table(others, output) > MOST_CELLS:
                raise NotExactError(f"the backward pass takes more than {MOST_CELLS:,} cells")
            found = contract(others, output)
            if place.fit is None:
                assert place.law is not None
                centred = found[:-1] - _mean(found[:-1], array, array.ndim)
                self.add(place.law, place.inputs, centred)
            else:
                key = place.fit, place.number
                self.derivatives[key] = self.derivatives.get(key, 0.0) + found

    def settle(self, fit: Fit, column: Column, derivative: Array) -> None:
        """Turn the derivative by a table into a term of the influence function, or pass it to the table's stage."""
        centred = derivative[:-1] - _mean(derivative[:-1], column.table, 1)
        asked = np.maximum((derivative[-1] * column.table).sum(-1), 0.0)
        if fit.interim is None:
            self.of_rows(fit, column, centred, asked)
        else:
            self.of_stage(fit, column, centred, asked)

    def of_rows(self, fit: Fit, column: Column, centred: Array, asked: Array) -> None:
        law = self.finite.law(fit)
        shown = law.frequencies(column.given)
        if shown is None:
            raise NotExactError(f"{fit_text(fit)} has too many combinations of conditions")
        rows = np.inf if law.rows is None else max(law.rows, 1)
        moved = np.zeros_like(centred)
        seen = shown > 0
        pulled = shown + column.pseudo_rows / rows
        moved[:, seen] = centred[:, seen] / pulled[seen][:, None]
        if self.adjusted and law.rows:
            number = np.maximum(law.effective(column.given), 2.0)
            moved *= np.sqrt(number / (number - 1))[..., None]
        reached = ~seen & (np.abs(centred).max((0, -1), initial=0.0) > 0)
        moved[:, reached] = np.nan
        self.add(law, (*column.given, column.target), moved)
        if (
            law.rows is None and not seen.all()
        ):  # a known law fills such cells with the marginal of the target
            self.add(law, (column.target,), centred[:, ~seen].sum(axis=1))
        ratio = np.divide(asked, shown, out=np.zeros_like(asked), where=seen)
        self.overlaps.append(
            Overlap(
                fit_text(fit),
                column.given,
                float(ratio.max(initial=0.0)),
                _effective(asked, ratio, law, column.given),
                float(asked[~seen].sum()),
                _effective_clusters(asked, ratio, law, column.given),
            )
        )

    def of_stage(self, fit: Fit, column: Column, centred: Array, asked: Array) -> None:
        stage = self.finite.network.stage(fit.interim or "")
        part = stage.needed_for(fit.variables)
        laws = self.finite.laws.of_inputs.get((self.finite.network.query, fit))
        places, constants = list(self.places(part)), list(self.constants(part))
        if laws is not None:
            places += self.inputs(part, laws)
        else:  # it follows a policy, and was computed at inputs that no rows decide
            constants += [(np.ones(self.states(variable)), (id,)) for variable, id in part.inputs]
        ids = part.supplying(fit.variables)  # of a variable that is drawn and read, two ids
        drawn, read = dict(zip(fit.targets, ids, strict=False)), ids[len(fit.targets) :]
        output = [*read, *(drawn[name] for name in (*column.given[len(fit.given) :], column.target))]
        total = contract([*(place.operand for place in places), *constants], output[:-1])
        shown = total > 0
        weight = np.divide(1.0, total, out=np.zeros_like(total), where=shown)[..., None]
        whole = np.broadcast_to(asked[..., None], centred.shape[1:])
        seed = np.concatenate([centred, whole[None]]) * weight
        self.push(places, [(seed, (NUMBER, *output)), *constants])

    def inputs(self, stage: Stage, laws: Mapping[str, Law]) -> Iterator[_Place]:
        """The law of a stage's inputs while it is simulated: that of real rows.

        A variable that is an input twice gets two independent values.
        """
        first: dict[str, str] = {}
        again: list[tuple[str, str]] = []
        for variable, id in stage.inputs:
            if variable in first:
                again.append((variable, id))
            else:
                first[variable] = id
        together: dict[tuple[str, ...], tuple[str, ...]] = {}
        for one in first:
            mine = tuple(name for name in first if laws[name] is laws[one])
            together[mine] = tuple(first[name] for name in mine)
        for names, ids in (*together.items(), *(((name,), (id,)) for name, id in again)):
            law = laws[names[0]]
            shown = law.frequencies(names)
            if shown is None:
                raise NotExactError(f"{', '.join(names)} have too many combinations")
            yield _Place((np.maximum(shown, RARELY), ids), None, inputs=names, law=law)

    def states(self, variable: str) -> int:
        """The number of states of a variable."""
        return _states(self.finite.types[variable])

    def add(self, law: Law, names: tuple[str, ...], values: Array) -> None:
        """Add a term, its axes the number, then the variables: to each of the data sets that the law is of."""
        for place, moved in law.moved(names, values):
            self.terms[place] = self.terms.get(place, 0.0) + moved


def _label(draw: Draw, variable: str, wire: Wire) -> Hashable:
    """The label of what a draw reads; a constant has its own, and so has each of several of one variable."""
    return wire if isinstance(wire, str) else ("constant", draw.id, variable, wire)


def _mean(values: Array, law: Array, axes: int) -> Array:
    """The mean of the values over their last axes, which stay with one entry each."""
    return np.asarray((values * law).sum(axis=tuple(range(-axes, 0)), keepdims=True))


def _effective(asked: Array, ratio: Array, law: Law, given: Sequence[str]) -> float | None:
    """The number of rows of equal weight that are worth what these are worth with weights and density ratios.

    What is asked where no row is, and so has a ratio of 0, rests on none of them.
    """
    if law.rows is None or not asked.any():
        return None
    squared = law.squared(given) if law.squares is not None else None
    square = float((asked * ratio).sum() if squared is None else (squared * ratio**2).sum())
    return law.rows * float(asked[ratio > 0].sum()) ** 2 / square if square else 0.0


def _effective_clusters(asked: Array, ratio: Array, law: Law, given: Sequence[str]) -> float | None:
    """The number of clusters of equal weight that are worth what these are worth with weights and density ratios."""
    together = law.together(given)
    if together is None or law.rows is None or not asked.any():
        return None
    square = float((together * ratio**2).sum())
    return law.rows * float(asked[ratio > 0].sum()) ** 2 / square if square else 0.0


def _states(type: VariableType) -> int:
    if not isinstance(type, FiniteType):
        raise NotExactError(f"a constant or an input is {type}")
    return type.cardinality


def _one_hot(state: int, size: int) -> Array:
    found = np.zeros(size)
    found[state] = 1.0
    return found


def _sizes(places: Sequence[_Place]) -> dict[str, int]:
    """The number of states of each label."""
    return {
        str(label): size
        for place in places
        for label, size in zip(place.operand[1], place.operand[0].shape, strict=True)
    }


def _is_read(id: str, draw: Draw, stage: Stage) -> bool:
    outputs: NDArray[np.bool_] | bool = any(id == output for _, output in stage.outputs)
    return bool(outputs) or any(id in other.reads for other in stage.draws if other is not draw)
