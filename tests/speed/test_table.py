"""A table draws the inverse of its cumulative distribution, however many states it has."""

import pytest
import torch

from dofx.runtime.families.table import MOST_COMPARED, TableGenerator
from dofx.runtime.variables import Finite


def filled(states: int, cells: int | None) -> TableGenerator:
    given = [] if cells is None else [Finite(tuple(range(cells)))]
    generator = TableGenerator(Finite(tuple(range(states))), given)
    weights = torch.rand(generator.shape, generator=torch.Generator().manual_seed(states)).double()
    weights[..., 1:2] = 0.0  # a state that never occurs
    generator.set_table(weights / weights.sum(-1, keepdim=True))
    return generator


@pytest.mark.parametrize("cells", [None, 3])
@pytest.mark.parametrize("states", [2, 3, MOST_COMPARED, MOST_COMPARED + 1, 64, 65, 1_000])
def test_the_inverse_of_the_cumulative_distribution(states: int, cells: int | None) -> None:
    generator = filled(states, cells)
    u = torch.rand(2_000, generator=torch.Generator().manual_seed(1))
    u[:2] = torch.tensor([0.0, 1 - 2.0**-24])
    cell = torch.arange(len(u)) % (cells or 1)
    cdf = generator.table.reshape(-1, states).cumsum(-1)[:, :-1].float()[cell]
    expected = (u.unsqueeze(-1) >= cdf).sum(-1)
    given = [] if cells is None else [cell]
    drawn = generator(u, *given)
    assert drawn.dtype == torch.int64
    assert torch.equal(drawn, expected)
    assert not (drawn == 1).any()


@pytest.mark.parametrize("states", [5, 100])
def test_one_graph_serves_all_numbers_of_rows_and_vmaps(states: int) -> None:
    generator = filled(states, 3)
    rows = torch.export.Dim("rows")
    example = (torch.rand(7), torch.arange(7) % 3)
    program = torch.export.export(generator, example, dynamic_shapes=({0: rows}, ({0: rows},)), strict=False)
    u, cell = torch.rand(50), torch.arange(50) % 3
    assert torch.equal(program.module()(u, cell), generator(u, cell))
    both = torch.vmap(lambda value: generator(u, value.expand(50)))(torch.tensor([0, 2]))
    assert torch.equal(both[1], generator(u, torch.full((50,), 2)))
