"""What can be wrong with queries and data sets: a function for each error."""

from __future__ import annotations

from collections.abc import Sequence

from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError, Label
from ...grammar.diagnostics.source import Source, Span
from ...grammar.edge.arguments import ArgumentError, refused
from ...grammar.edge.kinds import kind_of
from ...grammar.syntax.query import Assignment, Name, Shorthand, Term


def reads_its_effect(
    setting: Assignment, written: str, name: str, source: Source | None, read: Term, shown: str
) -> Diagnostic:
    """A policy reads what depends on the variable that it sets."""
    if written == name == setting.name.text:
        return Diagnostic(
            "E0318",
            f"`{name}` is inside a cycle: its own value depends on what it is set to",
            source,
            Label(read.span, "has no value before it is set"),
            (Label(setting.name.span, "set by this policy"),),
            notes=(f"in this world {shown}",),
            help=(
                f"shift a cause outside of the cycle; for `{name}` itself, randomise it, or unroll the cycle in time",
            ),
        )
    return Diagnostic(
        "E0318",
        f"the policy of `{setting.name.text}` reads `{written}`, which depends on `{name}`",
        source,
        Label(read.span, "not known when the policy reads it"),
        (Label(setting.name.span, "set by this policy"),),
        notes=(f"in this world {shown}",),
        help=(
            "let the policy read variables that come before; brackets give the value in another world, "
            f"such as `{written}[]` for the factual one",
        ),
    )


def nameless_data_set() -> ArgumentError:
    """A data set has an empty name."""
    return refused("a data set has an empty name", "give it a name, such as `trial`")


def nameless_column(data: str) -> ArgumentError:
    """A column that a data set names has an empty name."""
    return refused(f"a column of `{data}` has an empty name", "give the name of a column")


def time_of_nobody(data: str) -> ArgumentError:
    """A data set has a column of times, and none of persons."""
    return refused(
        f"`{data}` has rows at several times, and no column identifies the person of each row",
        "give `person` the column that holds the number or the name of each person",
    )


def no_dates(data: str) -> ArgumentError:
    """The dates of a data set are not given as columns with units."""
    return refused(
        f"the dates of `{data}` are not given as columns with their units",
        'give a dict, such as {"born": "years"}',
    )


def no_unit(unit: str, known: Sequence[str]) -> ArgumentError:
    """A unit of dates is unknown."""
    return refused(
        f"dates are not counted in `{unit}`",
        f"give one of {', '.join(known)}, and after it `since` and a day if they count from one, as in "
        "`days since 2000-01-31`",
    )


def no_data_set() -> ArgumentError:
    """The list of data sets is empty."""
    return refused("there is no data set", "leave `data` out if there is one observational data set")


def not_a_data_set(strange: object) -> ArgumentError:
    """The list of data sets holds something else."""
    return refused(f"`data` cannot hold {kind_of(strange)}", "give `dofx.DataSet` objects")


def data_set_twice(name: str) -> Diagnostic:
    """Two data sets have one name."""
    return Diagnostic("E0307", f"two data sets are named `{name}`", help=("give one of them another name",))


def measures_latent(name: str, data: str) -> Diagnostic:
    """A data set declares a variable that is latent."""
    return Diagnostic(
        "E0306",
        f"`{name}` is latent, but the data set `{data}` declares it",
        help=(
            "a variable in any data set is not latent: remove `latent`, and list what each data set `measures`",
        ),
    )


def not_a_distribution(text: str) -> ArgumentError:
    """A text is not a distribution in the notation of dosearch."""
    return refused(f"`{text.strip()}` is not a distribution of dosearch", "write it as p(y|do(x),z)")


def not_an_edge(line: str) -> ArgumentError:
    """A text is not an edge in the notation of dosearch."""
    return refused(
        f"`{line.strip()}` is not an edge of dosearch", "write one edge per line: x -> y or x <-> y"
    )


def not_a_shift(text: str) -> ArgumentError:
    """A text is not the formula of a shift."""
    return refused(f"`{text}` is not the formula of a shift")


def no_value(policy: str, source: Source | None, written: Span) -> DofxError:
    """A policy has no value where the query needs one."""
    return DofxError(
        Diagnostic(
            "E0316",
            f"`{policy}` has no value",
            source,
            Label(written, "divides by zero, or is too large for a number"),
            help=("write the value to which the variable is set",),
        )
    )


# ── warnings about effects by name ────────────────────────────────────────────────────────────────────────


def no_effect_by_graph(
    effect: Shorthand, why: str, source: Source | None, back: bool, past: bool
) -> Diagnostic:
    """An effect by name is zero by the graph alone.

    Args:
        effect: The effect.
        why: What the graph lacks, in words.
        source: The text that spans point into.
        back: Whether the outcome has an effect on the exposure, so that they may have been exchanged.
        past: Whether the exposure has an effect, only none past what is held.
    """
    name, exposure, outcome = effect.kind, effect.exposure.text, effect.outcome.name.text
    swapped = f"did you mean the effect of `{outcome}` on `{exposure}`, `{name}({exposure}, {outcome}, …)`?"
    arrow = f"draw an arrow in the graph if `{exposure}` may influence `{outcome}`{' in another way' * past}"
    return Diagnostic(
        "W0301",
        f"in this graph `{exposure}` has no such effect on `{outcome}`, so this `{name}` is 0 for any data",
        source,
        Label(effect.span, why),
        help=(f"{swapped} The outcome is written first" if back else arrow,),
    )


def no_mediator(
    effect: Shorthand,
    name: Name,
    ends: tuple[str, str],
    others: Sequence[str],
    zero: bool,
    source: Source | None,
) -> Diagnostic:
    """A variable that an effect runs through is not on a path along which the exposure influences the outcome.

    Args:
        effect: The effect.
        name: The variable.
        ends: Two variables between which no directed path leads.
        others: The mediators that the graph has.
        zero: Whether the effect is zero for this reason.
        source: The text that spans point into.
    """
    exposure, outcome = effect.exposure.text, effect.outcome.name.text
    listed = ", ".join(f"`{other}`" for other in others[:6]) + (", …" if len(others) > 6 else "")
    found = f"between them this graph has {listed}" if others else "this graph has no variable between them"
    return Diagnostic(
        "W0302",
        f"in this graph `{name.text}` is not a mediator of the effect of `{exposure}` on `{outcome}`",
        source,
        Label(name.span, f"no directed path leads from `{ends[0]}` to `{ends[1]}`"),
        notes=(f"this `{effect.kind}` is 0 for any data",) if zero else (),
        help=(f"a mediator is on a directed path from `{exposure}` to `{outcome}`; {found}",),
    )
