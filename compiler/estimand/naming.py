"""Names for bound variables, so that the x under a sum is never mistaken for the x of do(x)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Namer:
    """Hands out names: the first value of a variable gets its name, later ones get primes.

    >>> namer = Namer.after(["x"])
    >>> namer("m"), namer("x"), namer("x")
    ('m', "x'", "x''")
    """

    used: Counter[str] = field(default_factory=Counter)

    @classmethod
    def after(cls, names: object) -> Namer:
        """A namer that leaves some variables' plain names to their free values."""
        return cls(Counter(names))  # type: ignore[call-overload]

    def __call__(self, variable: str) -> str:
        """The name of a new value of the variable."""
        copy = self.used[variable]
        self.used[variable] += 1
        return variable + ("'" * copy if copy <= 3 else f"'{copy}")
