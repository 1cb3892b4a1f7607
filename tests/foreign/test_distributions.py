"""Distributions of torch and flows of zuko as generators."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import zuko
from torch.distributions import (
    Bernoulli,
    Categorical,
    Distribution,
    Exponential,
    Gamma,
    Independent,
    LogNormal,
    MultivariateNormal,
    Normal,
    Poisson,
)

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.foreign import from_distribution, from_flow
from dofx.runtime.foreign.foreign import Given
from stand_ins.filling import generator_of

RNG = np.random.default_rng(0)
DOSE = RNG.normal(size=600)
ROWS = {"dose": DOSE, "stage": RNG.integers(1, 4, 600), "y": 2 * DOSE + RNG.normal(size=600)}


FIVE = torch.linspace(-1, 1, 5)
LAWS: list[tuple[str, str, Distribution]] = [
    ("normal", "real", Normal(FIVE, 1 + FIVE.abs())),
    ("exponential", "real", Exponential(FIVE.exp())),
    ("lognormal", "real", LogNormal(FIVE, 0.5)),
    ("one for all rows", "real", Normal(0.0, 1.0)),
    ("independent", "real(3)", Independent(Normal(FIVE[:, None] * torch.ones(3), 1.0), 1)),
    ("batch of a vector", "real(3)", Normal(FIVE[:, None] * torch.ones(3), 1.0)),
    (
        "multivariate",
        "real(2)",
        MultivariateNormal(torch.zeros(5, 2), torch.tensor([[1.0, 0.8], [0.8, 2.0]])),
    ),
    ("gamma", "real", Gamma(FIVE.exp(), 1.0)),
    ("counts", "real", Poisson(FIVE.exp())),
]


@pytest.mark.parametrize(("target", "law"), [pytest.param(t, law, id=name) for name, t, law in LAWS])
def test_a_distribution_is_drawn_as_it_is(target: str, law: Distribution) -> None:
    """Moments of 4,000 draws a row, within five standard errors of the law's own."""
    count = 4_000

    filling = from_distribution(lambda given: law)
    generator = generator_of(filling, target)
    source = torch.Generator().manual_seed(0)
    draws = torch.stack([generator(generator.noise.draw(5, source)) for _ in range(count)])
    assert draws.dtype == torch.float32
    mean, deviation = law.mean.expand(draws.shape[1:]), law.stddev.expand(draws.shape[1:])
    error = (draws.mean(0) - mean).abs() / (deviation / math.sqrt(count))
    assert float(error.max()) < 5
    torch.testing.assert_close(draws.std(0), deviation.contiguous(), rtol=0.12, atol=0)
    noise = generator.noise.draw(5, source)
    assert torch.equal(generator(noise), generator(noise))


@pytest.mark.parametrize(
    ("target", "law", "expected"),
    [
        ("bool", lambda given: Bernoulli(torch.tensor(0.3)), [0.7, 0.3]),
        (
            "category('a', 'b', 'c')",
            lambda given: Categorical(torch.tensor([0.2, 0.3, 0.5])),
            [0.2, 0.3, 0.5],
        ),
        ("category(2, 4)", lambda given: Categorical(torch.tensor([0.2, 0.8])), [0.2, 0.8]),
        ("category(-1, 0, 1)", lambda given: Poisson(torch.tensor(1.0)), [0.0, 0.5, 0.5]),
    ],
    ids=["bool", "labels", "a Categorical is over states", "impossible states"],
)
def test_a_finite_variable_is_drawn_by_its_states(target: str, law: Any, expected: list[float]) -> None:
    generator = generator_of(from_distribution(law), target)
    found = torch.bincount(generator(torch.linspace(0, 1 - 2**-24, 1_001)), minlength=len(expected)) / 1_001
    torch.testing.assert_close(found, torch.tensor(expected), atol=2e-3, rtol=0)
    states = torch.arange(len(expected))
    torch.testing.assert_close(generator.log_prob(states).exp().float(), torch.tensor(expected))


def test_the_density_is_that_of_the_datas_own_values() -> None:
    law = LogNormal(torch.zeros(4), 0.5)
    generator = generator_of(from_distribution(lambda given: law), "real")
    values = torch.tensor([0.5, 1.0, 2.0, 3.0])
    torch.testing.assert_close(generator.log_prob(values), law.log_prob(values))


def test_a_distribution_answers_exactly_where_all_is_finite() -> None:
    def of_dose(given: Given) -> Distribution:
        return Categorical(logits=torch.stack([given["dose"], 0 * given["dose"], 0 * given["dose"]], -1))

    sampler = dofx.compile("P(stage | do(dose))", "dose -> stage").fit(
        ROWS, generators={"stage": from_distribution(of_dose)}
    )
    table = sampler.distribution(do={"dose": math.log(2)})
    np.testing.assert_allclose(table.array(), [0.5, 0.25, 0.25], atol=1e-6)


def test_a_distribution_exports(tmp_path: Path) -> None:
    sampler = dofx.compile("P(y | do(dose))", "dose -> y")
    sampler.fit(ROWS, generators={"y": from_distribution(lambda given: Normal(2 * given["dose"], 1.0))})
    loaded = torch.export.load(sampler.export(tmp_path / "y.pt2")).module()
    noise, dose = torch.tensor([0.5, 0.2, 0.9]), torch.tensor([1.0, -1.0, 0.0])
    (out,) = loaded(noise, dose).values()
    torch.testing.assert_close(out, 2 * dose + torch.special.ndtri(noise))


@pytest.mark.parametrize("checks", [True, False])
def test_a_value_outside_the_support_scores_minus_infinity(checks: bool) -> None:
    before, law = Distribution._validate_args, lambda given: Gamma(given["dose"].exp(), 1.0)
    Distribution.set_default_validate_args(checks)  # imports of other libraries turn it on and off
    try:
        generator = generator_of(from_distribution(law), "real", dose="real")
        scores = generator.log_prob(torch.tensor([-1.0, 2.0]), torch.zeros(2))
        assert Distribution._validate_args == checks
    finally:
        Distribution.set_default_validate_args(before)
    assert scores.tolist() == [-torch.inf, -2.0]


def test_a_distribution_without_quantiles_does_not_export(tmp_path: Path) -> None:
    sampler = dofx.compile("P(y | do(dose))", "dose -> y")
    sampler.fit(ROWS, generators={"y": from_distribution(lambda given: Gamma(given["dose"].exp(), 1.0))})
    with pytest.raises(DofxError, match=r"draw y ~ P\(y \| dose\) cannot be exported"):
        sampler.export(tmp_path / "y.pt2")


@pytest.mark.parametrize("width", [1, 2])
def test_a_flow_of_zuko(width: int) -> None:
    torch.manual_seed(0)
    flow = zuko.flows.NSF(width, context=3, transforms=2, hidden_features=(16,))
    target = "real" if width == 1 else "real(2)"
    generator = generator_of(from_flow(flow, ["dose", "place"]), target, place="real(2)", dose="real")
    place, dose = torch.randn(2_000, 2), torch.randn(2_000)
    context = torch.cat([dose[:, None], place], 1)
    with torch.no_grad():
        draws = generator(generator.noise.draw(2_000), place, dose)
        law = flow(context)
        torch.testing.assert_close(
            generator.log_prob(draws, place, dose), law.log_prob(draws.reshape(2_000, width))
        )
        base = law.transform(draws.reshape(2_000, width))
    assert float(base.mean().abs()) < 0.1
    assert float((base.std() - 1).abs()) < 0.1
    assert {name for name, _ in generator.named_parameters()}, "its weights move with the sampler"
