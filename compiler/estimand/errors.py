"""What can be wrong with tables and policies that an estimand is evaluated on: a function for each error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ...grammar.edge.arguments import ArgumentError, refused
from ...grammar.edge.kinds import kind_of
from ...grammar.formatting.query import format_value
from ...grammar.syntax.query import Value
from ..model.data import DataSet
from ..model.query import Query
from ..model.worlds import Policy


def no_answer(query: Query, places: str) -> ArgumentError:
    """The tables lack cases that the estimand reads, at some places."""
    return refused(
        f"the tables do not determine {query}" + (f" at {places}" if places else ""),
        "every case that the estimand reads needs a positive probability in the data set that it is read from",
    )


def no_axis(what: str) -> ArgumentError:
    """The joint table has no axis for one or several variables."""
    return refused(f"the joint table has no axis for {what}")


def only_holes(name: str) -> ArgumentError:
    """The axis of a column with holes has nothing but its hole."""
    return refused(f"the axis of {name} has no entry besides the one for missing values")


def no_policy(policy: Policy, axes: Sequence[str]) -> ArgumentError:
    """A policy that the query follows has no table."""
    return refused(
        f"the policy {policy.name} is not given",
        f'pass policies={{"{policy.name}": Table([{", ".join(map(repr, axes))}], ...)}}',
    )


def other_axes(policy: Policy, names: Sequence[str], axes: Sequence[str]) -> ArgumentError:
    """The table of a policy is over other names than what the policy reads and sets."""
    return refused(
        f"the table of the policy {policy.name} is over {', '.join(names)}, not {', '.join(axes)}",
        "its axes are what it reads, in the order written, then what it sets",
    )


def other_size(policy: Policy, found: int, axis: str, size: int) -> ArgumentError:
    """The table of a policy has another number of entries than its variable has states."""
    return refused(f"the policy {policy.name} has {found} entries for {axis}, not {size}")


def other_labels(policy: Policy, axis: str, found: Sequence[Value], states: Sequence[Value]) -> ArgumentError:
    """The table of a policy has other states than its variable."""
    listed, known = (", ".join(map(format_value, each)) for each in (found, states))
    return refused(f"the policy {policy.name} has the entries {listed} for {axis}, not {known}")


def no_policy_law(policy: Policy, axes: Sequence[str]) -> ArgumentError:
    """The table of a policy is not a distribution of what the policy sets."""
    return refused(
        f"the policy {policy.name} is not a distribution of {axes[-1]}",
        "its entries are at least 0 and sum to 1 over what it sets",
    )


def not_a_number(policy: Policy, texts: Sequence[str]) -> ArgumentError:
    """A formula reads a state that is not a number."""
    return refused(f"{policy.name} cannot be computed: `{texts[0]}` is not a number", "give a policy instead")


def zero_division(policy: Policy, at: str, hint: str) -> ArgumentError:
    """A formula divides by zero at some states."""
    return refused(f"{policy.name} divides by zero at {at}", hint)


def no_state(policy: Policy, sets: str, value: Value, at: str, states: Sequence[Value]) -> DofxError:
    """A formula gives a value that is not a state of its variable."""
    return DofxError(
        Diagnostic(
            "E0463",
            f"{policy.name} leads to {sets} = {format_value(value)}, which is not a state",
            notes=(
                f"it does at {at}" if at else "it does everywhere",
                f"the states of {sets} are {', '.join(map(format_value, states))}",
            ),
            help=("keep the shift within the states, by min(…, …) and max(…, …)",),
        )
    )


def named_twice(names: Sequence[str]) -> ArgumentError:
    """A table names a variable twice."""
    return refused(f"a table names each variable once, not {', '.join(names)}")


def not_one_name_an_axis(names: Sequence[str], axes: int) -> ArgumentError:
    """A table has another number of names than of axes."""
    return refused(
        f"a table has {len(names)} names, but the number of its axes is {axes}",
        "give a name for each axis",
    )


def other_states(name: str, states: int, size: int) -> ArgumentError:
    """An axis has another number of states than of entries."""
    return refused(f"{states} states for the {size} entries of {name}")


def state_twice(name: str, state: Value) -> ArgumentError:
    """An axis has one state for two of its entries."""
    return refused(f"two entries of {name} are {format_value(state)}", "give each entry a state of its own")


def not_over(names: Sequence[str], order: Iterable[str]) -> ArgumentError:
    """A table is not over the names that are asked for."""
    return refused(f"the table is over {', '.join(names)}, not {', '.join(order)}")


def no_entry(name: str, value: Value, known: str) -> ArgumentError:
    """A value is not an entry of its axis."""
    return refused(f"{name} = {format_value(value)} is not an entry of the table", f"{name} has {known}")


def no_array(array: object) -> ArgumentError:
    """What is given as the array of a table is something else."""
    return refused(f"`array` of `Table` cannot be {kind_of(array)}", "give an array of numbers")


def no_table(missing: Sequence[str], data: Sequence[DataSet]) -> ArgumentError:
    """A data set has no table."""
    return refused(
        f"there is no table for the data set {missing[0]}",
        f"pass a table for each: {{{', '.join(f'{each.name!r}: …' for each in data)}}}",
    )


def states_differ(name: str, variable: str) -> ArgumentError:
    """Two tables differ in the states of a variable."""
    return refused(f"the table of {name} has other states of {variable} than a table before it")


def table_lacks(whose: str, lacking: Iterable[str]) -> ArgumentError:
    """The table of a data set has no axis for some variables."""
    return refused(f"the {whose} has no axis for {', '.join(lacking)}")


def in_no_table(name: str) -> ArgumentError:
    """No table has an axis for a variable that the answer does not depend on."""
    return refused(f"no table has an axis for {name}")
