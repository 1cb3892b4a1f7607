"""The cost model: what it takes to train and run a sampling network, in one number made of four."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import total_ordering
from math import prod

from ...grammar.syntax import TypeSyntax
from ..network.ir import Fit, SamplingNetwork, Simulated

Sizes = Mapping[str, int]
"""How many numbers a variable's value is made of, where that is more than one: an image, say, is large."""

TEXT_SIZE = 1_000
"""A text counts as so many numbers: it is dear."""


def size_of(type: TypeSyntax) -> int:
    """How many numbers a value of a declared type is made of.

    >>> size_of(TypeSyntax("image", (1, 28, 28))), size_of(TypeSyntax("category", (3,)))
    (784, 1)
    """
    if type.kind == "text":
        return TEXT_SIZE
    sizes = type.arguments if type.kind in ("real", "image") else ()
    return prod(size for size in sizes if isinstance(size, int))


@dataclass(frozen=True, slots=True)
class Weights:
    """What each thing counts.

    Args:
        refit: Simulating rows and training on them: slow, and errors of the simulation are learned too.
        dimension: A number in what a generator makes.
        generator: A generator, whatever it makes.
        condition: A number in what a generator reads.
        widening: A number by which the widest conditional becomes wider, where a choice of `fuse` does that.
    """

    refit: float = 1_000.0
    dimension: float = 10.0
    generator: float = 2.0
    condition: float = 1.0
    widening: float = 25.0


WEIGHTS = Weights()


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Cost:
    """What a network costs; costs are compared by their totals.

    >>> one, other = Cost(0, 785, 2, 3), Cost(1, 1, 1, 1)
    >>> one > other, str(other)
    (True, '1 refit, 1 generator of 1 number, 1 condition')
    """

    refits: int
    dimensions: int
    generators: int
    conditions: int
    weights: Weights = WEIGHTS

    @property
    def total(self) -> float:
        """The weighted sum."""
        w = self.weights
        parts = (self.refits * w.refit, self.dimensions * w.dimension, self.generators * w.generator)
        return sum(parts) + self.conditions * w.condition

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cost) and self.total == other.total

    def __lt__(self, other: Cost) -> bool:
        return self.total < other.total

    def __hash__(self) -> int:
        return hash(self.total)

    def __str__(self) -> str:
        made = f"{_count(self.generators, 'generator')} of {_count(self.dimensions, 'number')}"
        refits = [_count(self.refits, "refit")] if self.refits else []
        return ", ".join([*refits, made, _count(self.conditions, "condition")])


def cost(network: SamplingNetwork, sizes: Sizes | None = None, weights: Weights = WEIGHTS) -> Cost:
    """What a network costs: its distinct generators, each counted once however often it draws.

    >>> from ..network.text import parse_network
    >>> network = parse_network("network P(y | do(x))\\nanswer (y ‖ x)\\n  z ~ P(z)\\n  y ~ P(y | z, x)")
    >>> print(cost(network))
    2 generators of 2 numbers, 2 conditions
    >>> print(cost(network, {"z": 784}))
    2 generators of 785 numbers, 785 conditions
    """
    return cost_of(network.fits, sizes, weights)


def cost_of(fits: Iterable[Fit], sizes: Sizes | None = None, weights: Weights = WEIGHTS) -> Cost:
    """What some generators cost."""
    size = (sizes or {}).get
    refits = dimensions = generators = conditions = 0
    for fit in dict.fromkeys(fits):
        generators += 1
        refits += isinstance(fit.source, Simulated)
        dimensions += size(fit.target, 1)
        conditions += sum(size(name, 1) for name in fit.given)
    return Cost(refits, dimensions, generators, conditions, weights)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
