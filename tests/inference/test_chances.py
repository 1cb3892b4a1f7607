"""Chances that weigh rows with holes, under trained generators: each row moves an answer through them as well."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import dofx
from dofx.runtime.data.dataset import read_data
from dofx.runtime.fitting.training_rows import TrainingRows
from dofx.runtime.inference.chances import Chances
from dofx.runtime.inference.one_step import Trained
from dofx.runtime.training.settings import FitSettings
from models import holes
from posed.fitted_holes import WEIGHTED


@pytest.mark.parametrize(("graph", "query"), WEIGHTED)
def test_regressions_pass_the_part_of_chances_on_as_sums_of_cells_do(graph: str, query: str) -> None:
    """The same rows stand there twice, those that taught the chances first; all is finite, so the truth is exact."""
    problem = holes.parsed(graph, query)
    outcomes, do, given = problem.query
    told = [f"do({', '.join(f'{name} = 1' for name in do)})"] if do else []
    told += [f"{name} = 0" for name in given]
    asked = ", ".join(f"{name} = 1" for name in outcomes)
    effect = f"P({asked} | {', '.join(told)})" if told else f"P({asked})"
    law = holes.Model(problem, np.random.default_rng(1), 2).observed()
    flat = np.random.default_rng(0).choice(law.size, 4_000, p=law.ravel() / law.sum())
    rows: dict[str, Any] = dict(zip(problem.variables, np.unravel_index(flat, law.shape), strict=True))
    rows |= {name: np.where(rows[name] == 2, None, rows[name].astype(object)) for name in problem.holes}
    program: Any = dofx.compile(f"graph {{ {graph} }}\neffect e = {effect}")
    exact = program.fit(rows, progress=False).influence(rows)["e"]
    sampler = program.sampler_for(program.asked.effects[0].kernels[0])
    network = sampler.network
    data = read_data(rows, problem.variables, program.types, holes=True)
    taught = TrainingRows(network, data, FitSettings())
    assert any(taught.of(fit).design.weights is not None for fit in network.fits)
    twice = data.take(torch.arange(data.rows).repeat(2))
    learning = np.arange(twice.rows) < data.rows
    chances = {name: Chances(weigher.at(twice), learning) for name, weigher in taught.weighers.items()}
    trained = Trained(network, sampler.modules, sampler.types, data, data, 0, chances)

    def hits(values: Any) -> np.ndarray:
        columns: list[Tensor] = [values[id] == 1 for _, id in network.answer.outputs]
        return torch.stack(columns).all(0).double().numpy()

    inputs = {id: torch.tensor([int(name in do)]) for name, id in network.answer.inputs}
    (found,) = trained.expectations(inputs, [hits])
    assert np.corrcoef(found.moved, exact)[0, 1] > 0.98
    assert found.moved.std() == pytest.approx(exact.std(), rel=0.03)
