"""Functions as generators: functions of noise and conditions, or functions that draw their own random numbers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from hashlib import blake2b
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from ...grammar.edge.arguments import public
from ..families.protocol import Noise
from ..training.building import BORROWING
from ..variables import event_shape
from .foreign import Filling, Foreign, Given, Place, eager


@public()
def from_function(
    function: Callable[[Tensor, Given], Any],
    *,
    noise: Noise | Literal["uniform", "normal"] = "normal",
    log_prob: Callable[[Tensor, Given], Tensor] | None = None,
) -> Filling:
    """Make a generator of a deterministic function of noise and conditions.

    Args:
        function: Takes noise ``(rows, *shape)`` and conditions, ``given["x"]`` in the data's own values, and
            returns the target in the data's own values, ``(rows, *event)``. A torch module moves to other devices
            with the sampler.
        noise: The distribution of the noise, in the target's shape; or a `Noise` of any shape.
        log_prob: A function from target and conditions to log-densities in nats, ``(rows,)``.

    Returns:
        What `fit` takes for a variable: ``fit(rows, generators={"y": from_function(function)})``.

    >>> from ..variables import Real
    >>> filling = from_function(lambda noise, given: 2 * given["x"] + noise)
    >>> generator = filling.fill(Place("P(y | x)", "y", Real(), {"x": Real()}))
    >>> generator(torch.zeros(2), torch.tensor([1.0, 4.0]))
    tensor([2., 8.])
    """
    make: Callable[[Place], Foreign] = partial(FunctionGenerator, function=function, noise=noise)
    if log_prob is not None:
        make = partial(DensityGenerator, function=function, noise=noise, log_prob=log_prob)
    return Filling(make, f"from_function({reference(function)})")


@public()
def from_sampler(sample: Callable[[Given], Any], *, one_by_one: bool = False) -> Filling:
    """Make a generator of a function that draws its own random numbers, such as a simulator.

    For each chunk of rows, the random numbers of torch, NumPy and Python are seeded, and their states are restored
    afterwards. The same seed gives the same rows for the same number of rows and the same chunks. But a row cannot be
    drawn again alone, unless `one_by_one` is set, and such a sampler cannot be exported. If the function can take its
    noise as an argument, `from_function` has neither limit.

    Args:
        sample: Takes conditions, ``given["x"]`` in the data's own values, and returns the target in the
            data's own values, ``(given.rows, *event)``.
        one_by_one: If True, it is called once per row, with a seed of the row. Then any row can be drawn again.

    Returns:
        What `fit` takes for a variable: ``fit(rows, generators={"y": from_sampler(sample)})``.
    """
    return Filling(
        partial(SamplerGenerator, sample=sample, one_by_one=one_by_one), f"from_sampler({reference(sample)})"
    )


class FunctionGenerator(Foreign):
    """A function of noise and conditions; see `from_function`."""

    family = "function"

    def __init__(
        self,
        place: Place,
        function: Callable[[Tensor, Given], Any],
        noise: Noise | Literal["uniform", "normal"] = "normal",
    ) -> None:
        super().__init__(place)
        self.function = function
        self.noise = noise if isinstance(noise, Noise) else Noise(event_shape(place.type), noise)

    def draw(self, noise: Tensor, given: Given) -> Tensor:
        """Encoded values ``(rows, *event)``."""
        return self.taken(self.function(noise, given), noise)


class DensityGenerator(FunctionGenerator):
    """A function of noise and conditions whose density is known."""

    def __init__(
        self,
        place: Place,
        function: Callable[[Tensor, Given], Any],
        noise: Noise | Literal["uniform", "normal"],
        log_prob: Callable[[Tensor, Given], Tensor],
    ) -> None:
        super().__init__(place, function, noise)
        self.density = log_prob

    def log_prob(self, target: Tensor, *given: Tensor) -> Tensor:
        """Log-densities of encoded values in nats, ``(rows,)``."""
        return self.density(self.own(target), self.conditions(target, given))


class SamplerGenerator(Foreign):
    """A function that draws its own random numbers; see `from_sampler`."""

    family = "sampler"
    unexportable = "it draws random numbers of its own, which no noise decides"

    def __init__(self, place: Place, sample: Callable[[Given], Any], one_by_one: bool = False) -> None:
        super().__init__(place)
        self.sample, self.one_by_one = sample, one_by_one
        self.noise = Noise((), "uniform")

    @eager
    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Encoded values ``(rows, *event)``."""
        if not self.one_by_one or len(noise) < 2:
            return self._drawn(noise, given)
        rows = [
            self._drawn(noise[row : row + 1], [v[row : row + 1] for v in given]) for row in range(len(noise))
        ]
        return torch.cat(rows)

    def _drawn(self, noise: Tensor, given: Sequence[Tensor]) -> Tensor:
        with seeded_by(noise):
            return self.taken(self.sample(self.conditions(noise, given)), noise)


@contextmanager
def seeded_by(noise: Tensor) -> Iterator[None]:
    """A scope in which global random numbers are seeded by some rows of noise; afterwards their states are restored."""
    digest = blake2b(noise.detach().cpu().contiguous().numpy().tobytes(), digest_size=8).digest()
    seed = int.from_bytes(digest, "little") >> 1
    devices = [noise.device] if noise.device.type == "cuda" else []
    with BORROWING, torch.random.fork_rng(devices=devices):
        of_numpy, of_python = np.random.get_state(), random.getstate()
        try:
            torch.default_generator.manual_seed(seed)
            if devices:
                torch.cuda.manual_seed(seed)
            np.random.seed(seed % 2**32)
            random.seed(seed)
            yield
        finally:
            np.random.set_state(of_numpy)
            random.setstate(of_python)


def reference(function: Any) -> str:
    """The module and name of a function, ``module:name``; for another object, those of its class."""
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}:{named.__qualname__}"
