"""The cost model: what it takes to train and run a sampling network, in one number made of four."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import total_ordering
from math import prod

from ...grammar.syntax import TypeSyntax
from ..network.ir import Fit, Folded, SamplingNetwork, Simulated

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
        row: A number in what comes from real rows: it is kept, and nothing is trained.
        widening: A number by which the widest conditional becomes wider, where a choice of `fuse` does that.
    """

    refit: float = 1_000.0
    dimension: float = 10.0
    generator: float = 2.0
    condition: float = 1.0
    row: float = 0.1
    widening: float = 25.0


WEIGHTS = Weights()


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Cost:
    """What a network costs; costs are compared by their totals.

    >>> one, other = Cost(0, 785, 2, 3), Cost(1, 1, 1, 1)
    >>> one > other, str(other)
    (True, '1 refit, 1 generator of 1 number, 1 condition')

    Args:
        refits: Generators that train on simulated rows.
        dimensions: Numbers that generators make.
        generators: Generators to train.
        conditions: Numbers that they read.
        rows: Numbers that come from real rows.
        folded: Tables that are computed from others, which costs next to nothing.
        weights: What each counts.
    """

    refits: int
    dimensions: int
    generators: int
    conditions: int
    rows: int = 0
    folded: int = 0
    weights: Weights = WEIGHTS

    @property
    def total(self) -> float:
        """The weighted sum."""
        w = self.weights
        parts = (self.refits * w.refit, self.dimensions * w.dimension, self.generators * w.generator)
        return sum(parts) + self.conditions * w.condition + self.rows * w.row

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cost) and self.total == other.total

    def __lt__(self, other: Cost) -> bool:
        return self.total < other.total

    def __hash__(self) -> int:
        return hash(self.total)

    def __str__(self) -> str:
        sizes = f"{_count(self.generators, 'generator')} of {_count(self.dimensions, 'number')}"
        refits = [_count(self.refits, "refit")] if self.refits else []
        made = [sizes, _count(self.conditions, "condition")] if self.generators else []
        rows = [f"{_count(self.rows, 'number')} from real rows"] if self.rows else []
        folded = [_count(self.folded, "folded table")] if self.folded else []
        return ", ".join([*refits, *made, *folded, *rows])


def cost(network: SamplingNetwork, sizes: Sizes | None = None, weights: Weights = WEIGHTS) -> Cost:
    """What a network costs: its distinct generators, each counted once however often it draws.

    What is drawn from the data without conditions comes from real rows. A folded table is computed.

    >>> from ..printers.network_text import parse_network
    >>> network = parse_network("network P(y | do(x))\\nanswer (y ‖ x)\\n  z ~ P(z)\\n  y ~ P(y | z, x)")
    >>> print(cost(network))
    1 generator of 1 number, 2 conditions, 1 number from real rows
    >>> print(cost(network, {"z": 784}))
    1 generator of 1 number, 785 conditions, 784 numbers from real rows
    """
    return cost_of(network.fits, sizes, weights)


def cost_of(fits: Iterable[Fit], sizes: Sizes | None = None, weights: Weights = WEIGHTS) -> Cost:
    """What some generators cost; a variable that comes from real rows is kept once."""
    size = (sizes or {}).get
    refits = dimensions = generators = conditions = folded = 0
    kept: set[str] = set()
    for fit in dict.fromkeys(fits):
        made = sum(size(name, 1) for name in fit.targets)
        if fit.from_rows:
            kept.update(fit.targets)
            continue
        if isinstance(fit.source, Folded):
            folded += 1
            continue
        generators += 1
        refits += isinstance(fit.source, Simulated)
        dimensions += made
        conditions += sum(size(name, 1) for name in fit.given)
    rows = sum(size(name, 1) for name in kept)
    return Cost(refits, dimensions, generators, conditions, rows, folded, weights)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
