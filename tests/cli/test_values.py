"""Values on the command line are read as their variable's type has them."""

from typing import Any

import click
import pytest

from dofx.cli.options.values import read_assignments, read_value
from dofx.runtime.variables import parse_type


@pytest.mark.parametrize(
    ("type", "text", "value"),
    [
        ("real", "1", 1),
        ("real", "-1.5e3", -1500.0),
        ("real", "old", "old"),
        ("category(3)", "2", 2),
        ("category(3)", "2.0", 2),
        ("category(2)", "true", 1),
        ("category('1', '2')", "1", "1"),
        ("category('true', 'no')", "true", "true"),
        ("category('young', 'very old')", "very old", "very old"),
        ("category('young', 'very old')", "'very old'", "very old"),
        ("category('it\\'s', 'a=b')", "a=b", "a=b"),
        ("bool", "true", True),
        ("bool", "False", False),
        ("bool", "1", True),
        ("bool", "maybe", "maybe"),
        ("real(2)", "[1, 2.5]", [1, 2.5]),
        ("real(2)", "[1, ", "[1, "),
        (None, "3", 3),
        (None, '"3"', "3"),
        (None, "TRUE", True),
        (None, "word", "word"),
    ],
)
def test_a_value_is_what_its_type_makes_of_it(type: str | None, text: str, value: Any) -> None:
    found = read_value(text, None if type is None else parse_type(type))
    assert (found, found.__class__) == (value, value.__class__)


def test_names_match_without_case() -> None:
    types = {"Smoking": parse_type("category('1', '2')")}
    assert read_assignments(["smoking = 1", "other='a b'"], types, "--do") == {"smoking": "1", "other": "a b"}


@pytest.mark.parametrize("texts", [["x"], ["x="], ["=1"], ["x=1", "x=2"]])
def test_bad_assignments_are_refused(texts: list[str]) -> None:
    with pytest.raises(click.UsageError):
        read_assignments(texts, {}, "--do")
