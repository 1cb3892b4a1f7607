"""The bootstrap over several data sets and over holes, all replicates at once: each replicate is that of a fit."""

from itertools import count, islice
from typing import Any

import numpy as np
import pytest

import dofx
from dofx.compiler.network.ir import SamplingNetwork
from dofx.runtime.answers.asking import numbers_each
from dofx.runtime.answers.bootstrap.at_once import fit_at_once
from dofx.runtime.answers.rows import chosen_for, rows_fitted, rows_of
from dofx.runtime.data.collection import Collection, pools_of
from dofx.runtime.data.dataset import Dataset
from oracles import gateaux_sources


def sampled(posed: gateaux_sources.Posed, rng: np.random.Generator, rows: int) -> dict[str, Any]:
    """Rows of the random distribution of each data set; every state occurs."""
    found = {}
    for name, (names, table) in posed.tables.items():
        flat = np.concatenate([np.arange(table.size), rng.choice(table.size, rows, p=table.ravel())])
        states = np.unravel_index(flat, table.shape)
        found[name] = dict(zip(names, states, strict=True))
    return found


def numbers_of(program: Any, pooled: Any, network: SamplingNetwork, batch: Any) -> np.ndarray:
    """The numbers of a program's answers in each replicate of a batch, ``(replicates, numbers)``."""
    tables = {
        query: batch.tables.part(part, fits, program.sampler_for(query).types)
        for query, part, fits in program.parts(pooled, network)
    }
    found = numbers_each(program, {}, tables)
    assert found is not None
    return found


@pytest.mark.parametrize("states", [2, 3])
def test_each_replicate_has_the_answer_of_a_fit_to_its_rows(states: int) -> None:
    rng = np.random.default_rng(states)
    problems = (posed for seed in count() if (posed := gateaux_sources.several(seed, states)) is not None)
    for posed in islice(problems, 4):
        program, rows = posed.program, sampled(posed, rng, 60)
        program.fit(rows, progress=False)
        read = rows_of(program, rows)
        pooled, network, options = program.resampled(read)
        read = read.pooled(pools_of(network, program.asked.graph, program.asked.data))
        batches = fit_at_once(network, read, options, 3, seed=1)
        assert batches is not None
        (batch,) = batches
        found = numbers_of(program, pooled, network, batch)
        for number in range(3):
            drawn = batch.rows.of(number)
            assert isinstance(drawn, Collection)
            again: Any = {
                name: {column: values.numpy() for column, values in part.tensors.items()}
                | {
                    column: np.zeros(part.rows)
                    for column in posed.tables[name][0]
                    if column not in part.names
                }
                for name, part in drawn.parts.items()
            }
            assert all(drawn.parts[name].rows == part.rows for name, part in read.parts.items())
            twin: Any = dofx.compile(
                posed.program.asked.effects[0].text,
                posed.program.asked.graph,
                data=list(program.asked.data),
                variables=dict(program.types),
            )
            value = twin.fit(again, progress=False).answer().effects[0].value
            assert found[number, 0] == pytest.approx(value, abs=1e-9)


def with_holes(part: Dataset) -> dict[str, Any]:
    """Rows as a person would give them."""
    found: dict[str, Any] = {name: values.numpy() for name, values in part.tensors.items()}
    for name, column in part.partial.items():
        found[name] = hidden(column.values.numpy(), ~column.shown.numpy())
    return found


def hidden(values: Any, holes: Any) -> np.ndarray:
    """A column with holes."""
    found: np.ndarray = values.astype(object)
    found[holes] = None
    return found


@pytest.mark.parametrize("states", [2, 3])
@pytest.mark.parametrize("kind", ["with_holes", "weighted"])
def test_each_replicate_of_rows_with_holes_has_the_answer_of_a_fit_to_its_rows(
    kind: str, states: int
) -> None:
    """Tables of chances back off by a millionth of a row, which those of replicates do not: hence the bound."""
    rng, make = np.random.default_rng(states), getattr(gateaux_sources, kind)
    problems = (posed for seed in count() if (posed := make(seed, states)) is not None)
    for posed in islice(problems, 3):
        names, table = posed.tables["P"]
        flat = np.concatenate([np.arange(table.size), rng.choice(table.size, 2_000, p=table.ravel())])
        rows: dict[str, Any] = {}
        for name, entries in zip(names, np.unravel_index(flat, table.shape), strict=True):
            rows[name] = hidden(entries, entries == states) if name in posed.partial else entries
        program: Any = posed.program.fit(rows, progress=False)
        pooled, network, options, read = chosen_for(program, rows_fitted(program, program, rows), {})
        batches = fit_at_once(network, read, options, 2, seed=1)
        assert batches is not None
        (batch,) = batches
        found = numbers_of(program, pooled, network, batch)
        for number in range(2):
            drawn = batch.rows.of(number)
            assert isinstance(drawn, Dataset)
            assert drawn.rows == read.rows
            unread = {name: np.arange(drawn.rows) % states for name in names}
            value = program.fit(unread | with_holes(drawn), progress=False).answer()["e"].value
            assert found[number, 0] == pytest.approx(value, abs=1e-6)
