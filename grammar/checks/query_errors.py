"""What can be wrong with a query or an effect: a function for each error, with the places that it points to."""

from __future__ import annotations

from ..diagnostics.diagnostic import Diagnostic, Label
from ..diagnostics.source import Source, Span
from ..formatting.query import format_name

_FIRST, _AGAIN = "first here", "again here"


# ── queries ───────────────────────────────────────────────────────────────────────────────────────────────


def latent_asked(name: str, source: Source | None, at: Span) -> Diagnostic:
    """A query is about a latent variable."""
    return Diagnostic(
        "E0306",
        f"`{name}` is latent",
        source,
        Label(at, "not observed"),
        help=("a query is about observed variables; if the data contain it, do not declare it latent",),
    )


def written_twice(name: str, advice: str, source: Source | None, at: Span, first: Span) -> Diagnostic:
    """A query names a variable twice in one place."""
    where = (Label(first, _FIRST),)
    return Diagnostic("E0305", f"`{name}` is written twice", source, Label(at, _AGAIN), where, help=(advice,))


def asked_and_set(name: str, source: Source | None, at: Span, first: Span) -> Diagnostic:
    """A query asks about a variable that it sets."""
    return Diagnostic(
        "E0304",
        f"`{name}` is both an outcome and set by `do`",
        source,
        Label(at, _AGAIN),
        (Label(first, _FIRST),),
        help=(f"ask about `{name}`, or set it, but not both",),
    )


def in_two_roles(
    name: str, one: str, other: str, had: str | None, source: Source | None, at: Span, first: Span
) -> Diagnostic:
    """A query names a variable in two places; where it is set and given, `had` asks about those who had a value."""
    among = () if had is None else (f"among those whose `{name}` has a value of its own: `{had}`",)
    return Diagnostic(
        "E0303",
        f"`{name}` is both {one} and {other}",
        source,
        Label(at, _AGAIN),
        (Label(first, _FIRST),),
        help=(f"keep `{name}` in one of the two places", *among),
    )


def no_value(name: str, source: Source | None, at: Span) -> Diagnostic:
    """A query in an effect leaves a value open."""
    return Diagnostic(
        "E0308",
        f"this is not a number: `{name}` has no value",
        source,
        Label(at, "which value?"),
        help=(
            f"an effect is a number: give a value, as in `{name} = 1`",
            "for every value, write a `query` of one expectation or probability, or an effect for each value",
        ),
    )


def not_numbers(name: str, such_as: str | None, kind: str, source: Source | None, at: Span) -> Diagnostic:
    """A formula reads a variable whose values are not numbers."""
    return Diagnostic(
        "E0404",
        f"the values of `{name}` are not numbers",
        source,
        Label(at, f"such as {such_as}" if such_as is not None else f"its type is `{kind}`"),
        help=("use a policy for values that are not numbers: `x ~ g(x)`",),
    )


# ── worlds ────────────────────────────────────────────────────────────────────────────────────────────────


def do_and_brackets(advice: str, source: Source | None, brackets: Span, do: Span) -> Diagnostic:
    """A query has both `do` and brackets."""
    return Diagnostic(
        "E0312",
        "this query has both `do` and brackets",
        source,
        Label(brackets, "in a world of its own"),
        (Label(do, "the world of every name without brackets"),),
        help=(f"write the world in brackets on each variable, such as {advice}, and leave `do` out",),
    )


def set_twice(name: str, source: Source | None, at: Span, first: Span) -> Diagnostic:
    """A variable is set twice in one world."""
    title = f"`{name}` is set twice in one world"
    return Diagnostic("E0305", title, source, Label(at, _AGAIN), (Label(first, _FIRST),), help=("keep one",))


def read_twice(text: str, source: Source | None, at: Span, first: Span) -> Diagnostic:
    """A policy reads a value twice."""
    title = f"a policy reads `{text}` twice"
    return Diagnostic("E0305", title, source, Label(at, _AGAIN), (Label(first, _FIRST),), help=("keep one",))


def no_function(function: str, policy: str, source: Source | None, at: Span) -> Diagnostic:
    """A formula has a function that formulas do not have."""
    return Diagnostic(
        "E0316",
        f"a formula has no function `{function}`",
        source,
        Label(at, "unknown"),
        notes=("a formula combines values by `+`, `-`, `*`, `/`, `min` and `max`",),
        help=(f"write any other function as a policy: `{policy}`",),
    )


def open_twice(name: str, source: Source | None, at: Span, free: Span) -> Diagnostic:
    """A name is left open both as what is set and as itself."""
    return Diagnostic(
        "E0313",
        f"`{name}` is left open twice: as what is set and as itself",
        source,
        Label(at, "set to a value that is left open"),
        (Label(free, "a variable whose value is left open"),),
        help=(f"name the value to which it is set: `{format_name(name)} = ?a`",),
    )


def placeholder_of_two(
    placeholder: str, name: str, other: str, source: Source | None, at: Span, before: Span
) -> Diagnostic:
    """A placeholder stands for values of two variables."""
    return Diagnostic(
        "E0314",
        f"`{placeholder}` stands for values of two variables",
        source,
        Label(at, f"a value of `{name}`"),
        (Label(before, f"a value of `{other}`"),),
        help=("give each variable a placeholder of its own",),
    )


def policy_of_two(policy: str, reads: bool, source: Source | None, at: Span, before: Span) -> Diagnostic:
    """A policy is used for two things: it reads different things, or it sets two variables."""
    return Diagnostic(
        "E0315",
        f"the policy {policy} {'reads different things' if reads else 'sets two variables'}",
        source,
        Label(at, "different here"),
        (Label(before, _FIRST),),
        help=("give each policy a name of its own",),
    )


def not_a_sum(source: Source | None, at: Span, outer: str) -> Diagnostic:
    """An expectation is not of a sum.

    Args:
        source: The text.
        at: Where the formula stands.
        outer: The operator that makes it none, or the name that numbers in brackets follow, as in y(1).
    """
    help = "add such a column to the data and to the graph, and ask for its mean"
    if outer.isidentifier():
        help = f"the world of a variable stands in square brackets: `{outer}[x = 1]`"
    elif outer == "/":
        help = f"a ratio of means is `E[a] / E[b]`; for the mean of the ratio, {help}"
    return Diagnostic(
        "E0317",
        "this is not an expectation of a sum",
        source,
        Label(at, "not a sum of variables, each times a number"),
        notes=("dofx takes `E[…]` apart: `E[a - 2 * b]` is `E[a] - 2 * E[b]`",),
        help=(help,),
    )


def sum_of_numbers(source: Source | None, at: Span) -> Diagnostic:
    """An expectation is of a number."""
    return Diagnostic(
        "E0317",
        "this is the expectation of a number",
        source,
        Label(at, "no variable"),
        help=("write the number alone",),
    )


# ── effects by name ───────────────────────────────────────────────────────────────────────────────────────


def effect_needs(
    effect: str, word: str, what: str, example: str, source: Source | None, at: Span
) -> Diagnostic:
    """An effect by name lacks what it needs."""
    title, label = f"`{effect}` needs {what}", Label(at, f"`{word}` is missing")
    return Diagnostic("E0319", title, source, label, help=(f"write it as `{example}`",))


def effect_takes_no(
    effect: str, word: str, what: str, example: str, source: Source | None, at: Span
) -> Diagnostic:
    """An effect by name is given what it does not take."""
    title, label = f"`{effect}` takes no {what}", Label(at, f"`{word}` has no meaning here")
    return Diagnostic("E0319", title, source, label, help=(f"write it as `{example}`",))


def in_two_places(name: str, effect: str, source: Source | None, at: Span, first: Span) -> Diagnostic:
    """An effect by name has a variable in two places."""
    return Diagnostic(
        "E0303",
        f"`{name}` is in two places of `{effect}`",
        source,
        Label(at, _AGAIN),
        (Label(first, _FIRST),),
        help=("outcome, exposure and mediators are different variables",),
    )


def held_at_no_value(name: str, source: Source | None, at: Span) -> Diagnostic:
    """A variable is held at no value."""
    return Diagnostic(
        "E0308",
        f"this is not a number: `{name}` has no value",
        source,
        Label(at, "held at which value?"),
        help=(f"give a value, as in `holding {name} = 1`",),
    )


def path_not_in_graph(why: str, source: Source | None, at: Span) -> Diagnostic:
    """An effect cannot run along a path."""
    return Diagnostic(
        "E0320",
        "this is not a path of the effect",
        source,
        Label(at, why),
        help=("write each path from the exposure to the outcome along arrows of the graph",),
    )
