"""What can be wrong with names, graphs, types and data sets: a function for each error, with the places it points to.

Those of queries and effects are in `query_errors.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..diagnostics.diagnostic import Diagnostic, Label
from ..diagnostics.source import Source, Span

_FIRST, _AGAIN = "first here", "again here"


# ── names ─────────────────────────────────────────────────────────────────────────────────────────────────


def unprintable(name: str, character: str, source: Source | None, at: Span) -> Diagnostic:
    """A name holds a character that cannot be shown."""
    return Diagnostic(
        "E0108",
        f"the name `{name}` holds a character that cannot be shown (U+{ord(character[0]):04X})",
        source,
        None if source is None else Label(at, "this name"),
        help=("rename it: a name cannot contain control characters, line breaks or tabs",),
    )


def unknown_variable(
    name: str, known: Sequence[str], near: str | None, source: Source | None, at: Span
) -> Diagnostic:
    """A name is not in the graph."""
    return Diagnostic(
        "E0301",
        f"unknown variable `{name}`",
        source,
        Label(at, "not in the graph"),
        notes=(f"the graph has {', '.join(known)}",) if known else (),
        help=(f"did you mean `{near}`?",) if near else (),
    )


def ambiguous(name: str, either: str, source: Source | None, at: Span) -> Diagnostic:
    """A name matches several variables if case, or the blanks around it, are ignored."""
    return Diagnostic(
        "E0302",
        f"`{name}` matches several variables",
        source,
        Label(at, f"is it {either}?"),
        help=("write the name exactly, with the same upper and lower case and the same blanks",),
    )


def not_held(what: str, name: str, notes: Sequence[str], listed: str, near: str | None) -> Diagnostic:
    """A program or its answers do not hold a name."""
    return Diagnostic(
        "E0802",
        f"{what} `{name}`",
        notes=(*notes, *((f"it has {listed}",) if listed else ())),
        help=(f"did you mean `{near}`?",) if near else (),
    )


# ── programs and data sets ────────────────────────────────────────────────────────────────────────────────


def declared_twice(what: str, name: str, source: Source | None, at: Span, first: Span) -> Diagnostic:
    """Two declarations have one name."""
    return Diagnostic(
        "E0307",
        f"there are two declarations of the {what} `{name}`",
        source,
        Label(at, _AGAIN),
        (Label(first, _FIRST),),
        help=("keep one of them",) if what == "variable" else ("give one of them another name",),
    )


def avoided_and_asked(name: str, source: Source | None, at: Span, asked: Span) -> Diagnostic:
    """A query is about a variable that it is to avoid."""
    return Diagnostic(
        "E0303",
        f"`{name}` is to be avoided, but the query is about it",
        source,
        Label(at, "not to be used"),
        (Label(asked, "asked about here"),),
        help=(f"take `{name}` out of one of the two",),
    )


def latent_declared(name: str, data: str, source: Source | None, at: Span) -> Diagnostic:
    """A data set declares a variable that is latent."""
    return Diagnostic(
        "E0306",
        f"`{name}` is latent, but the data set `{data}` declares it",
        source,
        Label(at, "not observed"),
        help=(
            "a variable in any data set is not latent: remove `latent`, and list what each data set `measures`",
        ),
    )


def said_twice(
    word: str, data: str, lists: bool, source: Source | None, at: Span, first: Label
) -> Diagnostic:
    """A data set says the same thing in two places."""
    return Diagnostic(
        "E0305",
        f"`{word}` occurs twice in the data set `{data}`",
        source,
        Label(at, _AGAIN),
        (first,),
        help=("put both lists into one",) if lists else ("keep one of them",),
    )


def unknown_unit(
    unit: str, known: Sequence[str], near: str | None, source: Source | None, at: Span
) -> Diagnostic:
    """A data set counts dates in a unit, or from a day, that there is not."""
    return Diagnostic(
        "E0321",
        f"dates are not counted in `{unit}`" if len(known) > 1 else f"`{unit}` is not a day",
        source,
        Label(at, "not a unit" if len(known) > 1 else "not a day"),
        notes=(f"units are {', '.join(known)}",) if len(known) > 1 else (),
        help=(f"did you mean `{near}`?",)
        if near
        else ()
        if len(known) > 1
        else (f"write the year, the month and the day, as in {known[0]}",),
    )


def no_person(data: str, what: str, source: Source | None, at: Span) -> Diagnostic:
    """A data set has several rows or files of one person, and no column that identifies people."""
    return Diagnostic(
        "E0322",
        f"the data set `{data}` has {what}, and no column identifies the person of each row",
        source,
        Label(at, "whose rows?"),
        help=("add `person` and the column that holds the number or the name of each person",),
    )


def weights_in_graph(name: str, source: Source | None = None, at: Span | None = None) -> Diagnostic:
    """A variable of the graph is the column that holds the weights of the rows."""
    return Diagnostic(
        "E0511",
        f"`{name}` is a variable of the graph, so it cannot hold the weights of the rows",
        source,
        None if at is None else Label(at, "in the graph"),
        notes=(
            "a weight says how many units of the population a row stands for, not what happened to one of them",
        ),
        help=("leave it out of the graph, or weight the rows by another column",),
    )


# ── graphs ────────────────────────────────────────────────────────────────────────────────────────────────


def in_cycle(
    names: Sequence[str],
    remedy: str,
    edges: int | None = None,
    source: Source | None = None,
    labels: Sequence[Label] = (),
) -> Diagnostic:
    """A graph that admits no feedback has a cycle; the number of its edges is given if not all are named."""
    return Diagnostic(
        "E0201",
        f"the graph has a cycle: {' -> '.join(names)}",
        source,
        labels[0] if labels else None,
        tuple(labels[1:]),
        notes=() if edges is None else (f"the cycle has {edges} edges",),
        help=("a cause comes before its effect: remove or reverse one of these edges", remedy),
    )


def edge_to_itself(
    name: str, source: Source | None = None, at: Span | None = None, arrow: str = "->"
) -> Diagnostic:
    """A variable has an edge to itself."""
    return Diagnostic(
        "E0202",
        f"`{name}` has an edge to itself",
        source,
        None if at is None else Label(at, f"{name} {arrow} {name}"),
        help=("a variable cannot be a cause of itself: remove the edge",),
    )


def many_edges(edges: int, notes: Sequence[str], most: int) -> Diagnostic:
    """A graph has more edges than can be listed."""
    return Diagnostic(
        "E0207",
        f"the graph has {edges:,} edges",
        notes=(*notes, f"a graph whose edges are listed has at most {most:,}"),
        help=("leave out variables that the query does not need, or merge variables that mean the same",),
    )


# ── types and values ──────────────────────────────────────────────────────────────────────────────────────


def unknown_type(kind: str, help: Sequence[str], source: Source | None, at: Span) -> Diagnostic:
    """There is no type of that name."""
    return Diagnostic("E0401", f"unknown type `{kind}`", source, Label(at, "no such type"), help=tuple(help))


def misfit(title: str, known: str, source: Source | None, at: Span) -> Diagnostic:
    """A type is written with other arguments than it takes."""
    return Diagnostic("E0402", title, source, Label(at), help=(f"types are {known}",))


def not_a_state(
    value: str, name: str, states: str, near: str | None, source: Source | None, at: Span
) -> Diagnostic:
    """A value is not among the states of its variable."""
    return Diagnostic(
        "E0403",
        f"{value} is not a state of `{name}`",
        source,
        Label(at, "no such state"),
        notes=(f"its states are {states}",),
        help=(f"did you mean {near}?",) if near is not None else (),
    )


def not_a_value(value: str, name: str, kind: str, wanted: str, source: Source | None, at: Span) -> Diagnostic:
    """A value is not of the type of its variable."""
    return Diagnostic(
        "E0404",
        f"{value} is not a value of `{name}`",
        source,
        Label(at, f"its type is `{kind}`"),
        help=(f"a value of `{kind}` is {wanted}",),
    )
