"""What can be wrong with values and with their types: a function for each error.

`what` names the values, as in "column `age`".
"""

from __future__ import annotations

from collections.abc import Sequence

from ...grammar.diagnostics.diagnostic import DofxError
from .faults import fault, rows_text


def raised(code: str, what: str, doing: str, reason: str) -> DofxError:
    """The code of another library raised an exception; `doing` says what failed, such as "cannot be read"."""
    return fault(code, f"{what} {doing}", (reason,))


def strange(kind: str, what: str, dates: bool = False, fields: bool = False) -> DofxError:
    """Values are of a kind that no variable has, such as dates or records with fields."""
    help_ = "turn them into text"
    if dates:
        help_ = 'declare the unit of dates: `data P dates NAME in days`, or DataSet(dates={"NAME": "days"})'
    elif fields:
        help_ = "give each of their fields a column of its own"
    return fault("E0404", f"{what} holds {kind} values, which have no variable type", help=(help_,))


def beyond_64_bits(what: str, largest_integer: int) -> DofxError:
    """A column holds whole numbers that no signed integer of 64 bits holds."""
    return fault("E0407", f"{what} holds whole numbers beyond {largest_integer:,}, the largest of 64 bits")


def damaged(what: str, reason: str) -> DofxError:
    """An Arrow array does not hold together."""
    return fault("E0404", f"{what} is damaged", (reason,))


def too_large_a_number(what: str) -> DofxError:
    """A column holds a whole number of more than 64 bits."""
    return fault("E0407", f"{what} holds whole numbers of more than 64 bits")


def no_unicode(what: str, character: str) -> DofxError:
    """A column holds text that is not Unicode: a lone surrogate, which stands for a byte that could not be decoded."""
    return fault(
        "E0407",
        f"{what} holds text that is not Unicode",
        (
            f"U+{ord(character[0]):04X} is half of a character, or stands for a byte that could not be decoded",
        ),
        ('read the data with the encoding in which they were written, such as `encoding="latin-1"`',),
    )


def mixed_kinds(what: str, kinds: Sequence[str]) -> DofxError:
    """A column holds values of several kinds."""
    return fault(
        "E0404",
        f"{what} mixes kinds of values: {', '.join(kinds[:4])}",
        help=("give every row the same kind: all numbers, all strings or all bools",),
    )


def nested_lists(what: str, deepest: int) -> DofxError:
    """A column holds lists in lists in lists."""
    return fault("E0404", f"{what} holds lists nested more than {deepest - 1} deep")


def unequal_lists(what: str) -> DofxError:
    """A column holds lists of unequal lengths, or of labels."""
    return fault("E0404", f"{what} holds lists of unequal lengths or of labels")


def codes_without_labels(what: str) -> DofxError:
    """A column of labels has codes that stand for none."""
    return fault("E0404", f"{what} has codes that its dictionary lacks")


def too_large(what: str) -> DofxError:
    """Numbers are beyond the largest of float32."""
    return fault("E0407", f"{what} holds numbers beyond 3.4e38", help=("give them in a larger unit",))


def on_meta(what: str) -> DofxError:
    """A tensor holds no values."""
    return fault("E0404", f"{what} is a tensor on the device `meta`, which holds no values")


def nested_tensor(what: str) -> DofxError:
    """The rows of a tensor differ in shape."""
    return fault("E0404", f"{what} is a nested tensor, whose rows differ in shape")


def too_many_values(what: str, size: int, most_values: int) -> DofxError:
    """Lists hold more values than are read from lists."""
    return fault(
        "E0404",
        f"{what} holds {size:,} values, more than the {most_values:,} that are read from lists",
        help=("give an array",),
    )


def deep_containers(what: str, deepest: int) -> DofxError:
    """Containers are nested too deep."""
    return fault(
        "E0404",
        f"{what} holds containers nested more than {deepest} deep",
        help=("give an array with one value, vector or image for each row",),
    )


def no_text(what: str, type: str) -> DofxError:
    """Values are not text, although their type says so."""
    return fault("E0404", f"{what} holds values that are not text", notes=(f"its type is {type}",))


def no_type_of_shape(what: str, shape: object) -> DofxError:
    """Values have a shape from which no type can be inferred."""
    hint = "declare its type: real(...) with the shape of one row, or image(channels, height, width)"
    return fault("E0408", f"{what} has shape {shape}, from which no type can be inferred", help=(hint,))


def no_states() -> DofxError:
    """A category has no state."""
    return fault("E0402", "a category needs at least one state")


def missing_values(what: str, rows: Sequence[int], help: Sequence[str]) -> DofxError:
    """Values are missing, or are numbers that are not finite."""
    noun = "1 missing value" if len(rows) == 1 else f"{len(rows):,} missing values"
    notes = (f"missing (null, nan or inf) in {rows_text(rows)}",)
    return fault("E0405", f"{what} has {noun}", notes=notes, help=help)


def not_a_state(
    what: str, strange: str, states: str, near: str | None, rows: Sequence[int], of: int
) -> DofxError:
    """A value is not among the states of its variable; where it stands is said of more than one value."""
    where = () if of == 1 else (f"{rows_text(rows)} of {of:,}",)
    return fault(
        "E0403",
        f"{strange} is not a state of {what}",
        notes=(f"its states are {states}", *where),
        help=(f"did you mean {near}?",) if near else (),
    )


def not_a_number(what: str, word: str, type: str, rows: Sequence[int], of: int) -> DofxError:
    """A word stands where a number is expected."""
    where = () if of == 1 else (f"{rows_text(rows)} of {of:,}",)
    return fault(
        "E0404",
        f"{what} holds {word} where a number is expected",
        notes=(f"its type is {type}", *where),
        help=("give numbers, or declare the variable a category",),
    )


def not_one_value(what: str, found: int) -> DofxError:
    """There are rows where a single value is expected."""
    title = f"{what} has {found:,} rows where a single value is expected"
    return fault("E0406", title, help=("give one value, and ask again for each of the others",))


def other_number_of_rows(what: str, found: int, rows: int) -> DofxError:
    """There is another number of rows than is asked for."""
    return fault(
        "E0406",
        f"{what} has {found:,} rows where {rows:,} are asked for",
        help=(f"give a single value, or one for each of the {rows:,} rows",),
    )


def other_shape(what: str, found: object, expected: object) -> DofxError:
    """Values are of another shape than their type."""
    return fault(
        "E0406",
        f"{what} has values of shape {found} where {expected} is expected",
        help=("rows come first: an array of n values has shape (n, *shape of one value)",),
    )


def long_text(what: str, longest: int, most: int, rows: Sequence[int]) -> DofxError:
    """A text is longer than its type allows."""
    return fault(
        "E0407",
        f"{what} holds a text of {longest:,} bytes, where at most {most:,} are allowed",
        notes=(f"too long in {rows_text(rows)}",),
        help=(f"declare its type text({longest}), or shorten the texts",),
    )


def out_of_float32(what: str, large: bool, worst: float, least: float, largest: float) -> DofxError:
    """Numbers are too large for float32, or too close together."""
    size = "as large as" if large else "no further apart than"
    hint = f"give it in another unit: generators take numbers from {least:.0e} to {largest:.0e}"
    return fault("E0407", f"{what} holds numbers {size} {worst:.1e}", help=(hint,))


def rounded_away(what: str, middle: float, spread: float, lost: float) -> DofxError:
    """Numbers differ by no more than float32 rounds them."""
    return fault(
        "E0407",
        f"{what} holds numbers near {middle:.3g} that differ by {spread:.2g}",
        notes=(f"generators compute in float32, which rounds them by {lost:.2g}",),
        help=("subtract a constant from it, such as its smallest value",),
    )


def many_labels(what: str, many: str, hint: str) -> DofxError:
    """A column has too many labels for a category."""
    leave = "leave it out if it identifies rows, group rare values, or declare it category(...) or text"
    return fault("E0408", f"{what} has {many}", help=(hint or leave,))


def no_state_of_kind(code: str, kind: str) -> DofxError:
    """A state of a category is an object of another kind than states are."""
    return fault(
        code,
        f"a `{kind}` cannot be a state",
        help=("states are strings, true or false, whole numbers and finite numbers",),
    )


def no_finite_state(code: str) -> DofxError:
    """A state of a category is nan or infinite."""
    return fault(code, "nan and infinity cannot be states", help=("leave it out, or write it as text",))


def state_beyond_64_bits(code: str) -> DofxError:
    """A state of a category is a whole number that 64 bits do not hold."""
    return fault(code, "a whole number of more than 64 bits cannot be a state", help=("write it as text",))


def state_not_unicode(code: str) -> DofxError:
    """A state of a category is not text of Unicode."""
    return fault(code, "text that is not Unicode cannot be a state", help=("decode it first",))


def state_twice(state: str) -> DofxError:
    """A category has a state twice."""
    return fault("E0402", f"the state {state} is listed twice")


def size_below_one(size: int) -> DofxError:
    """The size of a type is below 1."""
    return fault("E0402", f"sizes are at least 1, not {size}")


def not_a_type(text: str, hint: str) -> DofxError:
    """A text is not a type of variables."""
    return fault("E0401", f"`{text}` is not a variable type", help=(hint,))
