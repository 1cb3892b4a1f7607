"""The written-out inverse of a spline flow is zuko's, inside the splines and beyond them."""

import pytest
import torch

from dofx.runtime.families.spline import SplineGenerator
from dofx.runtime.neural.inverse import invert_flow
from dofx.runtime.neural.rational_quadratic import BOUND, height_at, place_of
from dofx.runtime.training.settings import FitSettings
from dofx.runtime.variables import Real


@pytest.mark.parametrize("size", [1, 3])
def test_the_inverse_is_zukos(size: int) -> None:
    source = torch.Generator().manual_seed(0)
    x = torch.randn(500, generator=source)
    spread = torch.where(x > 0, 3.0, 0.3).unsqueeze(1)  # a regression is not all that there is to learn
    target = x.unsqueeze(1) * torch.arange(1.0, size + 1) + spread * torch.randn(500, size, generator=source)
    generator = SplineGenerator(Real((size,)), [Real()])
    generator.fit(target, [x], FitSettings(epochs=60))
    noise = torch.cat(
        [
            torch.randn(300, size, generator=source),
            torch.full((2, size), BOUND + 1),
            -torch.full((2, size), BOUND + 1),
        ]
    )
    with torch.no_grad():
        context = generator.features(noise, x[: len(noise)])
        expected = generator.flow(context).transform.inv(noise)
        found = invert_flow(generator.flow.transform.transforms, context, noise)
    torch.testing.assert_close(found, expected, atol=2e-5, rtol=1e-5)
    assert float((found - noise).abs().max()) > 0.1


def test_a_place_and_its_height_are_inverse_and_the_slope_is_the_derivative() -> None:
    source = torch.Generator().manual_seed(0)
    rise, d0, d1 = torch.rand(3, 200, generator=source, dtype=torch.float64) + 0.1
    place = torch.rand(200, generator=source, dtype=torch.float64).requires_grad_()
    width = 0.3
    height, log_slope = height_at(place, rise, rise / width, d0, d1)
    torch.testing.assert_close(place_of(height, rise, rise / width, d0, d1), place)
    (slope,) = torch.autograd.grad(height.sum(), place)
    torch.testing.assert_close((slope / width).log(), log_slope)
    ends = torch.tensor([0.0, 1.0], dtype=torch.float64)
    found = torch.stack([height_at(end.expand(200), rise, rise / width, d0, d1)[0] for end in ends])
    torch.testing.assert_close(found, torch.stack([torch.zeros(200, dtype=torch.float64), rise]))
