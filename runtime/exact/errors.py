"""What cannot be computed exactly: a function for each error."""

from __future__ import annotations

from collections.abc import Sequence

from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.edge.surface import by_surface
from ..variables.faults import fault


def not_computable(reason: str) -> DofxError:
    """A distribution has no table, or one that is too large."""
    return fault(
        "E0425",
        "this distribution cannot be computed exactly",
        (reason,),
        (
            by_surface(
                "draw from it instead: sample(n, do=..., given=...)",
                "draw from it instead: leave --folded out",
            ),
        ),
    )


def not_computable_under_policy(fit: str) -> DofxError:
    """A conditional of what follows a policy has no table under that policy."""
    return fault(
        "E0425",
        f"{fit} cannot be computed under this policy",
        (
            "it is a condition on what follows the policy, which takes finite variables, small tables and "
            "a policy that is a table, a module or a function without random numbers",
        ),
        ("declare the variables as categories, or leave the condition out",),
    )


def too_many_cells_to_fold(outcomes: Sequence[str], cells: int) -> DofxError:
    """The table that a folded sampler would look its rows up in is too large."""
    return fault(
        "E0425",
        f"the joint table of {', '.join(outcomes)} takes {cells:,} cells, too many to fold",
        help=(
            by_surface("draw from the sampler itself: sample(n, do=..., given=...)", "leave --folded out"),
        ),
    )


def policies_are_folded() -> DofxError:
    """A folded sampler holds the policies that were bound when it was made."""
    return fault(
        "E0461",
        "a folded sampler follows the policies that it was folded with",
        help=("bind them first: sampler.following({...}).folded()",),
    )


def dtype_too_small(dtype: str, states: int) -> DofxError:
    """The numbers of a dtype are fewer than the states of a variable."""
    return fault("E0433", f"{dtype} cannot number {states} states", help=("use int64",))
