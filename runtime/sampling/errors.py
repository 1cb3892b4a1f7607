"""What can be wrong with how many rows are drawn, and with where they are written: a function for each error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.edge.surface import by_surface
from ..variables.faults import fault


def not_a_seed(seed: str) -> DofxError:
    """A seed is not a whole number."""
    return fault(
        "E0431",
        f"seed is {seed}, not a whole number",
        help=("give a whole number, or leave the seed out: a fresh one is then drawn",),
    )


def not_a_count(code: str, what: str, number: object, noun: str, least: int) -> DofxError:
    """A number of rows is not a whole number, or is too small."""
    return fault(
        code, f"{what} is {number!r}, not {noun}", help=(f"give a whole number of at least {least}",)
    )


def one_file_for_several(path: Path) -> DofxError:
    """Several processes are to write one file."""
    return fault(
        "E0432",
        f"several processes cannot write `{path}`",
        ("they write a folder of Parquet files",),
        (f"give the name of a folder, such as `{path.stem}`",),
    )


def whole_already(path: Path, seed: object) -> DofxError:
    """A folder holds a whole sample of another seed."""
    return fault(
        "E0441",
        f"`{path}` holds a whole sample already",
        (f"its seed is {seed}",),
        ("give another folder, or that seed",),
    )


def other_parts(path: Path, note: str, untold: Sequence[str] = ()) -> DofxError:
    """A folder holds files that are not parts of this sample, as far as that can be told.

    Args:
        path: The folder.
        note: In what a part differs.
        untold: What cannot be compared of the policies, where they alone differ.
    """
    return fault(
        "E0441",
        f"`{path}` holds files that are not parts of this sample",
        (note, *(f"of its policy, {each} with what an earlier process used" for each in untold)),
        ("give a new folder, or what the earlier call was given",),
    )


def too_many_rows(rows: int, size: float, room: float) -> DofxError:
    """Rows need more memory than there is."""
    return fault(
        "E0424",
        f"{rows:,} rows take {size / 1e9:,.0f} GB or more, and this process has {room / 1e9:,.0f} GB of memory",
        help=(
            by_surface(
                "call `stream`, which holds one part at a time, or `sample_to`, which writes a file",
                "write them to a file: -o rows.parquet",
            ),
        ),
    )


def no_file_format(path: Path, suffixes: Iterable[str]) -> DofxError:
    """The name of a file ends in no format that rows are written in."""
    return fault(
        "E0432",
        f"rows cannot be written to `{path}`",
        help=(f"end its name in {', '.join(suffixes)}",),
    )


def no_arrays_in_csv(listed: str) -> DofxError:
    """CSV cannot hold arrays."""
    return fault("E0432", f"CSV cannot hold the arrays of {listed}", help=("write them to .parquet",))
