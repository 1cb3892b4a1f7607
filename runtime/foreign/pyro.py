"""A sampler as a Pyro model: a stochastic function with a named site for each draw.

Pyro's handlers and inference thus apply to a fitted interventional distribution: condition on an outcome, sum finite
draws out, put a prior on a dose. This module needs Pyro: ``pip install -e '.[pyro]'``.

References:
    Bingham and others (JMLR 2019): Pyro: deep universal probabilistic programming.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.distributions import constraints

from ...compiler.network.ir import Draw
from ...grammar.checks.names import no_such
from ...grammar.edge.arguments import public
from ...grammar.edge.libraries import missing
from ..families.capabilities import Dense, OfRows, Splitting
from ..variables import Finite, VariableType, encode, event_shape
from ..variables.constants import values_read

if TYPE_CHECKING:
    from ..data.values import Values
    from ..sampler import Sampler

try:
    import pyro
    from pyro.distributions import TorchDistribution, Uniform
except ImportError:
    raise missing("pyro") from None


_uniform: Any = Uniform
_broadcast: Any = torch.broadcast_shapes
_constraints: Any = constraints


class Drawn(TorchDistribution):
    """The conditional distribution that a generator samples, at some values of its conditions.

    The states of a finite variable can be enumerated. Values are encoded, as in `Sampler.module`.

    Args:
        generator: A fitted generator.
        type: The type of the drawn variable.
        given: Values of its conditions, ``(*batch, *event)``, with batch shapes that broadcast.
        events: The event shapes of the conditions.
    """

    def __init__(
        self,
        generator: nn.Module,
        type: VariableType,
        given: Sequence[Tensor] = (),
        events: Sequence[tuple[int, ...]] = (),
        batch: tuple[int, ...] | None = None,
    ) -> None:
        self.generator, self.type, self.given, self.events = generator, type, tuple(given), tuple(events)
        batches = [tuple(v.shape[: v.ndim - len(e)]) for v, e in zip(self.given, self.events, strict=True)]
        shape = _broadcast(*batches) if batch is None else torch.Size(batch)
        super().__init__(shape, torch.Size(event_shape(type)), validate_args=False)
        self.has_enumerate_support = isinstance(type, Finite)
        self.has_rsample = not self.has_enumerate_support

    @property
    def arg_constraints(self) -> dict[str, Any]:
        """None: there are no parameters."""
        return {}

    @property
    def support(self) -> Any:
        """The support of the distribution, as a constraint."""
        if isinstance(self.type, Finite):
            return _constraints.integer_interval(0, self.type.cardinality - 1)
        return _constraints.independent(_constraints.real, len(self.event_shape))

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Drawn:
        """The same distribution for a larger batch."""
        return Drawn(self.generator, self.type, self.given, self.events, tuple(batch_shape))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Samples from new noise of torch's global random generator."""
        batch = (*sample_shape, *self.batch_shape)
        noise = self.generator.noise.draw(prod(batch))  # type: ignore[union-attr, operator]
        return self._over(batch, lambda *given: self.generator(noise, *given), self.event_shape)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """As `rsample`, without gradients."""
        with torch.no_grad():
            return self.rsample(sample_shape)

    def log_prob(self, value: Tensor) -> Tensor:
        """Log-probability or log-density, of the batch's shape.

        Raises:
            NotImplementedError: If the generator has no density.
        """
        generator = self.generator
        if not isinstance(generator, Dense):
            raise NotImplementedError(f"{type(generator).__name__} has no log_prob")
        own = value.shape[: value.ndim - len(self.event_shape)]
        batch = _broadcast(tuple(own), tuple(self.batch_shape))
        flat = value.expand(*batch, *self.event_shape).reshape(-1, *self.event_shape)
        return self._over(tuple(batch), lambda *given: generator.log_prob(flat, *given), ()).float()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All states, along a new axis in front."""
        assert isinstance(self.type, Finite)
        states = torch.arange(self.type.cardinality).reshape(-1, *(1 for _ in self.batch_shape))
        return states.expand(-1, *self.batch_shape) if expand else states

    def _over(self, batch: tuple[int, ...], call: Callable[..., Tensor], event: Sequence[int]) -> Tensor:
        """A function of flat rows of the conditions, over a batch of any shape."""
        flat = [
            value.expand(*batch, *shape).reshape(-1, *shape)
            for value, shape in zip(self.given, self.events, strict=True)
        ]
        return call(*flat).reshape(*batch, *event)


@public()
def pyro_model(sampler: Sampler) -> Callable[..., dict[str, Tensor]]:
    """Make a Pyro model of a fitted sampler: ``model(rows=1, do=None, given=None)`` returns encoded values by outcome.

    `do` and `given` take the data's own values, as in `Sampler.sample`; a tensor for a real variable keeps its
    gradient. The sites of the model, in the plate ``rows``, are

    - each draw, also a hidden one, by its id;
    - ``row of z``, uniform, which picks the real row of z; the variables of that row are deterministic;
    - ``block of x``, all values of a generator that draws several variables together, which are deterministic after it;
    - interventions and conditions by their names, deterministic.

    Raises:
        DofxError: E0420 before `fit`; in the model, for invalid values, as `Sampler.sample`.

    References:
        Bingham et al. (JMLR 2019): Pyro: deep universal probabilistic programming.
    """
    from ..data.values import read_inputs

    modules, types, network = sampler.modules, sampler.types, sampler.network

    def model(rows: int = 1, do: Values | None = None, given: Values | None = None) -> dict[str, Tensor]:
        defaults = sampler.query.values
        inputs = read_inputs(network, types, do, given, defaults=defaults, rows=rows).all
        values: dict[str, Tensor] = {}
        shapes = {name: event_shape(type) for name, type in types.items()}
        with pyro.plate("rows", rows, dim=-1):
            for variable, id in network.answer.inputs:
                values[id] = pyro.deterministic(id, inputs[id], event_dim=len(shapes[variable]))
            for draw in network.answer.draws:
                module = modules[draw.fit]
                read = values_read(draw, values, types, rows)
                if isinstance(module, OfRows):
                    picked = module(pyro.sample(f"row of {draw.id}", _uniform(0.0, 1.0)), *read)
                    values |= _shown(draw, picked, shapes)
                    continue
                events = [shapes[variable] for variable in draw.fit.given]
                if isinstance(module, Splitting):
                    values |= _shown(draw, _block(draw, module, read, events), shapes)
                    continue
                law = Drawn(module, types[draw.variables[0]], read, events)
                values[draw.id] = pyro.sample(draw.id, law)
        return {variable: values[id] for variable, id in network.answer.outputs}

    return model


def _shown(draw: Draw, drawn: Any, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """A deterministic site for each value of a draw, by id."""
    values = drawn if isinstance(drawn, tuple) else (drawn,)
    return {
        id: pyro.deterministic(id, value, event_dim=len(shapes[variable]))
        for (variable, id), value in zip(draw.outputs, values, strict=True)
    }


def _block(
    draw: Draw, module: Splitting, read: Sequence[Tensor], events: Sequence[tuple[int, ...]]
) -> tuple[Tensor, ...]:
    """The values of a draw whose generator draws them as one stacked value."""
    target = module.stacked_type
    whole = pyro.sample(f"block of {draw.id}", Drawn(module.whole, target, read, events))
    event = event_shape(target)
    batch = whole.shape[: whole.ndim - len(event)]
    parts = module.split(whole.reshape(-1, *event))
    return tuple(
        part.reshape(*batch, *event_shape(type)) for part, type in zip(parts, module.types, strict=True)
    )


@public()
def observed(sampler: Sampler, values: Mapping[str, Any]) -> dict[str, Tensor]:
    """Encode the data's own values for `pyro.condition`; a single value stands for every row.

    Raises:
        DofxError: E0802 for a name that is not a variable of the sampler; also for invalid values.
    """
    strange = next((name for name in values if name not in sampler.types), None)
    if strange is not None:
        raise no_such("the sampler has no variable", strange, sampler.types)
    return {name: encode(sampler.types[name], value).squeeze(0) for name, value in values.items()}
