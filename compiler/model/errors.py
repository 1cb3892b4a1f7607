"""What can be wrong with queries and data sets: a function for each error."""

from __future__ import annotations

from collections.abc import Sequence

from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError, Label
from ...grammar.diagnostics.source import Source, Span
from ...grammar.edge.arguments import ArgumentError, refused
from ...grammar.edge.kinds import kind_of
from ...grammar.syntax.query import Assignment, Term


def reads_its_effect(
    setting: Assignment, written: str, name: str, source: Source | None, read: Term, shown: str
) -> Diagnostic:
    """A policy reads what depends on the variable that it sets."""
    if written == name == setting.name.text:
        return Diagnostic(
            "E0318",
            f"`{name}` is inside a cycle: its own value depends on what it is set to",
            source,
            Label(read.span, "has no value before it is set"),
            (Label(setting.name.span, "is to be set by it"),),
            notes=(f"in this world {shown}",),
            help=(
                f"shift a cause outside of the cycle; for `{name}` itself, randomise it, or unroll the cycle in time",
            ),
        )
    return Diagnostic(
        "E0318",
        f"the policy of `{setting.name.text}` reads `{written}`, which depends on `{name}`",
        source,
        Label(read.span, "not known yet when it is read"),
        (Label(setting.name.span, "is to be set by it"),),
        notes=(f"in this world {shown}",),
        help=(
            "let it read what comes before; the value in another world is written with brackets, "
            f"such as `{written}[]` for the factual one",
        ),
    )


def nameless_data_set() -> ArgumentError:
    """A data set has an empty name."""
    return refused("a data set has an empty name", "give it a name, such as `trial`")


def nameless_column(data: str) -> ArgumentError:
    """A column that a data set names has an empty name."""
    return refused(f"a column of `{data}` has an empty name", "give the name of a column")


def time_of_nobody(data: str) -> ArgumentError:
    """A data set has a column of times, and none of persons."""
    return refused(
        f"`{data}` has rows at several times, and nothing says which are of one person",
        "give `person` the column that holds the number or the name of each person",
    )


def no_dates(data: str) -> ArgumentError:
    """The dates of a data set are no columns with units."""
    return refused(
        f"the dates of `{data}` are no columns with units", 'give a dict, such as {"born": "years"}'
    )


def no_unit(unit: str, known: Sequence[str]) -> ArgumentError:
    """A unit of dates is none."""
    return refused(
        f"dates are not counted in `{unit}`",
        f"give one of {', '.join(known)}, and after it `since` and a day if they count from one, as in "
        "`days since 2000-01-31`",
    )


def no_data_set() -> ArgumentError:
    """The list of data sets is empty."""
    return refused("there is no data set", "leave `data` out where there is one observational data set")


def not_a_data_set(strange: object) -> ArgumentError:
    """The list of data sets holds something else."""
    return refused(f"`data` cannot hold {kind_of(strange)}", "give objects of `dofx.DataSet`")


def data_set_twice(name: str) -> Diagnostic:
    """Two data sets have one name."""
    return Diagnostic("E0307", f"two data sets are named `{name}`", help=("give one of them another name",))


def measures_latent(name: str, data: str) -> Diagnostic:
    """A data set declares a variable that is latent."""
    return Diagnostic(
        "E0306",
        f"`{name}` is latent, but the data set `{data}` declares it",
        help=("if any data set has it, it is not latent: say what each data set measures",),
    )


def not_a_distribution(text: str) -> ArgumentError:
    """A text is not a distribution in the notation of dosearch."""
    return refused(f"`{text.strip()}` is not a distribution of dosearch", "write it as p(y|do(x),z)")


def not_an_edge(line: str) -> ArgumentError:
    """A text is not an edge in the notation of dosearch."""
    return refused(
        f"`{line.strip()}` is not an edge of dosearch", "write one edge per line: x -> y or x <-> y"
    )


def not_a_shift(text: str) -> ArgumentError:
    """A text is not the formula of a shift."""
    return refused(f"`{text}` is not the formula of a shift")


def no_value(policy: str, source: Source | None, written: Span) -> DofxError:
    """A policy has no value where the query needs one."""
    return DofxError(
        Diagnostic(
            "E0316",
            f"`{policy}` has no value",
            source,
            Label(written, "divides by zero, or is too large for a number"),
            help=("write the value to which the variable is set",),
        )
    )
