"""What torch was told for the code around a fit changes nothing in it, and a fit changes nothing around it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import dofx
from dofx import Sampler
from dofx.runtime.generators import FitReport, FitSettings, Noise

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
def doubles() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


SCOPES: dict[str, AbstractContextManager[object]] = {
    "no_grad": torch.no_grad(),
    "inference_mode": torch.inference_mode(),
    "autocast": torch.autocast("cpu", torch.bfloat16),
    "float64": doubles(),
    "meta": torch.device("meta"),
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
def test_a_fit_is_the_same_in_every_scope(scope: str, outside: Sampler, tmp_path: Path) -> None:
    outside.save(tmp_path / "bundle")
    with SCOPES[scope]:
        inside, loaded = fitted(), dofx.load(tmp_path / "bundle")
        drawn = {} if scope == "autocast" else rows_of(outside)  # which is for networks in use
    expected = rows_of(outside)
    for sampler in (inside, loaded):
        for name, values in rows_of(sampler).items():
            torch.testing.assert_close(values, expected[name], rtol=1e-5, atol=1e-5)  # zuko's constants round
        assert not any(parameter.is_inference() for parameter in sampler.module.parameters())
    assert all(torch.equal(values, expected[name]) for name, values in drawn.items())


def test_what_a_sampler_is_asked_is_told_on_the_cpu(tmp_path: Path) -> None:
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
