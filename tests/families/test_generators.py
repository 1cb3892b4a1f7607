"""What every generator family does, on every toy law that it accepts."""

import copy
import json
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from dofx.runtime.families import FAMILIES, Family, Generator, generator_from_config
from dofx.runtime.families.capabilities import Dense, density_of
from dofx.runtime.families.velocities.transport import Transport
from dofx.runtime.training.settings import FitSettings
from dofx.runtime.variables import Finite, Text, default_dtype, event_shape
from models.laws import LAWS, ROWS, Law, fit, fitted, unfitted

CASES = [
    pytest.param(family, law, id=f"{family.family}-{law.name}")
    for family in FAMILIES
    for law in LAWS
    if family.refuses(law.target, law.given) is None
]
SLOW_TO_EXPORT = ("ddpm-stripes", "flow-matching-stripes")
"""Networks of small images; those of two numbers, ``ddpm-ring`` and ``flow-matching-ring``, export alike."""
over_all = pytest.mark.parametrize(("family", "law"), CASES)


def noise_of(generator: Family, rows: int, seed: int = 0) -> Tensor:
    return generator.noise.draw(rows, torch.Generator().manual_seed(seed))


def sample(generator: Family, given: Sequence[Tensor], rows: int, seed: int = 0) -> Tensor:
    with torch.no_grad():
        drawn: Tensor = generator(noise_of(generator, rows, seed), *given)
    return drawn


def is_flow_on_atoms(family: type[Family], law: Law) -> bool:
    """A flow alone cannot be right about a real number that takes some values often."""
    return family.family == "spline" and law.name in ("often-zero", "few-values")


def dense(generator: Family) -> Dense:
    """What computes the probabilities of a generator that has them."""
    found = density_of(generator)
    assert found is not None
    return found


def has_no_density(family: type[Family], law: Law) -> bool:
    """Real rows have atoms only, and a flow along an ODE none that can be had in a few steps."""
    return issubclass(family, Transport) or (family.family == "rows" and not isinstance(law.target, Finite))


def test_every_family_accepts_a_law() -> None:
    assert {case.values[0] for case in CASES} == set(FAMILIES)


@over_all
def test_shape_and_dtype(family: type[Family], law: Law) -> None:
    for generator in (unfitted(family, law), fitted(family, law)):
        assert isinstance(generator, Generator)
        drawn = sample(generator, law.conditions(7), 7)
        assert drawn.shape == (7, *event_shape(law.target))
        assert drawn.dtype == default_dtype(law.target)
        assert sample(generator, law.conditions(0), 0).shape == (0, *event_shape(law.target))


@over_all
def test_the_same_noise_gives_the_same_sample(family: type[Family], law: Law) -> None:
    generator, given = fitted(family, law), law.conditions(200)
    again = copy.deepcopy(generator)
    assert torch.equal(sample(generator, given, 200), sample(again, given, 200))
    assert not torch.equal(sample(generator, given, 200), sample(generator, given, 200, seed=1))


@over_all
def test_rows_are_drawn_apart(family: type[Family], law: Law) -> None:
    generator, given, noise = fitted(family, law), law.conditions(50), noise_of(fitted(family, law), 50)
    with torch.no_grad():
        whole, part = generator(noise, *given), generator(noise[20:30], *(values[20:30] for values in given))
    torch.testing.assert_close(whole[20:30], part)


@over_all
def test_the_fit_is_the_conditional(family: type[Family], law: Law) -> None:
    """At fixed conditions, no marginal's distribution function is off by more than 0.08.

    3,000 rows to learn from and 10,000 to compare leave about 0.03.
    """
    if is_flow_on_atoms(family, law):
        pytest.skip("the atoms family is for these")
    for values in law.at:
        given = law.fixed(values, 10_000)
        drawn = sample(fitted(family, law), given, 10_000).reshape(10_000, -1)
        true = law.draw(torch.Generator().manual_seed(9), given, 10_000).reshape(10_000, -1)
        for found, expected in zip(drawn.T.float(), true.T.float(), strict=True):
            places = torch.cat([found, expected]).sort().values
            gap = [
                torch.searchsorted(c.sort().values, places, right=True) / 10_000 for c in (found, expected)
            ]
            assert float((gap[0] - gap[1]).abs().max()) < 0.08


@over_all
@torch.no_grad()
def test_log_prob_is_normalised(family: type[Family], law: Law) -> None:
    """Sums to 1 over the states, or over atoms and the integral of the density (trapezoid rule, to 1 %)."""
    if has_no_density(family, law):
        pytest.skip("no density")
    generator = fitted(family, law)
    for values in law.at:
        if isinstance(law.target, Finite):
            states = torch.arange(law.target.cardinality)
            total = dense(generator).log_prob(states, *law.fixed(values, len(states))).exp().sum()
            assert float(total) == pytest.approx(1, abs=1e-5)
        elif event_shape(law.target) == ():
            atoms = getattr(generator, "values", torch.zeros(0))
            grid = torch.linspace(-15, 25, 40_001)
            density = dense(generator).log_prob(grid, *law.fixed(values, len(grid))).exp()
            total = torch.trapezoid(torch.where(torch.isin(grid, atoms), 0, density), grid)
            if len(atoms):
                total += dense(generator).log_prob(atoms, *law.fixed(values, len(atoms))).exp().sum()
            assert float(total) == pytest.approx(1, abs=0.01)


@over_all
def test_log_prob_is_the_score(family: type[Family], law: Law) -> None:
    """On fresh rows the mean log-probability is near the score that the fit reported."""
    if has_no_density(family, law):
        pytest.skip("no density")
    if is_flow_on_atoms(family, law):
        pytest.skip("the score is that of values which are spread")
    generator, report = fit(family, law)
    target, given = law.rows(seed=50)
    with torch.no_grad():
        fresh = float(dense(generator).log_prob(target, *given).mean())
    assert report.rows == ROWS
    assert report.score is not None
    assert report.score == pytest.approx(fresh, abs=0.15)


@over_all
def test_config_and_weights_rebuild_it(family: type[Family], law: Law) -> None:
    generator, given = fitted(family, law), law.conditions(100)
    rebuilt = generator_from_config(json.loads(json.dumps(generator.config())))
    rebuilt.load_state_dict(generator.state_dict())
    assert type(rebuilt) is family
    assert torch.equal(sample(rebuilt, given, 100), sample(generator, given, 100))


@over_all
def test_every_tensor_moves_with_it(family: type[Family], law: Law) -> None:
    if family.unexportable:
        pytest.skip("it decides by the data, which a device without data has not")
    generator = copy.deepcopy(fitted(family, law)).to("meta")
    given = [values.to("meta") for values in law.conditions(5)]
    assert generator(noise_of(generator, 5).to("meta"), *given).device.type == "meta"


@pytest.mark.parametrize(
    ("family", "law"),
    [
        pytest.param(*case.values, id=case.id, marks=[pytest.mark.long] * (case.id in SLOW_TO_EXPORT))
        for case in CASES
    ],
)
def test_export_takes_any_number_of_rows(family: type[Family], law: Law) -> None:
    if family.unexportable:
        pytest.skip("it says so")
    generator, rows = fitted(family, law), torch.export.Dim("rows", min=2)
    inputs = (noise_of(generator, 5), *law.conditions(5))
    given_shapes = tuple({0: rows} for _ in law.given)
    shapes = ({0: rows}, given_shapes) if law.given else ({0: rows},)
    program = torch.export.export(generator, inputs, dynamic_shapes=shapes, strict=False)
    noise, given = noise_of(generator, 33), law.conditions(33)
    torch.testing.assert_close(program.module()(noise, *given), generator(noise, *given))


@over_all
def test_gradients_flow_to_noise_and_real_conditions(family: type[Family], law: Law) -> None:
    if family.family == "rows":
        pytest.skip("a row is picked whole")
    if isinstance(law.target, Finite) or (family.family == "atoms" and law.name == "few-values"):
        pytest.skip("a finite draw has no gradient")
    if isinstance(law.target, Text):
        pytest.skip("nor has text")
    generator = fitted(family, law)
    noise = noise_of(generator, 50).requires_grad_()
    given = [v.requires_grad_() if v.is_floating_point() else v for v in law.conditions(50)]
    generator(noise, *given).sum().backward()
    for tensor in (noise, *(values for values in given if values.requires_grad)):
        assert tensor.grad is not None
        assert bool(tensor.grad.isfinite().all())
        assert float(tensor.grad.abs().sum()) > 0


@over_all
def test_unseen_conditions_still_draw(family: type[Family], law: Law) -> None:
    """Fitted where every condition is its first state, or positive; drawn elsewhere and far away."""
    given = [v.abs() if v.is_floating_point() else v * 0 for v in law.conditions(300)]
    generator = unfitted(family, law)
    target = law.draw(torch.Generator().manual_seed(0), given, 300)
    generator.fit(target, given, FitSettings(epochs=3))
    far = [
        torch.full_like(v, -50.0) if v.is_floating_point() else v + torch.arange(300) % 2
        for v in (values.detach() for values in given)
    ]
    drawn = sample(generator, far, 300)
    assert bool(drawn.float().isfinite().all())
    spread = target.float().max() - target.float().min()
    assert float(drawn.float().abs().max()) <= float(target.float().abs().max() + 2 * spread)


@over_all
def test_a_constant_stays_constant(family: type[Family], law: Law) -> None:
    if isinstance(law.target, Text):
        pytest.skip("bytes of ones are no text")
    given = law.conditions(100)
    constant = torch.ones(100, *event_shape(law.target), dtype=default_dtype(law.target))
    generator = unfitted(family, law)
    generator.fit(constant, given, FitSettings(epochs=5))
    drawn = sample(generator, given, 100)
    torch.testing.assert_close(drawn.float().mean(), torch.tensor(1.0), atol=0.02, rtol=0)
    assert not isinstance(law.target, Finite) or bool((drawn == 1).float().mean() > 0.98)


@over_all
@pytest.mark.parametrize("rows", [1, 2, 7, 20])
def test_tiny_data(family: type[Family], law: Law, rows: int) -> None:
    target, given = law.rows(rows)
    generator = unfitted(family, law)
    report = generator.fit(target, given, FitSettings(epochs=4))
    assert report.rows == rows
    assert bool(sample(generator, law.conditions(100), 100).float().isfinite().all())


@over_all
def test_a_fit_depends_on_its_seed_alone(family: type[Family], law: Law) -> None:
    """Not on the global random state, which it leaves alone, nor on an earlier fit of the same generator."""
    target, given = law.rows(200)
    first, second = unfitted(family, law), unfitted(family, law)
    settings = FitSettings(seed=5, epochs=3)
    first.fit(target, given, settings)
    torch.manual_seed(1)
    state = torch.get_rng_state()
    second.fit(*law.rows(100), settings)
    second.fit(target, given, settings)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(sample(first, given, 200), sample(second, given, 200))


@over_all
def test_progress_is_heard(family: type[Family], law: Law) -> None:
    heard: list[tuple[int, int, float]] = []
    settings = FitSettings(epochs=10, progress=lambda *event: heard.append(event))
    report = unfitted(family, law).fit(*law.rows(500), settings)
    if report.epochs > 1:
        assert heard[-1][0] <= heard[-1][1] == 10
