"""Invalid settings are reported before anything is trained or moved; integers of other libraries are integers."""

from typing import Any

import numpy as np
import pytest
import torch

import dofx
from dofx import Sampler
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.training.settings import FitSettings

ROWS = {"x": np.arange(40) % 2 == 0, "y": np.linspace(0, 1, 40)}


def fitted(**options: Any) -> Sampler:
    return dofx.compile("P(y | do(x))", "x -> y").fit(ROWS, progress=False, **{"epochs": 1, **options})


@pytest.fixture(scope="module")
def sampler() -> Sampler:
    return fitted()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("seed", "a", "E0436"),
        ("seed", 1.5, "E0436"),
        ("epochs", -1, "E0436"),
        ("epochs", "3", "E0436"),
        ("batch_size", 0, "E0436"),
        ("batch_size", 2.5, "E0436"),
        ("learning_rate", 0, "E0436"),
        ("learning_rate", float("nan"), "E0436"),
        ("held_out", 1.0, "E0436"),
        ("held_out", -0.1, "E0436"),
        ("held_out", "most", "E0436"),
        ("patience", -1, "E0436"),
        ("minutes", 0, "E0436"),
        ("minutes", float("inf"), "E0436"),
        ("held_out", torch.tensor(True, device="meta"), "E0436"),
        ("epochs", torch.tensor(1, device="meta"), "E0436"),
        ("precision", "fp8", "E0430"),
    ],
)
def test_settings_of_training(name: str, value: Any, code: str) -> None:
    """Several used to be taken for the default, others ended in a division by zero."""
    with pytest.raises(DofxError) as raised:
        FitSettings(**{name: value})
    assert raised.value.diagnostics[0].code == code


@pytest.mark.parametrize("device", ["gpu", "meta", "xpu:9", "cpu!"])
def test_a_device_that_is_not_there_takes_nothing_with_it(device: str, sampler: Sampler) -> None:
    """A sampler that was asked for rows on `meta` was moved there, and lost."""
    expected = sampler.sample(5, do={"x": True}, seed=0)["y"]
    for ask in (
        lambda: sampler.sample(5, do={"x": True}, device=device),
        lambda: sampler.speed_up(device=device),
        lambda: fitted(device=device),
        lambda: sampler.bootstrap(ROWS, 2, device=device),
    ):
        with pytest.raises(DofxError) as raised:
            ask()
        assert raised.value.diagnostics[0].code == "E0437"
    assert torch.equal(sampler.sample(5, do={"x": True}, seed=0)["y"], expected)


@pytest.mark.parametrize("three", [np.int64(3), np.uint8(3), torch.tensor(3)])
def test_a_seed_may_be_any_integer(three: Any, sampler: Sampler) -> None:
    expected = sampler.sample(5, do={"x": True}, seed=3)
    drawn = sampler.sample(5, do={"x": True}, seed=three)
    assert torch.equal(drawn["y"], expected["y"])
    assert drawn.seed == 3
    again = fitted(seed=three).sample(5, do={"x": True}, seed=0)["y"]
    assert torch.equal(again, fitted(seed=3).sample(5, do={"x": True}, seed=0)["y"])


@pytest.mark.parametrize(
    ("asked", "code"), [({"seed": "a"}, "E0431"), ({"seed": 0.5}, "E0431"), ({"n": 2**70}, "E0424")]
)
def test_numbers_of_rows_and_seeds_that_are_none(asked: Any, code: str, sampler: Sampler) -> None:
    with pytest.raises(DofxError) as raised:
        sampler.sample(**{"n": 5, "do": {"x": True}, **asked})
    assert raised.value.diagnostics[0].code == code


@pytest.mark.parametrize(("rows", "code"), [(-(1 << 64), "E0431"), (0, "E0431"), (10**18, "E0424")])
def test_a_number_of_rows_that_cannot_be_is_not_sped_up(rows: int, code: str, sampler: Sampler) -> None:
    with pytest.raises(DofxError) as raised:
        sampler.speed_up(rows)
    assert raised.value.diagnostics[0].code == code
