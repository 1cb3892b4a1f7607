"""Few rows of a query whose draws are all tables, by NumPy. They are the rows of the graph, to the bit.

A table draws a thousand rows in a few microseconds, and starting torch's operations takes longer than that. So here
the graph is followed draw by draw with NumPy's operations, which start faster.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from ...compiler.emit import SamplingGraph
from ...compiler.emit.names import NAMESPACE
from ...compiler.network.ir import Draw, SamplingNetwork, Wire
from ..data.state_numbers import PlainInputs, plain_inputs
from ..data.values import Values
from ..families.capabilities import Comparing
from ..variables import VariableType
from ..variables.constants import encoded
from .noise import BLOCK, uniform_rows

Place: TypeAlias = tuple[int, int]
"""Where a value is that a draw reads, and how many cells of the table one state of it is."""


class FewRows(Protocol):
    """A faster way to make few rows."""

    def rows(
        self, n: int, start: int, do: Values | None, given: Values | None, seed: int
    ) -> dict[str, Tensor] | None:
        """The encoded rows ``(n,)`` of each outcome; None for what only the usual way can make, or refuse."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One draw by a generator that compares noise with thresholds, such as a table.

    Args:
        id: The draw's id.
        name: The name of its generator in the graph.
        generator: That generator.
        thresholds: Its `Comparing.thresholds`.
        shape: The shape of its thresholds.
        offset: The first cell, by the values that the query states.
        read: The inputs and the earlier draws that it reads.
    """

    id: str
    name: str
    generator: nn.Module
    thresholds: Callable[[], Tensor | None]
    shape: tuple[int, ...]
    offset: int
    read: tuple[Place, ...]

    def ends(self, generators: Mapping[str, nn.Module | None]) -> np.ndarray | None:
        """The thresholds as they are now, ``(states - 1, cells)``.

        Returns:
            None if another generator took its place, or if it must be called, because something hooks on to it.
        """
        module = generators.get(self.name)
        if module is not self.generator or _is_hooked(self.generator):
            return None
        ends: Any = self.thresholds()
        if ends is None or ends.shape != self.shape:
            return None
        if not ends.is_cpu or ends.dtype is not torch.float32 or ends.requires_grad:
            return None
        array: np.ndarray = ends.numpy()
        return array

    def states(self, noise: np.ndarray, ends: np.ndarray, values: Sequence[Any]) -> np.ndarray:
        """States, int64 ``(rows,)``, as the generator returns them.

        Args:
            noise: Uniform, ``(rows,)``.
            ends: The thresholds.
            values: The inputs and the draws so far, at their places: a number for all rows, or one for each.
        """
        first, cell = self.offset, None
        for place, cells in self.read:
            value = values[place]
            part = value if cells == 1 else value * cells
            if value.__class__ is int:
                first += part
            else:
                cell = part if cell is None else cell + part
        reached = None
        for row in ends:
            more = (noise >= (row[first] if cell is None else row[first:].take(cell))).view(np.int8)
            if reached is None:
                reached = more
            else:
                reached += more
        return np.zeros(len(noise), np.int64) if reached is None else reached.astype(np.int64)


@dataclass(frozen=True, slots=True)
class FewTables:
    """Makes rows of a graph of tables, up to a block of noise at once. `few_tables` makes it.

    Args:
        module: The graph.
        forward: Its code, by which it is noticed that the graph has been edited.
        inputs: How the values of interventions and conditions are read.
        names: The inputs, in the order of their places.
        steps: The draws.
        outcomes: The place of each outcome.
    """

    module: SamplingGraph
    forward: Callable[..., Any]
    inputs: PlainInputs
    names: tuple[str, ...]
    steps: tuple[Step, ...]
    outcomes: Mapping[str, int]

    def rows(
        self, n: int, start: int, do: Values | None, given: Values | None, seed: int
    ) -> dict[str, Tensor] | None:
        """The rows, as the graph makes them; None if they are not few, or not plain to make."""
        if n.__class__ is not int or start.__class__ is not int or seed.__class__ is not int:
            return None
        if n < 1 or start < 0 or start % BLOCK + n > BLOCK:
            return None
        numbers = self.inputs.read(do, given, n)
        if numbers is None or self.module.__class__.forward is not self.forward or _is_hooked(self.module):
            return None
        generators = self.module._modules[NAMESPACE]._modules  # type: ignore[union-attr]
        values: list[Any] = [numbers.get(name) for name in self.names]
        for step in self.steps:
            ends = step.ends(generators)
            if ends is None:
                return None
            values.append(step.states(uniform_rows(seed, step.id, start, n), ends, values))
        return {name: _column(values[place], n) for name, place in self.outcomes.items()}


def few_tables(
    module: SamplingGraph, network: SamplingNetwork, types: Mapping[str, VariableType], defaults: Values
) -> FewTables | None:
    """A way to make few rows of an emitted graph without torch.

    Args:
        module: The graph of the network's answer.
        network: The network.
        types: Types of the variables.
        defaults: Values fixed in the query's text.

    Returns:
        None where the noise of a draw is not compared with thresholds, or an input is not finite.
    """
    inputs, stage = plain_inputs(network, types, defaults), network.answer
    if inputs is None:
        return None
    names = inputs.needed
    places = {name: place for place, name in enumerate((*names, *(draw.id for draw in stage.draws)))}
    steps: list[Step] = []
    for draw, origin in zip(stage.draws, module.provenance, strict=True):
        generator = module.get_submodule(origin.target)
        if len(draw.ids) != 1 or any(isinstance(w, str) and w not in places for _, w in draw.given):
            return None
        if not isinstance(generator, Comparing) or (thresholds := generator.thresholds()) is None:
            return None
        name = origin.target.removeprefix(f"{NAMESPACE}.")
        first, read = _read(draw, generator.shape[:-1], places, types)
        shape = tuple(thresholds.shape)
        steps.append(Step(draw.id, name, generator, generator.thresholds, shape, first, read))
    outcomes = {
        name: id for name, (_, id) in zip(network.query.outcomes, stage.outputs, strict=True) if id in places
    }
    if len(outcomes) < len(stage.outputs) or len(set(outcomes.values())) < len(outcomes) or not steps:
        return None
    found = {name: places[id] for name, id in outcomes.items()}
    return FewTables(module, type(module).forward, inputs, names, tuple(steps), found)


def _read(
    draw: Draw,
    states: Sequence[int],
    places: Mapping[str, int],
    types: Mapping[str, VariableType],
) -> tuple[int, tuple[Place, ...]]:
    """The first cell that a draw reads, by the values that the query states, and where its other values are."""
    cells = [prod(states[i + 1 :]) for i in range(len(draw.given))]
    read: list[tuple[Wire, str, int]] = [(w, v, size) for (v, w), size in zip(draw.given, cells, strict=True)]
    first = sum(int(encoded(types, v, w)[0]) * size for w, v, size in read if not isinstance(w, str))
    return first, tuple((places[w], size) for w, _, size in read if isinstance(w, str))


def _is_hooked(module: nn.Module) -> bool:
    """Whether a module is to be called, because more would happen then than its own computation."""
    return bool(module._forward_hooks or module._forward_pre_hooks or "forward" in module.__dict__)


def _column(value: Any, rows: int) -> Tensor:
    """An outcome's states, int64 ``(rows,)``; an outcome that is set may have one value for all rows."""
    drawn = isinstance(value, np.ndarray)
    return torch.from_numpy(value if drawn and value.flags.owndata else np.full(rows, value, np.int64))
