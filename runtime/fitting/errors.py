"""What can be wrong with a fit: a function for each error.

`fit` is a conditional that a generator learns, as text, such as ``P(y | x)``.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ...grammar.formatting.query import format_value
from ...grammar.syntax.query import Value
from ..variables.faults import fault

# ── generators ────────────────────────────────────────────────────────────────────────────────────────────


def not_drawn(what: str, name: str, options: Sequence[str], near: str | None) -> DofxError:
    """A generator, or something else, is given for a variable that is not drawn; `what` is such as "a generator is"."""
    return fault(
        "E0426",
        f"{what} given for `{name}`, which the network does not draw",
        (f"it draws {', '.join(options)}",),
        (f"did you mean `{near}`?",) if near else (),
    )


def two_generators(fit: str) -> DofxError:
    """A conditional is given two generators."""
    return fault("E0414", f"two generators are given for {fit}", help=("leave one of them out",))


def not_one_draw(names: Sequence[str], reason: str) -> DofxError:
    """Variables are given one generator, and the network does not draw them one after the other."""
    return fault(
        "E0414",
        f"{' and '.join(names)} are not drawn by one generator: the order does not allow it",
        (
            reason,
            "one generator can draw x and y together if they are P(x | a) and P(y | a, x) on the same rows, "
            "wherever y is drawn",
        ),
        ("give each its own generator",),
    )


def not_a_trained_family(fit: str) -> DofxError:
    """Several variables are given one generator that is not a family of dofx."""
    return fault(
        "E0414",
        f"{fit} is given something other than a family that is trained",
        help=(
            "give the name of a family, such as `flow-matching` or `spline`, or a function that makes one",
        ),
    )


def no_report(name: str, fit: str, kind: str) -> DofxError:
    """The `fit` of a custom generator returns an object that is not a report."""
    return fault(
        "E0411",
        f"{name}, which is to draw {fit}, returns a {kind} from `fit`",
        help=("let its `fit` return a FitReport, or nothing",),
    )


# ── tables in place of rows ───────────────────────────────────────────────────────────────────────────


def no_axis(missing: Sequence[str], names: Sequence[str]) -> DofxError:
    """A table lacks variables that the network reads."""
    return fault(
        "E0504",
        f"the table has no axis for {', '.join(missing)}",
        (f"its axes are {', '.join(names)}",),
        ("give the joint distribution of all variables that the query needs",),
    )


def not_a_distribution() -> DofxError:
    """A table holds negative or infinite numbers, or only zeros."""
    return fault("E0407", "the table is not a distribution", ("probabilities are numbers from 0 up",))


def not_finite(name: str, type: str) -> Diagnostic:
    """A table has an axis for a variable that is declared to be a number."""
    return Diagnostic(
        "E0404", f"`{name}` is {type}, and a table holds finite variables", help=("fit it to rows instead",)
    )


def other_number_of_states(name: str, states: int, type: str) -> Diagnostic:
    """An axis of a table has another number of entries than its variable has states."""
    return Diagnostic(
        "E0406",
        f"the table has {states} states of `{name}`, which is {type}",
        help=("give one entry for each state, in the order of the type",),
    )


def other_states(name: str, states: Sequence[Value], type: str) -> Diagnostic:
    """The entries of an axis are other states than those of its variable."""
    return Diagnostic(
        "E0406",
        f"the table has the states {', '.join(map(format_value, states))} of `{name}`, which is {type}",
        help=("give the table the states of the type, in any order",),
    )


# ── holes ─────────────────────────────────────────────────────────────────────────────────────────────────


def unexplained_holes(
    column: str, data: str | None, holes: int, rows: int, suggestions: Sequence[str]
) -> Diagnostic:
    """A column has holes, and the graph does not say why.

    Args:
        column: The column.
        data: Its data set, where there are several.
        holes: How many rows do not show it.
        rows: How many rows there are.
        suggestions: What the graph could say.
    """
    noun = "hole" if holes == 1 else "holes"
    whose = f" of `{data}`" if data else ""
    return Diagnostic(
        "E0515",
        f"column `{column}`{whose} has {holes:,} {noun} in {rows:,} rows, and the graph does not say "
        "what makes them",
        notes=("which rows may be used depends on that; dofx drops and fills none by itself",),
        help=tuple(suggestions),
    )


def not_missing_together(one: str, other: str, apart: int, rows: int, indicator: str) -> DofxError:
    """Two columns share an indicator, and some row shows only one of them."""
    return fault(
        "E0519",
        f"`{one}` and `{other}` are not missing together in {apart:,} of {rows:,} rows",
        (f"`{indicator}` says that each row shows both or none",),
        (f"give each its own indicator, `missing({one})` and `missing({other})`",),
    )


def rows_worth_little(rows: int, what: str, worth: float, heaviest: float) -> DofxError:
    """A part of the answer is learnt from rows of which a few count for almost all."""
    return fault(
        "E0518",
        f"the {rows:,} rows that {what} is learnt from count as only {worth:,.0f} rows because of their weights",
        (f"the heaviest counts for {heaviest:.0%} of all",),
        (
            "some rows are almost never complete: measure more of them, or ask for something that needs fewer columns",
        ),
    )


def no_row_stands(fit: str, what: str, where: str, share: float) -> DofxError:
    """Complete rows are to stand for all rows, and for some of these there is none.

    Args:
        fit: What is learnt from them.
        what: What the rows there never show.
        where: The largest group of such rows.
        share: The share of the rows for which no row stands.
    """
    return fault(
        "E0518",
        f"{fit} is about all rows, and of those with {where} none shows {what}",
        (f"no row stands for {share:.0%} of the rows, whatever the weights",),
        (f"take rows that show {what} there too, or ask for what does not depend on these rows",),
    )


def weighed_by_density(node: str, type: str) -> DofxError:
    """Rows would have to be weighted by the density of a number."""
    return fault(
        "E0223",
        f"a part of the answer weighs rows by the density of {node}, which is {type}",
        ("this is done for finite variables only",),
        (f"put {node} into groups, or ask for what needs no such weight",),
    )


def no_row_for_chance(name: str) -> DofxError:
    """No row shows all variables on which the chance of a hole depends."""
    return fault(
        "E0517",
        f"no row has all the values from which the chance of {name} is learnt",
        help=("ask for something else, or measure these variables together",),
    )


def never_hidden_alone(hidden: Sequence[str], column: str) -> DofxError:
    """Columns are missing together, and the odds of one hole alone are needed."""
    return fault(
        "E0518",
        f"{' and '.join(hidden)} are missing together, and {column} is missing alone in no row",
        ("the weight of a complete row counts both",),
        (f"write `missing({', '.join(hidden)})` if one reason hides them all",),
    )
