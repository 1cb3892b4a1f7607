"""The rows of a seed are the same whatever the start, the chunk, the number of workers or the process."""

import hashlib
import os
import subprocess
import sys
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.families.protocol import Noise
from dofx.runtime.sampler import Sampler
from dofx.runtime.sampling.noise import BLOCK, NoiseStream, block_rows
from dofx.runtime.sampling.running import Asked, run
from models.worlds import FRONT_DOOR, front_door_rows
from stand_ins.stubs import Linear

ROWS = 3 * BLOCK + 77


class Vector(nn.Module):
    """A vector target whose noise comes in smaller blocks: given + noise, cumulated."""

    noise = Noise((5,), "normal")

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        return noise.cumsum(-1) + given[0].unsqueeze(-1)


MIXED = SamplingNetwork(
    Query.of(("y", "v"), ("x",)),
    (
        Stage(
            "answer",
            (("x", "x"),),
            (
                Draw.of("z", "z"),
                Draw.of("y", "y", (("x", "x"), ("z", "z"))),
                Draw.of("v", "v", (("y", "y"),)),
            ),
            (("y", "y"), ("v", "v")),
        ),
    ),
)


@pytest.fixture(scope="module")
def front_door() -> Sampler:
    rows, _ = front_door_rows(5_000)
    return Sampler(FRONT_DOOR).fit(rows)


@pytest.fixture(scope="module")
def mixed() -> Sampler:
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=500), rng.integers(0, 3, 500)
    y = x + z + rng.normal(size=500)
    rows = {"x": x, "z": z, "y": y, "v": rng.normal(size=(500, 5))}
    return Sampler(MIXED).fit(rows, generators={"y": Linear(2), "v": Vector()})


def outcomes(sampler: Sampler) -> list[str]:
    return list(sampler.network.query.outcomes)


def doing(sampler: Sampler, n: int) -> dict[str, np.ndarray]:
    """A value of x for each row, so that a row that gets another's value is noticed."""
    numbers = np.arange(n)
    return {"x": numbers % 2 if sampler.network is FRONT_DOOR else np.sin(numbers)}


@pytest.mark.parametrize("world", ["front_door", "mixed"])
@pytest.mark.parametrize(("workers", "chunk"), [(2, None), (2, BLOCK), (3, 4_096), (2, 5_000), (4, 100_000)])
def test_workers_and_chunks_do_not_matter(
    world: str, workers: int, chunk: int | None, request: pytest.FixtureRequest
) -> None:
    sampler = request.getfixturevalue(world)
    do = doing(sampler, ROWS)
    one = sampler.sample(ROWS, do=do, seed=3, workers=1)
    many = sampler.sample(ROWS, do=do, seed=3, workers=workers, chunk=chunk)
    for name in outcomes(sampler):
        assert torch.equal(one[name], many[name])


@pytest.mark.parametrize("world", ["front_door", "mixed"])
@pytest.mark.parametrize("start", [1, BLOCK - 1, BLOCK, 2 * BLOCK + 5])
def test_any_rows_can_be_drawn_again_alone(world: str, start: int, request: pytest.FixtureRequest) -> None:
    sampler = request.getfixturevalue(world)
    do = doing(sampler, ROWS)
    whole = sampler.sample(ROWS, do=do, seed=3)
    for rows in (1, 9, ROWS - start):
        values = {"x": do["x"][start : start + rows]}
        again = sampler.sample(rows, do=values, seed=3, start=start)
        for name in outcomes(sampler):
            assert torch.equal(again[name], whole[name][start : start + rows])


def test_a_stream_is_the_sample_in_parts(mixed: Sampler) -> None:
    do = doing(mixed, ROWS)
    whole = mixed.sample(ROWS, do=do, seed=3)
    parts = list(mixed.stream(ROWS, do=do, seed=3, chunk=20_000))
    assert [part.rows for part in parts] == [20_000, 20_000, ROWS - 40_000]
    assert {part.seed for part in parts} == {3}
    for name in outcomes(mixed):
        assert torch.equal(torch.cat([part[name] for part in parts]), whole[name])


def test_parts_of_a_stream_with_a_fresh_seed_belong_together(front_door: Sampler) -> None:
    parts = list(front_door.stream(300, do={"x": 1}, chunk=100))
    whole = front_door.sample(300, do={"x": 1}, seed=parts[0].seed)
    assert torch.equal(torch.cat([part["y"] for part in parts]), whole["y"])


def test_a_stream_refuses_before_its_first_part(front_door: Sampler) -> None:
    with pytest.raises(DofxError, match="do\\(x\\) has no value"):
        front_door.stream(300)


def test_another_process_draws_the_same_rows(front_door: Sampler, tmp_path: object) -> None:
    front_door.save(f"{tmp_path}/bundle")
    code = (
        "import dofx, hashlib, sys; s = dofx.load(r'%s/bundle')\n"
        "y = s.sample(20_000, do={'x': 1}, seed=11, start=%d, workers=2)['y']\n"
        "print(hashlib.sha256(y.numpy().tobytes()).hexdigest(), 'pandas' in sys.modules)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code % (tmp_path, BLOCK - 7)],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    y = front_door.sample(BLOCK - 7 + 20_000, do={"x": 1}, seed=11)["y"][BLOCK - 7 :]
    digest, pandas_is_loaded = shown.split()
    assert digest == hashlib.sha256(y.numpy().tobytes()).hexdigest()
    assert pandas_is_loaded == "False"  # it takes as long to load as a fifth of torch


def test_threads_of_torch_are_as_before(front_door: Sampler) -> None:
    before = torch.get_num_threads()
    front_door.sample(ROWS, do={"x": 1}, seed=0, workers=2, chunk=BLOCK)
    assert torch.get_num_threads() == before


def test_a_failure_on_a_thread_is_the_callers(mixed: Sampler) -> None:
    class Trap(Vector):
        def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
            if len(noise) == 77:
                raise ArithmeticError("the last rows")
            return super().forward(noise, *given)

    rng = np.random.default_rng(0)
    rows = {"x": rng.normal(size=50), "z": rng.integers(0, 3, 50), "y": rng.normal(size=50)}
    rows["v"] = rng.normal(size=(50, 5))
    sampler = Sampler(MIXED).fit(rows, generators={"y": Linear(2), "v": Trap()})
    with pytest.raises(ArithmeticError, match="the last rows") as error:
        sampler.sample(ROWS, do={"x": 0.5}, seed=0, workers=2, chunk=BLOCK)
    assert "draw v" in error.value.__notes__[0]


def test_wide_noise_comes_in_small_blocks() -> None:
    image = Noise((3, 64, 64), "normal")
    assert block_rows(image) == 1
    whole = NoiseStream(0, {"image": image}).take(4)["image"]
    assert torch.equal(NoiseStream(0, {"image": image}, start=3).take(1)["image"], whole[3:])
    assert not torch.equal(whole[0], whole[1])


class Recorder:
    """A runner that notes what it was asked for."""

    device = torch.device("cpu")
    chunk = BLOCK
    dtypes: ClassVar[dict[str, torch.dtype]] = {}

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def run(self, asked):  # type: ignore[no-untyped-def]
        for chunk in asked:
            self.seen.append((chunk.start, chunk.stop))
            yield {"row": torch.arange(chunk.start, chunk.stop)}


@pytest.mark.parametrize(("start", "rows"), [(0, 5), (0, ROWS), (BLOCK - 1, 2), (100, 2 * BLOCK)])
def test_chunks_border_on_blocks(start: int, rows: int) -> None:
    recorder = Recorder()
    whole = run(recorder, Asked(rows, start), workers=1)
    assert torch.equal(whole["row"], torch.arange(start, start + rows))
    assert all(first % BLOCK == 0 for first, _ in recorder.seen[1:])


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"start": -1}, "E0431"),
        ({"chunk": 0}, "E0431"),
        ({"workers": 1.5}, "E1001"),
        ({"precision": "float8"}, "E0430"),
    ],
)
def test_bad_settings_are_refused(front_door: Sampler, options: dict[str, object], code: str) -> None:
    with pytest.raises(DofxError) as error:
        front_door.sample(10, do={"x": 1}, **options)
    assert [diagnostic.code for diagnostic in error.value.diagnostics] == [code]


def test_the_error_of_a_precision_is_measured(front_door: Sampler) -> None:
    assert front_door.precision_error("bf16", 500, do={"x": 1}) == {"y": 0.0}  # tables multiply no matrices
    rng = np.random.default_rng(0)
    x = rng.normal(size=500)
    rows = {
        "x": x,
        "z": rng.integers(0, 3, 500),
        "y": x + rng.normal(size=500),
        "v": rng.normal(size=(500, 2)),
    }
    generators = {"y": "spline", "v": "spline", "z": "softmax"}
    sampler = Sampler(MIXED).fit(rows, generators=generators, epochs=3)
    errors = sampler.precision_error("bf16", 2_000, do={"x": 0.5})
    assert set(errors) == {"y", "v"}
    assert 0 < errors["y"] < 0.1
    assert sampler.precision_error("tf32", 2_000, do={"x": 0.5}) == {"y": 0.0, "v": 0.0}  # a CPU has none
