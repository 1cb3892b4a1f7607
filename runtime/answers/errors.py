"""What can be wrong with questions about answers: a function for each error."""

from __future__ import annotations

from collections.abc import Sequence

from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.edge.arguments import refused
from ...grammar.edge.surface import by_surface
from ..variables.faults import fault

# ── numbers ───────────────────────────────────────────────────────────────────────────────────────────────


def not_one_number(name: str, numbers: int, query: str) -> DofxError:
    """The answer to a query is a distribution, and one number is asked for."""
    return fault(
        "E0450",
        f"the answer to `{name}` is {numbers:,} numbers, not one",
        (f"its query is {query}",),
        ("see all of them with to_pandas(), or ask for one with an effect, such as `E[y | do(x = 1)]`",),
    )


def divides_by_zero() -> DofxError:
    """The denominator of an effect is 0."""
    return fault(
        "E0428",
        "the effect divides by zero",
        ("its denominator is 0 under the fit: no row shows what it counts",),
        ("ask for the numerator and the denominator as two effects",),
    )


def no_mean(name: str, hint: str) -> DofxError:
    """The states of a variable are words."""
    return fault("E0427", f"`{name}` has no mean: its states are not numbers", help=(hint,))


def several_means(name: str, type: str) -> DofxError:
    """The mean of a vector, an image or a text is not one number."""
    return fault(
        "E0427",
        f"the mean of `{name}` is not one number: its type is {type}",
        help=("draw samples of it and average these",),
    )


def mean_of_value(name: str) -> DofxError:
    """A mean is written with a value."""
    return fault("E0427", f"E[{name} = …] is not a number", help=("ask for P(… = …) or for E[…]",))


def probability_without_value(name: str) -> DofxError:
    """A probability in an effect is written without a value."""
    return fault("E0427", f"P({name}) is not a number", help=(f"write a value: P({name} = …)",))


def density(name: str, value: str, type: str) -> DofxError:
    """A probability is asked of one value of a real number."""
    return fault(
        "E0427",
        f"P({name} = {value}) is 0 or a density: `{name}` is {type}",
        help=(f"declare it a category, or ask for its mean, E[{name} | …]",),
    )


# ── intervals ─────────────────────────────────────────────────────────────────────────────────────────────


def unknown_intervals(kind: object, near: str | None) -> DofxError:
    """Intervals are asked for in a way that dofx does not have."""
    return fault(
        "E0451",
        f"intervals is {kind!r}, which is not a way to find intervals",
        help=(
            f"did you mean `{near}`?"
            if near
            else 'write intervals="influence" or "bootstrap", or leave it out',
        ),
    )


def intervals_without_rows(kind: str) -> DofxError:
    """Intervals are asked for, and no rows are given."""
    return fault(
        "E0451",
        "intervals need the rows that the program was fitted on",
        help=(by_surface(f'pass them: answer(rows, intervals="{kind}")', "name their file: --data FILE"),),
    )


def intervals_of_known() -> DofxError:
    """Intervals are asked for, and the program was fitted to a distribution."""
    return fault(
        "E0451",
        "a known distribution has no intervals",
        ("nothing was estimated from rows, so there is no sampling error",),
        (by_surface("leave `intervals` out", "leave --intervals out"),),
    )


def too_few_replicates(number: object, enough: int) -> DofxError:
    """Fewer than two replicates do not vary."""
    return fault(
        "E0424",
        f"replicates is {number!r}, too few for an interval",
        help=(f"give at least 2; {enough} are advised",),
    )


def too_many_replicates(number: int, enough: int, most: int) -> DofxError:
    """More replicates are asked for than could be fitted."""
    return fault(
        "E0424",
        f"replicates is {number:,}, more than could be fitted",
        help=(f"{enough} are advised, and {most:,} are the most",),
    )


def not_the_samplers_query(leaf: str, query: str) -> DofxError:
    """An effect has a part that a sampler does not answer."""
    return fault(
        "E0434",
        f"{leaf} is not what the sampler answers",
        (f"its query is {query}",),
        ('put the effect into a program: compile(...).fit(rows).answer(rows, intervals="bootstrap")',),
    )


# ── influence functions ───────────────────────────────────────────────────────────────────────────────────


def unknown_influence(reasons: Sequence[str]) -> DofxError:
    """The influence function of no answer that is asked for is known."""
    return fault(
        "E0453",
        "the influence function is not known",
        tuple(reasons),
        (
            by_surface(
                'answer(rows, intervals="influence").influence has a value per row under trained generators too',
                "leave --sensitivity out: it needs a value per row",
            ),
            by_surface(
                'find intervals by fitting again: answer(rows, intervals="bootstrap")',
                "find intervals by fitting again: --intervals bootstrap",
            ),
        ),
    )


def no_share(outcome: float, cause: float) -> DofxError:
    """What a latent explains is no share of a variance, or is all of it."""
    return refused(
        f"a latent cannot explain {outcome:g} of the outcome and {cause:g} of the cause",
        "give shares from 0 to 1; the share of the cause must be below 1",
    )


def no_influence_of_row(row: str, draw: str) -> DofxError:
    """A row has values that the fitted distribution excludes."""
    return fault(
        "E0453",
        f"{row} has no influence function: such a row is impossible under the fitted distribution",
        (f"{draw} has no probability for its conditions, which no row of the fit contains",),
        ("leave such rows out",),
    )
