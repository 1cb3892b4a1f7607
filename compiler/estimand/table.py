"""Tables of finite variables: arrays whose axes have names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Table:
    """Probabilities (or any numbers) of finite variables, one axis a name.

    Args:
        names: The variable of each axis.
        array: The numbers; ``array.ndim == len(names)``.

    Raises:
        ValueError: If a name stands twice or there are more or fewer names than axes.

    >>> table = Table(["x", "y"], [[0.1, 0.2], [0.3, 0.4]])
    >>> table.array(["y", "x"])[1, 0]
    np.float64(0.2)
    """

    __slots__ = ("_array", "names")

    def __init__(self, names: Iterable[str], array: ArrayLike) -> None:
        self.names = tuple(names)
        self._array: NDArray[np.float64] = np.asarray(array, dtype=np.float64)
        if len(set(self.names)) < len(self.names):
            raise ValueError(f"a table names each variable once, not {', '.join(self.names)}")
        if self._array.ndim != len(self.names):
            raise ValueError(f"{len(self.names)} names for {self._array.ndim} axes")

    @property
    def sizes(self) -> dict[str, int]:
        """The number of states of each variable."""
        return dict(zip(self.names, self._array.shape, strict=True))

    def array(self, order: Sequence[str] | None = None) -> NDArray[np.float64]:
        """The numbers, with one axis for each name of `order`."""
        if order is None:
            return self._array
        if set(order) != set(self.names) or len(order) != len(self.names):
            raise ValueError(f"the table is over {', '.join(self.names)}, not {', '.join(order)}")
        return self._array.transpose([self.names.index(name) for name in order])

    def marginal(self, names: Sequence[str]) -> Table:
        """The table with every other variable summed out, its axes in the order of `names`."""
        others = tuple(i for i, name in enumerate(self.names) if name not in names)
        kept = [name for name in self.names if name in names]
        return Table(names, Table(kept, self._array.sum(axis=others)).array(names))

    def __repr__(self) -> str:
        axes = ", ".join(f"{name}: {size}" for name, size in self.sizes.items())
        return f"Table({axes})\n{self._array}"
