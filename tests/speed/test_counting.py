"""Many rows of states are counted once, in pieces, and nothing else is done row by row."""

import numpy as np
import pytest
import torch

from dofx.runtime.data.dataset import Dataset
from dofx.runtime.families import table
from dofx.runtime.families.counting import PIECE, joint_counts
from dofx.runtime.families.table import TableGenerator
from dofx.runtime.judging import shown
from dofx.runtime.judging.shown import Seen
from dofx.runtime.training.settings import FitSettings
from dofx.runtime.variables import Finite, encode, infer_type, inference
from dofx.runtime.variables.columns import factorise
from dofx.runtime.variables.whole import encode_whole, whole_states

SIZES = (3, 5, 2)


def columns(rows: int) -> list[torch.Tensor]:
    source = torch.Generator().manual_seed(rows)
    found = [torch.randint(size, (rows,), generator=source) for size in SIZES]
    found[1][found[0] == 2] = 4  # some combinations do not occur
    return found


@pytest.mark.parametrize("rows", [1, PIECE - 1, PIECE, 3 * PIECE + 7])
def test_pieces_add_up(rows: int) -> None:
    given = columns(rows)
    flat = (given[0] * 5 + given[1]) * 2 + given[2]
    assert torch.equal(joint_counts(given, SIZES), torch.bincount(flat, minlength=30))


def test_a_table_is_the_same_whether_held_out_rows_are_drawn_or_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    *given, target = columns(200_000)
    made = []
    for most in (table.MOST_DRAWN, 1 << 20):
        monkeypatch.setattr(table, "MOST_DRAWN", most)
        generator = TableGenerator(Finite((0, 1)), [Finite((0, 1, 2)), Finite((0, 1, 2, 3, 4))])
        made.append((generator, generator.fit(target, given, FitSettings(seed=3))))
    (many, counted), (few, drawn) = made
    assert torch.equal(many.table, few.table)
    assert counted.score == pytest.approx(drawn.score, abs=0.001)  # both near log 2, of 20,000 rows
    assert counted.score != drawn.score


def test_what_many_rows_show_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    types = {name: Finite(tuple(range(size))) for name, size in zip("abc", SIZES, strict=True)}
    rows = Dataset(dict(zip("abc", columns(100_000), strict=True)), types)
    counted = Seen.of(rows, "abc")
    monkeypatch.setattr(shown, "MOST_HALVED", 1 << 20)
    sorted_out = Seen.of(rows, "abc")
    assert torch.equal(counted.keys, sorted_out.keys)
    assert (counted.rows, counted.low.shape) == (sorted_out.rows, sorted_out.low.shape)
    assert counted.usual == sorted_out.usual == 0
    met = {name: torch.full((10,), 1) for name in "abc"} | {"a": torch.full((10,), 2)}
    assert counted.lacks(met) == sorted_out.lacks(met) == (1.0, "a = 2, b = 1, c = 1")


def test_what_half_of_many_rows_lacks_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    source = torch.Generator().manual_seed(0)
    states = torch.randint(400_000, (70_000,), generator=source)
    rows = Dataset({"a": states}, {"a": Finite(tuple(range(400_000)))})
    counted = Seen.of(rows, "a").usual
    monkeypatch.setattr(shown, "MOST_HALVED", 1 << 20)
    assert counted == pytest.approx(Seen.of(rows, "a").usual, abs=0.01)
    assert counted == pytest.approx(np.exp(-35 / 400), abs=0.01)


WHOLE = [
    np.array([3, 1, 3], "i8"),
    np.array([100, -100, 100], "i1"),
    np.array([2**63 - 1, 2**63 - 5], "u8"),
    np.array([-(2**63), -(2**63) + 1], "i8"),
    np.array([0, 1, 2, 1], "u1"),
    np.array([7], "i4"),
]


@pytest.mark.parametrize("column", WHOLE, ids=str)
@pytest.mark.parametrize("scale", [int, float, lambda state: state == 1], ids=["int", "float", "bool"])
def test_whole_numbers_are_read_alike(column: np.ndarray, scale: object) -> None:
    labels = factorise(column)
    assert whole_states(column) == tuple(sorted(labels.states))
    states = tuple(dict.fromkeys(map(scale, sorted(labels.states))))  # type: ignore[call-overload]
    numbers = {state: number for number, state in enumerate(states)}
    expected = [numbers.get(value, -1) for value in column.tolist()]
    found = encode_whole(states, column)
    assert (found is None) == (-1 in expected)
    if found is not None:
        assert found.tolist() == expected
        assert not np.shares_memory(found, column)


@pytest.mark.parametrize(
    "column",
    [np.array([0, 2**40]), np.array([2**63], "u8"), np.array([0.5]), np.array([True]), np.empty(0, int)],
)
def test_other_columns_are_left_to_hashing(column: np.ndarray) -> None:
    assert whole_states(column) is None
    assert encode_whole((0, 1), column) is None


def test_codes_are_read_without_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(inference, "factorise", never)
    monkeypatch.setattr("dofx.runtime.variables.encoding.factorise", never)
    column = np.arange(1_000) % 3
    assert encode(infer_type(column), column).tolist() == column.tolist()
