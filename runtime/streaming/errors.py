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


def cache_of_stream() -> DofxError:
    """A fit to a stream is to use a cache."""
    return not_streamed("`cache`", "an entry of a cache is found by the values of all rows")


def engine_of_stream() -> DofxError:
    """A fit to a stream is to run on an engine."""
    return not_streamed("`engine`", "the rows of a stream are read by one process")


def weighed_rows_of_stream(fit: str) -> DofxError:
    """A conditional is learnt from rows that count by weights, and these are learnt from rows."""
    return not_streamed(fit, "its rows count by weights, which are learnt from all rows")
