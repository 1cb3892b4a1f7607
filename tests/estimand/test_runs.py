"""Sets spelt by their runs are the same sets."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dofx.compiler.estimand.naming import Namer, is_plain, written
from dofx.compiler.graph.varset import Order
from dofx.compiler.printers.estimand.runs import Name, Run, Speller, runs, sequences

SIZE = 60
ORDER = Order(f"v{i}" for i in range(SIZE))
masks = st.integers(0, 2**SIZE - 1)
crowded = st.lists(st.integers(0, SIZE - 1), max_size=6).map(
    lambda gaps: (2**SIZE - 1) & ~sum({1 << gap for gap in gaps})
)


@given(masks, masks)
def test_runs_are_maximal_and_make_up_the_set(mask: int, part: int) -> None:
    found = list(runs(mask, part))
    assert sum(found) == mask & part
    gaps = part & ~mask
    for one, next in pairwise(found):
        between = (next & -next) - (1 << one.bit_length())
        assert gaps & between, "two runs with nothing between them"


@given(st.lists(masks | crowded, max_size=12))
def test_sequences_are_a_partition(sets: list[int]) -> None:
    parts = sequences(2**SIZE - 1, sets)
    assert sum(parts) == 2**SIZE - 1
    assert all(not one & other for i, one in enumerate(parts) for other in parts[:i])


@given(st.lists(masks | crowded, max_size=6), masks | crowded, masks, masks)
def test_what_is_spelt_is_the_set(sets: list[int], mask: int, once: int, twice: int) -> None:
    spell = Speller(ORDER, sets)
    scope = {1: once & ~twice, 2: twice}
    spelt = spell(mask, scope)
    expected = {
        Name(f"v{i}", (once >> i & 1 and 1) if not twice >> i & 1 else 2)
        for i in range(SIZE)
        if mask >> i & 1
    }
    found: list[Name] = []
    for item in spelt:
        match item:
            case Name():
                found.append(item)
            case Run(first, last):
                assert first.copy == last.copy
                (sequence,) = [s for s in spell.sequences if first.variable in s and last.variable in s]
                inside = sequence[sequence.index(first.variable) : sequence.index(last.variable) + 1]
                assert len(inside) > 8
                found += [Name(variable, first.copy) for variable in inside]
    assert len(found) == len(expected)
    assert set(found) == expected


def test_nested_and_disjoint_sets_are_few_runs() -> None:
    """Two interleaved families that grow: the sequences are distinguished."""
    evens, odds = (sum(1 << i for i in range(first, SIZE, 2)) for first in (0, 1))
    growing = [half & ((1 << stop) - 1) for half in (evens, odds) for stop in range(SIZE)]
    assert sequences(2**SIZE - 1, growing) in ([evens, odds], [odds, evens])


def test_names_handed_out_are_apart() -> None:
    """Even where a variable is called what a copy of another would be."""
    namer = Namer.after(["x", "x'"])
    assert [namer("x"), namer("x"), namer("x'")] == ["x''", "x'''", "x''''"]
    fresh = Namer()
    assert len({fresh(name) for name in ["x", "x'", "x''"] * 6}) == 18


def test_written_names() -> None:
    assert [written("x", copy) for copy in (0, 1, 2, 3, 4, 12)] == ["x", "x′", "x″", "x‴", "x⁽⁴⁾", "x⁽¹²⁾"]
    assert written('a "b"\n') == r'"a \"b\"\n"'
    plain = ["x", "x1", "x_1", "Q₁", "blood.pressure", "naïve", "年齢", "e\u0301"]
    odd = ["", "1st", "x'", "x′", "a b", "a.", "a-b", "a\n"]
    assert [is_plain(name) for name in (*plain, *odd)] == [True] * len(plain) + [False] * len(odd)
