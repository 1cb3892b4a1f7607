"""What cannot be drawn by one generator, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import dofx
from dofx.compiler.printers.network.text import parse_network
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.families.rows import RowsGenerator
from dofx.runtime.fitting.choosing import choose
from dofx.runtime.foreign import from_function
from dofx.runtime.training.settings import FitSettings

GRAPH = "a -> x -> y; a -> y; x <-> y"
QUERY = "P(x, y | do(a))"
ROWS = dict(zip("axy", torch.randn(3, 30, generator=torch.Generator().manual_seed(0)), strict=True))
ELSEWHERE = from_function(lambda noise, given: noise)
CHAIN = "network P(x, y | do(a))\nanswer (x, y ‖ a)\n"
REFUSED = {
    "y ~ P(y | x): they do not read the same": f"{CHAIN}  x ~ P(x | a)\n  y ~ P(y | x)",
    "y ~ P(y | a, x, z): they do not read the same": (
        f"{CHAIN}  z ~ P(z)\n  x ~ P(x | a)\n  y ~ P(y | a, x, z)"
    ),
    "y ~ P(y | a, z): it does not read x": f"{CHAIN}  z ~ P(z)\n  x ~ P(x | a)\n  y ~ P(y | a, z)",
    "y ~ R(y | a, x): they are fitted on different rows": f"{CHAIN}  x ~ P(x | a)\n  y ~ R(y | a, x)",
    "in the answer, they do not begin with x, y": (
        f"{CHAIN}  x ~ P(x | a)\n  y ~ P(y | a, x)\n  y' ~ P(y | a, x)"
    ),
    "in the answer, y ~ P(y | a, x): it does not read x'": (
        "network P(y | do(a, x))\nanswer (y, z ‖ a, x)\n  x' ~ P(x | a)\n  y ~ P(y | a, x)\n  z ~ P(z | x = x')"
    ),
    "in the answer, y ~ P(y | a, x): they read different values of one variable": (
        f"{CHAIN}  a' ~ P(a)\n  x ~ P(x | a)\n  y ~ P(y | a = a', x)"
    ),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_the_order_does_not_allow_is_said(reason: str) -> None:
    with pytest.raises(DofxError) as error:
        choose(parse_network(REFUSED[reason]), None, {}, {("x", "y"): "spline"})
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "E0414"
    assert reason in diagnostic.notes[0]


def test_the_answers_of_a_program_are_called_answers() -> None:
    program = dofx.compile(
        "graph { x -> m -> y; x <-> y }\nquery one = P(y | do(x))\nquery two = P(m | do(x))"
    )
    with pytest.raises(DofxError) as error:
        program.fit({"x": [0.5, 1.5], "m": [0.5, 2.5], "y": [1.5, 0.5]}, generators={("m", "y"): "spline"})
    assert error.value.diagnostics[0].notes[0].startswith("in the answer, y ~ ")


@pytest.mark.parametrize(
    ("generators", "said"),
    [
        ({("x", "y"): "spline", "P(x | a)": "spline"}, "two generators are given for P(x | a)"),
        ({("x", "y"): "spline", ("P(y | a, x)", "x"): "spline"}, "two generators are given for P(y | a, x)"),
        ({("x", "y"): "rows"}, "the family `rows` cannot draw this variable"),
        ({("x", "y"): ELSEWHERE}, "P(x, y | a) is given something other than a family that is trained"),
        ({("x", "y"): torch.nn.Identity()}, "`Identity` is not a generator"),
        ({("x", "y"): "table"}, "the family `table` cannot draw this variable"),
        ({("x", "yy"): "spline"}, "a generator is given for `yy`, which the network does not draw"),
    ],
)
def test_generators_that_no_block_takes(generators: dict[object, object], said: str) -> None:
    with pytest.raises(DofxError) as error:
        dofx.compile(QUERY, GRAPH).fit(ROWS, generators=generators, progress=False)
    assert error.value.diagnostics[0].title.startswith(said)


@pytest.mark.parametrize("rows", ["rows", RowsGenerator, lambda target, given: RowsGenerator(target, given)])
def test_rows_are_refused_where_conditions_matter(rows: object) -> None:
    graph = "a -> x -> y; a -> y"
    with pytest.raises(DofxError, match="the family `rows` cannot draw this variable"):
        dofx.compile("P(y | do(x))", graph).fit(ROWS, generators={"y": rows}, progress=False)


def test_variables_of_different_kinds_are_no_block() -> None:
    rows = {**ROWS, "x": np.arange(30) % 2 == 0}
    with pytest.raises(DofxError) as error:
        dofx.compile(QUERY, GRAPH).fit(
            rows, generators={("x", "y"): "spline"}, settings=FitSettings(epochs=1)
        )
    assert error.value.diagnostics[0].notes == ("x is bool, y is real",)
