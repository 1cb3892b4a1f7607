"""What can be wrong with policies that are given: a function for each error."""

from __future__ import annotations

from collections.abc import Sequence

from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.edge.surface import by_surface
from ..variables.faults import fault

_MOST_SHOWN = 60
"""Characters of an expression that a message repeats."""


def not_by_name(policies: object) -> DofxError:
    """Policies are not given by name."""
    return fault(
        "E0404",
        f"policies is a `{type(policies).__name__}`, not policies by name",
        help=('pass policies={"g": ...}',),
    )


def no_kind_of_policy(policy: str, kind: str) -> DofxError:
    """The object that is given as a policy is of a wrong kind."""
    return fault(
        "E0462",
        f"the policy `{policy}` cannot be {kind}",
        help=("give a function of arrays, a torch module or a Table",),
    )


def not_of_the_query(name: str, known: Sequence[str], near: str | None) -> DofxError:
    """A policy is given that the query does not follow."""
    return fault(
        "E0461",
        f"`{name}` is not a policy of the query",
        (f"its policies are {', '.join(known)}" if known else "it has no policies",),
        (f"did you mean `{near}`?",) if near else (),
    )


def not_given(name: str, reads: Sequence[str]) -> DofxError:
    """A policy that the query follows is not given."""
    return fault(
        "E0460",
        f"the policy `{name}` is not given",
        notes=(f"it reads {', '.join(reads)}" if reads else "it reads nothing",),
        help=by_surface(
            (
                f'pass policies={{"{name}": ...}}: a function of arrays, a torch module or a Table',
                f'for a call that takes no policies, bind them first: following({{"{name}": ...}})',
            ),
            (f"give its table: --policy {name}=FILE, with columns for what it reads and what it sets",),
            (f"fill in what `{name}` does, and press “Follow”",),
        ),
    )


def table_of_others(policy: str, found: Sequence[str], axes: Sequence[str]) -> DofxError:
    """The table of a policy is about other variables than the policy reads and sets."""
    return fault(
        "E0462",
        f"the policy `{policy}` is a table over {', '.join(found)}, not over {', '.join(axes)}",
        help=("the axes are what the policy reads, in the order written, then what it sets",),
    )


def not_finite(policy: str, form: str, name: str, type: str) -> DofxError:
    """A policy is given as a table or as rows, and one of its variables is not finite; `form` is such as "a table"."""
    return fault(
        "E0462",
        f"the policy `{policy}` is {form}, and {name} is {type}",
        help=("give a function of arrays in Python instead",),
    )


def other_states(policy: str, name: str, states: str) -> DofxError:
    """The table of a policy has other states than a variable."""
    return fault(
        "E0462", f"the policy `{policy}` does not have the states of {name}", help=(f"{name} has {states}",)
    )


def not_a_distribution(policy: str, sets: str) -> DofxError:
    """The table of a policy holds negative numbers, or numbers that do not sum to 1."""
    return fault(
        "E0462",
        f"the policy `{policy}` is not a distribution of {sets}",
        help=("its entries are at least 0 and sum to 1 over it",),
    )


def states_not_numbers(policy: str, name: str) -> DofxError:
    """A shift is a formula of a variable whose states are words."""
    return fault(
        "E0462",
        f"the policy `{policy}` is a formula, and the states of {name} are not numbers",
        help=("give a policy by a table instead, such as `x ~ g(x)`",),
    )


def rows_do_not_add_up(policy: str, found: float, weighted: bool, at: str, column: str) -> DofxError:
    """The rows of a policy do not say once and for all what it does with one combination of values.

    Args:
        policy: The policy.
        found: The number of rows of the combination, or the sum of their probabilities.
        weighted: Whether the rows have probabilities.
        at: The combination.
        column: The column of probabilities.
    """
    said = f"has probabilities that sum to {found:g}" if weighted else f"has {found:g} rows"
    return fault(
        "E0462",
        f"the policy `{policy}` {said}{f' at {at}' if at else ''}",
        help=(f"give one row for each combination, or several with a column `{column}` that sums to 1",),
    )


def no_expression(
    policy: str, text: str, reads: Sequence[str], why: str, near: str | None, known: str
) -> DofxError:
    """The text of a policy is not an expression of what the policy reads."""
    shown = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
    return fault(
        "E0464",
        f"the policy `{policy}` cannot be `{shown}`: {why}",
        (f"it reads {', '.join(reads)}" if reads else "it reads nothing", f"an expression may have {known}"),
        (f"did you mean `{near}`?",) if near else (),
    )
