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


def no_row_shows(names: str) -> DofxError:
    """No row of a stream shows all columns that a part of the answer reads."""
    return fault(
        "E0517",
        f"no row shows {names} together",
        ("a part of the answer is learnt from the rows that do",),
        ("ask for something else, or measure them together",),
    )


def only_holes(column: str) -> DofxError:
    """No row of a stream shows a column."""
    return fault(
        "E0516",
        f"column `{column}` is nothing but holes",
        ("no row says anything about it",),
        ("leave the variable out of the graph, or declare it latent",),
    )


def no_rows(name: str) -> DofxError:
    """A stream has no rows."""
    return fault("E0506", f"{name} has no rows")
