"""What can be wrong with arguments, paths, files and libraries: a function for each error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..diagnostics.diagnostic import Diagnostic, DofxError
from .remedies import remedies_of

# ── arguments ─────────────────────────────────────────────────────────────────────────────────────────────


def wrong_kind(name: str, call: str, found: str, wanted: str) -> Diagnostic:
    """An argument has a value of another kind than its call takes."""
    title = f"`{name}` of `{call}` cannot be {found}"
    if name != "generators":
        return Diagnostic("E1001", title, help=(f"give {wanted}",))
    more = (WRAPPED,) if "a `dict`" in found else ()
    return Diagnostic("E1001", title, help=(GENERATORS, *more))


GENERATORS = 'give a dict from what is drawn to what draws it: {"y": "spline"} or {"P(y | x)": module}'


WRAPPED = "to use a model of another library, wrap it, as in `dofx.foreign.from_classifier(model)`: docs/generators.md"


def unknown_argument(name: str, call: str, known: Sequence[str], near: str | None) -> Diagnostic:
    """A call does not have an argument of that name."""
    hint = ELSEWHERE.get(name) if near is None else f"did you mean `{near}`?"
    return Diagnostic(
        "E0452",
        f"`{call}` has no argument `{name}`",
        notes=() if near else (f"its arguments are {', '.join(f'`{each}`' for each in known)}",),
        help=(hint,) if hint else (),
    )


def too_many_by_place(call: str, places: Sequence[str], given: int, named: str | None) -> Diagnostic:
    """More arguments are given by their place than a call takes in this way."""
    few = "no argument" if not places else f"only {' and '.join(f'`{each}`' for each in places)}"
    return Diagnostic(
        "E0452",
        f"`{call}` takes {few} by place, and {given} values are given",
        help=(f"write the names of the others, such as `{named}=…`",) if named else (),
    )


def missing_arguments(call: str, names: Sequence[str]) -> Diagnostic:
    """A call needs arguments that are not given."""
    *first, last = (f"`{name}`" for name in names)
    listed = f"{', '.join(first)} and {last}" if first else last
    written = ", ".join(f"{name}=…" for name in names)
    return Diagnostic("E0452", f"`{call}` needs {listed}", help=(f"add {written} to the call",))


def given_twice(name: str, call: str) -> Diagnostic:
    """An argument is given by its place and by its name."""
    said = (
        "the program describes the rows, beside the effect: `data P weights w  effect ate = ate(y, x, 1, 0)`"
    )
    return Diagnostic(
        "E0452",
        f"`{call}` is given `{name}` twice, by its place and by its name",
        help=("give it once", *((said,) if name == "data" else ())),
    )


ELSEWHERE = {
    "policies": "bind them first: following(policies) returns a sampler or a program with these policies",
    "weights": "the column of weights is named where the rows are described: dofx.DataSet(weights=...)",
    "cluster": "the column of clusters is named where the rows are described: dofx.DataSet(cluster=...)",
}
"""Where to say what people look for in the arguments of many calls."""


# ── paths and files ───────────────────────────────────────────────────────────────────────────────────────


def not_a_path(what: str, kind: str) -> DofxError:
    """An object is given where a path is needed."""
    return DofxError(
        Diagnostic(
            "E0801",
            f"{what} is of type `{kind}`, so it cannot be a path",
            help=("give text or a `pathlib.Path`",),
        )
    )


def impossible_path(
    quoted: str, reason: str = "it holds a character that no file name can have", number: int | None = None
) -> DofxError:
    """The operating system cannot look up a path; `number` is its number of the reason."""
    title = f"`{quoted}` cannot be a path"
    return DofxError(Diagnostic("E0801", title, notes=(reason,), help=remedies_of(number)))


def no_file(
    path: Path, what: str, place: str | None, beside: Sequence[str], near: Path | None, more: int = 0
) -> Diagnostic:
    """A file does not exist.

    Args:
        path: The file.
        what: What such a file is called, such as "program".
        place: Its folder in words; None if the folder does not exist either.
        beside: The files of the folder that it could have been.
        near: The one among them whose name is nearly the same.
        more: How many such files there are beside those in `beside`.
    """
    if near:
        hint = f"did you mean `{near}`?"
    elif place is None:
        hint = (
            f"there is no folder `{path.parent}` either: "
            "give the path from the working folder, or the whole path"
        )
    elif beside:
        listed = ", ".join(f"`{name}`" for name in beside)
        hint = f"{place} holds {listed}" + (f" and {more:,} more" if more else "")
    else:
        hint = f"{place} holds no {what}: give the path from the working folder, or the whole path"
    return Diagnostic("E0501", f"there is no file `{path}`", help=(hint,))


def broken_link(path: Path) -> Diagnostic:
    """A link is there, and the file that it names is not."""
    return Diagnostic(
        "E0501",
        f"`{path}` is a link to a file that does not exist",
        help=("give the path of the file itself, or make the link anew",),
    )


def not_on_this_machine(address: str, rows: bool) -> Diagnostic:
    """What was given for a file is an address, of the web or of a store.

    Args:
        address: The address.
        rows: Whether rows are read, which Python also takes as a frame.
    """
    local = address.partition("://")[2] if address.lower().startswith("file:") else ""
    download = "download the file first, and give its path"
    frame = (
        f"{download}; in Python, read it with another library and pass the frame: `pandas.read_csv(address)`"
    )
    hint = f"leave `file://` out: `{local}`" if local else frame if rows else download
    return Diagnostic(
        "E0501", f"`{address}` is an address, and dofx reads only files on this machine", help=(hint,)
    )


def not_written_elsewhere(address: str) -> DofxError:
    """What was given for a file to be written is an address, of the web or of a store."""
    local = address.partition("://")[2] if address.lower().startswith("file:") else ""
    hint = f"leave `file://` out: `{local}`" if local else "write it to a file, and copy that"
    return DofxError(
        Diagnostic(
            "E0801", f"`{address}` is an address: dofx writes files of this machine alone", help=(hint,)
        )
    )


def unreadable(path: Path, reason: str, number: int | None = None) -> DofxError:
    """A file exists and cannot be read; `number` is the system's number of the reason."""
    return DofxError(
        Diagnostic("E0503", f"`{path}` cannot be read", notes=(reason,), help=remedies_of(number))
    )


def not_unicode(path: Path) -> DofxError:
    """A file is not text in UTF-8."""
    return DofxError(
        Diagnostic(
            "E0503",
            f"`{path}` cannot be read",
            notes=("it is not UTF-8 text",),
            help=("save it as UTF-8",),
        )
    )


def of_system(
    path: str | None, reason: str, number: int | None = None, help: Sequence[str] = ()
) -> Diagnostic:
    """The operating system refuses to read or write a file.

    Args:
        path: The file, where it is known.
        reason: The reason of the system, in words.
        number: The reason as the system numbers it.
        help: What to do, beside what the reason says.
    """
    where = f"`{path}`" if path else "a file"
    advice = (*remedies_of(number), *help)
    return Diagnostic("E0801", f"{where} cannot be read or written", notes=(reason,), help=advice)


def output_lost(reason: str, number: int | None) -> Diagnostic:
    """What a command prints cannot be written to where its standard output goes."""
    advice = remedies_of(number)
    return Diagnostic("E0801", "the output of the command cannot be written", notes=(reason,), help=advice)


# ── libraries ─────────────────────────────────────────────────────────────────────────────────────────────


def not_installed(library: str, how: str) -> DofxError:
    """A library that dofx does without is needed now, and is not installed."""
    return DofxError(Diagnostic("E0429", f"{library} is not installed", help=(f"install it with {how}",)))
