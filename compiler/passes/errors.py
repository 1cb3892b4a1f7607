"""What can be wrong with weights and with options of passes: a function for each error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...grammar.checks.names import did_you_mean
from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError


def not_a_weight(name: str, value: object) -> Diagnostic:
    """A weight is not a number of at least 0."""
    return Diagnostic(
        "E0311",
        f"the weight `{name}` is {value!r}, which is not a number of at least 0",
        help=("write it as in `refit = 100, row = 1`",),
    )


_ROW_WEIGHTS = (
    "these weights compare networks; to weight rows, declare the column of weights: `data P weights w`"
)


def unknown_weight(name: str, known: Iterable[str]) -> Diagnostic:
    """The cost model has no weight of that name."""
    known = tuple(known)
    return Diagnostic(
        "E0310",
        f"the cost model has no weight `{name}`",
        notes=(f"it has {', '.join(known)}",),
        help=(*_near(name, known), _ROW_WEIGHTS),
    )


def not_a_list_of_passes(text: str) -> DofxError:
    """A text is not a list of passes."""
    return _in_passes(f"`{text.strip()}` is not a list of passes", "write names and commas: `see, prune`")


def unknown_pass(name: str, known: Iterable[str]) -> DofxError:
    """There is no pass of that name."""
    known = tuple(known)
    return _in_passes(f"there is no pass `{name}`", *_near(name, known), f"the passes are {', '.join(known)}")


def unknown_option(key: str, name: str, known: Sequence[str]) -> DofxError:
    """A pass does not have an option."""
    has = f"its options are {', '.join(known)}" if known else "it has no options"
    return _in_passes(f"the pass `{name}` has no option `{key}`", has)


def not_a_whole_number(key: str, name: str, value: str) -> DofxError:
    """The option of a pass is not a whole number."""
    return _in_passes(
        f"the option `{key}` of `{name}` is `{value}`", "give a whole number: `fold{cells=4096}`"
    )


def _in_passes(title: str, *help: str) -> DofxError:
    return DofxError(Diagnostic("E0806", title, help=help))


def _near(name: str, known: Iterable[str]) -> tuple[str, ...]:
    near = did_you_mean(name, known)
    return (f"did you mean `{near}`?",) if near else ()
