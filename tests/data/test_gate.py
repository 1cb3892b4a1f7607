"""One gate for columns and values: whatever is passed is read, or refused by a diagnostic, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.data.dataset import read_data
from dofx.runtime.sampler import Sampler
from dofx.runtime.variables import Finite, Labels, Real, Text, as_column, encode, parse_type
from dofx.runtime.variables.columns import factorise
from values.kinds import KINDS, dictionary, itself, lazy, many_times_over

TYPES = ("bool", "category('a', 'b')", "real", "real(2)", "image(1, 1, 2)", "text")
DEFAULTS = {"bool": True, "category('a', 'b')": "a", "real": 0.5, "real(2)": [0.5, 0.5], "text": "a"}
LETHAL = [name for name in KINDS if any(word in name for word in ("deep", "itself", "many", "endless"))]


def code_of(call: Any) -> str:
    with pytest.raises(DofxError) as raised:
        call()
    return raised.value.diagnostics[0].code


def made() -> list[Sampler]:
    """A sampler for an intervention of each type."""
    rows = {"y": [True, False] * 20, "w": [0.5, 1.5, 2.5, 3.5] * 10}
    columns = {
        "bool": [True, False] * 20,
        "category('a', 'b')": ["a", "b"] * 20,
        "real": np.linspace(0, 1, 40),
        "real(2)": np.random.default_rng(0).normal(size=(40, 2)),
        "text": ["a", "b"] * 20,
    }
    return [
        dofx.compile("P(y | do(x), w)", "w -> x -> y; w -> y", variables={"x": type}).fit(
            {**rows, "x": column}, epochs=0, progress=False
        )
        for type, column in columns.items()
    ]


@pytest.fixture(scope="module")
def samplers() -> list[Sampler]:
    return made()


def every_way(kind: str, samplers: list[Sampler]) -> int:
    """Passes a kind of value as a column and as inputs; the number of times that it was taken."""
    taken, refusals = 0, []
    for types in ({}, *({"y": type} for type in TYPES)):
        try:
            data = read_data({"y": KINDS[kind]()}, ["y"], types)
        except DofxError as error:
            refusals.append(str(error))
        else:
            taken += 1
            assert data.rows > 0
            assert data["y"].isfinite().all()
            type = data.types["y"]
            assert not isinstance(type, Finite) or parse_type(str(type)) == type
    for sampler in samplers:
        for roles in ({"do": {"x": KINDS[kind]()}}, {"given": {"w": KINDS[kind]()}}):
            plain = {"do": {"x": DEFAULTS[str(sampler.types["x"])]}, "given": {"w": 1.0}}
            try:
                rows = sampler.sample(2, **{**plain, **roles})
            except DofxError as error:
                refusals.append(str(error))
            else:
                taken += 1
                assert rows.rows == 2
    assert all(refusals)
    return taken


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in LETHAL])
def test_every_kind_of_value_is_read_or_refused(kind: str, samplers: list[Sampler]) -> None:
    try:
        KINDS[kind]()
    except Exception as error:  # the oldest libraries that are supported lack a few kinds
        pytest.skip(f"the libraries that are installed have no {kind}: {error}")
    every_way(kind, samplers)


def test_halves_are_distinguished() -> None:
    data = read_data({"x": np.array([0.5, 1.5] * 20, np.float16)}, ["x"])
    assert data.types["x"] == Finite((0.5, 1.5))
    assert factorise(np.array([0.5, -0.0, 0.0, 1.5], np.float16)).states == (0.5, 0.0, 1.5)


@pytest.mark.long
def test_no_container_kills_the_interpreter() -> None:
    """In a process of its own: a list that holds itself used to end it without a message."""
    script = "from test_gate import *; s = made(); print([every_way(kind, s) for kind in LETHAL])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=Path(__file__).parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}, check=False)  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, str([0] * len(LETHAL))), done.stderr[-2_000:]


def test_containers_are_named_and_so_is_the_input() -> None:
    own = itself()
    for call in (
        lambda: read_data({"age": own}, ["age"]),
        lambda: encode(Real(), own, what="column `age`"),
        lambda: encode(Text(8), own, what="column `age`"),
        lambda: as_column(many_times_over(10_000, 3), "column `age`"),
    ):
        with pytest.raises(DofxError) as raised:
            call()
        assert "column `age` holds" in str(raised.value)
        assert raised.value.diagnostics[0].code == "E0404"


@pytest.mark.parametrize(
    ("entries", "missing"),
    [
        (pa.array(["a", None]), "row 1"),
        (pa.array([0.5, float("nan")]), "row 1"),
        (pa.array([0.5, float("-inf")]), "row 1"),
        (pa.array([None, 3]), "rows 0 and 2"),
    ],
)
@pytest.mark.parametrize("types", [{}, {"y": "real"}, {"y": "category('a', 'b')"}])
def test_what_a_dictionary_lacks_is_missing(entries: Any, missing: str, types: dict[str, str]) -> None:
    """Nulls inside a dictionary used to become a state, `None`, of which rows were drawn."""
    column = dictionary([0, 1, 0], entries)
    for values in (column, pa.chunked_array([column]), pa.table({"y": column}).column("y")):
        with pytest.raises(DofxError) as raised:
            read_data({"y": values}, ["y"], types)
        assert raised.value.diagnostics[0].code == "E0405"
        assert missing in str(raised.value)


def test_entries_of_a_dictionary_that_no_row_means_may_be_missing_and_others_may_recur() -> None:
    labels = as_column(dictionary([0, 2, 3], pa.array(["a", None, "b", "a"])), "the column")
    assert isinstance(labels, Labels)
    assert (labels.states, labels.codes.tolist()) == (("a", "b"), [0, 1, 0])


@pytest.mark.parametrize(
    "state", [None, np.int64(1), b"a", 1j, float("nan"), float("inf"), 2**63, "\ud800", (1,)]
)
def test_what_cannot_be_written_is_no_state(state: Any) -> None:
    assert code_of(lambda: Finite((state, "b"))) in ("E0402", "E1001")
    assert code_of(lambda: Labels((state,), np.zeros(1, np.int64))) == "E0404"


def test_states_of_numbers_of_two_kinds_are_written() -> None:
    """Arrow refuses whole numbers among fractions that float64 does not hold."""
    sampler = dofx.compile("P(y | do(x))", "x -> y", variables={"y": "category(9007199254740993, 0.5)"})
    sampler.fit({"x": [0, 1] * 4, "y": [0.5] * 8}, progress=False)
    assert sampler.sample(2, do={"x": 1}, seed=0).to_arrow()["y"].to_pylist() == [0.5, 0.5]


@pytest.mark.parametrize("values", [np.array([2**64 - 1, 0] * 4, "u8"), [2**64 - 1, 0] * 4])
def test_whole_numbers_beyond_64_bits_are_refused_when_they_are_read(values: Any) -> None:
    assert code_of(lambda: read_data({"y": values}, ["y"])) == "E0407"
    assert read_data({"y": np.array([2**63 - 1, 0] * 4, "u8")}, ["y"]).types["y"] == Finite((0, 2**63 - 1))


@pytest.mark.parametrize(
    "frame",
    [
        lazy(),
        pl.LazyFrame({"y": [1]}).select("z"),
        pl.LazyFrame({"y": ["a"]}).select(pl.col("y").cast(pl.Int64)),
        pl.LazyFrame({"y": [1]}).map_batches(lambda frame: 1 / 0),
    ],
)
def test_a_lazy_frame_that_fails_is_a_file_that_cannot_be_read(frame: Any) -> None:
    assert code_of(lambda: read_data(frame, ["y"])) == "E0503"


@pytest.mark.parametrize(
    "arguments", ["-" * 20_000 + "1", "(" * 5_000 + ")" * 5_000, "[" * 90 + "]" * 90], ids=len
)
def test_types_nested_deeply_are_no_types(arguments: str) -> None:
    assert code_of(lambda: parse_type(f"category({arguments})")) == "E0401"


def test_interrupts_pass() -> None:
    class Interrupted:
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        as_column(Interrupted(), "the column")


def test_what_passed_before_still_passes() -> None:
    """Object arrays, series of arrays and cells of other libraries are columns like any other."""
    vectors = [[1.0, 2.0], [3.0, 4.0]]
    for values in (
        vectors,
        np.array(vectors, dtype=object),
        pd.Series([np.array(row) for row in vectors]),
        pl.Series(vectors),
        [torch.tensor(row) for row in vectors],
        [pl.Series(row) for row in vectors],
        tuple(tuple(row) for row in vectors),
    ):
        assert encode(Real((2,)), values).tolist() == vectors


def test_damaged_buffers_are_refused() -> None:
    """Run outside: without the check the interpreter ends, and the last line says at which array."""
    code = (
        "import pyarrow as pa, dofx; from dofx.runtime.variables import as_column; from values.damaged import damaged\n"
        "for which, array in enumerate(damaged()):\n"
        "    for whole in (array, pa.chunked_array([array])):\n"
        "        print('reading', ('text', 'lists', 'dictionary')[which], type(whole).__name__, flush=True)\n"
        "        try: as_column(whole, 'column `x`')\n"
        "        except dofx.DofxError as error: print(error)\n"
    )
    paths = os.pathsep.join(path for path in sys.path if path)
    environment = {**os.environ, "PYTHONPATH": paths}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert run.stdout.count("column `x` is damaged") == run.stdout.count("reading") == 6, (
        run.stdout + run.stderr
    )


def test_what_arrow_wraps_is_read_as_what_it_stands_for() -> None:
    """Runs and extension types used to be refused with the advice to turn them into text."""
    runs = pa.RunEndEncodedArray.from_arrays([2, 3, 4], pa.array(["a", "b", None]))
    shown = read_data({"y": runs.slice(0, 3)}, ["y"])
    assert (str(shown.types["y"]), shown["y"].tolist()) == ("category('a', 'b')", [0, 0, 1])
    with pytest.raises(DofxError, match="1 missing value"):
        read_data({"y": runs}, ["y"])
    holes = read_data({"y": runs}, ["y"], holes=True).partial["y"]
    assert holes.shown.tolist() == [True, True, True, False]
    cubes = np.random.default_rng(0).normal(size=(5, 2, 3))
    tensors = pa.FixedShapeTensorArray.from_numpy_ndarray(cubes)
    for column in (tensors, pa.chunked_array([tensors.slice(0, 2), tensors.slice(2)])):
        np.testing.assert_allclose(
            read_data({"y": column}, ["y"], {"y": "real(2, 3)"})["y"], cubes, rtol=1e-6
        )
    views = pa.array([[1.0, 2.0], [3.0, 5.0]], pa.list_view(pa.float64()))
    assert read_data({"y": views}, ["y"])["y"].tolist() == [[1.0, 2.0], [3.0, 5.0]]


@pytest.mark.skipif(not hasattr(pa, "bool8"), reason="this pyarrow has no bools of 8 bits")
def test_bools_of_8_bits_are_bools() -> None:
    bools = pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0], pa.int8()))
    assert str(read_data({"y": bools}, ["y"]).types["y"]) == "bool"
