"""Settings of torch around a fit change nothing in it, and a fit changes nothing around it."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

import dofx
from dofx import Sampler
from dofx.runtime.families import Noise
from dofx.runtime.training.building import steady
from dofx.runtime.training.settings import FitReport, FitSettings

RNG = np.random.default_rng(0)
ROWS = 120
DATA = {
    "x": RNG.normal(size=ROWS),
    "photo": RNG.random((ROWS, 1, 4, 6)).astype(np.float32),
    "note": np.array(["dry cough", "", "fever"])[RNG.integers(0, 3, ROWS)],
    "place": RNG.normal(size=(ROWS, 2)),
    "y": RNG.random(ROWS) < 0.5,
}
GRAPH = "x -> {photo, note, place, y}; {photo, note, place} -> y"


@contextmanager
def default(dtype: torch.dtype) -> Iterator[None]:
    torch.set_default_dtype(dtype)
    try:
        yield
        assert torch.get_default_dtype() is dtype  # as it was before
    finally:
        torch.set_default_dtype(torch.float32)


@contextmanager
def rough_products() -> Iterator[None]:
    torch.set_float32_matmul_precision("medium")
    try:
        yield
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision("highest")


SCOPES: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
    "float64": lambda: default(torch.float64),
    "float16": lambda: default(torch.float16),
    "bfloat16": lambda: default(torch.bfloat16),
    "matmul": rough_products,
    "meta": lambda: torch.device("meta"),
}


def fitted(seed: int = 0) -> Sampler:
    sampler = dofx.compile("P(y, photo, note, place | do(x))", GRAPH, variables={"note": "text"})
    return sampler.fit(DATA, epochs=1, progress=False, seed=seed)


def rows_of(sampler: Sampler) -> dict[str, Tensor]:
    return dict(sampler.sample(20, do={"x": 0.5}, seed=0))


@pytest.fixture(scope="module")
def outside() -> Sampler:
    return fitted()


@pytest.mark.parametrize("scope", SCOPES)
def test_fits_and_rows_are_bit_equal_in_every_scope(scope: str, outside: Sampler, tmp_path: Path) -> None:
    outside.save(tmp_path / "bundle")
    with SCOPES[scope]():
        inside, loaded = fitted(), dofx.load(tmp_path / "bundle")
        drawn = rows_of(outside)
        streamed = next(iter(outside.stream(20, do={"x": 0.5}, seed=0)))
    expected = rows_of(outside)
    for rows in (rows_of(inside), rows_of(loaded), drawn, streamed):
        assert all(torch.equal(rows[name], values) for name, values in expected.items())
    assert not any(parameter.is_inference() for parameter in inside.module.parameters())


PROGRAM = """
graph { w -> {x, m, y}; x -> m -> y; x <-> y }
query r = P(y | do(x))
effect e = E[y | do(x = 1)] - E[y | do(x = 0)]
"""


def answered(cache: Path) -> list[object]:
    rows = {"w": DATA["x"], "x": DATA["y"], "m": DATA["place"][:, 0], "y": DATA["place"][:, 1]}
    program = dofx.compile(PROGRAM).fit(rows, epochs=1, progress=False, cache=cache, simulated_rows=200)
    found = program.answer(rows, intervals="bootstrap", replicates=2, n=200)
    replicates = program["r"].bootstrap(rows, 2, epochs=1)
    return [found.to_json(), replicates.effect("E[y | do(x = 1)] - E[y | do(x = 0)]", n=200)]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[object]]:
    cache = tmp_path_factory.mktemp("cache")
    return cache, answered(cache)


@pytest.mark.parametrize("scope", SCOPES)
def test_answers_and_the_cache_are_the_same_in_every_scope(
    scope: str, kept: tuple[Path, list[object]], tmp_path: Path
) -> None:
    cache, expected = kept
    with SCOPES[scope]():
        assert answered(tmp_path) == expected
        assert answered(cache) == expected  # from the same addresses
    files = {path.name: load_file(path) for path in cache.iterdir()}
    assert {path.name for path in tmp_path.iterdir()} == set(files)
    for name, weights in files.items():
        assert all(torch.equal(value, weights[key]) for key, value in load_file(tmp_path / name).items())


def test_what_a_sampler_is_asked_is_answered_on_the_cpu(tmp_path: Path) -> None:
    rows = {"x": DATA["x"] > 0, "m": DATA["y"], "y": DATA["place"][:, 0], "w": DATA["y"]}
    real, finite = (
        dofx.compile(query, "x -> m -> y; x <-> m; m -> w").fit(rows, epochs=1, progress=False)
        for query in ("P(y | do(m))", "P(w | do(m))")
    )
    expected = str(real.links()), finite.distribution().array().tolist()
    with torch.device("meta"):
        assert (str(real.links()), finite.distribution().array().tolist()) == expected
        assert "P(y | m)" in real.explain()
        assert len(finite.folded().sample(3, do={"m": True}, seed=0)["w"]) == 3
        real.export(tmp_path / "y.pt2")
    noise, states = real.module.draw_noise(3, torch.Generator().manual_seed(0)), torch.tensor([0, 1, 1])
    found = torch.export.load(tmp_path / "y.pt2").module()(*noise.values(), states)["y"]
    torch.testing.assert_close(found, real.module(noise, {"m": states}, {})["y"])


def test_a_fit_in_a_thread_leaves_torch_s_numbers_to_others(outside: Sampler, tmp_path: Path) -> None:
    outside.save(tmp_path / "bundle")
    torch.manual_seed(3)
    expected = torch.rand(200)
    torch.manual_seed(3)
    with ThreadPoolExecutor(2) as pool:
        fits = [pool.submit(fitted, seed) for seed in (0, 1)]
        drawn = []
        while len(drawn) < 200:
            drawn.append(torch.rand(1))
            if len(drawn) == 100:
                first = fits[0].result()
                fits[1].result()
    dofx.load(tmp_path / "bundle")
    assert torch.equal(torch.cat(drawn), expected)
    assert torch.equal(rows_of(first)["photo"], rows_of(outside)["photo"])
    assert float(torch.rand(1)) == float(torch.rand(201, generator=torch.Generator().manual_seed(3))[200])


class Shifted(nn.Module):
    """Adds a number to its noise that it learns by chance, as from torch's own generator."""

    def __init__(self) -> None:
        super().__init__()
        self.noise = Noise((), "normal")
        self.register_buffer("shift", torch.zeros(()))

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        return noise + self.shift  # type: ignore[operator]

    def fit(self, target: Tensor, given: list[Tensor], settings: FitSettings) -> FitReport:
        for _ in range(20):
            self.shift = torch.rand(())
            time.sleep(0.001)
        return FitReport(None, 1, len(target), 0.0)


def test_generators_of_one_s_own_learn_the_same_in_threads() -> None:
    def shift(seed: int) -> float:
        sampler = dofx.compile("P(y | do(x))", "x -> y")
        rows = {"x": DATA["x"], "y": DATA["place"][:, 0]}
        sampler.fit(rows, generators={"y": Shifted()}, seed=seed, progress=False)
        return float(sampler.module.state_dict()["generators.y_given_x.shift"])

    before = torch.get_rng_state()
    alone = [shift(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(shift, range(4))) == alone
    assert torch.equal(torch.get_rng_state(), before)


def state() -> tuple[object, ...]:
    device, autocast = torch.empty(0).device, torch.is_autocast_enabled("cpu")
    return torch.get_default_dtype(), torch.get_float32_matmul_precision(), device, autocast


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_may_lie_in_itself_and_leaves_what_it_found_also_after_a_failure(scope: str) -> None:
    @steady()
    def depth(n: int) -> int:
        assert state() == (torch.float32, "highest", torch.device("cpu"), False)
        if n == 0:
            raise ZeroDivisionError
        return depth(n - 1)

    with SCOPES[scope]():
        before = state()
        with ThreadPoolExecutor(4) as threads:
            calls = [threads.submit(depth, 0) for _ in range(20)]
        assert all(isinstance(call.exception(), ZeroDivisionError) for call in calls)
        with pytest.raises(ZeroDivisionError):
            depth(0)
        assert state() == before
    with pytest.raises(ZeroDivisionError):
        depth(1)
    assert state() == (torch.float32, "highest", torch.device("cpu"), False)
