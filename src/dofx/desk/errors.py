"""What can be wrong at the studio's desk: a function for each error."""

from __future__ import annotations

from collections.abc import Sequence

from ..grammar.diagnostics.diagnostic import Diagnostic, DofxError

# ── rows and fits ─────────────────────────────────────────────────────────────────────────────────────────


def no_rows(name: str | None) -> Diagnostic:
    """No rows have been chosen for a data set; it has no name where a program has only one."""
    title = "there are no rows" if name is None else f"there are no rows of the data set `{name}`"
    return Diagnostic("E0508", title, help=("choose a file of rows",))


def no_file_of_rows(name: str, endings: Sequence[str]) -> DofxError:
    """The name of a file ends in no format that rows are read from."""
    return DofxError(
        Diagnostic(
            "E0502",
            f"`{name}` cannot be read as rows",
            notes=(f"its name ends with none of {', '.join(endings)}",),
            help=("save the rows as CSV or Parquet, and choose that file",),
        )
    )


def rows_not_kept(reason: str) -> DofxError:
    """The folder for temporary files does not take the rows, for one because the disk is full."""
    return DofxError(
        Diagnostic(
            "E0801",
            "the rows cannot be kept in a temporary file",
            notes=(reason,),
            help=("make room, or set TMPDIR to a folder that has room and start `dofx studio` again",),
        )
    )


def nothing_fitted() -> DofxError:
    """An answer was asked for before the program was fitted."""
    return DofxError(Diagnostic("E0420", "nothing has been fitted", help=("fit the program first",)))


def fitted_since() -> DofxError:
    """A page asks about a program, and another page of the same studio has fitted another one."""
    return DofxError(
        Diagnostic(
            "E0420",
            "another program has been fitted since, in another tab of this studio",
            help=("fit this program again, or start `dofx studio` once for each program",),
        )
    )


def bundle_too_large() -> DofxError:
    """A bundle has more bytes than are handed to a browser at once."""
    return DofxError(
        Diagnostic(
            "E0606",
            "the bundle is too large to be handed to a browser",
            help=("save it in Python or by `dofx fit --out`",),
        )
    )


def no_value(name: str) -> DofxError:
    """An input of a query is given no number."""
    return DofxError(Diagnostic("E0423", f"`{name}` has no value", help=("choose one",)))


def no_such_state(name: str, number: int | float, states: int) -> DofxError:
    """An input is given the number of a state that its variable does not have."""
    return DofxError(
        Diagnostic(
            "E0423",
            f"`{name}` has no state with the number {number}",
            notes=(f"its states have the numbers 0 to {states - 1:,}",),
        )
    )


# ── policies ──────────────────────────────────────────────────────────────────────────────────────────────


def policy_of_no_kind(name: str) -> DofxError:
    """The page gives neither a table nor an expression as a policy."""
    return DofxError(
        Diagnostic(
            "E0462", f"the policy `{name}` is neither a table nor an expression", help=("give one of them",)
        )
    )


def table_of_other_size(name: str, sizes: Sequence[int]) -> DofxError:
    """The table of a policy has another number of entries than there are combinations of states."""
    return DofxError(
        Diagnostic(
            "E0462",
            f"the policy `{name}` does not have a table of {' × '.join(map(str, sizes))} numbers",
            help=("give a probability for each state",),
        )
    )


def chances_do_not_sum(name: str) -> DofxError:
    """The probabilities of a policy do not sum to 1."""
    return DofxError(
        Diagnostic(
            "E0462",
            f"the policy `{name}` has probabilities that do not sum to 1",
            help=("let the probabilities of each row sum to 1",),
        )
    )


# ── the page and its server ───────────────────────────────────────────────────────────────────────────────


def page_not_built() -> DofxError:
    """The studio's page is not there: it was not built in this checkout, or not before the package was."""
    return DofxError(
        Diagnostic(
            "E0501",
            "this installation of dofx does not have the studio's page",
            notes=(
                "a released wheel has it; what pip installs from a checkout has it only if it was built there "
                "before, with node 20 or newer and npm",
            ),
            help=("install a released wheel, or run `make studio` in a checkout",),
        )
    )


def port_taken(port: int, reason: str) -> DofxError:
    """The studio's server cannot listen on a port."""
    return DofxError(
        Diagnostic(
            "E0801",
            f"the studio cannot listen on port {port}",
            notes=(reason,),
            help=("give another port, or none: `dofx studio` then finds one that is free",),
        )
    )


def not_a_beginning(kind: str) -> DofxError:
    """A studio is to begin with an object of another kind than it can show."""
    return DofxError(
        Diagnostic(
            "E0502",
            f"a studio cannot begin with a `{kind}`",
            help=("give a program, its text, a compiled program or a sampler",),
        )
    )


def unknown_graph() -> DofxError:
    """A sampler does not hold the graph that it was compiled from."""
    return DofxError(
        Diagnostic(
            "E0420",
            "the sampler does not hold the graph that it was compiled from",
            help=("give the program that it answers",),
        )
    )
