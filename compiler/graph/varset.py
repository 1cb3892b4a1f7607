"""Sets of variables as bit masks over a fixed order: a few machine words each, whatever their size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from itertools import combinations, compress, islice
from typing import Any

from ...grammar.checks.names import no_such

MANY = 16
"""So many bits are found faster in the digits of the mask than one by one."""

_DIGITS = bytes.maketrans(b"01", b"\x00\x01")


def bits(mask: int) -> Iterator[int]:
    """The positions of the one bits, lowest first.

    >>> list(bits(0b1101))
    [0, 2, 3]
    """
    if mask.bit_count() > MANY:
        return compress(range(mask.bit_length()), _flags(mask))
    return reversed(_few(mask))


def first(mask: int, most: int) -> int:
    """The first members of a mask, as a mask.

    >>> f"{first(0b1101, 2):b}"
    '101'
    """
    return sum(1 << i for i in islice(bits(mask), most))


def subsets(mask: int) -> Iterator[int]:
    """The subsets of a mask, itself included, the smallest first.

    >>> [f"{some:b}" for some in subsets(0b101)]
    ['0', '1', '100', '101']
    """
    members = [1 << i for i in bits(mask)]
    return (sum(some) for size in range(len(members) + 1) for some in combinations(members, size))


def _few(mask: int) -> list[int]:
    """The positions of the one bits, highest first: what is left of the mask gets shorter with each."""
    found = list[int]()
    while mask:
        found.append(place := mask.bit_length() - 1)
        mask ^= 1 << place
    return found


def _flags(mask: int) -> bytes:
    """A 0 or 1 for each bit, lowest first."""
    return f"{mask:b}"[::-1].encode().translate(_DIGITS)


class Order:
    """An order of variables. Bit ``i`` of a mask stands for the ``i``-th name."""

    __slots__ = ("index", "names")

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self.index = {name: i for i, name in enumerate(self.names)}

    def mask(self, names: Iterable[str]) -> int:
        """The mask of some names."""
        mask = 0
        for name in names:
            try:
                mask |= 1 << self.index[name]
            except KeyError:
                raise no_such("the graph has no variable", name, self.names) from None
        return mask

    def set(self, mask: int) -> VarSet:
        """The set that a mask stands for."""
        return VarSet(self, mask)

    def of(self, *names: str) -> VarSet:
        """The set of some names."""
        return VarSet(self, self.mask(names))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Order) and self.names == other.names)

    def __hash__(self) -> int:
        return hash(self.names)

    def __repr__(self) -> str:
        return f"Order({', '.join(self.names)})"


class VarSet(Set[str]):
    """An immutable set of variables, iterated in its order.

    >>> order = Order(["x", "m", "y"])
    >>> list(order.of("y", "x") | order.of("m"))
    ['x', 'm', 'y']
    """

    __slots__ = ("mask", "order")

    def __init__(self, order: Order, mask: int) -> None:
        self.order = order
        self.mask = mask

    def __iter__(self) -> Iterator[str]:
        names, mask = self.order.names, self.mask
        if mask.bit_count() > MANY:
            return compress(names, _flags(mask))
        return (names[i] for i in reversed(_few(mask)))

    def __contains__(self, name: object) -> bool:
        position = self.order.index.get(name)  # type: ignore[call-overload]
        return position is not None and bool(self.mask >> position & 1)

    def __len__(self) -> int:
        return self.mask.bit_count()

    def __bool__(self) -> bool:
        return self.mask != 0

    def __or__(self, other: Any) -> VarSet:
        return VarSet(self.order, self.mask | self._mask_of(other))

    def __and__(self, other: Any) -> VarSet:
        return VarSet(self.order, self.mask & self._mask_of(other))

    def __sub__(self, other: Any) -> VarSet:
        return VarSet(self.order, self.mask & ~self._mask_of(other))

    def _mask_of(self, other: Iterable[str]) -> int:
        if isinstance(other, VarSet) and other.order is self.order:
            return other.mask
        return self.order.mask(name for name in other if name in self.order.index)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, VarSet):
            return self.mask == other.mask and self.order == other.order
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.mask)

    def __repr__(self) -> str:
        return "{" + ", ".join(self) + "}"
