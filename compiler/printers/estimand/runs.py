"""Long sets of names, abridged: runs of consecutive variables, so that a formula stays linear in its graph.

A chain of a thousand confounded variables conditions its factors on half a million names. Sets are bit masks
over one order, and such sets are few runs of consecutive bits, found without looking at each member.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ....grammar.syntax.program import Value
from ...graph.varset import Order, bits

LONGEST_SPELT = 9
"""Runs up to this length are spelt out."""

_MOST_ITEMS = 24
_MOST_SEQUENCES = 32


@dataclass(frozen=True, slots=True)
class Name:
    """A value of a variable: copy 0 carries its plain name, each later copy one prime more.

    Args:
        variable: The variable.
        copy: Which of its values is meant.
        value: The value itself, where the query states it.
        input: The input that supplies the value, where one of another name does: ``?a``.
    """

    variable: str
    copy: int = 0
    value: Value | None = None
    input: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Run:
    """Every variable from the first to the last in one of the sequences of a `Speller`."""

    first: Name
    last: Name


Names: TypeAlias = tuple[Name | Run, ...]

Scope: TypeAlias = Mapping[int, int]
"""For each copy but the plain one, the mask of the variables whose bound value it names."""


class Speller:
    """Spells sets of variables, the long ones by their runs.

    Args:
        order: The order of the variables.
        sets: The masks that will be spelt; they decide in which sequences consecutive variables are sought.
        asked: The query's interventions and conditions, in the order asked.
        abridged: Whether long runs are given by their ends.

    >>> order = Order(f"x{i}" for i in range(1, 13))
    >>> spell = Speller(order, [])
    >>> spell(0b110, {1: 0b010})
    (Name(variable='x2', copy=1, value=None), Name(variable='x3', copy=0, value=None))
    >>> spell(0b111111111111, {1: 0b1})[1:]
    (Run(first=Name(variable='x2', copy=0, value=None), last=Name(variable='x12', copy=0, value=None)),)
    """

    def __init__(
        self, order: Order, sets: Iterable[int], asked: Iterable[str] = (), *, abridged: bool = True
    ) -> None:
        self.order = order
        self.rank = {order.index[name]: rank for rank, name in enumerate(asked)}
        self.abridged = abridged
        self.parts = sequences((1 << len(order.names)) - 1, sets)
        self.used = [False] * len(self.parts)
        self.example: Run | None = None

    def __call__(self, mask: int, scope: Scope, first: int = 0) -> Names:
        """The names of a set, in order; where all are spelt out, those of `first` come first, as asked."""
        if self.abridged and mask.bit_count() > LONGEST_SPELT:
            return self._by_runs(mask, scope)
        places = sorted(bits(mask & first), key=lambda i: self.rank.get(i, i))
        return tuple(self._name(i, scope) for i in (*places, *bits(mask & ~first)))

    def _name(self, position: int, scope: Scope) -> Name:
        for copy, members in scope.items():
            if members >> position & 1:
                return Name(self.order.names[position], copy)
        return Name(self.order.names[position])

    def _by_runs(self, mask: int, scope: Scope) -> Names:
        found: list[tuple[int, Name | Run]] = []
        plain = mask
        levels = []
        for copy, members in scope.items():
            plain &= ~members
            levels.append((copy, mask & members))
        for copy, level in ((0, plain), *levels):
            for sequence, part in enumerate(self.parts):
                for run in runs(level, part):
                    found += self._spelt(run, copy, sequence)
        found.sort(key=lambda item: item[0])
        return tuple(item for _, item in found)

    def _spelt(self, run: int, copy: int, sequence: int) -> Iterator[tuple[int, Name | Run]]:
        names = self.order.names
        if run.bit_count() <= LONGEST_SPELT:
            yield from ((i, Name(names[i], copy)) for i in bits(run))
            return
        low, high = (run & -run).bit_length() - 1, run.bit_length() - 1
        elided = Run(Name(names[low], copy), Name(names[high], copy))
        self.used[sequence] = True
        self.example = self.example or elided
        yield low, elided

    @property
    def sequences(self) -> tuple[tuple[str, ...], ...]:
        """The sequences that runs were taken from, each in order; none if everything was spelt out."""
        names = self.order.names
        used = (part for part, used in zip(self.parts, self.used, strict=True) if used)
        return tuple(tuple(names[i] for i in bits(part)) for part in used)


def runs(mask: int, part: int) -> Iterator[int]:
    """The members of a set that lie in `part`, as maximal runs of consecutive members of `part`.

    >>> [f"{run:b}" for run in runs(0b1101_0011, 0b1101_1111)]
    ['11', '11010000']
    """
    rest, gaps = mask & part, part & ~mask
    while rest:
        above = gaps & -((rest & -rest) << 1)
        run = rest & ((above & -above) - 1) if above else rest
        yield run
        rest ^= run


def sequences(everything: int, sets: Iterable[int]) -> list[int]:
    """A partition of the variables into sequences of which large sets are few runs, where there is one.

    One sequence, the order itself, usually does. Where time series interleave, a set that takes every other
    variable has no long run; then the sequences are split by it, largest sets first, so that nested and
    disjoint sets (which growing districts are) become runs.
    """
    parts = [everything]
    large = {mask for mask in sets if mask.bit_count() > _MOST_ITEMS}
    for mask in sorted(large, key=lambda mask: (-mask.bit_count(), mask)):
        scattered = [part for part in parts if _is_scattered(mask, part)]
        if scattered and len(parts) + len(scattered) <= _MOST_SEQUENCES:
            parts = [piece for part in parts for piece in _split(part, mask, part in scattered)]
    return parts


def _is_scattered(mask: int, part: int) -> bool:
    """Whether a set takes many names to spell in a sequence."""
    items = 0
    for run in runs(mask, part):
        items += min(run.bit_count(), LONGEST_SPELT)
        if items > _MOST_ITEMS:
            return True
    return False


def _split(part: int, mask: int, by: bool) -> list[int]:
    return [part & mask, part & ~mask] if by and part & ~mask else [part]
