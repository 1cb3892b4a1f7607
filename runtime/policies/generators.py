"""Generators that follow a policy: a function, a torch module or the formula of a shift."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from inspect import Parameter, signature
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..data.samples import own_numbers
from ..families.protocol import Noise
from ..families.relaxation import Relaxation
from ..families.table import TableGenerator
from ..foreign.foreign import Foreign, Given, Place, eager, mismatch
from ..variables import Finite, VariableType
from .errors import not_given

MOST_CELLS = 1 << 16
"""The largest table that a policy is computed to, by asking it once for each combination of states."""


class Unbound(nn.Module):
    """The place of a policy that was not given: it draws nothing, and reports what is missing.

    Args:
        name: The name of the policy.
        reads: What it reads, in words.
    """

    unexportable = "it is a policy that was not given"

    def __init__(self, name: str, reads: Sequence[str]) -> None:
        super().__init__()
        self.name, self.reads = name, tuple(reads)
        self.noise = Noise((), "uniform")

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Always an error.

        Raises:
            DofxError: E0460.
        """
        raise self.missing

    @property
    def missing(self) -> Exception:
        """What is reported."""
        return not_given(self.name, self.reads)


class PolicyGenerator(Foreign):
    """A policy that is computed from what it reads, row by row.

    Args:
        place: The draw that it fills; conditions are named as the policy reads them.
    """

    family = "policy"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.noise = Noise((), "uniform")

    @property
    def certain(self) -> bool:
        """Whether equal values that it reads give equal values that it sets."""
        return True

    def chances(self, noise: Tensor, given: Sequence[Tensor]) -> Tensor:
        """The probability of each state, float64 ``(rows, states)``."""
        assert isinstance(self.place.type, Finite)
        drawn = self.forward(noise, *given)
        return nn.functional.one_hot(drawn, self.place.type.cardinality).double()

    @torch.no_grad()
    def as_table(self) -> TableGenerator | None:
        """The policy as a table; None if a variable is not finite, or the policy draws random numbers of its own."""
        types = (*self.place.given.values(), self.place.type)
        sizes = [type.cardinality for type in types if isinstance(type, Finite)]
        if len(sizes) < len(types) or prod(sizes) > MOST_CELLS or not self.certain:
            return None
        states = torch.unravel_index(torch.arange(prod(sizes[:-1])), tuple(sizes[:-1])) if sizes[:-1] else ()
        chances = self.chances(torch.full((prod(sizes[:-1]),), 0.5), states)
        table = TableGenerator(self.place.type, list(self.place.given.values()), smoothing=0.0)
        table.set_table(chances.reshape(sizes))
        return table


class FunctionPolicy(PolicyGenerator):
    """A function of NumPy arrays, and of a source of random numbers if it takes one.

    Args:
        place: The draw that it fills.
        function: Takes an array ``(rows, *event)`` for each value that the policy reads, in the data's own values and
            in the order written, and returns the values that it sets: an array of as many rows, or one value for all.
    """

    unexportable = "it is a Python function"

    def __init__(self, place: Place, function: Callable[..., Any]) -> None:
        super().__init__(place)
        self.function = function
        self._random = takes_random(function, len(place.given))

    @property
    def certain(self) -> bool:
        """Whether it draws no random numbers."""
        return self._random is None

    @eager
    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Encoded values ``(rows, *event)``."""
        read = self.conditions(noise, given)
        arrays = [read.values_of(name) for name in self.place.given]
        random = {} if self._random in (None, "") else {self._random: _random_of(noise)}
        last = [_random_of(noise)] if self._random == "" else []
        try:
            values = self.function(*arrays, *last, **random)
        except Exception as error:
            names = ", ".join(self.place.given) or "nothing"
            error.add_note(
                f"{self.place.fit} is called once for many rows, with an array for each of: {names}"
            )
            raise
        if np.ndim(values) == 0 and not isinstance(values, Tensor):
            values = np.full(len(noise), values)
        return self.taken(values, noise)


def takes_random(function: Callable[..., Any], reads: int) -> str | None:
    """How a function takes its source of random numbers: by a name, as its last argument (""), or not at all (None).

    >>> takes_random(lambda z, rng: z, 1), takes_random(lambda z, source: z, 1), takes_random(abs, 1)
    ('rng', '', None)
    """
    try:
        parameters = signature(function).parameters
    except (TypeError, ValueError):  # a function of another language, which describes nothing
        return None
    named = parameters.get("rng")
    if named is not None and named.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY):
        return "rng"
    places = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    needed = [p for p in parameters.values() if p.kind in places and p.default is Parameter.empty]
    return "" if len(needed) == reads + 1 else None


def _random_of(noise: Tensor) -> np.random.Generator:
    """A source of random numbers that the noise of the first row seeds, so that equal seeds give equal rows."""
    first = noise[:1].detach().cpu().numpy().tobytes()
    return np.random.default_rng(int.from_bytes(blake2b(first, digest_size=16).digest(), "little"))


class ModulePolicy(PolicyGenerator):
    """A torch module of tensors. Gradients pass through it, to what it reads and to its parameters.

    Args:
        place: The draw that it fills.
        module: Takes a tensor ``(rows, *event)`` for each value that the policy reads, in the order written: the data's
            own numbers, or state numbers of a variable whose states are texts. It returns the data's own values
            ``(rows, *event)``; or for a finite variable logits of its states, ``(rows, states)``.
    """

    def __init__(self, place: Place, module: nn.Module) -> None:
        super().__init__(place)
        self.module = module

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Encoded values ``(rows, *event)``."""
        values = self._called(noise, given)
        if self._logits(values):
            return (noise.unsqueeze(-1) >= _cdf(values)).sum(-1)
        return self.taken(values, noise)

    def relaxed(self, relaxation: Relaxation, noise: Tensor, *given: Tensor) -> Tensor:
        """As `forward`, but finite variables are soft states ``(rows, states)``.

        The module gets the mean of the states that it reads, which has a gradient. A module that looks them up in a
        table takes no mean: it gets the states themselves, where these have no gradient.

        Raises:
            DofxError: E0412 if the module returns states rather than logits, which have no gradient.
        """
        types = self.place.given.values()
        try:
            values = self.module(*(_mean(value, type) for value, type in zip(given, types, strict=True)))
        except (IndexError, RuntimeError) as error:
            hard = [_hard(value, type) for value, type in zip(given, types, strict=True)]
            if any(value is None for value in hard):
                error.add_note(
                    "a relaxed graph gives a policy the mean of the states that it reads, as numbers"
                )
                raise
            values = self._called(noise, [value for value in hard if value is not None])
        if not isinstance(self.place.type, Finite):
            return self.taken(values, noise)
        if not self._logits(values):
            raise mismatch(
                self.place, "states, which have no gradient; logits have one", len(noise), noise.device
            )
        return relaxation.states(noise, _cdf(values))

    def chances(self, noise: Tensor, given: Sequence[Tensor]) -> Tensor:
        """The probability of each state, float64 ``(rows, states)``."""
        values = self._called(noise, given)
        if self._logits(values):
            chances: Tensor = values.double().softmax(-1)
            return chances
        return super().chances(noise, given)

    def _called(self, noise: Tensor, given: Sequence[Tensor]) -> Any:
        read: Given = self.conditions(noise, given)
        return self.module(*(read[name] for name in self.place.given))

    def _logits(self, values: Any) -> bool:
        type = self.place.type
        return (
            isinstance(values, Tensor)
            and isinstance(type, Finite)
            and values.shape[1:] == (type.cardinality,)
        )


def _mean(value: Tensor, type: VariableType) -> Tensor:
    """Soft states as the mean of their numbers; other values as they are."""
    if not isinstance(type, Finite):
        return value
    own = own_numbers(type)
    numbers = torch.arange(type.cardinality) if own is None else own
    numbers = numbers.to(value.device, value.dtype if value.is_floating_point() else torch.float32)
    found: Tensor = value @ numbers if value.ndim > 1 else numbers[value]
    return found


def _hard(value: Tensor, type: VariableType) -> Tensor | None:
    """Soft states as the states that they are; None where they mix some, or have a gradient. Other values stay."""
    if not isinstance(type, Finite) or value.ndim == 1:
        return value
    whole = not value.requires_grad and bool((value.amax(-1) == 1).all())
    return value.argmax(-1) if whole else None


def _cdf(logits: Tensor) -> Tensor:
    """Cumulative probabilities of all states but the last, ``(rows, states - 1)``."""
    return logits.softmax(-1).cumsum(-1)[..., :-1]
