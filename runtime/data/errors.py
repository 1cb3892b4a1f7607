"""What can be wrong with rows, their columns and the values that are given to a query: a function for each error.

`what` names the values, as in "column `age`".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ...grammar.edge.surface import by_surface
from ..variables.faults import fault

# ── files and frames ──────────────────────────────────────────────────────────────────────────────────────


def not_rows(kind: str, *, records: bool, unnamed: bool) -> DofxError:
    """An object is no frame, dict or path: a list of records, an array whose columns have no names, or another."""
    help_ = "give a pandas, polars or pyarrow frame, a dict of arrays, or a path to a file of rows"
    if records:
        help_ = "make a frame of the records: `pandas.DataFrame(records)`"
    elif unnamed:
        help_ = 'name its columns: `pandas.DataFrame(array, columns=["age", "treated"])`'
    return fault("E0502", f"data of type `{kind}` cannot be read", help=(help_,))


def no_file_of_rows(name: str, endings: Sequence[str], reader: str | None = None) -> DofxError:
    """A file is in no format that rows are read from; `reader` says what reads it, if that is known."""
    return fault(
        "E0502",
        f"{name} is not a CSV, Parquet, Arrow or .npz file, nor a folder of Parquet files",
        help=(reader or f"files of rows end in {', '.join(endings)}; text may be packed, as in .csv.gz",),
    )


def not_parquet(name: str) -> DofxError:
    """A file that is to be read as a stream is not Parquet."""
    return fault(
        "E0502",
        f"{name} is not a Parquet file, nor a folder of them",
        ("only Parquet is read piece by piece",),
        ("give the path itself to `fit`, without `Stream`, and all rows are read into memory",),
    )


def only_fitted(name: str) -> DofxError:
    """Something other than a fit or an interval is to read a stream, or a fit to several data sets."""
    return fault(
        "E0520",
        f"the stream {name} cannot be read here",
        ("a stream is read in pieces by a fit, and by intervals if all variables are finite",),
        (
            "give the path itself, without `Stream`, or `to_pandas()` of a Ray data set: "
            "the needed columns of all rows are read into memory",
        ),
    )


def unreadable(name: str, kind: str, reason: str, help: str | None = None) -> DofxError:
    """A file cannot be read in its format; `help` says what to do, if that is known."""
    return fault("E0503", f"{name} cannot be read as {kind}", (reason,), (help,) if help else ())


# ── columns ───────────────────────────────────────────────────────────────────────────────────────────────


def repeated_columns(source: str, names: Sequence[str]) -> DofxError:
    """Several columns have the same name."""
    listed = ", ".join(f"`{name}`" for name in names)
    return fault("E0505", f"{source} has columns of the same name: {listed}", help=("rename one of them",))


def no_column(
    source: str, variable: str, columns: Sequence[str], near: str | None, index: bool
) -> Diagnostic:
    """Rows have no column for a variable; `index` says that a frame has it in its index."""
    help_ = f"`{variable}` is in the index: call `reset_index()` first" if index else None
    if any(column.startswith("`('") for column in columns):
        help_ = 'its names have several levels: join them, `frame.columns = frame.columns.map("_".join)`'
    quoted = "" if near is None or near.isidentifier() else f' a program writes it in quotes: `"{near}"`'
    help_ = help_ or (f"did you mean `{near}`?{quoted}" if near else None)
    return Diagnostic(
        "E0504",
        f"{source} has no column `{variable}`",
        notes=(f"its columns are {', '.join(columns)}" if columns else "it has no columns",),
        help=(help_,) if help_ else (),
    )


def no_rows(name: str) -> DofxError:
    """A table is empty."""
    return fault("E0506", f"{name} has no rows", help=("give at least one row",))


def unequal_lengths(lengths: Mapping[str, int]) -> DofxError:
    """Columns have different numbers of rows."""
    listed = ", ".join(f"`{name}` has {length:,}" for name, length in lengths.items())
    return fault(
        "E0507", "columns have unequal numbers of rows", (listed,), ("give each column one value per row",)
    )


def other_number_of(words: str, found: int, rows: int) -> DofxError:
    """There are more or fewer weights, or numbers of clusters, than rows."""
    return fault(
        "E0507", "columns have unequal numbers of rows", (f"there are {rows:,} rows and {found:,} {words}",)
    )


def single_value(what: str, kind: str) -> DofxError:
    """A column is one value."""
    return fault(
        "E0404",
        f"{what} is a single `{kind}`, not one value per row",
        help=("give an array or a list with a value for each row",),
    )


# ── holes ─────────────────────────────────────────────────────────────────────────────────────────────────


def only_holes(what: str) -> DofxError:
    """A column has no value in any row."""
    return fault(
        "E0516",
        f"{what} has no value in any row",
        ("nothing can be learnt about it",),
        ("leave the variable out of the graph, or declare it latent",),
    )


def no_row_shows(names: Sequence[str]) -> DofxError:
    """No row has values in all columns that a part of the answer reads."""
    return fault(
        "E0517",
        f"no row shows {' and '.join(names)} together",
        ("a part of the answer is learnt from the rows that do",),
        ("ask for something else, or measure them together",),
    )


def holes_where_all_rows_count(name: str, holes: int) -> DofxError:
    """A column with holes is needed in every row."""
    noun = "hole" if holes == 1 else "holes"
    return fault(
        "E0405",
        f"column `{name}` has {holes:,} {noun}, and all of its rows are needed",
        help=("ask for something that is computed from the rows that show it",),
    )


# ── weights and clusters ──────────────────────────────────────────────────────────────────────────────────

_WEIGHTS = ("weights say how much each row counts, such as the number of persons that it stands for",)


def weights_not_numbers(what: str) -> DofxError:
    """A column of weights does not hold one number for each row."""
    return fault(
        "E0510", f"{what} holds no numbers", ("a weight is a number from 0 up for each row",), _WEIGHTS
    )


def negative_weight(what: str, weight: float, row: int) -> DofxError:
    """A weight is below 0."""
    return fault("E0510", f"{what} holds the negative weight {weight:g}", (f"it is in row {row}",), _WEIGHTS)


def all_weights_zero(what: str) -> DofxError:
    """Every weight is 0."""
    return fault("E0510", f"all weights in {what} are 0", ("no row would count",), _WEIGHTS)


def clusters_of_several_numbers(what: str) -> DofxError:
    """A column of clusters has several numbers in each row."""
    return fault(
        "E0406",
        f"{what} holds several numbers per row",
        ("it says which rows were sampled together",),
        ("give one number or label per row",),
    )


# ── several data sets ─────────────────────────────────────────────────────────────────────────────────────


def no_rows_for(name: str, names: Sequence[str]) -> Diagnostic:
    """A network needs a data set that was not passed."""
    listed = ", ".join(f"{each!r}: …" for each in names)
    return Diagnostic(
        "E0508",
        f"there are no rows for the data set `{name}`",
        help=(
            by_surface(
                f"pass a frame for each: {{{listed}}}",
                f"give its file: --data {name}={name}.csv, or `from` in its `data` line",
                f"choose a file of rows for {name}",
            ),
        ),
    )


def untried_value(name: str, value: str, tried: str) -> DofxError:
    """An experiment has never set a variable to a value."""
    return fault(
        "E0509",
        f"no experiment has set `{name}` to {value}",
        (f"it was set to {tried}",),
        ("ask for a value that was tried: what another would do is not in the data",),
    )


def types_differ(name: str, types: str) -> DofxError:
    """A variable has types in several data sets that no one type covers."""
    return fault("E0407", f"`{name}` is {types} in different data sets", help=("declare its type",))


# ── warnings about columns ────────────────────────────────────────────────────────────────────────────────


def numbers_as_labels(what: str, labels: int, first: str, hint: str) -> Diagnostic:
    """A column of numbers is read as labels, because of a few words or of how the numbers are written."""
    return Diagnostic(
        "W0401", f"{what} holds numbers that are read as {labels:,} labels, such as {first}", help=(hint,)
    )


def labels_alike(what: str, groups: Sequence[str], more: int = 0) -> Diagnostic:
    """Labels of a column differ only in case or spaces."""
    listed = "; ".join(groups) + (f"; and {more:,} more" if more else "")
    return Diagnostic(
        "W0402",
        f"{what} has labels that differ only in case or spaces: {listed}",
        help=("they are different states: write them the same way if they mean the same",),
    )


def dates_as_labels(what: str, labels: int, first: str, hint: str) -> Diagnostic:
    """A column of dates in text is read as labels, because no unit is declared in which they are counted."""
    return Diagnostic(
        "W0404", f"{what} holds dates that are read as {labels:,} labels, such as {first}", help=(hint,)
    )


def codes_among_numbers(what: str, found: str, codes: str, least: float, largest: float) -> Diagnostic:
    """A column has numbers, such as -99, that look like codes for missing values."""
    return Diagnostic(
        "W0403",
        f"{what} has numbers that look like codes for missing values: {found}",
        notes=(f"its other numbers go from {least:g} to {largest:g}",),
        help=(
            f"declare them if they are codes: `data P holes {codes}`, or DataSet(holes=[{codes}]); dofx treats them "
            "as quantities",
        ),
    )


def labels_of_holes(what: str, labels: str) -> Diagnostic:
    """A column has labels, such as "NA", that look like missing values."""
    return Diagnostic(
        "W0403",
        f"{what} has labels that look like missing values: {labels}",
        help=(
            'declare them where they are: `data P holes "NA"`, or DataSet(holes=["NA"]); dofx treats them as states',
        ),
    )


# ── the values of a query ─────────────────────────────────────────────────────────────────────────────────


def not_values_by_name(role: str, kind: str) -> Diagnostic:
    """Values are given without the names of their variables."""
    return Diagnostic(
        "E0404",
        f"{role} is a `{kind}`, not values by name",
        help=(f'pass {role}={{"x": ...}}: one value, or one for each row',),
    )


def no_value(what: str, role: str, name: str) -> Diagnostic:
    """An intervention or a condition is given no value."""
    return Diagnostic(
        "E0423",
        f"{what} has no value",
        help=(
            by_surface(
                f'pass {role}={{"{name}": ...}}: one value, or one for each row',
                f"give it: --{role} {name}=VALUE",
            ),
        ),
    )


def value_in_query(name: str) -> Diagnostic:
    """The text of a query in several worlds states the value of a variable already."""
    return Diagnostic(
        "E0422",
        f"`{name}` has a value in the query, which distinguishes its worlds",
        help=("ask another query, or leave the value out of the text",),
    )


def other_role(name: str, role: str, other: str, argument: str | None) -> Diagnostic:
    """A variable has another role in the query than the one in which its value is given.

    Args:
        name: The variable.
        role: The role in which its value was given, such as "a condition".
        other: The role that it has.
        argument: The argument that takes values of its role; None for outcomes, which take none.
    """
    return Diagnostic(
        "E0422",
        f"`{name}` is {other} of the query, not {role}",
        help=(
            by_surface(f'pass it in {argument}={{"{name}": ...}}', f"give it as --{argument} {name}=VALUE")
            if argument
            else "outcomes are drawn: only interventions and conditions take values",
        ),
    )


def not_in_query(name: str, role: str, known: Sequence[str], near: str | None) -> Diagnostic:
    """A query has no variable of that name in that role, such as "condition"."""
    article = "an" if role[0] in "aeiou" else "a"
    return Diagnostic(
        "E0421",
        f"`{name}` is not {article} {role} of the query",
        notes=(f"its {role}s are {', '.join(known)}" if known else f"it has no {role}s",),
        help=(f"did you mean `{near}`?",) if near else (),
    )
