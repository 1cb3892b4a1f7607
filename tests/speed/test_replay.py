"""A recorded graph returns what the graph returns. Without a GPU, something stands in for the recording alone."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import dofx
from dofx.runtime.faster import replay, ways
from dofx.runtime.faster.replay import Replayed
from dofx.runtime.sampler import Sampler
from dofx.runtime.sampling.noise import NoiseStream
from dofx.runtime.sampling.running import device_of, noise_laws
from stand_ins.zoo import inputs, zoo

ROWS = 12
on_a_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")


def stand_in(call: replay.Call, device: torch.device) -> tuple[dict[str, torch.Tensor], Callable[[], None]]:
    """As a recording does: the same tensors are read and written by every replay."""
    outputs = {name: value.clone() for name, value in call().items()}
    for value in outputs.values():
        value.zero_()  # a recording alone computes nothing

    def again() -> None:
        for name, value in call().items():
            outputs[name].copy_(value)

    return outputs, again


def sampler_on(device: str) -> Sampler:
    """One of tables and a spline."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 3, 400)
    rows = {"x": x, "z": (x + rng.integers(0, 2, 400)) % 3, "y": x + rng.normal(size=400)}
    sampler = dofx.compile("P(z, y | do(x))", "x -> z; {x, z} -> y")
    assert isinstance(sampler, Sampler)
    return sampler.fit(rows, epochs=1, device=device, progress=False)


def test_values_go_in_and_a_copy_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "recorded", stand_in)
    run = Replayed(zoo().module, *inputs(zoo(), ROWS), torch.device("cpu"))
    others = [inputs(zoo(), ROWS, seed) for seed in (1, 2)]
    others[1][1]["dose"] = torch.tensor([0.7]).expand(ROWS)  # one number in memory
    found = [run(*values) for values in others]
    for values, rows in zip(others, found, strict=True):
        with torch.inference_mode():
            expected = zoo().module(*values)
        assert list(rows) == list(expected)
        assert all(torch.equal(rows[name], value) for name, value in expected.items())


def test_a_recording_is_a_way_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = sampler_on("cpu")
    plain = sampler.sample(40, do={"x": 1}, seed=0)
    assert "cuda graph" not in {**(found := compiled_ways(monkeypatch, sampler)).seconds, **found.failed}
    monkeypatch.setattr(ways, "replayable", lambda device: True)
    monkeypatch.setattr(replay, "recorded", stand_in)
    assert compiled_ways(monkeypatch, sampler).way == "cuda graph"
    again = sampler.sample(40, do={"x": 1}, seed=0, chunk=16, workers=2)
    assert all(torch.equal(again[name], plain[name]) for name in plain)


@pytest.mark.parametrize("state", [0, 2])
def test_a_recording_that_is_wrong_is_not_taken(monkeypatch: pytest.MonkeyPatch, state: int) -> None:
    def stuck(call: replay.Call, device: torch.device) -> tuple[dict[str, torch.Tensor], Callable[[], None]]:
        outputs, _ = stand_in(call, device)
        return {name: value.fill_(state) for name, value in outputs.items()}, lambda: None

    sampler = sampler_on("cpu")
    monkeypatch.setattr(ways, "replayable", lambda device: True)
    monkeypatch.setattr(replay, "recorded", stuck)
    found = compiled_ways(monkeypatch, sampler)
    assert found.way == "graph"
    assert "it returns another z than the graph" in found.failed["cuda graph"]


def test_what_cannot_be_recorded_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(call: replay.Call, device: torch.device) -> Any:
        raise RuntimeError("operation not permitted when stream is capturing\nand more")

    monkeypatch.setattr(ways, "replayable", lambda device: True)
    monkeypatch.setattr(replay, "recorded", refuse)
    found = compiled_ways(monkeypatch, sampler_on("cpu"))
    assert found.failed["cuda graph"] == "operation not permitted when stream is capturing"


def compiled_ways(monkeypatch: pytest.MonkeyPatch, sampler: Sampler) -> ways.Faster:
    """What is found of a chunk of 16 rows where nothing compiles, and a recording is fastest."""

    def refuse(*arguments: object, **options: object) -> None:
        raise RuntimeError("nothing compiles here")

    def times(runs: dict[str, object], wait: object) -> dict[str, float]:
        return {way: 0.1 if way == "cuda graph" else 1.0 for way in runs}

    monkeypatch.setattr(torch, "compile", refuse)
    monkeypatch.setattr(ways, "packaged", refuse)
    monkeypatch.setattr(ways, "_by_turns", times)
    return sampler.speed_up(16)


@on_a_gpu
def test_a_gpu_replays_what_it_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = sampler_on("cuda")
    device = device_of(sampler.module)
    found = compiled_ways(monkeypatch, sampler)
    assert (found.way, found.device, "cuda graph" in found.failed) == ("cuda graph", device, False)
    again = sampler.sample(40, do={"x": 1}, seed=0, chunk=16)
    monkeypatch.setattr(sampler, "_faster", None)
    plain = sampler.sample(40, do={"x": 1}, seed=0, chunk=16)
    for name in plain:
        torch.testing.assert_close(again[name], plain[name], rtol=1e-4, atol=1e-4)


@on_a_gpu
def test_a_recording_outlives_a_move_of_the_graph() -> None:
    sampler = sampler_on("cuda")
    device, laws = device_of(sampler.module), noise_laws(sampler.module)
    noise = {id: value.to(device) for id, value in NoiseStream(0, laws).take(ROWS).items()}
    do = {"x": torch.ones(ROWS, dtype=torch.int64, device=device)}
    run = Replayed(sampler.module, noise, do, {}, device)
    expected = run(noise, do, {})
    sampler.module.to("cpu")
    torch.empty(1 << 20, device=device).fill_(7)
    for name, value in run(noise, do, {}).items():
        assert torch.equal(value, expected[name])
