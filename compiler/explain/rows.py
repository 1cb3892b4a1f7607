"""Why the rows that train a generator represent all rows, in words, and whether rows can contradict it."""

from __future__ import annotations

from collections.abc import Sequence

from ..graph.holes import Indicators
from ..network.ir import Fit
from ..printers.rows_text import weighting


def why_rows(fit: Fit, holes: Indicators) -> str:
    """A sentence without its full stop about the rows of a fit.

    >>> from ..model.rows import Rows, SomeRows
    >>> from ..network.ir import DataSet
    >>> source = SomeRows(DataSet(), Rows(("y",)))
    >>> why_rows(Fit(("y",), ("x",), source), Indicators({"missing(y)": ("y",)}))
    'those that show y: valid if y ⊥ missing(y) | x, which no rows can test'
    """
    rows, data = fit.rows, fit.data
    holes = holes if data is None else holes.of(data.name)
    shown = f"those that show {_and(rows.shows)}" if rows.shows else "all"
    if weighted := weighting(rows.weights):
        return f"{shown}, weighted by {weighted.how}: valid if {weighted.valid}, which no rows can test"
    about = [indicator for indicator, columns in holes.items() if set(columns) & set(rows.shows)]
    known = (*fit.given, *(("selected",) if data is not None and data.keeps else ()))
    given = f" | {', '.join(known)}" if known else ""
    own = {*fit.targets, *fit.given}
    hidden = any(own & set(holes[indicator]) for indicator in about)
    tested = "which no rows can test" if hidden else "which rows can test"
    return f"{shown}: valid if {', '.join(fit.targets)} ⊥ {', '.join(about)}{given}, {tested}"


def _and(names: Sequence[str]) -> str:
    """Names as a list in words.

    >>> _and(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])
