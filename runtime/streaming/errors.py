"""What can be wrong with a fit to a stream: a function for each error."""

from __future__ import annotations

from ...grammar.diagnostics.diagnostic import DofxError
from ..variables import fault


def not_streamed(what: str, why: str) -> DofxError:
    """A fit to a stream lacks something that a fit to rows in memory has."""
    return fault(
        "E0520",
        f"{what} cannot be used with a stream",
        (why,),
        ("give the path itself to `fit`, without `Stream`, and all rows are read into memory",),
    )
