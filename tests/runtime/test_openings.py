"""Which draws of a network are open."""

import pytest

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.foreign import from_function
from dofx.runtime.sampler import Sampler
from models.worlds import FRONT_DOOR, front_door_rows
from stand_ins.stubs import Softmax


def test_open_draws_are_listed_with_types_and_shapes() -> None:
    sampler = dofx.compile(
        "P(y | do(x))", "x -> z -> y; x <-> y", variables={"z": "image(1, 4, 4)", "y": "bool"}
    )
    assert str(sampler.open_draws()) == (
        "draw  conditional  type            values                   conditions\n"
        "x'    P(x)         ?               as the data say\n"
        "z     P(z | x)     image(1, 4, 4)  float32 (rows, 1, 4, 4)  x: ?\n"
        "y     P(y | x, z)  bool            int64 (rows)             x: ?, z: image(1, 4, 4)"
    )


def test_data_tell_what_was_not_declared() -> None:
    rows, _ = front_door_rows(50)
    found = Sampler(FRONT_DOOR).open_draws(rows)["P(y | x, z)"]
    assert (str(found.type), {name: str(type) for name, type in found.given.items()}) == (
        "category(2)",
        {"x": "category(2)", "z": "category(3)"},
    )


def test_a_filled_draw_is_not_open_nor_is_anything_once_fitted() -> None:
    rows, _ = front_door_rows(50)
    sampler = Sampler(FRONT_DOOR)
    filling = from_function(lambda noise, given: given["x"])
    assert [d.fit for d in sampler.open_draws(generators={"z": filling, "x′": "table"})] == ["P(y | x, z)"]
    assert len(sampler.fit(rows, generators={"y": Softmax([2, 3, 2])}).open_draws()) == 0
    with pytest.raises(DofxError, match="did you mean"):
        Sampler(FRONT_DOOR).open_draws(generators={"yy": "table"})


def test_a_refit_says_where_its_rows_come_from() -> None:
    napkin = dofx.compile("P(y | do(x))", "w -> r -> x -> y; x <-> w <-> y")
    assert napkin.open_draws()["Q₁(y | x)"].source == "Q₁"
