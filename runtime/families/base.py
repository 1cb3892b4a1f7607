"""The base class of all families: a generator that is rebuilt from a small JSON configuration."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from math import inf
from typing import Any, ClassVar, Self

from torch import Tensor, nn

from ..training.settings import FitReport, FitSettings
from ..variables import Text, VariableType, encoded_alike, parse_type
from .errors import cannot_draw, not_positive, size_out_of_range
from .joint import JointGenerator
from .protocol import Noise
from .relaxation import Relaxation

MOST_SIZE = 2**24
"""The greatest width, number of rows or other size in a family's options."""


class Configured(nn.Module, ABC):
    """A generator of dofx's own: JSON values rebuild it, and all that its training draws comes from the fit's seed."""

    family: ClassVar[str]
    layout: ClassVar[int] = 1
    """Part of `config`: raise it when `state_dict` changes, or means something else. Bundles of another layout
    are then refused with that reason, and caches train anew."""

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """The JSON values from which `from_config` rebuilds the module."""

    @classmethod
    @abstractmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The unfitted module that `config` describes."""


class Family(Configured):
    """The base of all families: a generator that draws `target` given `given`, both encoded.

    A subclass implements `forward` and `fit`, and keeps every option of its constructor in `options`. Then
    ``from_config(config())`` builds the same module, and ``load_state_dict`` fills it. Fitting may change the
    options, as where it finds atoms. A family with a density also has `log_prob`, and one of small networks
    `training_plan` (see `capabilities`). CONTRIBUTING.md says how to add a family.

    Args:
        target: Type of the drawn variable.
        given: Types of the conditions, in the order in which `forward` takes them.

    Raises:
        DofxError: E0410 for types that the family does not draw, E1002 for an option that no network can have.
    """

    may_be_nothing: ClassVar[frozenset[str]] = frozenset()
    """Options that may be 0."""
    noise: Noise
    unexportable: str | None = None
    """Why this family cannot be exported; None leaves the decision to torch."""

    def __init__(self, target: VariableType, given: Sequence[VariableType], **options: Any) -> None:
        super().__init__()
        self.require(target, given)
        for name, value in options.items():
            _require_size(name, value, 0 if name in self.may_be_nothing else 1)
        if any(isinstance(type, Text) for type in given):
            self.unexportable = "it reads text, which is cut into as many words as it has"
        self.target = target
        self.given = tuple(given)
        self.options = options

    @classmethod
    def require(cls, target: VariableType, given: Sequence[VariableType]) -> None:
        """Stop where the family cannot draw `target` given `given`.

        Raises:
            DofxError: E0410.
        """
        reason = cls.refuses(target, given)
        if reason is not None:
            raise cannot_draw(cls.family, reason)

    @classmethod
    @abstractmethod
    def refuses(cls, target: VariableType, given: Sequence[VariableType]) -> str | None:
        """Why the family cannot draw `target` given `given`, or None if it can."""

    @abstractmethod
    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Encoded values ``(rows, *event)``: a deterministic function of noise and conditions."""

    @abstractmethod
    def fit(
        self,
        target: Tensor,
        given: Sequence[Tensor],
        settings: FitSettings,
        weights: Tensor | None = None,
    ) -> FitReport:
        """Train in place on encoded rows, from a fresh start under the seed.

        Args:
            target: Encoded rows, ``(rows, *event)``.
            given: Encoded rows of each condition.
            settings: How to train.
            weights: How much each row counts, floats above 0 ``(rows,)`` with mean 1; None counts all alike.
        """

    @abstractmethod
    def relaxed(self, relaxation: Relaxation, noise: Tensor, *given: Tensor) -> Tensor:
        """As `forward`, but finite inputs and outputs are soft states ``(rows, states)`` instead of state numbers."""

    def misfit(self, target: VariableType, given: Sequence[VariableType]) -> str | None:
        """Why this generator cannot draw `target` given `given`, or None if it can.

        The family must draw such variables, and the generator must have been made for as many states and numbers.
        """
        made, asked = (self.target, *self.given), (target, *given)
        if len(made) == len(asked) and all(map(encoded_alike, made, asked)):
            return self.refuses(target, given)
        drawn, wanted = _conditional(made), _conditional(asked)
        return self.refuses(target, given) or f"it was made to draw {drawn}, and here it would draw {wanted}"

    def joined(self, types: Sequence[VariableType]) -> nn.Module:
        """The module that draws variables of these types, which are stacked in the value of this generator."""
        return JointGenerator(self, types)

    def likeness(self) -> Hashable:
        """Everything but the weights that decides what it draws: its options, its types and its sizes."""
        shapes = tuple((name, value.dtype, value.shape) for name, value in self.state_dict().items())
        kinds = tuple(type(each) for each in (self.target, *self.given))
        return kinds, shapes, str(self.options)

    def config(self) -> dict[str, Any]:
        """The JSON values from which `from_config` rebuilds the module."""
        types = {"target": str(self.target), "given": [str(type) for type in self.given]}
        return {"family": self.family, "layout": self.layout, **types, "options": dict(self.options)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The unfitted module that `config` describes."""
        given = [parse_type(type) for type in config["given"]]
        return cls(parse_type(config["target"]), given, **config["options"])


def _conditional(types: Sequence[VariableType]) -> str:
    """The types of a variable and of its conditions, in words."""
    target, *given = map(str, types)
    return f"{target} given {', '.join(given)}" if given else target


def _require_size(name: str, value: Any, least: int) -> None:
    """Stop at a width, or another number of a network's, that is too small or that no memory holds.

    Raises:
        DofxError: E1002.
    """
    if isinstance(value, (list, tuple)):
        for each in value:
            _require_size(name, each, least)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if isinstance(value, float) and not (0 < value < inf or (value == 0 and not least)):
            raise not_positive(name, value)
        if not isinstance(value, float) and not least <= value <= MOST_SIZE:
            raise size_out_of_range(name, value, least, MOST_SIZE)
