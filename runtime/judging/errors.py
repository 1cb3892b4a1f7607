"""What can be wrong with the rows by which a graph or a sampler is judged: a function for each error."""

from __future__ import annotations

from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ..variables.faults import fault


def no_such_column(name: str, near: str) -> Diagnostic:
    """A variable has no column, and a column which the graph does not have has nearly its name."""
    return Diagnostic(
        "E0504",
        f"there is no column `{name}`",
        help=(f"did you mean `{near}`?", f"if `{name}` is not observed, declare it as `latent {name}`"),
    )


def no_rows_to_judge(query: str, loaded: bool, several: bool = False) -> DofxError:
    """A sampler holds no rows that it was not fitted on.

    `loaded` says that another process fitted it, `several` that it was fitted on several data sets.
    """
    several_ = "it was fitted on several data sets, or on a distribution instead of rows"
    here = several_ if several else "fitting held out no rows"
    return fault(
        "E0435",
        f"there are no rows to judge the sampler of {query} by",
        ("it was not fitted in this process" if loaded else here,),
        ("pass rows that it was not fitted on",),
    )
