"""``dofx sample``: rows from a bundle."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from ..grammar.diagnostics import Diagnostic, DofxError
from .files import beside, require_suffix
from .values import as_options, read_assignments

if TYPE_CHECKING:
    from ..runtime.samples import Samples

SUFFIXES = (".csv", ".parquet")


@click.command()
@click.argument("bundle")
@click.option("-n", "n", default=1000, show_default=True, type=click.IntRange(min=1), help="How many rows.")
@click.option("--do", "do", multiple=True, metavar="NAME=VALUE", help="The value of an intervention.")
@click.option("--given", "given", multiple=True, metavar="NAME=VALUE", help="The value of a condition.")
@click.option("--seed", type=int, help="Equal seeds give equal rows.  [default: a fresh one]")
@click.option("-o", "--output", metavar="FILE", help="A .csv or .parquet file; else CSV on stdout.")
def command(
    bundle: str, n: int, do: tuple[str, ...], given: tuple[str, ...], seed: int | None, output: str | None
) -> int:
    """Draw rows from BUNDLE, a folder that `dofx fit` wrote.

    A value is a number, true or false, or a string, bare or in quotes; --do and --given may be repeated.

    \b
    dofx sample bundle/ -n 1000 --do x=1 --given age=old
    dofx sample bundle/ --do x=1 --seed 7 -o rows.parquet
    """
    require_suffix(output, "rows", *SUFFIXES)
    from ..runtime.bundle import load

    sampler = load(bundle)
    values = {
        "do": read_assignments(do, sampler.types, "--do"),
        "given": read_assignments(given, sampler.types, "--given"),
    }
    try:
        samples = sampler.sample(n, **values, seed=seed)
    except DofxError as error:
        raise as_options(error) from None
    if output is None:
        sys.stdout.flush()
        write_csv(samples, sys.stdout.buffer)
    else:
        _write(samples, Path(output))
        click.echo(f"{n:,} rows of {', '.join(samples)} in {output}, seed {samples.seed}", err=True)
    return 0


def _write(samples: Samples, path: Path) -> None:
    import pyarrow.parquet

    with beside(path) as temporary:
        if path.suffix.lower() == ".csv":
            with temporary.open("wb") as file:
                write_csv(samples, file)
        else:
            pyarrow.parquet.write_table(samples.to_arrow(), str(temporary))


def write_csv(samples: Samples, file: BinaryIO) -> None:
    """Write rows as CSV, names first, quoted only where need be.

    Raises:
        DofxError: E0803 for a variable whose values are arrays.
    """
    import csv
    import io

    import pyarrow.csv

    wide = [name for name in samples if samples[name].ndim > 1]
    if wide:
        listed = ", ".join(f"`{name}`" for name in wide)
        raise DofxError(
            Diagnostic(
                "E0803",
                f"CSV cannot hold the arrays of {listed}",
                help=("write them to Parquet: -o rows.parquet",),
            )
        )
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(samples)
    file.write(header.getvalue().encode())
    pyarrow.csv.write_csv(samples.to_arrow(), file, pyarrow.csv.WriteOptions(include_header=False))
