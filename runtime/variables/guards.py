"""What is checked before values are used: whatever other libraries raise, and which states a category may have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isfinite

from ...grammar.diagnostics.diagnostic import DofxError
from .errors import no_finite_state, no_state_of_kind, raised, state_beyond_64_bits, state_not_unicode
from .faults import reason_of


@contextmanager
def foreign(what: str, code: str = "E0404", doing: str = "cannot be read") -> Iterator[None]:
    """A scope in which the code of other libraries runs: whatever it raises becomes a diagnostic that names `what`.

    Interrupts and exits pass. A panic of Rust code, as in polars, is not an `Exception` and is caught too.

    Args:
        what: What is read, such as "column `age`".
        code: Of the diagnostic.
        doing: What failed.

    Raises:
        DofxError: With the type and the first line of what was raised as its note.
    """
    try:
        yield
    except (DofxError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        raise raised(code, what, doing, reason_of(error)) from None


def require_states(states: Sequence[object], code: str) -> None:
    """Refuse states of a category that cannot be written down and read again.

    States are strings of Unicode, bools, whole numbers of 64 bits and finite numbers, of Python's own types:
    NumPy's have another text form.

    Args:
        states: Any number of them.
        code: Of the diagnostic.

    Raises:
        DofxError: With `code`.
    """
    for kind in dict.fromkeys(map(type, states)):
        if kind not in (str, bool, int, float):
            raise no_state_of_kind(code, kind.__name__)
    if any(isinstance(state, float) and not isfinite(state) for state in states):
        raise no_finite_state(code)
    if any(isinstance(state, int) and not -(1 << 63) <= state < 1 << 63 for state in states):
        raise state_beyond_64_bits(code)
    try:
        "".join(state for state in states if isinstance(state, str)).encode()
    except UnicodeEncodeError:
        raise state_not_unicode(code) from None
