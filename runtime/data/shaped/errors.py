"""What can be wrong with files of the same people: a function for each error."""

from __future__ import annotations

from collections.abc import Sequence

from ....grammar.diagnostics.diagnostic import DofxError
from ...variables import fault


def rows_of_one_person(person: str, source: str, count: int) -> DofxError:
    """A person has several rows in a file that has no column of times."""
    more = f", and {count - 1:,} more people have several" if count > 1 else ""
    return fault(
        "E0512",
        f"person {person} has several rows in {source}",
        (f"it is not clear which of them to use{more}",),
        (
            "name the column that says when each row was taken, as in `time visit`",
            "if each row is a unit of its own, leave `person` out and write `cluster` instead",
        ),
    )


def person_and_time_twice(person: str, time: str, source: str, count: int) -> DofxError:
    """A person has several rows at one time."""
    more = f", and {count - 1:,} more pairs of a person and a time have several" if count > 1 else ""
    return fault(
        "E0512",
        f"person {person} has several rows at time {time} in {source}",
        (f"it is not clear which of them to use{more}",),
        ("keep one of them, or their mean, in the file",),
    )


def not_one_value(column: str, person: str, times: Sequence[str]) -> DofxError:
    """A variable is a column that changes over time."""
    named = ", ".join(f"`{column}_{time}`" for time in times[:3])
    return fault(
        "E0512",
        f"column `{column}` has several values for person {person}",
        ("a variable has one value for each person, and this column changes over time",),
        (f"let the graph name the times: {named}",),
    )


def in_two_files(column: str, sources: Sequence[str]) -> DofxError:
    """A column stands in two files of the same people."""
    return fault(
        "E0505",
        f"column `{column}` stands in {' and in '.join(sources)}",
        ("it is not clear which of them is the variable",),
        ("rename it in one of the files",),
    )


def missing_key(column: str, source: str, rows: str, what: str) -> DofxError:
    """A row does not say which person it belongs to, or when it was taken."""
    return fault(
        "E0513",
        f"column `{column}` of {source} is missing in {rows}",
        (f"it says {what}",),
        ("fill it in, or leave these rows out of the file",),
    )


def nobody_in_common(sources: Sequence[str], examples: Sequence[str]) -> DofxError:
    """Two files have no person in common."""
    return fault(
        "E0513",
        f"{sources[0]} and {sources[1]} have no person in common",
        (f"the first has {examples[0]}, the second {examples[1]}",),
        ("write people the same way in both: if one file stores text, 7, 7.0 and 007 are three people",),
    )


def no_key(column: str, source: str) -> DofxError:
    """A column of persons or times holds something else than numbers or text."""
    return fault(
        "E0513",
        f"column `{column}` of {source} holds neither whole numbers nor text",
        ("this column identifies the person or the time of a row",),
        ("give each person a number or a name",),
    )


def no_date(column: str, value: str, row: int, count: int) -> DofxError:
    """A text is not a date."""
    more = f", and {count - 1:,} more rows" if count > 1 else ""
    return fault(
        "E0514",
        f"column `{column}` holds {value}, which is not a date",
        (f"it is in row {row}{more}",),
        ("write dates as 2000-01-31, and times as 2000-01-31 14:30",),
    )


def numbers_for_dates(column: str) -> DofxError:
    """A column of numbers is declared to hold dates."""
    return fault(
        "E0514",
        f"column `{column}` holds numbers, and is declared to hold dates",
        ("numbers have a unit already",),
        ("leave it out of `dates`, or write its dates as 2000-01-31",),
    )


def no_such_dates(column: str, known: Sequence[str]) -> DofxError:
    """A column is declared to hold dates, and does not exist."""
    listed = ", ".join(f"`{name}`" for name in known[:12])
    return fault("E0504", f"there is no column `{column}`", (f"`dates` names it; the columns are {listed}",))


def not_by_person(column: str) -> DofxError:
    """Images or vectors of some people are missing."""
    return fault(
        "E0513",
        f"not everybody has a row for column `{column}`, which holds several numbers a row",
        ("only single numbers and labels can have holes",),
        ("leave out the people who have none",),
    )


def one_table(kind: str) -> DofxError:
    """Several sources are given for a data set of whose people nothing is declared."""
    return fault(
        "E0502",
        f"a {kind} of several tables is given for one data set",
        ("no column identifies the person of each row",),
        ('declare the column: `data P person id`, or `DataSet(person="id")`',),
    )
