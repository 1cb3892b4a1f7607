"""A folded sampler draws from the exact table, and its rows depend on seed and row alone."""

import pickle
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from dofx.compiler.estimand.table import Table
from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.exact.folding import BLOCK, FoldedSampler, JointTable, TableRunner
from dofx.runtime.exact.lookup import FEW, CellLookup
from dofx.runtime.families.table import TableGenerator
from dofx.runtime.sampler import Sampler
from dofx.runtime.sampling.running import Asked, run
from models.worlds import FRONT_DOOR, NAPKIN, front_door_rows, napkin_rows
from stand_ins.stubs import Linear, Probit

TWO = SamplingNetwork(
    Query.of(("y", "z"), ("x", "idle"), ("c",)),
    (
        Stage(
            "answer",
            (("x", "x"), ("c", "c")),
            (Draw.of("z", "z", (("x", "x"),)), Draw.of("y", "y", (("z", "z"), ("c", "c")))),
            (("y", "y"), ("z", "z")),
        ),
    ),
)


@pytest.fixture(scope="module")
def front_door() -> Sampler:
    return Sampler(FRONT_DOOR).fit(front_door_rows(5_000)[0])


@pytest.fixture(scope="module")
def two() -> Sampler:
    rng = np.random.default_rng(0)
    x, c = rng.integers(0, 3, 4_000), rng.integers(0, 2, 4_000)
    z = (x + rng.integers(0, 2, 4_000)) % 3
    y = np.array(["low", "mid", "high"])[(z + c * rng.integers(0, 2, 4_000)) % 3]
    return Sampler(TWO).fit({"x": x, "c": c, "z": z, "y": y, "idle": rng.integers(0, 5, 4_000)})


def frequencies(columns: list[Tensor], shape: tuple[int, ...]) -> np.ndarray:
    flat = np.ravel_multi_index([column.numpy() for column in columns], shape)
    return np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape) / len(flat)


def test_rows_have_the_exact_distribution(two: Sampler) -> None:
    folded = two.folded()
    for x, c in ((0, 1), (2, 0)):
        rows = folded.sample(200_000, do={"x": x}, given={"c": c}, seed=1).encoded
        expected = two.distribution(do={"x": x, "idle": 0}, given={"c": c}).array(("y", "z"))
        found = frequencies([rows["y"], rows["z"]], (3, 3))
        np.testing.assert_allclose(found, expected, atol=0.005)  # four standard errors
        assert (found[expected < 1e-6] == 0).all()


def test_values_are_the_datas_own(two: Sampler) -> None:
    samples = two.folded(torch.uint8).sample(50, do={"x": 1, "idle": 3}, given={"c": 0}, seed=0)
    assert samples.encoded["y"].dtype == torch.uint8
    assert set(samples.values_of("y")) <= {"low", "mid", "high"}
    assert samples.to_pandas()["z"].tolist() == samples["z"].tolist()
    assert samples["z"].dtype == torch.int64


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64])
@pytest.mark.parametrize(("workers", "chunk"), [(2, None), (3, 10_000), (1, 100_001)])
def test_workers_chunks_and_starts_do_not_matter(
    front_door: Sampler, workers: int, chunk: int | None, dtype: torch.dtype
) -> None:
    rows = 3 * BLOCK + 5
    x = np.arange(rows) % 2
    whole = front_door.folded().sample(rows, do={"x": x}, seed=4)["y"]
    folded = front_door.folded(dtype)
    again = folded.sample(rows, do={"x": x}, seed=4, workers=workers, chunk=chunk).encoded["y"]
    assert torch.equal(again.long(), whole)
    for start in (1, BLOCK - 1, BLOCK, 2 * BLOCK + 9):
        part = folded.sample(20, do={"x": x[start : start + 20]}, seed=4, start=start)
        assert torch.equal(part["y"].long(), whole[start : start + 20])


def test_one_value_is_the_same_as_an_array_of_it(front_door: Sampler) -> None:
    folded, ones = front_door.folded(), np.ones(1_000, dtype=int)
    one, many = (folded.sample(1_000, do={"x": x}, seed=2)["y"] for x in (1, ones))
    assert torch.equal(one, many)
    assert not torch.equal(one, folded.sample(1_000, do={"x": 1}, seed=3)["y"])


@pytest.mark.parametrize(
    ("settings", "states"), [(1, (2,)), (3, (4, 5)), (1, (300,)), (2, (70, 1_000)), (500, (7,))]
)
def test_the_guide_table_changes_nothing(settings: int, states: tuple[int, ...]) -> None:
    """The fast way and the module agree on every row, also where probabilities are tiny or zero."""
    rng = np.random.default_rng(0)
    array = rng.dirichlet(np.full(int(np.prod(states)), 0.05), settings).reshape(settings, *states)
    names = [f"y{i}" for i in range(len(states))]
    module = JointTable(Table(("x", *names), array), tuple(names))
    runner = TableRunner(module, CellLookup(module), 7, torch.device("cpu"), torch.int64)
    x = torch.from_numpy(rng.integers(0, settings, 10_000))
    rows = run(runner, Asked(10_000, 100, {"x": x}))
    noise = {"joint": torch.from_numpy(runner.noise(100, 10_000))}
    for name, expected in module(noise, {"x": x}, {}).items():
        assert torch.equal(rows[name], expected)


def test_few_rows_need_no_guide_table_and_have_the_same_cells(front_door: Sampler) -> None:
    few, many = FoldedSampler(front_door), FoldedSampler(front_door)
    x = np.arange(FEW + 1) % 2
    whole = many.sample(FEW + 1, do={"x": x}, seed=4)["y"]
    parts = [few.sample(size, do={"x": x[:size]}, seed=4)["y"] for size in (1, 100, FEW)]
    assert "guide" not in vars(few._lookup)
    assert "guide" in vars(many._lookup)
    assert all(torch.equal(part, whole[: len(part)]) for part in parts)
    single = few.sample(1, do={"x": int(x[77])}, seed=4, start=77)["y"]
    assert torch.equal(single, whole[77:78])


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64])
@pytest.mark.parametrize("guided", [False, True])
def test_few_rows_at_one_setting_are_the_runners(two: Sampler, dtype: torch.dtype, guided: bool) -> None:
    folded = FoldedSampler(two, dtype)
    if guided:
        folded.sample(FEW + 1, do={"x": 0}, given={"c": 1})
    few = folded._few_rows()
    values: dict[str, Any] = {"do": {"x": 2, "idle": 1}, "given": {"c": 0}}
    assert few is not None
    for n, start in ((1, 0), (1, 6), (1, 15), (FEW, 3), (9, BLOCK - 9), (9, BLOCK - 4)):
        assert (few.rows(n, start, **values, seed=5) is None) == (start == BLOCK - 4)
        rows = folded.sample(n, start=start, seed=5, **values).encoded
        for name, expected in folded.sample(n, start=start, seed=5, chunk=n, **values).encoded.items():
            assert rows[name].dtype is expected.dtype is dtype
            assert torch.equal(rows[name], expected)


def test_few_rows_where_the_first_bits_do_not_tell_are_the_runners() -> None:
    """Cells far smaller than the first 16 bits tell apart, so that the other bits are needed."""
    ends = np.full(4_000, 2.0**-26)
    table = Table(("x", "y"), np.stack([np.append(ends, 1 - ends.sum()), np.append(1 - ends.sum(), ends)]))
    module = JointTable(table, ("y",))
    lookup, high = CellLookup(module), np.r_[0:8, 65_528:65_536].astype(np.uint16)
    low = np.arange(0, 1 << 16, 1 << 12)
    for setting in (0, 1):
        whole = (high.astype(np.int64) << 16) | low
        found = lookup.at_one_setting(high, setting, lambda open: low[open])
        assert found.tolist() == lookup.halved(whole, np.array(setting)).tolist()
        assert len(set(found.tolist())) > 4
        one = [
            lookup.of_one(int(h), setting, lambda _, bits=b: np.array([bits]))
            for h, b in zip(high, low, strict=True)
        ]
        assert one == found.tolist()


def test_a_sampler_is_folded_once_until_a_generator_changes() -> None:
    sampler = Sampler(NAPKIN).fit(napkin_rows(5_000)[0])
    folded = sampler.folded()
    assert sampler.folded() is folded
    assert sampler.folded(torch.uint8).dtype is torch.uint8
    before = sampler.folded()
    table = sampler.modules[sampler.network.answer.draws[-1].fit]
    assert isinstance(table, TableGenerator)
    table.set_table(table.table.flip(-1))
    assert not np.allclose(sampler.folded().table.array(), before.table.array())
    before = sampler.folded()
    table.table.copy_(table.table.flip(-1))
    assert not np.allclose(sampler.folded().table.array(), before.table.array())
    before = sampler.folded()
    sampler.fit(napkin_rows(5_000)[0])
    assert sampler.folded() is not before
    assert pickle.loads(pickle.dumps(sampler))._folded is None


def test_the_bits_of_a_row_are_uniform_and_independent(front_door: Sampler) -> None:
    module = front_door.folded().module
    runner = TableRunner(module, CellLookup(module), 0, torch.device("cpu"), torch.int64)
    noise = runner.noise(0, BLOCK)
    assert noise.min() >= 0
    assert noise.max() < 1 << 32
    bits = (noise[:, None] >> np.arange(32)) & 1
    bound = 4.5 * 0.5 / BLOCK**0.5  # standard errors of a mean of bits
    assert abs(bits.mean(0) - 0.5).max() < bound
    products = np.corrcoef(bits.T) - np.eye(32)
    assert abs(products).max() < 2 * bound
    assert abs(np.corrcoef(noise[1:], noise[:-1])[0, 1]) < 2 * bound


def test_refits_are_folded_in() -> None:
    sampler = Sampler(NAPKIN).fit(napkin_rows(5_000)[0])
    y = sampler.folded().sample(100_000, do={"x": 1}, seed=0)["y"]
    expected = sampler.distribution(do={"x": 1}).array()[1]
    assert float(y.double().mean()) == pytest.approx(expected, abs=0.006)  # four standard errors


def test_values_fixed_in_the_query_are_defaults() -> None:
    sampler = Sampler(FRONT_DOOR, query=Query.of(("y",), ("x",), (), {"x": 1}))
    folded = sampler.fit(front_door_rows(2_000)[0]).folded()
    fixed, free = folded.sample(500, seed=0)["y"], folded.sample(500, do={"x": 0}, seed=0)["y"]
    assert torch.equal(fixed, folded.sample(500, do={"x": 1}, seed=0)["y"])
    assert not torch.equal(fixed, free)


def test_the_module_exports(front_door: Sampler) -> None:
    module, rows = front_door.folded().module, torch.export.Dim("rows")
    noise, x = {"joint": torch.arange(8) << 28}, {"x": torch.ones(8, dtype=torch.int64)}
    shapes = ({"joint": {0: rows}}, {"x": {0: rows}}, {})
    program = torch.export.export(module, (noise, x, {}), dynamic_shapes=shapes, strict=False)
    more = {"joint": torch.arange(50) << 26}, {"x": torch.arange(50) % 2}
    assert torch.equal(program.module()(*more, {})["y"], module(*more, {})["y"])


def test_what_is_not_finite_or_too_large_is_refused(front_door: Sampler) -> None:
    rows, _ = front_door_rows(200)
    real = {**rows, "z": rows["z"] + np.linspace(0, 1, 200)}
    sampler = Sampler(FRONT_DOOR).fit(real, generators={"z": Linear(1), "y": Probit(2)})
    with pytest.raises(DofxError) as error:
        sampler.folded()
    assert error.value.diagnostics[0].code == "E0425"
    with pytest.raises(DofxError) as error:
        Sampler(FRONT_DOOR).folded()
    assert error.value.diagnostics[0].code == "E0420"
    with pytest.raises(DofxError) as error:
        wide().folded(torch.int8)
    assert error.value.diagnostics[0].code == "E0433"


def wide() -> Sampler:
    """A sampler of one variable of 200 states."""
    network = SamplingNetwork(Query.of(("y",)), (Stage("answer", (), (Draw.of("y", "y"),), (("y", "y"),)),))
    rows = {"y": np.arange(400) % 200}
    return Sampler(network, types={"y": "category(200)"}).fit(rows)


def test_it_shows_itself(front_door: Sampler) -> None:
    assert isinstance(front_door.folded(), FoldedSampler)
    assert repr(front_door.folded()) == "FoldedSampler(P(y | do(x)), 2 cells at 2 settings)"
