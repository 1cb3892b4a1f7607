"""What can be wrong with graphs and effects as they are read: a function for each error, with its places."""

from __future__ import annotations

from collections.abc import Sequence

from .diagnostics.diagnostic import Diagnostic, DofxError, Label
from .diagnostics.source import Source, Span

# ── graphs ────────────────────────────────────────────────────────────────────────────────────────────────


def nothing_to_read(source: Source, where: Span) -> DofxError:
    """A graph has no text."""
    label = Label(where, "no variables and no edges")
    return DofxError(Diagnostic("E0107", "there is nothing here to read", source, label))


def undecided_edge(arrow: str, source: Source, at: Span) -> Diagnostic:
    """An edge has no direction yet."""
    return Diagnostic(
        "E0203",
        "this edge has no direction",
        source,
        Label(at, f"`{arrow}` leaves open which way it goes"),
        notes=("a PAG, a CPDAG or an undirected graph stands for many causal graphs; a query needs one",),
        help=("write `->`, `<-` or `<->` instead, or ask about each of the possible graphs",),
    )


def ancestral_graph(notation: str, source: Source, at: Span) -> Diagnostic:
    """A graph is a MAG or a PAG, whose edges do not exclude unobserved common causes."""
    return Diagnostic(
        "E0203",
        f"a {notation.upper()} stands for many causal graphs",
        source,
        Label(at, "a common cause may stand behind this edge"),
        notes=(
            "in a MAG or a PAG an edge does not exclude an unobserved common cause; a query needs one graph",
        ),
        help=(
            "write the causal graph as `dag { … }`, with `<->` wherever there is an unobserved common cause",
        ),
    )


def unread_attribute(key: str, value: str | None, near: str | None, source: Source, at: Span) -> Diagnostic:
    """An attribute of DAGitty or DOT changes nothing; the value is given if the attribute itself is known."""
    return Diagnostic(
        "W0201",
        f"dofx does not use the attribute `{key}`"
        if value is None
        else f"`{key} = {value}` has no effect here",
        source,
        Label(at, "ignored"),
        help=(
            f"did you mean `{near}`?"
            if near
            else "a variable may be `latent`, `exposure`, `outcome`, `adjusted` or `selected`",
        ),
    )


# ── holes ─────────────────────────────────────────────────────────────────────────────────────────────────


def two_indicators(
    column: str,
    first: str,
    again: str,
    source: Source | None = None,
    at: Span | None = None,
    before: Span | None = None,
) -> Diagnostic:
    """Two indicators say why values of one column are missing."""
    return Diagnostic(
        "E0221",
        f"`{column}` has two indicators, `{first}` and `{again}`",
        source,
        None if at is None else Label(at, "again here"),
        () if before is None else (Label(before, "first here"),),
        help=("columns that are missing together share one indicator: write it the same way everywhere",),
    )


def hole_as_cause(
    indicator: str, effect: str, source: Source | None = None, at: Span | None = None
) -> Diagnostic:
    """An indicator has an edge to a variable."""
    return Diagnostic(
        "E0220",
        f"`{indicator}` cannot be a cause of `{effect}`",
        source,
        None if at is None else Label(at, f"{indicator} -> {effect}"),
        notes=(
            "whether a value was recorded does not change the values themselves; it can only be a cause of other holes",
        ),
        help=(
            f"reverse the edge if `{effect}` is the reason why values are missing, "
            f"or write `{indicator} <-> {effect}` if they share a cause",
        ),
    )


def holes_apart(one: str, other: str, source: Source | None = None, at: Span | None = None) -> Diagnostic:
    """An edge joins the holes of two data sets."""
    return Diagnostic(
        "E0225",
        f"no row has both `{one}` and `{other}`",
        source,
        None if at is None else Label(at, "holes of two data sets"),
        notes=("each row belongs to one data set, so the holes of two data sets cannot affect each other",),
        help=("remove the edge, or write the same data set on both sides",),
    )


def hole_nowhere(indicator: str, data_set: str, known: Sequence[str], near: str | None = None) -> Diagnostic:
    """An indicator names a data set that does not exist."""
    meant = f"did you mean `{near}`? " if near else ""
    return Diagnostic(
        "E0225",
        f"`{indicator}` names the data set `{data_set}`, which does not exist",
        notes=(f"the data {'set is' if len(known) == 1 else 'sets are'} {', '.join(known)}",),
        help=(
            f"{meant}declare the data set, or leave ` in {data_set}` out if all data sets have these holes",
        ),
    )


def latent_with_holes(column: str, source: Source | None, at: Span, declared: Span) -> Diagnostic:
    """A latent variable has an indicator of its missing values."""
    return Diagnostic(
        "E0222",
        f"`{column}` is latent, so none of its values are recorded and none can be missing",
        source,
        Label(at, "an indicator of a column that does not exist"),
        (Label(declared, "declared latent here"),),
        help=(
            f"leave the indicator out; or, if the data contain values of `{column}`, do not declare it latent",
        ),
    )


# ── effects ───────────────────────────────────────────────────────────────────────────────────────────────


def too_deep(deepest: int, source: Source, at: Span) -> DofxError:
    """An expression is nested too deep to be worked with."""
    return DofxError(
        Diagnostic(
            "E0106",
            f"this expression is nested more than {deepest} levels deep",
            source,
            Label(at, "too deep"),
            help=("split it into several effects",),
        )
    )
