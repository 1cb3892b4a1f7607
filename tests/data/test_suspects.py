"""What was probably not meant in a column is pointed out, and what surely was not is refused."""

import warnings
from typing import Any

import numpy as np
import pytest

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError, DofxWarning
from dofx.runtime.data.dataset import read_data
from dofx.runtime.variables import infer_type

SOURCE = np.random.default_rng(0)
AGES = SOURCE.integers(18, 91, 2_000)


def warned(values: Any, types: Any = None) -> list[str]:
    """The codes of the warnings that learning from a column sets off, once each."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read_data({"y": values}, ["y"], types, learned=True)
    return [w.message.diagnostic.code for w in caught if isinstance(w.message, DofxWarning)]


def coded(column: np.ndarray, code: float, rows: int) -> np.ndarray:
    found = column.copy()
    found[:: len(found) // rows] = code
    return found


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1,200", "900", "1,300"] * 20, ["W0401"]),
        (["1.234.567", "2.000.000"] * 20, ["W0401"]),
        (["1 200", "900"] * 20, ["W0401"]),
        (["Male", "male ", "female"] * 20, ["W0402"]),
        (["New  York", "new york", "Oslo"] * 20, ["W0402"]),
        (["ﬁnland", "Finland"] * 20, ["W0402"]),
        (["2024-01-31", "2024-02-29 08:00", "2024-03-01"] * 20, ["W0404"]),
        (["31/1/2024", "28/2/2024", "unknown"] * 20, ["W0404"]),
        (coded(AGES, -99, 40), ["W0403"]),
        (coded(AGES, 999, 40), ["W0403"]),
        (coded(AGES, 99, 40), ["W0403"]),
        (coded(AGES.astype(float), -9, 40), ["W0403"]),
        (coded(coded(AGES, -99, 40), -999, 50), ["W0403"]),
        ([0, 1, 1, -99] * 20, ["W0403"]),
        (coded(SOURCE.normal(size=2_000), -99, 40), ["W0403"]),
    ],
)
def test_what_was_probably_not_meant_is_pointed_out(values: Any, expected: list[str]) -> None:
    assert warned(values) == expected
    with pytest.warns(DofxWarning):
        dofx.compile("P(y | do(x))", "x -> y").fit(
            {"y": values, "x": np.arange(len(values)) % 2 == 0}, epochs=0, progress=False
        )


@pytest.mark.parametrize(
    "values",
    [
        ["1", "2", "3"] * 20,
        ["1.5", "2.5"] * 20,
        ["a", "b"] * 20,
        ["1,2", "3,4"] * 20,
        ["no", "None", "non"] * 20,
        ["2024-1", "2024-2", "2025-1"] * 20,
        AGES,
        coded(AGES, 99, 2),
        SOURCE.integers(0, 1_200, 2_000),
        SOURCE.normal(0, 100, 2_000).round(),
        [-1, 0, 1] * 20,
        [-9, -8, -7, -6] * 20,
        SOURCE.normal(size=2_000),
        np.full(40, 99),
        [True, False] * 20,
        np.ones((40, 3)),
    ],
)
def test_what_is_plain_sets_off_nothing(values: Any) -> None:
    assert warned(values) == []


def test_a_declared_type_is_meant() -> None:
    assert warned([0, 1, -99] * 20, {"y": "category(-99, 0, 1)"}) == []
    assert warned(["Male", "male"] * 20, {"y": "category('Male', 'male')"}) == []


@pytest.mark.parametrize(
    ("labels", "hint"),
    [
        ([f"{1_000 + number:,}" for number in range(500)], "write numbers as 1234.5"),
        (
            [f"2024-{1 + number % 12:02}-{1 + number // 12:02}" for number in range(300)],
            "`data P dates NAME in days`",
        ),
        ([f"patient {number}" for number in range(40)], "identifies rows"),
        ([f"patient {number}" for number in [*range(40), *range(9)]], "identifies rows"),
    ],
)
def test_a_label_for_nearly_every_row_is_no_category(labels: list[str], hint: str) -> None:
    """Of 500 numbers with a thousands separator, 493 labels used to be made without a word."""
    with pytest.raises(DofxError) as raised:
        infer_type(labels)
    assert raised.value.diagnostics[0].code == "E0408"
    assert hint in str(raised.value)


def test_labels_that_recur_and_few_rows_are_a_category() -> None:
    assert len(infer_type([f"town {number}" for number in range(300)] * 2).states) == 300
    assert len(infer_type(["a", "b", "c", "d"]).states) == 4


@pytest.mark.parametrize("pair", [(0, 1), (0.0, 0.5), (-0.25, 1e-3), (1.5, 2.5)])
def test_two_values_are_two_states_whatever_they_are(pair: tuple[float, float]) -> None:
    """A covariate coded 0 and 0.5 used to be a real number, and did worse than one coded 0 and 1."""
    which = SOURCE.integers(0, 2, 400)
    x = SOURCE.integers(0, 2, 400)
    y = (SOURCE.random(400) < 0.2 + 0.3 * which + 0.2 * x).astype(int)
    x = np.where(SOURCE.random(400) < 0.3, which, x)
    answers = []
    for column in (which, np.array(pair)[which]):
        sampler = dofx.compile("P(y | do(x))", "w -> {x, y}; x -> y")
        sampler.fit({"w": column, "x": x, "y": y}, progress=False)
        assert str(sampler.types["w"]) == ("category(2)" if column is which else f"category{pair!r}").replace(
            "category(0, 1)", "category(2)"
        )
        answers.append(sampler.distribution(do={"x": 1}).array())
    assert np.array_equal(*answers)
