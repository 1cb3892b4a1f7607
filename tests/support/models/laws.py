"""Toy conditional distributions whose truth is known, for the behavioural test of every generator family."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from dofx.runtime.families import Family
from dofx.runtime.training.settings import FitReport, FitSettings
from dofx.runtime.variables import Finite, Image, Real, Text, VariableType, encode, event_shape, parse_type

ROWS = 3_000
SMALL: dict[str, dict[str, int]] = {
    "flow-matching": {"width": 8, "steps": 4},
    "ddpm": {"width": 8, "steps": 5},
}
"""Options of families of images, so that they learn small ones in seconds."""


@dataclass(frozen=True)
class Law:
    """P(target | given), to be sampled at will.

    Args:
        name: For the test's id.
        target: Type of what is drawn.
        given: Types of the conditions.
        draw: Rows of the target from a random source and conditions.
        at: Two settings of the conditions at which the fit is compared with the truth.
        even: Whether images that are conditions are nearly of one brightness each, as those of `at` are.
    """

    name: str
    target: VariableType
    given: tuple[VariableType, ...]
    draw: Callable[[torch.Generator, list[Tensor], int], Tensor]
    at: tuple[tuple[float, ...], ...]
    even: bool = False

    def conditions(self, rows: int, seed: int = 0) -> list[Tensor]:
        """Random conditions: states uniform, reals standard normal, pixels too but for what is even."""
        source = torch.Generator().manual_seed(seed)
        return [
            torch.randint(type.cardinality, (rows,), generator=source)
            if isinstance(type, Finite)
            else _even_images(source, type, rows)
            if isinstance(type, Image) and self.even
            else torch.randn(rows, *event_shape(type), generator=source)
            for type in self.given
        ]

    def rows(self, rows: int = ROWS, seed: int = 0) -> tuple[Tensor, list[Tensor]]:
        """A data set: target and conditions."""
        given = self.conditions(rows, seed)
        return self.draw(torch.Generator().manual_seed(seed + 1), given, rows), given

    def fixed(self, values: tuple[float, ...], rows: int) -> list[Tensor]:
        """Conditions that are the same in all rows."""
        dtypes = [torch.int64 if isinstance(type, Finite) else torch.float32 for type in self.given]
        pairs = zip(values, dtypes, strict=True)
        fixed = [torch.full((rows,), value, dtype=dtype) for value, dtype in pairs]
        return [
            value.reshape(rows, *[1] * len(event_shape(type))).expand(rows, *event_shape(type))
            for value, type in zip(fixed, self.given, strict=True)
        ]


def unfitted(family: type[Family], law: Law) -> Family:
    """A generator of that family, small where the law is an image."""
    if isinstance(law.target, Image) and family.family in SMALL:
        return family(law.target, law.given, **SMALL[family.family])
    return family(law.target, law.given)


@cache
def fit(family: type[Family], law: Law) -> tuple[Family, FitReport]:
    """A generator of that family, fitted on `ROWS` rows of the law, and what fitting reached."""
    generator = unfitted(family, law)
    target, given = law.rows()
    epochs = 16 if isinstance(law.target, Image) else None
    with torch.enable_grad():  # a test without gradients may be the first to need it
        report = generator.fit(target, given, FitSettings(seed=3, epochs=epochs))
    return generator.eval(), report


def fitted(family: type[Family], law: Law) -> Family:
    """A generator of that family, fitted on `ROWS` rows of the law."""
    return fit(family, law)[0]


def _uniform(source: torch.Generator, rows: int) -> Tensor:
    return torch.rand(rows, generator=source)


def _normal(source: torch.Generator, rows: int) -> Tensor:
    return torch.randn(rows, generator=source)


def _even_images(source: torch.Generator, type: Image, rows: int) -> Tensor:
    brightness = torch.randn(rows, 1, 1, 1, generator=source)
    return brightness + 0.3 * torch.randn(rows, *event_shape(type), generator=source)


def _coin(source: torch.Generator, given: list[Tensor], rows: int) -> Tensor:
    return (_uniform(source, rows) < 0.3).long()


def _three_states(source: torch.Generator, given: list[Tensor], rows: int) -> Tensor:
    table = torch.tensor([[[0.2, 0.7], [0.9, 0.95], [0.1, 0.1]], [[0.4, 0.5], [0.0, 0.6], [0.3, 1.0]]])
    return (_uniform(source, rows)[:, None] >= table[given[0], given[1]]).sum(-1)


def _logistic(source: torch.Generator, given: list[Tensor], rows: int) -> Tensor:
    return (_uniform(source, rows) < torch.sigmoid(2 * given[0] * (2 * given[1] - 1))).long()


def _skewed(source: torch.Generator, given: list[Tensor], rows: int) -> Tensor:
    return torch.exp(0.5 * _normal(source, rows))


def _bimodal(source: torch.Generator, given: list[Tensor], rows: int) -> Tensor:
    side = torch.where(_uniform(source, rows) < 0.3 + 0.4 * given[0], 1.0, -1.0)
    return 2 * side + given[1] + 0.4 * _normal(source, rows)


def _often_zero(source: torch.Generator, given: list[Tensor], rows: int) -> Tensor:
    zero = _uniform(source, rows) < 0.1 + 0.4 * given[0]
    return torch.where(zero, 0.0, torch.exp(1 + 0.5 * given[1] + 0.4 * _normal(source, rows)))


def _few_values(source: torch.Generator, given: list[Tensor], rows: int) -> Tensor:
    return 0.5 + (_uniform(source, rows)[:, None] >= torch.tensor([0.2, 0.6])).sum(-1)


def _ring(source: torch.Generator, given: list[Tensor], rows: int) -> Tensor:
    angle = 2 * math.pi * _uniform(source, rows)
    circle = torch.stack([angle.cos(), angle.sin()], -1) * (1 + given[0])[:, None]
    return circle + 0.2 * torch.randn(rows, 2, generator=source)


def _stripes(source: torch.Generator, given: list[Tensor], rows: int) -> Tensor:
    """Stripes, upright or not, on a background as bright as the mean of another image, of any brightness."""
    stripes = torch.tensor([1.0, -1.0]).repeat(2).expand(4, 4)
    either = torch.where((given[0] == 1)[:, None, None], stripes, stripes.T)
    bright = given[1].flatten(1).mean(1) + _normal(source, rows)
    return (either + bright[:, None, None] + 0.3 * torch.randn(rows, 4, 4, generator=source)).unsqueeze(1)


def _bright(source: torch.Generator, given: list[Tensor], rows: int) -> Tensor:
    """Whether the mean of an image of any brightness is high."""
    return (_uniform(source, rows) < torch.sigmoid(2 * given[0].flatten(1).mean(1))).long()


def _by_brightness(source: torch.Generator, given: list[Tensor], rows: int) -> Tensor:
    return given[0].flatten(1).mean(1) + (0.5 + given[1]) * _normal(source, rows)


def _note(source: torch.Generator, given: list[Tensor], rows: int) -> Tensor:
    notes = encode(NOTE, ["well", "dry cough", "dry cough, fever"])
    return notes[(_uniform(source, rows) < 0.3 + 0.4 * given[0]).long() * (1 + given[1])]


NOTE = Text(20)
BOOL, THREE = parse_type("bool"), parse_type("category(3)")
LAWS = (
    Law("coin", BOOL, (), _coin, ((),)),
    Law("three-states", THREE, (BOOL, THREE), _three_states, ((0, 1), (1, 0))),
    Law("logistic", BOOL, (Real(), BOOL), _logistic, ((-1, 1), (0.5, 0))),
    Law("skewed", Real(), (), _skewed, ((),)),
    Law("bimodal", Real(), (BOOL, Real()), _bimodal, ((0, -1), (1, 0.5))),
    Law("often-zero", Real(), (BOOL, Real()), _often_zero, ((0, -1), (1, 0.5))),
    Law("few-values", Real(), (), _few_values, ((),)),
    Law("ring", Real((2,)), (BOOL,), _ring, ((0,), (1,))),
    Law("stripes", Image(1, 4, 4), (BOOL, Image(1, 2, 2)), _stripes, ((0, -0.5), (1, 0.5))),
    Law("bright", BOOL, (Image(1, 2, 2),), _bright, ((-0.3,), (0.5,)), even=True),
    Law("by-brightness", Real(), (Image(1, 2, 2), BOOL), _by_brightness, ((-0.3, 0), (0.5, 1)), even=True),
    Law("note", NOTE, (BOOL, BOOL), _note, ((0, 1), (1, 0))),
)
"""A new kind of target or condition joins this tuple, and every family that accepts it is tested on it."""
