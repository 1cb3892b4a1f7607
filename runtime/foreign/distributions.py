"""Distributions of torch and flows of zuko as generators, deterministic functions of noise if that is possible."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import (
    Categorical,
    Distribution,
    Independent,
    MultivariateNormal,
    TransformedDistribution,
)

from ...grammar.edge.arguments import public
from ..data.samples import own_numbers
from ..families.protocol import Noise
from ..variables import Finite, Text, event_shape
from .errors import no_law_of_text
from .foreign import Filling, Foreign, Given, Place, columns_of, mismatch
from .functions import reference, seeded_by

LEAST, MOST = 2.0**-25, 1 - 2.0**-24
"""Uniform noise is clamped between these values, because a quantile at 0 may be infinite."""


class NoQuantileError(Exception):
    """A distribution cannot be drawn by its quantiles."""


@public()
def from_distribution(law: Callable[[Given], Distribution]) -> Filling:
    """Make a generator of a function that returns a torch distribution for given conditions.

    A draw is the quantile at uniform noise. This works for every distribution with ``icdf``, for transformed
    distributions and flows over these, and for multivariate normals. A finite variable is drawn by the inverse CDF
    over its states, which are the categories of a Categorical, in order; the probabilities that any other
    distribution gives to the numbers of the states are normalised. Any other distribution draws its own random
    numbers, seeded as in `from_sampler`, and cannot be exported.

    Args:
        law: A function of conditions, ``given["x"]`` in the data's own values, that returns a distribution of the
            target in the data's own values. A torch module moves to other devices with the sampler.

    Returns:
        What `fit` takes for a variable: ``fit(rows, generators={"y": from_distribution(law)})``.

    >>> from torch.distributions import Normal
    >>> from ..variables import Real
    >>> filling = from_distribution(lambda given: Normal(2 * given["x"], 1.0))
    >>> generator = filling.fill(Place("P(y | x)", "y", Real(), {"x": Real()}))
    >>> generator(torch.tensor([0.5, 0.5]), torch.tensor([1.0, 4.0]))
    tensor([2., 8.])
    """
    return Filling(partial(DistributionGenerator, law=law), f"from_distribution({reference(law)})")


@public()
def from_flow(flow: nn.Module, columns: Sequence[str] | None = None) -> Filling:
    """Make a generator of a flow of zuko, or of another of its lazy distributions.

    Args:
        flow: It is called with a context ``(rows, width)``, or with None if there are no conditions.
        columns: The order of the conditions in the context when the flow was trained; not needed for one
            condition. Strings become state numbers.

    Returns:
        What `fit` takes for a variable: ``fit(rows, generators={"y": from_flow(flow)})``.

    References:
        Rozet et al., zuko: normalizing flows in PyTorch, https://github.com/probabilists/zuko.
    """

    def make(place: Place) -> DistributionGenerator:
        return DistributionGenerator(place, FlowLaw(flow, columns_of(place, columns)))

    return Filling(make, f"from_flow({reference(flow)})")


class FlowLaw(nn.Module):
    """A flow as a function of conditions.

    Args:
        flow: A lazy distribution.
        columns: The conditions in its context, in order.
    """

    def __init__(self, flow: nn.Module, columns: Sequence[str]) -> None:
        super().__init__()
        self.flow, self.columns = flow, tuple(columns)

    def forward(self, given: Given) -> Distribution:
        """The distribution at some conditions."""
        found: Distribution = self.flow(given.matrix(self.columns) if self.columns else None)
        return found


class DistributionGenerator(Foreign):
    """Draws from a distribution that a function of the conditions returns; see `from_distribution`."""

    family = "distribution"

    def __init__(self, place: Place, law: Callable[[Given], Distribution]) -> None:
        super().__init__(place)
        if isinstance(place.type, Text):
            raise no_law_of_text(place.target)
        self.law = law
        self.noise = Noise(event_shape(place.type), "uniform")

    def draw(self, noise: Tensor, given: Given) -> Tensor:
        """Encoded values ``(rows, *event)``."""
        found = self._law(given)
        if isinstance(self.place.type, Finite):
            cdf = self._logits(found, given).softmax(-1).cumsum(-1)[..., :-1]
            return (noise.unsqueeze(-1) >= cdf).sum(-1)
        shape = self._shape(found, noise.shape)
        try:
            values = quantile(found, noise.clamp(LEAST, MOST).reshape(shape))
        except NoQuantileError:
            values = self._sampled(found, noise, shape)
        expanded = values.expand(shape) if values.ndim <= len(shape) else values
        fits = expanded.numel() == noise.numel()
        return self.taken(expanded.reshape(noise.shape) if fits else expanded, noise)

    def log_prob(self, target: Tensor, *given: Tensor) -> Tensor:
        """Log-densities of encoded values in nats, ``(rows,)``."""
        conditions = self.conditions(target, given)
        found = self._law(conditions)
        if isinstance(self.place.type, Finite):
            log_softmax = self._logits(found, conditions).log_softmax(-1)
            return log_softmax.gather(-1, target.unsqueeze(-1)).squeeze(-1)
        densities = densities_of(found, target.reshape(self._shape(found, target.shape)))
        return densities.reshape(len(target), -1).sum(-1)

    def _law(self, given: Given) -> Distribution:
        if not torch.compiler.is_compiling():
            found: Any = self.law(given)
        else:  # checks of parameters depend on the data, which no fixed program can
            with unchecked():
                found = self.law(given)
        if not isinstance(found, Distribution):
            got = f"{type(found).__name__}, which is not a distribution of torch"
            raise mismatch(self.place, got, given.rows, given.device)
        return found

    def _shape(self, found: Distribution, shape: torch.Size) -> tuple[int, ...]:
        """The event shape of the target in the distribution, where one number may be a vector of length one."""
        return (shape[0], *(found.event_shape or shape[1:]))

    def _logits(self, found: Distribution, given: Given) -> Tensor:
        """Log-probabilities of the states, not normalised, ``(rows, states)``."""
        assert isinstance(self.place.type, Finite)
        count, own = self.place.type.cardinality, own_numbers(self.place.type)
        if isinstance(found, Categorical):  # its numbers are those of states, whatever the states are
            if found.logits.shape[-1] != count:
                got = f"a Categorical of {found.logits.shape[-1]} states"
                raise mismatch(self.place, got, given.rows, given.device)
            return found.logits.expand(given.rows, count)
        states = torch.arange(count) if own is None else own
        values = states.to(given.device, torch.float32).unsqueeze(-1).expand(count, given.rows)
        support: Any = found.support
        within: Tensor = support.check(values)
        supported = values.gather(0, within.int().argmax(0, keepdim=True))
        logits = found.log_prob(torch.where(within, values, supported))
        return torch.where(within, logits, -torch.inf).T

    def _sampled(self, found: Distribution, noise: Tensor, shape: tuple[int, ...]) -> Tensor:
        missing = shape[: len(shape) - len(found.batch_shape + found.event_shape)]
        if torch.compiler.is_compiling():
            return found.sample(torch.Size(missing))
        with seeded_by(noise):
            return found.sample(torch.Size(missing))


@contextmanager
def unchecked() -> Iterator[None]:
    """A scope in which distributions do not check parameters and values, unless one was made with ``validate_args``."""
    before = Distribution._validate_args
    Distribution.set_default_validate_args(False)
    try:
        yield
    finally:
        Distribution.set_default_validate_args(before)


def densities_of(law: Distribution, values: Tensor) -> Tensor:
    """Log-densities; minus infinity for values outside the support."""
    with unchecked():
        densities = law.log_prob(values)
    try:
        support: Any = law.support
    except NotImplementedError:
        return densities
    return densities if support is None else torch.where(support.check(values), densities, -torch.inf)


def quantile(law: Distribution, noise: Tensor) -> Tensor:
    """The value of a distribution at uniform noise ``(rows, *event)``, which is deterministic.

    Raises:
        NoQuantileError: If it has no quantile in closed form.
    """
    import zuko

    if isinstance(law, Independent):
        return quantile(law.base_dist, noise)
    if isinstance(law, TransformedDistribution):
        value = quantile(law.base_dist, noise)
        for transform in law.transforms:
            step: Any = transform
            value = step(value)
        return value
    if isinstance(law, zuko.distributions.NormalizingFlow):
        flow: Any = law.transform
        inverse: Tensor = flow.inv(quantile(law.base, noise))
        return inverse
    if isinstance(law, MultivariateNormal):
        scores = torch.special.ndtri(noise).unsqueeze(-1)
        correlated: Tensor = (law.scale_tril @ scores).squeeze(-1)
        return correlated + law.loc
    try:
        found: Tensor = law.icdf(noise)
    except NotImplementedError:
        raise NoQuantileError from None
    return found
