"""What can be wrong with a text that can be read: a function for each error, with the places that it points to."""

from __future__ import annotations

from collections.abc import Sequence

from ..diagnostics.diagnostic import Diagnostic, Label
from ..diagnostics.source import Source, Span
from ..formatting.query import format_name

_FIRST, _AGAIN = "first here", "again here"


# ── names ─────────────────────────────────────────────────────────────────────────────────────────────────


def unprintable(name: str, character: str, source: Source | None, at: Span) -> Diagnostic:
    """A name holds a character that cannot be shown."""
    return Diagnostic(
        "E0108",
        f"the name `{name}` holds a character that cannot be shown (U+{ord(character[0]):04X})",
        source,
        None if source is None else Label(at, "this name"),
        help=("rename it: control characters, line breaks and tabs stand in no name",),
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
    """A name fits several variables but for its capital letters."""
    return Diagnostic(
        "E0302",
        f"`{name}` fits several variables",
        source,
        Label(at, f"is it {either}?"),
        help=("write the name with its own capital and small letters",),
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
        help=("if any data set has it, it is not latent: say what each data set measures",),
    )


def said_twice(
    word: str, data: str, lists: bool, source: Source | None, at: Span, first: Label
) -> Diagnostic:
    """A data set says the same thing in two places."""
    return Diagnostic(
        "E0305",
        f"`{word}` stands twice in the data set `{data}`",
        source,
        Label(at, _AGAIN),
        (first,),
        help=("put both lists into one",) if lists else ("keep one of them",),
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
    names: Sequence[str], edges: int | None, remedy: str, source: Source | None, labels: Sequence[Label]
) -> Diagnostic:
    """A graph that admits no feedback has a cycle; the number of its edges is given where not all are named."""
    return Diagnostic(
        "E0201",
        f"the graph has a cycle: {' -> '.join(names)}",
        source,
        labels[0],
        tuple(labels[1:]),
        notes=() if edges is None else (f"the cycle has {edges} edges",),
        help=("a cause comes before its effect: remove or turn one of these edges", remedy),
    )


def edge_to_itself(name: str, arrow: str, source: Source | None, at: Span) -> Diagnostic:
    """A variable has an edge to itself."""
    return Diagnostic(
        "E0202",
        f"`{name}` has an edge to itself",
        source,
        Label(at, f"{name} {arrow} {name}"),
        help=("a variable is no cause of itself: remove the edge",),
    )


def many_edges(edges: int, notes: Sequence[str], most: int) -> Diagnostic:
    """A graph has more edges than can be listed."""
    return Diagnostic(
        "E0207",
        f"the graph has {edges:,} edges",
        notes=(*notes, f"a graph whose edges are listed has at most {most:,}"),
        help=("leave out variables that the query does not need, or join those that stand for one thing",),
    )


# ── queries ───────────────────────────────────────────────────────────────────────────────────────────────


def latent_asked(name: str, source: Source | None, at: Span) -> Diagnostic:
    """A query is about a latent variable."""
    return Diagnostic(
        "E0306",
        f"`{name}` is latent",
        source,
        Label(at, "not observed"),
        help=("a query speaks of observed variables; if there are data on it, it is not latent",),
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
            "`query` in place of `effect` answers at each value",
        ),
    )


def not_numbers(name: str, such_as: str | None, kind: str, source: Source | None, at: Span) -> Diagnostic:
    """A formula reads a variable whose values are not numbers."""
    return Diagnostic(
        "E0404",
        f"the values of `{name}` are not numbers",
        source,
        Label(at, f"such as {such_as}" if such_as is not None else f"its type is `{kind}`"),
        help=("what is made of other values than numbers is a policy: `x ~ g(x)`",),
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
        notes=("a formula is made of values by `+`, `-`, `*`, `/`, `min` and `max`",),
        help=(f"a function of your own is a policy: `{policy}`",),
    )


def open_twice(name: str, source: Source | None, at: Span, free: Span) -> Diagnostic:
    """A name is left open both as what is set and as itself."""
    return Diagnostic(
        "E0313",
        f"`{name}` is left open twice: as what is set and as itself",
        source,
        Label(at, "set to a value that is not said"),
        (Label(free, "a variable whose value is not said"),),
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
        Label(at, "here it is another"),
        (Label(before, _FIRST),),
        help=("give each policy a name of its own",),
    )


def not_a_sum(source: Source | None, at: Span) -> Diagnostic:
    """An expectation is not of a sum."""
    return Diagnostic(
        "E0317",
        "this is not an expectation of a sum",
        source,
        Label(at, "not a sum of variables, each times a number"),
        notes=("dofx takes `E[…]` apart: `E[a - 2 * b]` is `E[a] - 2 * E[b]`",),
        help=("add such a column to the data and to the graph, and ask for its mean",),
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


# ── types and values ──────────────────────────────────────────────────────────────────────────────────────


def unknown_type(kind: str, help: Sequence[str], source: Source | None, at: Span) -> Diagnostic:
    """There is no type of that name."""
    return Diagnostic("E0401", f"unknown type `{kind}`", source, Label(at, "no such type"), help=tuple(help))


def misfit(title: str, known: str, source: Source | None, at: Span) -> Diagnostic:
    """A type has other arguments than it takes."""
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
