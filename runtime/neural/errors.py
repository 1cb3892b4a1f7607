"""What can be wrong with the sizes of networks."""

from __future__ import annotations

from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.edge.arguments import refused


def patch_does_not_divide(patch: int, height: int, width: int) -> DofxError:
    """An image cannot be cut into patches of that size."""
    return refused(
        f"a patch of {patch} pixels does not divide {height} × {width}", "give a divisor of both, or None"
    )
