"""Folding: a finite answer network as one table, from which one random number per row draws all outcomes.

The rows of a folded sampler have the same distribution as those of `Sampler.sample`, and they can be drawn again by
their seed. For the same seed they differ from `Sampler.sample`, which uses a different noise stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from ...compiler.estimand.table import Table
from ...grammar.edge.arguments import public
from ..data.state_numbers import plain_inputs
from ..sampling.rows import RowSampler
from ..sampling.running import Asked
from ..training.precision import Precision
from ..variables import Finite, VariableType
from .distribution import distribution
from .errors import dtype_too_small, policies_are_folded, too_many_cells_to_fold
from .few_rows import FewCells
from .lookup import BITS, CellLookup
from .random_bits import BLOCK, high_bits, low_bits

if TYPE_CHECKING:
    from ..network_sampler import NetworkSampler
    from ..policies import Policies

MOST_CELLS = 1 << 22
"""Largest number of cells of a folded table, over all settings of the inputs."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The tensors of a sampler's generators at one time, to detect whether any of them has changed since.

    Args:
        tensors: All weights and buffers.
        versions: Torch's count of the writes into each.
    """

    tensors: tuple[Tensor, ...]
    versions: tuple[int, ...]

    @staticmethod
    def of(sampler: NetworkSampler) -> Seen | None:
        """The present tensors; None if torch does not count writes, as for tensors made in inference mode."""
        parts: list[nn.Module | None] = list(sampler.modules.values())
        tensors: list[Tensor] = []
        for part in parts:  # which grows; `modules()` takes longer than one row
            if part is not None:
                parts += part._modules.values()
                tensors += [t for t in (*part._parameters.values(), *part._buffers.values()) if t is not None]
        if any(tensor.is_inference() for tensor in tensors):
            return None
        return Seen(tuple(tensors), tuple(tensor._version for tensor in tensors))

    def same(self, other: Seen | None) -> bool:
        """Whether nothing has changed."""
        if other is None or self.versions != other.versions:
            return False
        return all(a is b for a, b in zip(self.tensors, other.tensors, strict=True))


class FoldedSampler(RowSampler):
    """Draws the rows of a finite query from its joint table. `Sampler.folded` makes it.

    Args:
        sampler: Fitted, with finite inputs and draws.
        dtype: The dtype of state numbers: int64, or a narrower type such as uint8 to write less memory.

    Raises:
        DofxError: E0420 before `fit`, E0425 if a draw or an input is not finite or the table is too large.

    Attributes:
        table: The exact distribution; its axes are the inputs, then the outcomes.
    """

    def __init__(self, sampler: NetworkSampler, dtype: torch.dtype = torch.int64) -> None:
        self.network, self.query, self.types = sampler.network, sampler.query, sampler.types
        self._seen = Seen.of(sampler)
        self.table = _joint(sampler)
        outcomes = self.network.query.outcomes
        known = tuple(name for name in self.network.inputs if name in outcomes)
        self._module = JointTable(self.table, outcomes, known)
        most = max(self.module.states)
        if torch.iinfo(dtype).max < most - 1:
            raise dtype_too_small(str(dtype).removeprefix("torch."), most)
        self.dtype = dtype
        self._lookup = CellLookup(self.module)
        inputs = plain_inputs(self.network, self.types, self.query.values)
        kind = torch.empty(0, dtype=dtype, device="cpu").numpy().dtype
        self._few = None if inputs is None else FewCells(self.module, self._lookup, inputs, kind)

    @property
    def module(self) -> JointTable:
        """The table as a module, ``module(noise, do, given)`` like `Sampler.module`."""
        return self._module

    def holds(self, sampler: NetworkSampler, dtype: torch.dtype) -> bool:
        """Whether folding the sampler again would give the same table."""
        return dtype is self.dtype and self._seen is not None and self._seen.same(Seen.of(sampler))

    def _runner(self, seed: int, device: torch.device | None, precision: Precision) -> TableRunner:
        return TableRunner(self.module, self._lookup, seed, device or torch.device("cpu"), self.dtype)

    def _few_rows(self) -> FewCells | None:
        return self._few

    @public("policies")
    def following(self, policies: Policies) -> FoldedSampler:
        """Not possible: the table holds the policies that were bound when it was made.

        Raises:
            DofxError: E0461.
        """
        raise policies_are_folded()

    def __repr__(self) -> str:
        return f"FoldedSampler({self.query}, {self.module.cells} cells at {self.module.settings} settings)"


class JointTable(nn.Module):
    """Finite outcomes at each setting of finite inputs, by the inverse of their joint distribution function.

    Args:
        table: The distribution; its axes are the inputs, then the outcomes.
        outcomes: The outcomes, in their order.
        known: Those of the outcomes that are inputs too.

    >>> coins = Table(("x", "y"), np.array([[0.5, 0.5], [0.25, 0.75]]))
    >>> half = torch.tensor([1 << 31, 1 << 31])
    >>> JointTable(coins, ("y",))({"joint": half}, {"x": torch.tensor([0, 1])}, {})
    {'y': tensor([1, 1])}
    """

    ends: Tensor

    def __init__(self, table: Table, outcomes: tuple[str, ...], known: tuple[str, ...] = ()) -> None:
        super().__init__()
        others = tuple(name for name in table.names if name not in outcomes)
        self.inputs, self.outcomes = (*known, *others), outcomes
        array = table.array((*others, *outcomes))
        for name in reversed(known):
            axis = array.ndim - len(outcomes) + outcomes.index(name)
            same = np.eye(array.shape[axis])
            array = array * same.reshape(
                len(same), *(len(same) if i == axis else 1 for i in range(array.ndim))
            )
        self.input_states = array.shape[: len(self.inputs)]
        self.states = array.shape[len(self.inputs) :]
        self.settings, self.cells = prod(self.input_states), prod(self.states)
        rows = array.reshape(self.settings, self.cells)
        ends = np.rint(rows.cumsum(1) / rows.sum(1, keepdims=True) * 2.0**BITS).astype(np.int64)
        ends[:, -1] = 1 << BITS
        firsts = np.arange(self.settings, dtype=np.int64)[:, None] << BITS
        self.register_buffer("ends", torch.from_numpy((ends + firsts).reshape(-1)))

    def forward(
        self, noise: Mapping[str, Tensor], do: Mapping[str, Tensor], given: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """States of each outcome, int64 ``(rows,)``.

        Args:
            noise: Under ``joint``, whole numbers from 0 to 2³² - 1, int64 ``(rows,)``.
            do: State numbers of interventions, ``(rows,)``.
            given: State numbers of conditions, ``(rows,)``.
        """
        setting = self._setting({**do, **given})
        place = torch.searchsorted(self.ends, noise["joint"] + (setting << BITS), right=True)
        cell = place - setting * self.cells
        states: dict[str, Tensor] = {}
        for name, count in zip(reversed(self.outcomes), reversed(self.states), strict=True):
            states[name] = cell % count
            cell = cell // count
        return {name: states[name] for name in self.outcomes}

    def _setting(self, values: Mapping[str, Tensor]) -> Tensor:
        """The number of each row's combination of inputs, int64: ``(rows,)``, or ``()`` if there are none."""
        setting = torch.zeros((), dtype=torch.int64, device="cpu")
        for name, states in zip(self.inputs, self.input_states, strict=True):
            setting = setting * states + values[name]
        return setting


@dataclass(frozen=True)
class TableRunner:
    """Makes rows from a joint table, on the CPU.

    A row has 32 random bits: 16 from its block's Philox stream, and 16 from a hash of its number. The first 16 bits
    usually determine its cell. A guide table records when they do not, and only then are the other 16 bits computed.

    Args:
        module: The table.
        lookup: Looks up the cells of the table.
        seed: Seed of the noise.
        device: The device of the rows.
        dtype: The dtype of state numbers.
    """

    module: JointTable
    lookup: CellLookup
    seed: int
    device: torch.device
    dtype: torch.dtype
    chunk: int = BLOCK

    @property
    def dtypes(self) -> dict[str, torch.dtype]:
        """The dtype of each outcome."""
        return dict.fromkeys(self.module.outcomes, self.dtype)

    def run(self, asked: Iterable[Asked]) -> Iterator[dict[str, Tensor]]:
        """The rows of consecutive chunks."""
        for chunk in asked:
            borders = [*range(chunk.start - chunk.start % BLOCK + BLOCK, chunk.stop, BLOCK), chunk.stop]
            starts = [chunk.start, *borders[:-1]]
            parts = [self._part(chunk.part(*pair)) for pair in zip(starts, borders, strict=True)]
            cells = parts[0] if len(parts) == 1 else np.concatenate(parts)
            states = self.lookup.states
            columns = [cells] if len(states) == 1 else [of_cell[cells] for of_cell in states]
            yield {
                name: torch.from_numpy(column).to(self.device)
                for name, column in zip(self.module.outcomes, columns, strict=True)
            }

    def noise(self, start: int, rows: int) -> np.ndarray:
        """All 32 bits of the rows of one block, int64 ``(rows,)``, as `JointTable` takes them."""
        block, first = divmod(start, BLOCK)
        high = np.concatenate(list(high_bits(self.seed, block, first, rows))).astype(np.int64)
        return np.asarray((high << 16) | low_bits(self.seed, block, np.arange(first, first + rows)))

    def _part(self, asked: Asked) -> np.ndarray:
        """The cells of rows of one block."""
        block, first = divmod(asked.start, BLOCK)
        values = {**asked.do, **asked.given}
        setting = self._setting({name: values[name].cpu() for name in self.module.inputs})
        if not self.lookup.guided(asked.rows):
            return self.lookup.halved(self.noise(asked.start, asked.rows), setting)
        cells = np.empty(asked.rows, self.lookup.dtype)
        done = 0
        for high in high_bits(self.seed, block, first, asked.rows):
            piece, before = slice(done, done + len(high)), first + done
            here = setting[piece] if setting.ndim else setting
            self.lookup.fill(cells[piece], high, here, partial(low_bits, self.seed, block, first=before))
            done += len(high)
        return cells

    def _setting(self, inputs: Mapping[str, Tensor]) -> np.ndarray:
        """The number of each row's combination of inputs, int64: ``(rows,)``, or ``()`` where all rows share it."""
        if all(len(value) == 1 or value.stride(0) == 0 for value in inputs.values()):
            shared = 0
            for name, states in zip(self.module.inputs, self.module.input_states, strict=True):
                shared = shared * states + int(inputs[name][0])
            return np.array(shared)
        return self.module._setting(inputs).numpy()


def _joint(sampler: NetworkSampler) -> Table:
    """The distribution of the outcomes at each setting of the inputs that they depend on."""
    network, types = sampler.network, sampler.types
    modules = sampler.modules
    idle = [n for n in network.query.inputs if n not in network.inputs]
    read = [n for n in network.query.inputs if n in network.inputs]
    cells = prod(_states(types.get(name)) for name in (*read, *network.query.outcomes))
    if cells > MOST_CELLS:
        raise too_many_cells_to_fold(network.query.outcomes, cells)
    return distribution(network, modules, types, {name: torch.zeros(1) for name in idle})


def _states(type: VariableType | None) -> int:
    return type.cardinality if isinstance(type, Finite) else 1
