"""Rows in a folder: the same as in memory, whatever makes them, and nothing twice after a kill."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet
import pytest
import torch
from torch import Tensor

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.sampler import Sampler
from models.worlds import FRONT_DOOR, front_door_rows
from stand_ins.elsewhere import Elsewhere
from stand_ins.stubs import Linear

ROWS = 5_000
ENGINES = [None, Elsewhere(1)]


@pytest.fixture(scope="module")
def sampler() -> Sampler:
    rows, _ = front_door_rows(2_000)
    return Sampler(FRONT_DOOR).fit({**rows, "y": np.array(["no", "yes"])[rows["y"]]})


@pytest.mark.parametrize("engine", ENGINES)
def test_a_folder_holds_what_sample_returns(sampler: Sampler, tmp_path: Path, engine: Elsewhere) -> None:
    folder = tmp_path / "rows"
    written = sampler.sample_to(folder, ROWS, do={"x": 1}, seed=5, chunk=2_000, engine=engine)
    expected = sampler.sample(ROWS, do={"x": 1}, seed=5).to_pandas()
    pd.testing.assert_frame_equal(pd.read_parquet(folder), expected)
    assert pl.read_parquet(folder / "*.parquet").height == ROWS  # polars 1.0 reads _SUCCESS too
    assert str(written) == f"5,000 rows of y in {folder}, seed 5"
    assert sorted(p.name for p in folder.iterdir()) == [
        "_SUCCESS",
        *(f"part-00000{i}.parquet" for i in range(3)),
    ]


@pytest.mark.parametrize("folded", [False, True])
def test_rows_in_memory_made_elsewhere(
    sampler: Sampler, folded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dofx.runtime.sampling.sizes.PART_VALUES", 700)
    source = sampler.folded() if folded else sampler
    x = np.arange(ROWS) % 2
    made = source.sample(ROWS, do={"x": x}, seed=3, start=11, engine=Elsewhere(2))
    assert torch.equal(made.encoded["y"], source.sample(ROWS, do={"x": x}, seed=3, start=11).encoded["y"])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_killed_call_goes_on_at_the_missing_parts(
    sampler: Sampler, tmp_path: Path, engine: Elsewhere
) -> None:
    class Killed(BaseException):
        pass

    def stop(done: int, rows: int) -> None:
        if done > rows / 2:
            raise Killed

    options = {"do": {"x": np.arange(ROWS) % 2}, "chunk": 1_000}
    with pytest.raises(Killed):
        sampler.sample_to(tmp_path, ROWS, **options, engine=engine, progress=stop)
    before = {p.name: p.stat().st_mtime_ns for p in tmp_path.iterdir()}
    assert len(before) == 3
    assert "_SUCCESS" not in before
    (tmp_path / "part-000001.parquet").write_bytes(b"PAR1 cut short")
    (tmp_path / ".part-000004.parquet.abcd.tmp").touch()
    done: list[int] = []
    written = sampler.sample_to(tmp_path, ROWS, **options, progress=lambda at, of: done.append(at))
    after = {p.name: p.stat().st_mtime_ns for p in tmp_path.iterdir()}
    untouched = before.keys() - {"part-000001.parquet"}
    assert {name: after[name] for name in untouched} == {name: before[name] for name in untouched}
    assert len(after) == 6
    assert done[-1] == written.rows == ROWS
    expected = sampler.sample(ROWS, do=options["do"], seed=written.seed).to_pandas()
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path), expected)


def test_a_whole_folder_is_left_alone(sampler: Sampler, tmp_path: Path) -> None:
    options = {"do": {"x": 1}, "chunk": 2_000}
    sampler.sample_to(tmp_path, ROWS, seed=1, **options)
    before = {p.name: p.stat().st_mtime_ns for p in tmp_path.iterdir() if p.name != "_SUCCESS"}
    sampler.sample_to(tmp_path, ROWS, seed=1, **options)
    assert before == {p.name: p.stat().st_mtime_ns for p in tmp_path.iterdir() if p.name != "_SUCCESS"}
    with pytest.raises(DofxError, match="its seed is 1"):
        sampler.sample_to(tmp_path, ROWS, **options)


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"seed": 2}, "seed"),
        ({"do": {"x": 0}}, "inputs"),
        ({"n": 4_000}, "rows"),
        ({"start": 7}, "start"),
        ({"chunk": 1_000}, "rows_a_part"),
        ({"precision": "bf16"}, "precision"),
        ({"sampler": 300}, "sampler"),
    ],
)
def test_parts_of_another_sample_are_not_taken(
    sampler: Sampler, tmp_path: Path, change: dict[str, object], differs: str
) -> None:
    options = {"n": ROWS, "do": {"x": 1}, "seed": 1, "chunk": 2_000}
    sampler.sample_to(tmp_path, **options)
    if "sampler" in change:
        rows, _ = front_door_rows(change.pop("sampler"), seed=1)  # type: ignore[arg-type]
        sampler = Sampler(FRONT_DOOR).fit({**rows, "y": np.array(["no", "yes"])[rows["y"]]})
    with pytest.raises(DofxError) as error:
        sampler.sample_to(tmp_path, **{**options, **change})
    (found,) = error.value.diagnostics
    assert found.code == "E0441"
    assert found.notes == (f"part-000000.parquet differs in {differs}",)


class Shifted(Linear):
    """A custom generator whose rows depend on an option that is no weight."""

    def __init__(self, by: float) -> None:
        super().__init__(1)
        self.by = by

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        return super().forward(noise, *given) + self.by


def test_parts_of_a_custom_generator_with_other_options_are_not_taken(tmp_path: Path) -> None:
    """Of a custom generator only the weights were compared, so the rest of a folder was filled by another one."""
    rows = {"x": np.linspace(0, 1, 50), "y": np.linspace(0, 2, 50) ** 2}
    options = {"do": {"x": 0.5}, "seed": 1, "chunk": 50}
    one, other = (
        dofx.compile("P(y | do(x))", "x -> y").fit(rows, generators={"y": Shifted(by)}, progress=False)
        for by in (0.0, 5.0)
    )
    one.sample_to(tmp_path, 100, **options)
    (tmp_path / "part-000001.parquet").unlink()
    with pytest.raises(DofxError, match="differs in sampler"):
        other.sample_to(tmp_path, 100, **options)
    one.sample_to(tmp_path, 100, **options)
    assert len(pd.read_parquet(tmp_path)) == 100


@pytest.mark.parametrize("name", ["thesis.tex", "part-000000.parquet"])
def test_a_folder_of_other_things_is_left_alone(sampler: Sampler, tmp_path: Path, name: str) -> None:
    pyarrow.parquet.write_table(pyarrow.table({"a": [1]}), tmp_path / name)
    with pytest.raises(DofxError, match=f"such as {name}"):
        sampler.sample_to(tmp_path, ROWS, do={"x": 1})


def test_a_file_is_no_folder(sampler: Sampler, tmp_path: Path) -> None:
    (tmp_path / "rows").write_text("my rows")
    with pytest.raises(DofxError, match="E0801"):
        sampler.sample_to(tmp_path / "rows", ROWS, do={"x": 1})
    assert (tmp_path / "rows").read_text() == "my rows"


def test_processes_write_no_csv(sampler: Sampler, tmp_path: Path) -> None:
    with pytest.raises(DofxError, match="E0432"):
        sampler.sample_to(tmp_path / "rows.csv", ROWS, do={"x": 1}, engine=Elsewhere())
