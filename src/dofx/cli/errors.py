"""What can be wrong on the command line: a function for each error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..grammar.diagnostics.diagnostic import Diagnostic, DofxError


def file_exists(path: Path, another: str) -> DofxError:
    """A file that is to be written exists, and may be somebody's work."""
    return DofxError(
        Diagnostic(
            "E0801",
            f"`{path}` exists already",
            notes=("nothing was written",),
            help=(f"give another name, as in `dofx new {another}`",),
        )
    )


def wrong_ending(what: str, output: str, endings: Sequence[str]) -> DofxError:
    """The name of a file that is to be written does not say what the file is to hold."""
    return DofxError(
        Diagnostic(
            "E0803",
            f"{what} cannot be written to `{output}`",
            help=(f"end its name in {_either(endings)}",),
        )
    )


def not_in_encoding(what: str, character: str, point: str, encoding: str) -> DofxError:
    """The encoding of standard output lacks a character of what is to be printed; `point` is its number in Unicode."""
    return DofxError(
        Diagnostic(
            "E0801",
            f"{what} cannot be printed in the encoding {encoding}",
            notes=(f"`{character}` ({point}) does not exist in it, so nothing was printed",),
            help=("set PYTHONIOENCODING=utf-8, or write to a file, which is always UTF-8",),
        )
    )


def no_arrays_in_csv(names: Sequence[str]) -> DofxError:
    """Rows are printed as CSV, and a variable has an array in each row."""
    return DofxError(
        Diagnostic(
            "E0803",
            f"CSV cannot hold the arrays of {', '.join(f'`{name}`' for name in names)}",
            help=("write them to a file: -o rows.parquet",),
        )
    )


def only_its_graph(path: str, command: str, queries: int, effects: int) -> DofxError:
    """A program stands where a graph is expected, and no question beside it."""
    asked = [
        f"{number} {one if number == 1 else many}"
        for number, one, many in ((queries, "query", "queries"), (effects, "effect", "effects"))
        if number
    ]
    return DofxError(
        Diagnostic(
            "E0309",
            f"`-g {path}` reads only the graph of this program, and no question was given",
            notes=(f"the program itself contains {' and '.join(asked)}",),
            help=(
                f"leave -g out to answer them: `dofx {command} {path}`",
                f'or ask one question of its graph: `dofx {command} "…" -g {path}`',
            ),
        )
    )


def no_questions(kind: str, example: str) -> Diagnostic:
    """A program has no query, or no effect, and the command needs one."""
    return Diagnostic("E0802", f"the program has no {kind}", help=(f"add one: `{example}`",))


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
