"""``dofx new``: a commented program to start from, with rows to try it on."""

from __future__ import annotations

from pathlib import Path

import click

from ...grammar.edge.outputs import write_text
from ..errors import file_exists
from ..options.files import FILE, require_file

PROGRAM = """\
# {name}: a first causal question. Run it with
#     dofx run {name} --data {rows}

# What is assumed: an arrow from each cause to its effect. `a <-> b` says that both share a cause which nobody measured.
graph {{
  age -> {{treatment, recovery}}
  treatment -> recovery
}}

# What the columns hold. What is not declared is inferred from the rows.
variables {{
  age       : category("young", "old")
  treatment : bool
  recovery  : bool
}}

# What is asked. Seeing is P(y | x), setting is P(y | do(x)).
query seen     = P(recovery | treatment)
query set      = P(recovery | do(treatment))

# An effect is arithmetic of expectations.
effect benefit = E[recovery | do(treatment = true)] - E[recovery | do(treatment = false)]
"""
"""The program; what it asks of the rows below has known answers."""

COUNTS = {
    ("young", "false"): (40, 40),
    ("young", "true"): (6, 14),
    ("old", "false"): (16, 4),
    ("old", "true"): (48, 32),
}
"""For each age and treatment, how many rows have no recovery and how many have one: the treatment adds 0.2 to both."""


@click.command()
@click.argument("program", type=FILE, default="first.cq")
def command(program: str) -> int:
    """Write a commented program to start from, PROGRAM (first.cq), and beside it rows to try it on.

    Nothing is overwritten. If a run was killed between the two files, the next one writes the missing one.

    \b
    dofx new
    dofx new smoking.cq

    Exit status: 0 written, 2 a file is there already or cannot be written.
    """
    place = Path(require_file(program, "a program", ".cq") or program)
    rows = place.with_suffix(".csv")
    texts = {rows: rows_text(), place: PROGRAM.format(name=place.name, rows=rows)}
    there = [file for file in (place, rows) if file.exists()]
    if len(there) == 2 or (there and not _holds(there[0], texts[there[0]])):
        raise file_exists(there[0], "second.cq")
    for file, text in texts.items():
        if file not in there:
            write_text(file, text)
    click.echo(f"{place} and {rows} written; next: dofx run {place} --data {rows}")
    return 0


def _holds(file: Path, text: str) -> bool:
    """Whether a file holds a text, as one does that this command wrote before it was killed."""
    try:
        return file.read_bytes() == text.encode()
    except OSError:
        return False


def rows_text() -> str:
    """The rows, as a file of comma-separated values."""
    lines = ["age,treatment,recovery"]
    for (age, treatment), (failed, recovered) in COUNTS.items():
        lines += [f"{age},{treatment},false"] * failed + [f"{age},{treatment},true"] * recovered
    return "\n".join([*lines, ""])
