"""The cost model: one number for the cost of training and running a sampling network."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import total_ordering
from math import prod

from ...grammar.syntax.program import TypeSyntax
from ..model.rows import Weight, weights_behind
from ..network.ir import Fit, SamplingNetwork

Sizes = Mapping[str, int]
"""For each variable with values of several numbers, such as an image, their count."""

TEXT_SIZE = 1_000
"""A text counts as this many numbers, because it is expensive."""


def size_of(type: TypeSyntax) -> int:
    """The count of numbers in a value of a declared type.

    >>> size_of(TypeSyntax("image", (1, 28, 28))), size_of(TypeSyntax("category", (3,)))
    (784, 1)
    """
    if type.kind == "text":
        return TEXT_SIZE
    sizes = type.arguments if type.kind in ("real", "image") else ()
    return prod(size for size in sizes if isinstance(size, int))


@dataclass(frozen=True, slots=True)
class Weights:
    """The weight of each part of the cost.

    Args:
        refit: Cost of a generator that trains on simulated rows: this is slow, and learns the simulation's errors.
        dimension: Cost of each number that a generator makes.
        generator: Cost of each generator, whatever it makes.
        condition: Cost of each number that a generator reads.
        row: Cost of each number that comes from real rows; it is kept, and nothing is trained.
        widening: Cost of each number by which a choice of `fuse` widens the widest conditional.
        hole: Cost of each column with holes that the rows of a generator must show: fewer rows train it.
        chance: Cost of each chance of a hole that has to be learnt, so that rows can be weighted by it.
        holes: Cost of certain columns with holes, in place of `hole`.
    """

    refit: float = 1_000.0
    dimension: float = 10.0
    generator: float = 2.0
    condition: float = 1.0
    row: float = 0.1
    widening: float = 25.0
    hole: float = 20.0
    chance: float = 100.0
    holes: tuple[tuple[str, float], ...] = ()


WEIGHTS = Weights()


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Cost:
    """The cost of a network; costs are compared by their totals.

    >>> one, other = Cost(0, 785, 2, 3), Cost(1, 1, 1, 1)
    >>> one > other, str(other)
    (True, '1 refit, 1 generator of 1 number, 1 condition')

    Args:
        refits: Number of generators that train on simulated rows.
        dimensions: Count of numbers that generators make.
        generators: Number of generators to train.
        conditions: Count of numbers that they read.
        rows: Count of numbers that come from real rows.
        folded: Number of tables that are computed from others, which costs next to nothing.
        holes: Number of columns with holes that rows must show, each counted for each generator.
        chances: Number of chances of holes that are learnt to weight rows by.
        weights: The weight of each part.
        beyond: What these columns cost beyond the weight `hole` of each.
    """

    refits: int
    dimensions: int
    generators: int
    conditions: int
    rows: int = 0
    folded: int = 0
    holes: int = 0
    chances: int = 0
    weights: Weights = WEIGHTS
    beyond: float = 0.0

    @property
    def total(self) -> float:
        """The weighted sum."""
        w = self.weights
        parts = (self.refits * w.refit, self.dimensions * w.dimension, self.generators * w.generator)
        made = sum(parts) + self.conditions * w.condition + self.rows * w.row
        return made + self.holes * w.hole + self.beyond + self.chances * w.chance

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
        holes = [f"{_count(self.holes, 'column')} with holes to show"] if self.holes else []
        chances = [f"{_count(self.chances, 'chance')} of holes to learn"] if self.chances else []
        return ", ".join([*refits, *made, *folded, *rows, *holes, *chances])


def cost(network: SamplingNetwork, sizes: Sizes | None = None, weights: Weights = WEIGHTS) -> Cost:
    """The cost of a network: its distinct generators, each counted once however often it draws.

    Variables that are drawn from the data without conditions come from real rows. A folded table is computed.

    >>> from ..printers.network.text import parse_network
    >>> network = parse_network("network P(y | do(x))\\nanswer (y ‖ x)\\n  z ~ P(z)\\n  y ~ P(y | z, x)")
    >>> print(cost(network))
    1 generator of 1 number, 2 conditions, 1 number from real rows
    >>> print(cost(network, {"z": 784}))
    1 generator of 1 number, 785 conditions, 784 numbers from real rows
    """
    return cost_of(network.fits, sizes, weights)


def cost_of(fits: Iterable[Fit], sizes: Sizes | None = None, weights: Weights = WEIGHTS) -> Cost:
    """The cost of some generators; a variable that comes from real rows counts once."""
    refits = dimensions = generators = conditions = folded = 0
    kept: set[str] = set()
    weighed: dict[Weight, None] = {}
    shown: list[str] = []
    for fit in dict.fromkeys(fits):
        shown += fit.rows.shows
        weighed |= dict.fromkeys(weights_behind(fit.rows))
        if fit.from_rows:
            kept.update(fit.targets)
            continue
        if fit.is_folded:
            folded += 1
            continue
        generators += 1
        refits += fit.is_refit
        dimensions += _numbers(fit.targets, sizes)
        conditions += _numbers(fit.given, sizes)
    rows, chances = _numbers(kept, sizes), sum(weight.learnt for weight in weighed)
    own = dict(weights.holes)
    beyond = sum(own[name] - weights.hole for name in shown if name in own)
    return Cost(
        refits, dimensions, generators, conditions, rows, folded, len(shown), chances, weights, beyond
    )


def _numbers(names: Collection[str], sizes: Sizes | None) -> int:
    """How many numbers some variables have. Long chains have conditionals with thousands of conditions."""
    return sum(sizes.get(name, 1) for name in names) if sizes else len(names)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
