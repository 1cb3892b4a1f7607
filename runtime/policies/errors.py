"""What can be wrong with policies that are given: a function for each error."""

from __future__ import annotations

from collections.abc import Sequence

from ...grammar.diagnostics.diagnostic import DofxError
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
    """What is given as a policy is of no kind that can be one."""
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
        help=(
            f'bind it: following({{"{name}": ...}}); `sample` and `answer` take it as policies={{"{name}": ...}} too',
            "a policy is a function of arrays, a torch module or a Table",
        ),
    )


def unfit_table(policy: str, why: str, hint: str) -> DofxError:
    """The table of a policy does not fit the query."""
    return fault("E0462", f"the policy `{policy}` {why}", help=(hint,) if hint else ())


def no_expression(
    policy: str, text: str, reads: Sequence[str], why: str, near: str | None, known: str
) -> DofxError:
    """The text of a policy is no expression of what the policy reads."""
    shown = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
    return fault(
        "E0464",
        f"the policy `{policy}` cannot be `{shown}`: {why}",
        (f"it reads {', '.join(reads)}" if reads else "it reads nothing", f"an expression may have {known}"),
        (f"did you mean `{near}`?",) if near else (),
    )
