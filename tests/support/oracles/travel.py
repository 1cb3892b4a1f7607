"""How far the error of one generator travels: a network with worse tables, its answer, and the bound on it.

docs/errors.md proves the bound. Everything here is contraction of tables; nothing is sampled or trained.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dofx.compiler.estimand.contraction import Array, Operand, contract
from dofx.compiler.estimand.table import Table
from dofx.compiler.network.ir import Draw, Fit, SamplingNetwork, Simulated, Stage

Worse = Callable[[Fit, Array], Array]


@dataclass(frozen=True)
class World:
    """A network with a table for each generator.

    Args:
        network: The network.
        joint: The distribution of the data.
        tables: What each generator samples, axes given, then target.
        sources: The joint of the same axes in what it trains on, errors of interim stages included.
        targets: What it would sample had it learnt that perfectly.
    """

    network: SamplingNetwork
    joint: Table
    tables: Mapping[Fit, Array]
    sources: Mapping[Fit, Array]
    targets: Mapping[Fit, Array]

    def inputs(self, stage: Stage) -> list[Operand]:
        """The law of a stage's inputs: jointly as in the data."""
        return [(self.joint.marginal(stage.input_variables).array(), stage.input_ids)] if stage.inputs else []

    def law(self, stage: Stage, ids: Sequence[Hashable], *, fixed: bool = False) -> Array:
        """The joint of some draws and inputs of a stage; with `fixed`, of the draws for each input."""
        operands: list[Operand] = [(self.tables[d.fit], (*d.reads, *d.ids)) for d in stage.draws]
        inputs = self.inputs(stage)
        if fixed:
            inputs = [(np.ones_like(array), labels) for array, labels in inputs]
        return contract([*operands, *inputs], ids)


def world(network: SamplingNetwork, joint: Table, worse: Worse = lambda fit, table: table) -> World:
    """Train every generator perfectly on its source, and make it worse at once: later ones learn from that."""
    found = World(network, joint, tables := {}, sources := {}, targets := {})
    for fit in network.fits:
        names = (*fit.given, *fit.targets)
        if isinstance(fit.source, Simulated):
            stage = network.stage(fit.source.stage)
            ids = dict(stage.outputs)
            source = found.law(stage, [ids.get(name, name) for name in names])
        else:
            source = joint.marginal(names).array()
        sources[fit], targets[fit] = source, source / source.sum(-1, keepdims=True)
        tables[fit] = worse(fit, targets[fit])
    return found


def answer(world: World) -> Array:
    """``P(outcomes ‖ inputs)``, axes inputs, then outcomes."""
    stage = world.network.answer
    ids = dict(stage.outputs)
    return world.law(
        stage, [*stage.input_ids, *(ids[name] for name in world.network.query.outcomes)], fixed=True
    )


def moved(one: World, other: World) -> float:
    """Total variation between two answers, averaged over inputs as they occur in the data."""
    stage = one.network.answer
    apart = 0.5 * np.abs(answer(one) - answer(other))
    return float((apart.sum(tuple(range(len(stage.inputs), apart.ndim))) * _shares(one.joint, stage)).sum())


def moved_at(one: World, other: World) -> Array:
    """The same for each value of the inputs."""
    apart = 0.5 * np.abs(answer(one) - answer(other))
    return np.asarray(apart.sum(tuple(range(len(one.network.answer.inputs), apart.ndim))))


def bound(world: World) -> float:
    """At most how far the answer is from the truth, averaged over inputs: see docs/errors.md."""
    return _bound(world, world.network.answer)


def bound_at(world: World, values: Sequence[int]) -> float:
    """The same at one value of the answer's inputs."""
    inputs = world.network.answer.input_variables
    at = np.zeros([world.joint.sizes[name] for name in inputs])
    at[tuple(values)] = 1
    return _bound(world, world.network.answer, at)


def own(world: World, fit: Fit) -> float:
    """A generator's own errors, summed over the draws that it fills."""
    return sum(_own(world, s, d, None) for s in world.network.stages for d in s.draws if d.fit == fit)


def _bound(world: World, stage: Stage, inputs: Array | None = None) -> float:
    """The sum over draws of what each generator adds, and of what its source hands on."""
    return sum(_own(world, stage, d, inputs) + _inherited(world, stage, d, inputs) for d in stage.draws)


def _met(world: World, stage: Stage, draw: Draw, inputs: Array | None) -> Array:
    """The law of a draw's conditions where the network runs, with the inputs as in the data or as said."""
    given = [(inputs, stage.input_ids)] if inputs is not None else world.inputs(stage)
    before = stage.draws[: stage.draws.index(draw)]
    return contract([*((world.tables[d.fit], (*d.reads, *d.ids)) for d in before), *given], draw.reads)


def _own(world: World, stage: Stage, draw: Draw, inputs: Array | None) -> float:
    """The mean distance between a generator and what it was to learn."""
    apart = 0.5 * np.abs(world.tables[draw.fit] - world.targets[draw.fit]).sum(-1)
    return float((apart * _met(world, stage, draw, inputs)).sum())


def _inherited(world: World, stage: Stage, draw: Draw, inputs: Array | None) -> float:
    """What the errors of an interim stage become in a conditional of it."""
    if not isinstance(draw.source, Simulated):
        return 0.0
    inner = world.network.stage(draw.source.stage).needed_for(draw.fit.variables)
    return 2 * amplification(world, stage, draw, inputs) * _bound(world, inner)


def amplification(world: World, stage: Stage, draw: Draw, inputs: Array | None = None) -> float:
    """How much more often than its source the network meets some condition, at most."""
    assert isinstance(draw.source, Simulated)
    source = world.network.stage(draw.source.stage)
    supply = source.supply
    simulated = world.law(source, [supply[variable] for variable, _ in draw.given])
    return float((_met(world, stage, draw, inputs) / simulated).max())


def _shares(joint: Table, stage: Stage) -> Array:
    return joint.marginal(stage.input_variables).array()
