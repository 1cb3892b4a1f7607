"""The Ray engine on several machines, as far as one can play them: each has its own Ray, and is switched off."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dofx.runtime.fitting.progress import FitEvent
from dofx.runtime.sampler import Sampler
from models.worlds import FRONT_DOOR, NAPKIN, front_door_rows, napkin_rows
from stand_ins.fatal import Sluggish

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install -e '.[ray]'")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

SUPPORT = Path(__file__).parents[1] / "support"


@pytest.fixture
def switch_off() -> Iterator[Callable[[], None]]:
    """Switches one machine of three off, then another: the process that asks runs on the third."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_worker_niceness", "0")  # else a busy machine starves the workers
        patch.setenv("PYTHONPATH", str(SUPPORT))
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
        machines = [cluster.add_node(num_cpus=1) for _ in range(3)]
        ray.init(cluster.address, log_to_driver=False, logging_level=logging.ERROR)
        yield lambda: cluster.remove_node(machines.pop())
        ray.shutdown()
        cluster.shutdown()


@pytest.mark.long
def test_machines_are_lost(switch_off: Callable[[], None], tmp_path: Path) -> None:
    """One in the middle of a sample, one in the middle of a fit."""
    rows, _ = front_door_rows(2_000)
    sampler = Sampler(FRONT_DOOR).fit(rows, generators={"y": Sluggish([2, 3, 2])})
    lost: list[str] = []

    def lose(what: str) -> None:
        if what not in lost:
            lost.append(what)
            switch_off()

    def sampled(done: int, of: int) -> None:
        if done >= 20_000:
            lose("sample")

    sampler.sample_to(tmp_path, 100_000, do={"x": 1}, seed=1, chunk=5_000, engine="ray", progress=sampled)
    expected = sampler.sample(100_000, do={"x": 1}, seed=1).to_pandas()
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path), expected)

    def fitted(event: FitEvent) -> None:
        lose("fit")

    rows, _ = napkin_rows(2_000)
    there = Sampler(NAPKIN).fit(rows, exact_refits=False, engine="ray", progress=fitted)
    here = Sampler(NAPKIN).fit(rows, exact_refits=False)
    np.testing.assert_array_equal(there.distribution().array(), here.distribution().array())
    assert lost == ["sample", "fit"]
