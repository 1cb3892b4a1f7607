"""Estimands as data: there and back, and no broken data get past the reader."""

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from dofx import DofxError, Estimand
from models.graphs import random_cases
from oracles import textbook
from posed.judge import identify, recipe


def test_there_and_back() -> None:
    tried = 0
    for graph, query, _ in random_cases([51], 600, sizes=(4, 5, 6, 7)):
        answer = identify(graph, query)
        if answer:
            data = json.loads(json.dumps(answer.estimand.to_json()))
            back = Estimand.from_json(data)
            assert back == answer.estimand, recipe(graph, query)
            assert back.to_json() == data
            tried += 1
    assert tried > 200


@pytest.mark.parametrize("name", textbook.NAMES)
def test_textbook(name: str) -> None:
    estimand = textbook.estimand(name)
    back = Estimand.from_json(json.loads(json.dumps(estimand.to_json())))
    assert back == estimand
    assert str(back) == str(estimand)


def diagnostic(data: Any) -> Any:
    with pytest.raises(DofxError) as error:
        Estimand.from_json(data)
    (found,) = error.value.diagnostics
    return found


def front_door(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(textbook.estimand("front-door").to_json()) | changes


@pytest.mark.parametrize("data", [None, [], "P(y)", {}, {"format": "dofx-bundle"}])
def test_something_else(data: Any) -> None:
    assert diagnostic(data).code == "E0701"


def test_a_newer_version() -> None:
    assert diagnostic(front_door(version=3)).code == "E0702"
    for version in (0, True, "1", None, 1.0):
        assert diagnostic(front_door(version=version)).code == "E0703"


@pytest.mark.parametrize(
    ("changes", "notes"),
    [
        ({"outcomes": "y"}, ("outcomes: not a list",)),
        ({"outcomes": [["y"]]}, ("outcomes: not a list of names",)),
        ({"kernels": [1]}, ("kernels[0]: not an object",)),
        ({"body": []}, ("body: not an object",)),
        (
            {"body": {"kind": "sum"}},
            ("body.kind: 'sum', not 'conditional', 'product', 'marginal', 'wired' or 'never'",),
        ),
        (
            {"body": {"kind": "conditional", "targets": ["y"], "given": ["q"], "of": {}}},
            ("body.of: neither 'data' nor 'kernel' with a name", "body.given: 'q' is not in the order"),
        ),
        (
            {"body": {"kind": "conditional", "targets": ["y"], "given": [], "of": {"kernel": "Q"}}},
            ("answer: no earlier kernel is named Q",),
        ),
        ({"outcomes": ["y", "y"]}, ("query: y stands twice",)),
        ({"order": ["x", "z", "y", "y"]}, ("query: the order names a variable twice",)),
    ],
)
def test_what_is_broken(changes: dict[str, Any], notes: tuple[str, ...]) -> None:
    found = diagnostic(front_door(**changes))
    assert found.code == "E0703"
    assert found.notes == notes


def test_too_deep() -> None:
    body = front_door()["body"]
    for _ in range(5000):
        body = {"kind": "marginal", "over": ["x"], "body": body}
    assert diagnostic(front_door(body=body)).notes == ("body: nested more than 300 deep",)


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to everything in the data."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


def test_damage_is_found_or_harmless() -> None:
    """Whatever is put wherever, the reader gives a sound estimand or a diagnostic."""
    rng = np.random.default_rng(52)
    junk = [None, 3, "x", "nowhere", [], ["y"], {}, {"kind": "product"}, {"data": "P"}, {"kernel": "Q₁"}]
    for name in ("front-door", "tian-p90"):
        whole = textbook.estimand(name).to_json()
        for path in places(whole):
            data = copy.deepcopy(whole)
            inner = data
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = copy.deepcopy(junk[rng.integers(len(junk))])
            try:
                str(Estimand.from_json(data))
            except DofxError as error:
                assert str(error)  # noqa: PT017


def test_printers_are_light() -> None:
    """Text, LaTeX and JSON need neither NumPy nor SymPy."""
    script = (
        "import sys\n"
        "from dofx.compiler.estimand import verify\n"
        "from dofx.compiler.printers.estimand import json, latex, text\n"
        "from dofx.compiler.printers.network import text\n"
        "print({'numpy', 'sympy', 'torch', 'networkx'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"
