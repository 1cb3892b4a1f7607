"""Napkin Coloured MNIST: a world of coloured digits of which everything is known, its interventions included.

The structural equations are those that the authors of ID-GEN give with their code (Rahman, Jordan and Kocaoglu,
NeurIPS 2024, arXiv 2402.07419): ``w1 -> w2 -> x -> y`` and ``x <-> w1 <-> y``, where

- nobody observes a colour (6), which w1 and y share, nor a thickness (3), which w1 and x share;
- w1 is an image of a digit in this colour and thickness;
- w2 is a label: w1's digit, and which half of the colours w1's colour is in;
- x is an image, turned by a quarter: w2's digit, red or green for the half, in the thickness;
- y is x written again in the colour: the same hand, maybe another pen, mirrored if so asked for.

Each arrow is noisy: a label, a colour or a thickness is replaced by an even draw with probability 0.1. How much noise
the authors take they do not say; how thickness is made is ours (`glyphs.redrawn`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from glyphs import STATES, Glyphs, redrawn
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]
COLOURS = torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], dtype=torch.uint8)
SHAPE = (STATES, len(COLOURS), 3)
"""How many digits, colours and thicknesses there are."""
HALVES = 2
NOISE = 0.1
GRAPH = "w1 -> w2 -> x -> y; x <-> w1 <-> y"


@dataclass(frozen=True)
class Attributes:
    """What an image shows: a digit, a colour and a thickness, each int64 ``(rows,)``."""

    digit: Tensor
    colour: Tensor
    thickness: Tensor

    @property
    def cell(self) -> Tensor:
        """The three as one number, the thickness running fastest."""
        return (self.digit * SHAPE[1] + self.colour) * SHAPE[2] + self.thickness


def noisy(states: int, noise: float = NOISE) -> Array:
    """The channel that replaces a state by an even draw now and then: ``(states, states)``, rows sum to 1."""
    return (1 - noise) * np.eye(states) + noise / states


DIGIT, COLOUR, THICKNESS, HALF = (noisy(states) for states in (*SHAPE, HALVES))
HALF_OF_COLOUR = HALF[np.arange(SHAPE[1]) // (SHAPE[1] // HALVES)]


def joint() -> Array:
    """``P(x, y)`` of the attributes, by enumeration: ``(digit, half, thickness, *SHAPE)``."""
    even = [np.full(states, 1 / states) for states in SHAPE]
    return np.einsum(
        "d,c,t,dD,ch,tT,Di,cj,Tk->DhTijk",
        *even,
        DIGIT,
        HALF_OF_COLOUR,
        THICKNESS,
        np.eye(STATES),
        COLOUR,
        THICKNESS,
    )


def seen() -> Array:
    """``P(y | x)``: as `truth`, where x is only seen."""
    pairs = joint()
    return pairs / pairs.sum((3, 4, 5), keepdims=True)


def truth() -> Array:
    """``P(y | do(x))``, by enumeration: ``(digit, half, thickness)`` of x, then ``(digit, colour, thickness)``.

    Setting x cuts it off from w2 and the thickness; y's colour is then that of the latent alone.
    """
    colours = np.full(SHAPE[1], 1 / SHAPE[1]) @ COLOUR
    answer = np.einsum("Di,j,Tk->DTijk", np.eye(STATES), colours, THICKNESS)
    return np.broadcast_to(answer[:, None], (STATES, HALVES, SHAPE[2], *SHAPE)).copy()


class World:
    """Rows of the napkin, as they are seen and as they are under intervention.

    Args:
        glyphs: Digits to write with.
        size: Of the images, in pixels.
        mirrored: Whether y is mirrored. A network of a few convolutions learns that only with much training.
    """

    def __init__(self, glyphs: Glyphs, size: int, mirrored: bool = False) -> None:
        self.size, self.mirrored = size, mirrored
        self.pens = redrawn(glyphs.images, size)
        self.of_digit = [torch.nonzero(glyphs.labels == digit).flatten() for digit in range(STATES)]

    def observed(self, rows: int, seed: int) -> dict[str, Tensor]:
        """Observational rows: w1, x and y are images, w2 a label of ``STATES * HALVES`` states."""
        source = torch.Generator().manual_seed(seed)
        digit, colour, thickness = (torch.randint(n, (rows,), generator=source) for n in SHAPE)
        label, half = _through(DIGIT, digit, source), _through(HALF_OF_COLOUR, colour, source)
        first = Attributes(digit, colour, thickness)
        set_to = Attributes(label, half, _through(THICKNESS, thickness, source))
        hand = self.hands(label, source)
        return {
            "w1": self.image(first, self.hands(digit, source)),
            "w2": label * HALVES + half,
            "x": self.x(set_to, hand),
            "y": self.y(_outcome(set_to, colour, source), hand),
        }

    def intervened(self, x: Attributes, hand: Tensor, seed: int) -> tuple[Tensor, Attributes]:
        """True samples of y under ``do(x)``, and what they show."""
        source = torch.Generator().manual_seed(seed)
        colour = torch.randint(SHAPE[1], x.digit.shape, generator=source)
        attributes = _outcome(x, colour, source)
        return self.y(attributes, hand), attributes

    def x(self, attributes: Attributes, hand: Tensor) -> Tensor:
        """Images of x: turned by a quarter."""
        return self.image(attributes, hand).rot90(1, (-2, -1))

    def y(self, attributes: Attributes, hand: Tensor) -> Tensor:
        """Images of y: turned as x is, and mirrored in a mirrored world."""
        images = self.x(attributes, hand)
        return images.flip(-1) if self.mirrored else images

    def hands(self, digit: Tensor, source: torch.Generator) -> Tensor:
        """For each digit, which of its like is to be written, picked at random; int64 ``(rows,)``."""
        order = torch.rand(digit.shape, generator=source)
        chosen = torch.empty_like(digit)
        for state, pool in enumerate(self.of_digit):
            mine = digit == state
            chosen[mine] = pool[(order[mine] * len(pool)).long().clamp(max=len(pool) - 1)]
        return chosen

    def image(self, attributes: Attributes, hand: Tensor) -> Tensor:
        """Images ``(rows, 3, size, size)`` in 0 to 1."""
        ink = self.pens[attributes.thickness, hand]
        return (ink.unsqueeze(1) * COLOURS[attributes.colour][:, :, None, None]).float() / 255


def _outcome(x: Attributes, colour: Tensor, source: torch.Generator) -> Attributes:
    """What y shows, from x and the latent colour."""
    return Attributes(x.digit, _through(COLOUR, colour, source), _through(THICKNESS, x.thickness, source))


def _through(channel: Array, states: Tensor, source: torch.Generator) -> Tensor:
    """What comes out of a channel, for each state that goes in."""
    rows = torch.from_numpy(channel)[states]
    picked = torch.rand(len(states), 1, dtype=torch.float64, generator=source)
    return (rows.cumsum(1) < picked).sum(1).clamp(max=channel.shape[1] - 1)
