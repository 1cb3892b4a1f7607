"""Rows into files: the same as in memory, whole or not at all, in memory that does not grow."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.feather
import pyarrow.parquet
import pytest
import torch

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.data.samples import Samples
from dofx.runtime.families.protocol import Noise
from dofx.runtime.sampler import Sampler
from dofx.runtime.sampling.writing import write
from models.worlds import FRONT_DOOR, front_door_rows

SUPPORT = Path(__file__).parents[1] / "support"
ROWS = 50_000


@pytest.fixture(scope="module")
def sampler() -> Sampler:
    rows, _ = front_door_rows(5_000)
    return Sampler(FRONT_DOOR).fit({**rows, "y": np.array(["no", "yes"])[rows["y"]]})


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".csv":
        return pd.read_csv(path)
    if path.suffix == ".parquet":
        return pyarrow.parquet.read_table(path).to_pandas()
    return pyarrow.feather.read_table(path).to_pandas()


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".csv"])
def test_a_file_holds_what_sample_returns(sampler: Sampler, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rows{suffix}"
    written = sampler.sample_to(path, ROWS, do={"x": 1}, seed=5, chunk=20_000)
    expected = sampler.sample(ROWS, do={"x": 1}, seed=5).to_pandas()
    pd.testing.assert_frame_equal(read(path), expected, check_dtype=suffix != ".csv")
    assert str(written) == f"50,000 rows of y in {path}, seed 5"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_parts_are_row_groups(sampler: Sampler, tmp_path: Path) -> None:
    sampler.sample_to(tmp_path / "rows.parquet", ROWS, do={"x": 1}, chunk=20_000)
    assert pyarrow.parquet.ParquetFile(tmp_path / "rows.parquet").num_row_groups == 3


def test_vectors_go_into_parquet_alone(tmp_path: Path) -> None:
    class Plain(torch.nn.Module):
        noise = Noise((3,), "normal")

        def forward(self, noise: torch.Tensor) -> torch.Tensor:
            return noise

    network = SamplingNetwork(Query.of(("v",)), (Stage("answer", (), (Draw.of("v", "v"),), (("v", "v"),)),))
    rng = np.random.default_rng(0)
    sampler = Sampler(network).fit({"v": rng.normal(size=(20, 3))}, generators={"v": Plain()})
    sampler.sample_to(tmp_path / "rows.parquet", 1_000, seed=0, chunk=300)
    stored = np.stack(read(tmp_path / "rows.parquet")["v"].to_numpy())
    np.testing.assert_array_equal(stored, sampler.sample(1_000, seed=0)["v"].numpy())
    with pytest.raises(DofxError, match="CSV cannot hold"):
        sampler.sample_to(tmp_path / "rows.csv", 10)


def test_progress_is_reported(sampler: Sampler, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    sampler.sample_to(
        tmp_path / "rows.arrow",
        250,
        do={"x": 1},
        chunk=100,
        progress=lambda done, rows: heard.append((done, rows)),
    )
    assert heard == [(100, 250), (200, 250), (250, 250)]


def test_a_bar_shows_up(sampler: Sampler, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sampler.sample_to(tmp_path / "rows.parquet", 100, do={"x": 1}, progress=True)
    assert "100 of 100 rows" in capsys.readouterr().err


def test_a_failure_leaves_the_old_file(sampler: Sampler, tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    sampler.sample_to(path, 100, do={"x": 1}, seed=1)
    before = path.read_bytes()

    def parts() -> Iterator[Samples]:
        yield sampler.sample(10, do={"x": 1})
        raise ArithmeticError("half way")

    with pytest.raises(ArithmeticError):
        write(path, parts(), {"y": sampler.types["y"]}, 20, 0)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_other_files_are_refused(sampler: Sampler, tmp_path: Path) -> None:
    with pytest.raises(DofxError) as error:
        sampler.sample_to(tmp_path / "rows.xlsx", 10, do={"x": 1})
    assert error.value.diagnostics[0].code == "E0432"


MEMORY = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from models.worlds import FRONT_DOOR, front_door_rows
from dofx.runtime.sampler import Sampler

sampler = Sampler(FRONT_DOOR).fit(front_door_rows(5_000)[0])
def peak(n):
    sampler.sample_to(sys.argv[2], n, do={"x": 1}, seed=0, chunk=1 << 16, workers=2)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
few, many = peak(10 << 16), peak(100 << 16)
print(many - few)
"""


@pytest.mark.long
def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """Ten times the rows; kept in memory, their states alone would take 52 MB."""
    shown = subprocess.run(
        [sys.executable, "-c", MEMORY, str(SUPPORT), str(tmp_path / "rows.parquet")],
        capture_output=True,
        check=True,
        text=True,
    )
    kilobytes = int(shown.stdout) // (1024 if sys.platform == "darwin" else 1)
    assert kilobytes < 12 * 1024
