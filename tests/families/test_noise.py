"""Noise depends on (seed, draw id, row) alone."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from dofx.runtime.families.protocol import Noise
from dofx.runtime.sampling.noise import BLOCK, LEAST_WORDS, NoiseStream, derive_seed, fresh_seed, philox

LAWS = {"u": Noise((), "uniform"), "n": Noise((3,), "normal")}


def whole(seed: int, rows: int) -> dict[str, torch.Tensor]:
    return NoiseStream(seed, LAWS).take(rows)


@pytest.mark.parametrize("chunk", [1_000, 4_096, BLOCK, 30_001])
def test_chunks_do_not_matter(chunk: int) -> None:
    rows = 2 * BLOCK + 77
    stream, parts = NoiseStream(3, LAWS), []
    while stream.row < rows:
        parts.append(stream.take(min(chunk, rows - stream.row)))
    for id, expected in whole(3, rows).items():
        assert torch.equal(torch.cat([part[id] for part in parts]), expected)


@pytest.mark.parametrize("start", [0, 1, BLOCK - 1, BLOCK, BLOCK + 5])
def test_a_stream_may_start_anywhere(start: int) -> None:
    expected = whole(3, start + 20)
    for id, part in NoiseStream(3, LAWS, start).take(20).items():
        assert torch.equal(part, expected[id][start:])


@pytest.mark.parametrize("sizes", [(BLOCK,), (1, 300, 2, LEAST_WORDS, 301, 7), (3, LEAST_WORDS + 1, 2, 5)])
def test_words_made_at_once_are_the_numbers_of_numpy(sizes: tuple[int, ...]) -> None:
    """The streams of version 0.1, which drew each number by a call of its own."""
    stream = NoiseStream(3, {"u": LAWS["u"]})
    found = torch.cat([stream.take(size)["u"] for size in sizes]).numpy()
    expected = np.random.Generator(philox(3, "u", 0)).random(len(found), dtype=np.float32)
    assert found.tobytes() == expected.tobytes()


def test_other_draws_do_not_matter() -> None:
    alone = NoiseStream(3, {"n": LAWS["n"]}).take(10)
    assert torch.equal(alone["n"], whole(3, 10)["n"])


def test_seeds_draws_and_blocks_give_independent_noise() -> None:
    laws = {id: Noise((), "normal") for id in ("x", "x′")}
    streams = [NoiseStream(seed, laws).take(2 * BLOCK) for seed in (0, 2**32, 1)]  # 32 bits would not do
    rows = torch.stack([part for stream in streams for t in stream.values() for part in t.split(BLOCK)])
    correlations = torch.corrcoef(rows) - torch.eye(len(rows))
    assert correlations.abs().max() < 5 / BLOCK**0.5


def test_laws() -> None:
    noise = whole(0, 50_000)
    assert noise["u"].dtype == noise["n"].dtype == torch.float32
    assert noise["u"].min() >= 0
    assert noise["u"].max() < 1
    assert abs(noise["u"].mean() - 0.5) < 0.01
    assert abs(noise["n"].std() - 1) < 0.01


def test_no_rows() -> None:
    assert NoiseStream(0, LAWS).take(0)["n"].shape == (0, 3)


def test_derived_seeds_do_not_depend_on_the_hash_seed() -> None:
    code = "from dofx.runtime.sampling.noise import derive_seed; print(derive_seed(0, 'y', ['x', 1]))"
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        check=True,
    )
    assert int(shown.stdout) == derive_seed(0, "y", ["x", 1])


def test_fresh_seeds_differ() -> None:
    assert fresh_seed() != fresh_seed()
