"""``dofx sample``: rows from a bundle."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from ...grammar.edge.files import system_faults
from ...grammar.edge.outputs import replacing, require_output
from ..errors import no_arrays_in_csv
from ..options.files import FILE
from ..options.policies import policy_option, read_policies
from ..options.training import engine_option, require_device
from ..options.values import read_assignments

if TYPE_CHECKING:
    from ...runtime.data.samples import Samples

FORMULA = ("=", "+", "@", "\t", "\r", "-")
"""How text begins that a spreadsheet takes for a formula."""


@click.command()
@click.argument("bundle", type=FILE)
@click.option("-n", "n", default=1000, show_default=True, type=click.IntRange(min=1), help="Number of rows.")
@click.option("--do", "do", multiple=True, metavar="NAME=VALUE", help="The value of an intervention.")
@click.option("--given", "given", multiple=True, metavar="NAME=VALUE", help="The value of a condition.")
@policy_option
@click.option("--seed", type=int, help="Equal seeds give equal rows.  [default: a fresh one]")
@click.option("--device", metavar="NAME", help="Where to run, such as cuda.")
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="PATH",
    help="A .parquet, .arrow or .csv file, or a folder of Parquet files; else CSV on stdout.",
)
@click.option(
    "--start", default=0, show_default=True, type=click.IntRange(min=0), help="The first row's number."
)
@click.option("--workers", type=click.IntRange(min=1), help="Threads.  [default: one per core]")
@click.option(
    "--precision",
    type=click.Choice(["float32", "tf32", "bf16"]),
    default="float32",
    show_default=True,
    help="Precision of matrix products; tf32 and bf16 are faster on some hardware, and less exact.",
)
@click.option(
    "--folded",
    is_flag=True,
    help="Draw from one joint table, if all variables are finite: much faster; other rows for the same seed.",
)
@click.option(
    "--safe-csv",
    "safe",
    is_flag=True,
    help="In CSV, put a ' before text that a spreadsheet would take for a formula.",
)
@engine_option
def command(
    bundle: str,
    n: int,
    do: tuple[str, ...],
    given: tuple[str, ...],
    policies: tuple[str, ...],
    seed: int | None,
    device: str | None,
    output: str | None,
    start: int,
    workers: int | None,
    precision: str,
    folded: bool,
    safe: bool,
    engine: str,
) -> int:
    """Draw rows from BUNDLE, a folder that `dofx fit` wrote.

    A value is a number, true or false, or a string, bare or in quotes; --do and --given may be repeated.
    A file appears whole or not at all, and takes no more memory for more rows. PATH without a suffix is a
    folder, where a command that was killed goes on at the parts that are missing; --engine ray writes one.
    Text is written to CSV as it is in the data. A spreadsheet runs text that begins with =, +, - or @ as a formula:
    pass --safe-csv if the data come from someone else and the rows are to be opened in one.
    A row depends on the seed and its number alone: -n 1 --start 41 --seed 7 draws row 41 of seed 7 again.

    \b
    dofx sample bundle/ -n 1000 --do x=1 --given age=old
    dofx sample bundle/ -n 1000 --policy advice=advice.csv
    dofx sample bundle/ -n 10000000 --do x=1 --seed 7 -o rows.parquet

    Exit status: 0 drawn, 2 bad input.
    """
    require_device(device, engine)
    as_csv = output is None or Path(output).suffix.lower() == ".csv"
    if safe and not (as_csv and engine == "local"):
        raise click.UsageError("--safe-csv is for CSV that is written here: end the name in .csv.")
    if output is not None:
        require_output(output, folder=not Path(output).suffix)
    from ...runtime.bundle.bundle import load

    fitted = load(bundle)
    if policies:
        fitted = fitted.following(read_policies(policies, [fitted.network], fitted.types))
    sampler = fitted.folded() if folded else fitted
    options: dict[str, Any] = {
        "do": read_assignments(do, fitted.types, "--do"),
        "given": read_assignments(given, fitted.types, "--given"),
        "seed": seed,
        "device": device,
        "start": start,
        "workers": workers,
        "precision": precision,
    }
    if output is not None and safe:
        path = Path(output)
        with system_faults(path), replacing(path) as beside, beside.open("wb") as file:
            write_csv(sampler.stream(n, **options), file, safe=True)
    elif output is not None:
        click.echo(sampler.sample_to(output, n, engine=engine, **options), err=True)
    elif engine == "local":
        write_csv(sampler.stream(n, **options), sys.stdout.buffer, safe=safe)
    else:
        write_csv([sampler.sample(n, engine=engine, **options)], sys.stdout.buffer)
    return 0


def write_csv(parts: Iterable[Samples], file: BinaryIO, *, safe: bool = False) -> None:
    """Write rows as CSV, names first, quoted only where need be.

    Args:
        parts: The rows.
        file: Where to.
        safe: Whether to put an apostrophe before text that a spreadsheet would take for a formula.

    Raises:
        DofxError: E0803 for a variable whose values are arrays.
    """
    import csv
    import io

    import pyarrow.csv

    for number, part in enumerate(parts):
        wide = [name for name in part if part[name].ndim > 1]
        if wide:
            raise no_arrays_in_csv(wide)
        if number == 0:
            header = io.StringIO()
            csv.writer(header, lineterminator="\n").writerow(
                [_inert(name) if safe else name for name in part]
            )
            file.write(header.getvalue().encode())
        table = part.to_arrow()
        pyarrow.csv.write_csv(
            _inert_table(table) if safe else table, file, pyarrow.csv.WriteOptions(include_header=False)
        )


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _inert_table(table: Any) -> Any:
    """A pyarrow table whose texts no spreadsheet runs."""
    import pyarrow as pa
    from pyarrow import compute as typed

    compute: Any = typed  # whose functions are made as it is imported, so that no checker sees them
    for index, field in enumerate(table.schema):
        column = table.column(index)
        if pa.types.is_dictionary(field.type):
            column = column.cast(field.type.value_type)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            runs = compute.match_substring_regex(column, f"^[{''.join(FORMULA)}]")
            column = compute.if_else(runs, compute.binary_join_element_wise("'", column, ""), column)
            table = table.set_column(index, field.name, column)
    return table
