"""The value of an effect under fitted generators, and what simulating adds to its error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...grammar.edge.arguments import public


@dataclass(frozen=True, slots=True)
class Estimate:
    """An effect's value under the fitted generators.

    Args:
        value: The estimate.
        monte_carlo_error: Standard error of the simulation alone, 0 if `exact`. It says nothing of how well the
            generators fit, nor of how many rows they were fitted on.
        exact: Whether every part came from exact distributions.
        rows: Rows drawn for each part, 0 if `exact`.
        corrected: Whether rows that generators were not trained on corrected the value.

    >>> print(Estimate(0.41, 0.0, exact=True, rows=0))
    0.41 (exact under the fitted generators)
    >>> print(Estimate(0.41234, 0.00213, exact=False, rows=1000))
    0.4123 (Monte-Carlo error 0.0021 of 1,000 simulated rows)
    """

    value: float
    monte_carlo_error: float
    exact: bool
    rows: int
    corrected: bool = False

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        return self.text()

    @public()
    def text(self, caveat: str = "") -> str:
        """The value, and in parentheses a caveat, if there is one, and what the simulation adds."""
        if self.exact:
            return f"{self.value:.6g} ({caveat}exact under the fitted generators)"
        if self.corrected:
            return f"{self.value:.4g} ({caveat}corrected by rows that the generators were not trained on)"
        error = self.monte_carlo_error
        digits = max(0, 1 - int(np.floor(np.log10(error)))) if error > 0 else 6
        beside = f"Monte-Carlo error {error:.{digits}f} of {self.rows:,} simulated rows"
        return f"{self.value:.{digits}f} ({caveat}{beside})"
