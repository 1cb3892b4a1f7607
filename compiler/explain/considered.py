"""One alternative of the search: what it costs, and why it was chosen or not."""

from __future__ import annotations

from dataclasses import dataclass

from ..passes.cost import Cost


@dataclass(frozen=True, slots=True)
class Considered:
    """An alternative that the search tried.

    Args:
        name: What it is, in words: ``the ID form``, ``without w``.
        cost: What its network costs; None where the query is not identifiable in this way.
        why: Why it was chosen or not, in words.
        chosen: Whether it was chosen.
        left_out: The variables that it does without.
    """

    name: str
    cost: Cost | None
    why: str
    chosen: bool = False
    left_out: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line.

        >>> print(Considered("without w", Cost(1, 2, 2, 1), "costs more"))
        without w: 1 refit, 2 generators of 2 numbers, 1 condition; costs more
        """
        return f"{self.name}: {f'{self.cost}; ' if self.cost else ''}{self.why}"
