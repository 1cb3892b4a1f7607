"""Models of other libraries as generators: the conditions that they receive, and the values that they must return."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ..data.samples import Rows, own_numbers
from ..families.protocol import Noise
from ..variables import Finite, VariableType, encode, event_shape, nearest
from ..variables.faults import show
from . import errors

Call = TypeVar("Call", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Place:
    """The draw that a model of another library fills.

    Args:
        fit: The conditional, such as ``P(y | x)``.
        target: The variable that is drawn.
        type: Its type.
        given: The type of each condition, in the order in which a generator takes them.
    """

    fit: str
    target: str
    type: VariableType
    given: Mapping[str, VariableType]


def has(model: object, *names: str) -> bool:
    """Whether a model of another library has attributes of these names. An attribute whose access fails is missing."""
    try:
        return all(hasattr(model, name) for name in names)
    except Exception:  # whatever an object that someone else made raises
        return False


class Given(Rows):
    """The conditions of some rows, in the data's own values: ``given["x"]`` is a tensor ``(rows, *event)``.

    As in `Samples`, the tensor of a variable whose states are strings holds state numbers; `values_of` gives the
    strings, `to_pandas` a frame.

    Args:
        place: The draw that is filled.
        encoded: Encoded values of each condition.
        rows: Number of rows, with or without conditions.
        device: The device of the values; the target must be on it too.
    """

    def __init__(
        self, place: Place, encoded: Sequence[Tensor], rows: int, device: torch.device | str = "cpu"
    ) -> None:
        super().__init__(dict(zip(place.given, encoded, strict=True)), place.given)
        self.device = torch.device(device)
        self._place, self._rows = place, rows

    @property
    def rows(self) -> int:
        """The number of rows."""
        return self._rows

    def __getitem__(self, name: str) -> Tensor:
        if name not in self:
            raise unknown_condition(self._place, name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        return name in self.types

    def values_of(self, name: str) -> Any:
        """A condition's values in the data's own states, on the CPU: ``(rows, *event)``."""
        if name not in self:
            raise unknown_condition(self._place, name)
        return super().values_of(name)

    def matrix(self, columns: Sequence[str] | None = None) -> Tensor:
        """Conditions as the columns of a matrix, float32 ``(rows, width)``; vectors and images are flattened.

        Args:
            columns: The conditions, in this order; None takes the only one.
        """
        parts = [self[name].reshape(self.rows, -1).float() for name in columns_of(self._place, columns)]
        return (
            torch.cat(parts, dim=1)
            if parts
            else torch.zeros(self.rows, 0, dtype=torch.float32, device=self.device)
        )


class Foreign(nn.Module):
    """A model that dofx does not train. It has no ``fit``: it is only scored on held-out rows.

    Args:
        place: The draw that it fills.
    """

    family = "foreign"
    noise: Noise
    unexportable: str | None = None
    """Why it cannot be exported; None leaves the decision to torch."""

    given_again = ""
    """A description of the model, for whoever has to give it again when a bundle is loaded."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Encoded values ``(rows, *event)``, as of any generator."""
        return self.draw(noise, self.conditions(noise, given))

    def draw(self, noise: Tensor, given: Given) -> Tensor:
        """Encoded values ``(rows, *event)``, given conditions in the data's own values."""
        raise NotImplementedError

    def conditions(self, like: Tensor, given: Sequence[Tensor]) -> Given:
        """Encoded conditions in the data's own values, with the number of rows and the device of `like`."""
        return Given(self.place, given, like.shape[0], like.device)

    def own(self, target: Tensor) -> Tensor:
        """Encoded values of the target, in the data's own values."""
        return Rows({self.place.target: target}, {self.place.target: self.place.type})[self.place.target]

    def taken(self, values: Any, like: Tensor) -> Tensor:
        """Values that a model returned, encoded.

        Args:
            values: The data's own values, as a tensor, an array or a list; for strings also state numbers.
            like: Noise of the same rows.

        Raises:
            DofxError: E0412 for values that do not fit the draw.
        """
        place, rows = self.place, like.shape[0]
        if isinstance(values, Tensor):
            if values.device != like.device or not _fits(place.type, values, rows):
                raise mismatch(place, _described(values, rows), rows, like.device)
            if isinstance(place.type, Finite):
                return _states(place, values)
            return values.to(torch.promote_types(like.dtype, torch.float32))  # float64 in a graph of it
        if not hasattr(values, "__len__") or isinstance(values, (str, Mapping)) or len(values) != rows:
            length = f" of length {len(values)}" if hasattr(values, "__len__") else ""
            raise mismatch(place, f"{type(values).__name__}{length}", rows, like.device)
        return encode(place.type, values, what=f"what the generator of {place.fit} returns").to(like.device)


@dataclass(frozen=True, slots=True)
class Filling:
    """A model of another library that takes the place of a generator: ``fit(rows, generators={"y": filling})``.

    Args:
        make: A function from the draw to its generator.
        source: A description of the model, for the user.
    """

    make: Callable[[Place], Foreign]
    source: str

    def fill(self, place: Place) -> Foreign:
        """The generator for one place.

        Raises:
            DofxError: E0410 for a variable that such a model cannot draw, E0413 if it reads conditions that the
                draw does not have.
        """
        generator = self.make(place)
        generator.given_again = self.source
        return generator


def eager(call: Call) -> Call:
    """The same function, excluded from `torch.compile`, because it runs code of other libraries.

    torch's own optimizers are excluded by this function. The public `torch.compiler.disable` does the same, but imports
    the compiler at once, which takes a second of each process, even if it compiles nothing.
    """
    disable: Any = torch._disable_dynamo  # type: ignore[attr-defined]
    left: Call = disable(call)
    return left


def columns_of(place: Place, columns: Sequence[str] | None) -> Sequence[str]:
    """The conditions that a model reads as columns, in its own order.

    Raises:
        DofxError: E0413 for a name that is not a condition, and if the order is needed and missing.
    """
    if columns is None and len(place.given) > 1:
        raise errors.unknown_order(place.fit, tuple(place.given))
    strange = next((name for name in columns or () if name not in place.given), None)
    if strange is not None:
        raise unknown_condition(place, strange)
    return list(place.given) if columns is None else list(columns)


def unknown_condition(place: Place, name: str) -> Exception:
    """E0413: a model reads a variable that is not a condition of its draw."""
    return errors.unknown_condition(place.fit, name, tuple(place.given), nearest(name, place.given))


def mismatch(
    place: Place, got: str, rows: int, device: torch.device | str, dtype: torch.dtype | None = None
) -> Exception:
    """E0412: the values of a generator do not fit its draw; a dtype means that encoded values were expected."""
    shape = ", ".join(map(str, ("rows", *event_shape(place.type))))
    states = place.type.states if isinstance(place.type, Finite) else ()
    kind = "values" if dtype is None else str(dtype).removeprefix("torch.")
    expected = f"{place.type}: {kind} of shape ({shape}) on {device}"
    listed = [*map(show, states[:10]), *(["…"] if len(states) > 10 else [])]
    return errors.wrong_values(place.fit, place.target, expected, got, rows, dtype is not None, listed)


def _fits(type: VariableType, values: Tensor, rows: int) -> bool:
    return tuple(values.shape) == (rows, *event_shape(type)) and not values.is_complex()


def _described(values: Tensor, rows: int) -> str:
    shape = ["rows" if place == 0 and size == rows else str(size) for place, size in enumerate(values.shape)]
    dtype = str(values.dtype).removeprefix("torch.")
    return f"{dtype} of shape ({', '.join(shape)}) on {values.device}"


def _states(place: Place, values: Tensor) -> Tensor:
    """State numbers from the data's own numbers, or from values that are state numbers already."""
    assert isinstance(place.type, Finite)
    own = own_numbers(place.type)
    if own is None:
        numbers = values.long()
        known = (numbers >= 0) & (numbers < place.type.cardinality)
    else:
        same = values.unsqueeze(-1) == own.to(values.device)
        numbers, known = same.int().argmax(-1), same.any(-1)
    if not torch.compiler.is_compiling() and not bool(known.all()):
        strange = values[~known][0].item()
        raise mismatch(place, f"the value {strange}", len(values), values.device)
    return numbers
