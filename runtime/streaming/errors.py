"""What can be wrong with a fit to a stream: a function for each error."""

from __future__ import annotations

from ...grammar.diagnostics.diagnostic import DofxError
from ..variables import fault

IN_MEMORY = (
    "give the path itself, without `Stream`, or `to_pandas()` of a Ray data set, "
    "and all rows are read into memory"
)


def not_streamed(what: str, why: str, instead: str = IN_MEMORY) -> DofxError:
    """A fit to a stream lacks something that a fit to rows in memory has."""
    return fault("E0520", f"{what} cannot be used with a stream", (why,), (instead,))


def cache_of_stream() -> DofxError:
    """A fit to a stream is to use a cache."""
    return not_streamed("`cache`", "an entry of a cache is found by the values of all rows")


def engine_of_stream() -> DofxError:
    """A fit to a stream is to run on an engine."""
    return not_streamed(
        "`engine`", "a stream is counted where its rows are, and networks train in one process"
    )


def weighed_rows_of_stream(fit: str) -> DofxError:
    """A conditional is learnt from rows that count by weights, and these are learnt from rows."""
    return not_streamed(fit, "its rows count by weights, which are learnt from all rows")


def design_of_stream(name: str, plural: str, said: str) -> DofxError:
    """The rows of a stream were sampled in another way than each by itself."""
    return not_streamed(
        f"the {plural} of {name}",
        "intervals depend on them, and a stream keeps only how often each row occurs",
        f"leave `{said}` out: the fit is the same without it",
    )


def shaped_of_stream(name: str) -> DofxError:
    """The rows of a stream are made of others."""
    return not_streamed(
        f"the shape of {name}",
        "its rows are joined from several, spread over times, or have dates that become numbers",
        "make the rows first and write them to a Parquet file of their own; or give the path itself, without `Stream`, "
        "or `to_pandas()` of a Ray data set",
    )
