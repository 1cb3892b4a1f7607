"""A folder of samples is continued by the policy that began it, and by no other: what is told apart of functions."""

import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import dofx
from dofx import DofxError, Sampler
from dofx.runtime.policies.expressions import Expression
from dofx.runtime.policies.fingerprints import fingerprint

LEVEL = 1.0
RNG = np.random.default_rng(0)
Z = RNG.normal(size=60)
ROWS = {"z": Z, "x": Z + RNG.normal(size=60), "y": Z + RNG.normal(size=60)}


@pytest.fixture(scope="module")
def sampler() -> Sampler:
    asked = dofx.compile("P(y | do(x ~ g(z)))", "z -> {x, y}; x -> y")
    return asked.fit(ROWS, epochs=1, progress=False)


def doubled(z: Any) -> Any:
    return 2 * z


def helped(z: Any) -> Any:
    return doubled(z) + LEVEL


def above(level: float) -> Callable[[Any], Any]:
    return lambda z: z > level


class Rule:
    """A policy with an option."""

    def __init__(self, by: float) -> None:
        self.by = by

    def __call__(self, z: Any) -> Any:
        return z + self.by

    def method(self, z: Any) -> Any:
        return z - self.by


class Scaled(nn.Module):
    """A policy of torch whose option is no weight."""

    def __init__(self, by: float) -> None:
        super().__init__()
        self.by = by

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.by * z


ARRAY = np.arange(3.0)
PAIRS: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "code": (lambda: lambda z: z + 1, lambda: lambda z: z - 1),
    "constant": (lambda: lambda z: z + 1, lambda: lambda z: z + 2),
    "attribute": (lambda: lambda z: np.sin(z), lambda: lambda z: np.cos(z)),
    "closure": (lambda: above(0.0), lambda: above(1.0)),
    "default": (lambda: lambda z, by=1: z + by, lambda: lambda z, by=2: z + by),
    "keyword": (lambda: lambda z, *, by=1: z + by, lambda: lambda z, *, by=2: z + by),
    "array": (lambda: lambda z, by=ARRAY: z + by[0], lambda: lambda z, by=ARRAY + 1: z + by[0]),
    "partial": (
        lambda: functools.partial(lambda by, z: by * z, 1.0),
        lambda: functools.partial(lambda by, z: by * z, 2.0),
    ),
    "object": (lambda: Rule(1.0), lambda: Rule(2.0)),
    "method": (lambda: Rule(1.0).method, lambda: Rule(2.0).method),
    "module": (lambda: Scaled(1.0), lambda: Scaled(2.0)),
    "weights": (lambda: _linear(1.0), lambda: _linear(2.0)),
    "expression": (lambda: Expression("g", "z + 1", ["z"]), lambda: Expression("g", "z + 2", ["z"])),
    "inner": (
        lambda: lambda z: np.array([(lambda v: v + 1)(v) for v in z]),
        lambda: lambda z: np.array([(lambda v: v + 2)(v) for v in z]),
    ),
}


def _linear(weight: float) -> nn.Module:
    line = nn.Linear(1, 1, bias=False)
    nn.init.constant_(line.weight, weight)
    return nn.Sequential(nn.Unflatten(0, (-1, 1)), line, nn.Flatten(0))


def said(sampler: Sampler, policy: Any) -> str:
    """What is told of a policy, of which nothing may depend on the object that it is."""
    modules = sampler.following({"g": policy}).module.modules()
    (found,) = [text for module in modules if (text := fingerprint(module)) is not None]
    return found


@pytest.mark.parametrize("pair", PAIRS)
def test_policies_that_differ_are_told_apart(pair: str, sampler: Sampler) -> None:
    one, other = PAIRS[pair]
    assert said(sampler, one()) == said(sampler, one())
    assert said(sampler, one()) != said(sampler, other())


def test_what_a_function_calls_and_reads_counts(sampler: Sampler, monkeypatch: pytest.MonkeyPatch) -> None:
    before = said(sampler, helped)
    with monkeypatch.context() as changed:
        changed.setitem(globals(), "LEVEL", 2.0)
        assert said(sampler, helped) != before
    with monkeypatch.context() as changed:
        changed.setitem(globals(), "doubled", lambda z: 3 * z)
        assert said(sampler, helped) != before
    assert said(sampler, helped) == before


def test_what_cannot_be_compared_is_equal_to_itself_alone(sampler: Sampler) -> None:
    def locked(z: Any, lock: Any = threading.Lock()) -> Any:  # noqa: B008 - it stands for what has no value
        with lock:
            return z

    bound = sampler.following({"g": locked})
    (module,) = [each for each in bound.module.modules() if fingerprint(each) is not None]
    assert fingerprint(module) == fingerprint(module)
    assert said(sampler, locked) != fingerprint(module)
    assert "an object of type `lock` cannot be compared" in said(sampler, locked)


def test_a_folder_is_continued_by_its_own_policy_alone(sampler: Sampler, tmp_path: Path) -> None:
    """The rest of a folder had been filled by whatever function was given: 30 of 60 rows under another policy."""
    options: dict[str, Any] = {"seed": 1, "chunk": 30}
    one, other = (sampler.following({"g": above(level)}) for level in (0.0, 1.0))
    one.sample_to(tmp_path, 60, **options)
    (tmp_path / "part-000001.parquet").unlink()
    with pytest.raises(DofxError, match="differs in policies"):
        other.sample_to(tmp_path, 60, **options)
    sampler.following({"g": above(0.0)}).sample_to(tmp_path, 60, **options)
    assert len(pd.read_parquet(tmp_path)) == 60


def test_a_folder_whose_policy_cannot_be_compared_says_so(sampler: Sampler, tmp_path: Path) -> None:
    options: dict[str, Any] = {"seed": 1, "chunk": 30}
    one, other = (sampler.following({"g": lambda z, lock=threading.Lock(): z}) for _ in "ab")  # noqa: B008
    one.sample_to(tmp_path, 60, **options)
    one.sample_to(tmp_path, 60, **options)
    with pytest.raises(DofxError, match="differs in policies") as error:
        other.sample_to(tmp_path, 60, **options)
    assert "an object of type `lock` cannot be compared" in error.value.diagnostics[0].notes[1]


def test_finite_policies_are_their_tables(tmp_path: Path) -> None:
    states = {name: values > 0 for name, values in ROWS.items()}
    asked = dofx.compile("P(y | do(x ~ g(z)))", "z -> {x, y}; x -> y").fit(states)
    assert said(asked, lambda z: z) == said(asked, lambda z: ~~z) != said(asked, lambda z: ~z)
