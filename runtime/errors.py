"""What can be wrong with what is compiled, and with the options of calls: a function for each error."""

from __future__ import annotations

from collections.abc import Sequence

from ..compiler.model.query import Query
from ..grammar.diagnostics.diagnostic import DofxError
from ..grammar.edge.arguments import ArgumentError, refused
from .variables.faults import fault


def no_graph(query: str | None) -> DofxError:
    """A query is to be compiled without a graph."""
    return fault(
        "E0205",
        f"there is no graph for {query}" if query else "there is no graph",
        help=('pass one: compile(query, "x -> y; x <-> y")',),
    )


def not_one_effect(named: str) -> DofxError:
    """A text asks several questions, or a query, where one effect is needed."""
    return fault(
        "E0450",
        "`effect` answers one effect, and this text asks for something else",
        (f"it asks for {named}",),
        ("use dofx.compile(text, graph).fit(rows).answer()",),
    )


def several_exposures(exposures: Sequence[str], outcomes: Sequence[str]) -> DofxError:
    """A graph marks several exposures or outcomes, so that it does not ask for one effect."""
    return fault(
        "E0309",
        "the graph marks several exposures or outcomes, so it is not clear which effect it asks for",
        (f"exposures: {', '.join(exposures)}; outcomes: {', '.join(outcomes)}",),
        ("write the effect, such as `E[y | do(x = 1)] - E[y | do(x = 0)]`",),
    )


def no_two_states(exposure: str, type: str, outcome: str) -> DofxError:
    """The exposure that a graph marks does not have two states."""
    return fault(
        "E0309",
        f"the graph asks for the effect of `{exposure}`, which is {type}, and does not say which values to compare",
        help=(f"write them: `E[{outcome} | do({exposure} = …)] - E[{outcome} | do({exposure} = …)]`",),
    )


def unknown_option(what: str, name: str, known: Sequence[str], near: str | None) -> DofxError:
    """A call does not have an option of that name."""
    return fault(
        "E0452",
        f"{what} has no option `{name}`",
        (f"its options are {', '.join(known)}",),
        (f"did you mean `{near}`?",) if near else (),
    )


def not_relaxable(draw: str, generator: str, drawn: bool, variable: str) -> DofxError:
    """A generator has no gradient at the states of a finite variable.

    Args:
        draw: The draw, as text.
        generator: The class of the generator.
        drawn: Whether the variable is what it draws, rather than one that it reads.
        variable: The finite variable.
    """
    return fault(
        "E0906",
        f"draw {draw} cannot be relaxed",
        (f"its generator, {generator}, {'draws' if drawn else 'reads'} the states of {variable} as numbers",),
        ("give it a method `relaxed(relaxation, noise, *given)`, or use one of dofx's families",),
    )


def policy_not_relaxable(draw: str, policy: str, variable: str) -> DofxError:
    """A policy has no gradient at the states of a finite variable.

    Args:
        draw: The draw, as text.
        policy: The name of the policy.
        variable: The finite variable, which it reads or sets.
    """
    return fault(
        "E0906",
        f"draw {draw} cannot be relaxed",
        (f"it follows the policy {policy}, which knows the states of {variable} as values alone",),
        (f'give the policy as a dofx.Table or a torch module: following({{"{policy}": ...}})',),
    )


def sampler_not_fitted(query: str) -> DofxError:
    """A sampler is to be drawn from before it is fitted."""
    return fault(
        "E0420",
        f"the sampler of {query} has not been fitted",
        help=("call fit(data) first, or load a fitted one",),
    )


def program_not_fitted() -> DofxError:
    """A program is to answer before it is fitted."""
    return fault("E0420", "the program has not been fitted", help=("call fit(data) first",))


def not_trained(what: str, query: Query) -> ArgumentError:
    """A sampler that is one evaluated table is asked for what only trained generators have."""
    return refused(
        f"`{what}` is not available for {query}: its sampler is one table, computed from the frequencies of the rows",
        "fit it on rows or on a Table; an effect in a program, such as `att(y, x, 1, 0)`, has intervals",
    )
