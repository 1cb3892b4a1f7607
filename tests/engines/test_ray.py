"""The Ray engine on a local cluster: the same answers as in this process, and nothing lost to kills."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.compile import compile
from dofx.runtime.data.streamed.ray_blocks import on_workers
from dofx.runtime.data.streamed.stream import Stream
from dofx.runtime.engines import Resources, Task
from dofx.runtime.sampler import Sampler
from dofx.runtime.variables import Real
from faces.shop import dofx, stock
from models.worlds import FRONT_DOOR, NAPKIN, front_door_rows, napkin_rows
from stand_ins.fatal import Fatal, FatalMember, Sluggish
from stand_ins.stubs import Broken

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install -e '.[ray]'")

from dofx.runtime.engines.ray import Ray  # noqa: E402 - it needs Ray

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

SUPPORT = Path(__file__).parents[1] / "support"
ROWS, _ = napkin_rows(2_000)
DOOR_ROWS, _ = front_door_rows(2_000)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A cluster of two workers on this machine, and its address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_worker_niceness", "0")  # else a busy machine starves the workers
        patch.setenv("RAY_TRAIN_HEALTH_CHECK_INTERVAL_S", "0.2")
        patch.setenv("RAY_TRAIN_ENABLE_PREEMPTION_WATCHER", "0")
        paths = [str(SUPPORT), str(SUPPORT.parents[1] / "src")]  # modules of custom generators, and this dofx
        patch.setenv("PYTHONPATH", os.pathsep.join(paths))
        quiet = {"include_dashboard": False, "log_to_driver": False, "logging_level": logging.ERROR}
        context = ray.init(num_cpus=2, **quiet)
        yield context.address_info["address"]
        ray.shutdown()


def assert_equal(one: Sampler, other: Sampler) -> None:
    assert_alike(one, other)
    assert [r.report.score for r in one.report or ()] == [r.report.score for r in other.report or ()]


def assert_alike(one: Sampler, other: Sampler) -> None:
    """All generators are equal to the bit, whatever rows they were scored on."""
    for fit in one.network.fits:
        for a, b in zip(
            one.modules[fit].state_dict().values(), other.modules[fit].state_dict().values(), strict=True
        ):
            torch.testing.assert_close(a, b, rtol=0, atol=0)


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.long
def test_a_data_set_of_ray_is_counted_where_it_is(cluster: str) -> None:
    """Tables over holes, labels, a refit and a program's intervals are those of the frame; networks repeat."""
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    source = np.random.default_rng(0)
    hidden = source.random(len(ROWS["x"])) < np.where(ROWS["w"], 0.6, 0.1)
    frame = pd.DataFrame(ROWS).assign(
        word=np.where(hidden, None, np.where(ROWS["y"], "yes", "no")), dose=source.normal(size=len(hidden))
    )
    blocks = [frame.iloc[:300], frame.iloc[300:1_500], frame.iloc[1_500:]]
    data = ray.data.from_pandas(blocks)
    for query, graph in (
        ("P(y | do(x))", "w -> r -> x -> y; x <-> w <-> y"),
        ("P(word | do(x))", "w -> {x, word}; x -> word; w -> missing(word)"),
    ):
        one, other = (compile(query, graph).fit(each) for each in (frame, data))
        assert one.types == other.types
        assert_alike(one, other)
    texts = [str(_answered(each)) for each in (frame, data)]
    assert texts[0] == texts[1]
    twice = [
        compile("P(dose | do(x))", "w -> {x, dose}; x -> dose").fit(Stream(data, sample=500), epochs=1)
        for _ in range(2)
    ]
    assert_equal(*twice)
    assert not data.context.execution_options.preserve_order
    wrong = ray.data.from_pandas([*blocks[:1], blocks[1].assign(dose=np.inf)])
    with pytest.raises(DofxError, match="E0405") as found:
        compile("P(dose | do(x))", "x -> dose").fit(wrong)
    assert "counted from row 300" in str(found.value)
    with pytest.raises(DofxError, match="ZeroDivisionError: division by zero"):
        compile("P(y | do(x))", "x -> y").fit(data.map_batches(lambda batch: 1 / 0))


def _answered(data: object) -> object:
    program = compile("graph { w -> {x, y}; x -> y }\neffect e = E[y | do(x = true)] - E[y | do(x = false)]")
    return program.fit(data).answer(data, intervals="influence")


def test_a_worker_without_dofx() -> None:
    with pytest.raises(DofxError, match="E0429"), on_workers("`ray.data.Dataset`"):
        raise ray.exceptions.RaySystemError("ModuleNotFoundError: No module named 'dofx'")


# ── fit ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.long
def test_fits_on_workers_equal_those_here(cluster: str) -> None:
    """Finite and real variables, a refit from simulated rows, three families."""
    source = np.random.default_rng(0)
    rows = {**ROWS, "y": (ROWS["y"] + source.normal(size=2_000)).astype(np.float32)}
    options = {"epochs": 2, "generators": {"w": "softmax"}}
    here = Sampler(NAPKIN).fit(rows, **options)
    assert_equal(Sampler(NAPKIN).fit(rows, engine="ray", **options), here)
    assert {r.family for r in here.report or ()} >= {"softmax", "table"}


def test_a_worker_killed_in_the_middle_of_a_fit(cluster: str, tmp_path: Path) -> None:
    fatal = Fatal([2, 2, 2, 2], tmp_path, "fit")
    options = {"exact_refits": False, "generators": {"P(y | w, r, x)": fatal}}
    there = Sampler(NAPKIN).fit(ROWS, engine="ray", **options)
    assert int((tmp_path / "fit").read_text()) != os.getpid()
    assert_equal(there, Sampler(NAPKIN).fit(ROWS, **options))


def test_a_program_fits_on_workers(cluster: str) -> None:
    text = """
        graph { x -> z -> y; x <-> y }
        query risk = P(y | do(x))
        query mediator = P(z | do(x))
        effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]
    """
    answers = [compile(text).fit(DOOR_ROWS, engine=engine).answer().to_json() for engine in ("ray", None)]
    assert answers[0] == answers[1]


def test_a_failing_fit_keeps_its_type_and_names_itself(cluster: str) -> None:
    with pytest.raises(ArithmeticError, match="loss is nan") as error:
        Sampler(FRONT_DOOR).fit(DOOR_ROWS, generators={"y": Broken([2, 3, 2])}, engine="ray")
    assert error.value.__notes__ == ["dofx: while fitting P(y | x, z)"]


@pytest.mark.long
def test_the_process_that_asked_is_killed(cluster: str, tmp_path: Path) -> None:
    """What had been fitted is on disk and is not fitted again; parts of rows likewise."""
    marks, folder = tmp_path / "marks", tmp_path / "rows"
    program = f"""
        import sys
        sys.path.insert(0, {str(SUPPORT)!r})
        from stand_ins.fatal import Sluggish
        from stand_ins.stubs import Slow
        from models.worlds import FRONT_DOOR, front_door_rows
        from dofx.runtime.engines.ray import Ray
        from dofx.runtime.sampler import Sampler
        rows, _ = front_door_rows(2_000)
        engine = Ray({cluster!r})
        sampler = Sampler(FRONT_DOOR).fit(rows, generators={{"y": Sluggish([2, 3, 2])}})
        try:
            sampler.sample_to({str(folder)!r}, 100_000, do={{"x": 1}}, chunk=5_000, engine=engine,
                              progress=lambda done, of: done < 20_000 or 1 / 0)
        except ZeroDivisionError:
            Sampler(FRONT_DOOR).fit(rows, generators={{"x": Slow([2])}}, cache={str(marks)!r},
                                    engine=engine)
    """
    victim = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)])
    try:
        wait_for(lambda: len(list(marks.glob("*.safetensors"))) == 2, victim)
    finally:
        victim.kill()
        victim.wait()
    resumed = Sampler(FRONT_DOOR).fit(DOOR_ROWS, cache=marks, engine="ray")
    assert [record.reused for record in resumed.report or ()] == [True, False, True]
    assert_equal(resumed, Sampler(FRONT_DOOR).fit(DOOR_ROWS))
    before = {p.name: p.stat().st_mtime_ns for p in folder.glob("*.parquet")}
    assert 4 <= len(before) < 20
    sampler = Sampler(FRONT_DOOR).fit(DOOR_ROWS, generators={"y": Sluggish([2, 3, 2])})
    written = sampler.sample_to(folder, 100_000, do={"x": 1}, chunk=5_000, engine="ray")
    assert before.items() <= {p.name: p.stat().st_mtime_ns for p in folder.glob("*.parquet")}.items()
    expected = sampler.sample(100_000, do={"x": 1}, seed=written.seed).to_pandas()
    pd.testing.assert_frame_equal(pd.read_parquet(folder), expected)


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    for _ in range(3_000):  # a busy machine starts processes slowly
        if condition():
            return
        assert process.poll() is None
        time.sleep(0.1)
    raise TimeoutError


# ── sample ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.long
def test_a_worker_killed_in_the_middle_of_a_sample(cluster: str, tmp_path: Path) -> None:
    sampler = Sampler(FRONT_DOOR).fit(DOOR_ROWS, generators={"y": Fatal([2, 3, 2], tmp_path, "draw")})
    folder = tmp_path / "rows"
    x = np.arange(60_000) % 2
    done: list[int] = []
    options = {"do": {"x": x}, "chunk": 7_000, "progress": lambda at, of: done.append(at)}
    written = sampler.sample_to(folder, 60_000, seed=4, engine="ray", **options)
    assert int((tmp_path / "draw").read_text()) != os.getpid()
    assert written.rows == done[-1] == 60_000
    assert sorted(p.name for p in folder.iterdir())[:2] == ["_SUCCESS", "part-000000.parquet"]
    expected = sampler.sample(60_000, do={"x": x}, seed=4).to_pandas()
    pd.testing.assert_frame_equal(pd.read_parquet(folder), expected)


@pytest.mark.parametrize("folded", [False, True])
def test_rows_from_workers_in_memory(cluster: str, folded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dofx.runtime.sampling.sizes.PART_VALUES", 10_000)
    sampler = Sampler(FRONT_DOOR).fit(DOOR_ROWS)
    source = sampler.folded() if folded else sampler
    there = source.sample(50_000, do={"x": 1}, seed=2, start=5, engine=Ray(cpus=2))
    assert torch.equal(there["y"], source.sample(50_000, do={"x": 1}, seed=2, start=5)["y"])


def test_commands_on_workers(cluster: str, tmp_path: Path) -> None:
    stock(tmp_path)
    program, data = tmp_path / "good.cq", tmp_path / "rows.csv"
    tables = []
    for engine in ("ray", "local"):
        bundle = tmp_path / f"bundle-{engine}"
        assert dofx("fit", program, "--data", data, "-o", bundle, "--engine", engine).exit_code == 0
        command = ("sample", bundle, "-n", "500", "--do", "x=1", "--seed", "7", "--engine", engine)
        assert dofx(*command, "-o", tmp_path / engine).exit_code == 0
        tables.append((pd.read_parquet(tmp_path / engine).to_csv(index=False), dofx(*command).stdout))
    assert tables[0] == tables[1]
    assert tables[0][0] == tables[0][1]


# ── one generator, several processes ─────────────────────────────────────────────────────────────────────


@pytest.mark.long
def test_a_team_trains_what_one_process_would(cluster: str, tmp_path: Path) -> None:
    """Two processes through Ray Train, one of which is killed on the way."""
    pytest.importorskip("ray.train.torch", reason="Ray Train is not installed: pip install -e '.[ray]'")
    source = np.random.default_rng(0)
    x = source.normal(size=1_000)
    rows = {"x": x, "y": np.sin(2 * x) + 0.3 * source.normal(size=1_000)}
    draw = Draw.of("y", "y", (("x", "x"),))
    network = SamplingNetwork(
        Query.of(("y",), ("x",)), (Stage("answer", (("x", "x"),), (draw,), (("y", "y"),)),)
    )
    here = Sampler(network).fit(rows, generators={"y": "spline"}, epochs=3)
    spec = FatalMember(Real(), [Real()], tmp_path / "member")
    engine = Ray(data_parallel={"y": 2})
    there = Sampler(network).fit(rows, generators={"y": spec}, epochs=3, engine=engine)
    assert int((tmp_path / "member").read_text()) != os.getpid()
    for a, b in zip(here.module.state_dict().values(), there.module.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


# ── settings ─────────────────────────────────────────────────────────────────────────────────────────────


def test_settings_of_certain_fits() -> None:
    engine = Ray(cpus=2, resources={"scan": Resources(gpus=0.5)}, data_parallel={"scan": 4, "y": 3})
    assert engine.resources == {
        "scan": Resources(gpus=0.5, workers=4),
        "y": Resources(cpus=2, workers=3),
    }


def test_a_task_that_no_machine_can_take(cluster: str) -> None:
    """It waits, as machines may join, and the person is told."""
    tasks = [Task("a", int, ("7",)), Task("b", int, ("8",), resources=Resources(custom={"tpu": 1}))]
    with pytest.warns(
        UserWarning, match="tasks wait until a machine with 1 CPU, 1 tpu joins the Ray cluster"
    ):
        assert next(Ray().run(tasks)) == ("a", 7)


def test_without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(DofxError, match="E0429") as error:
        Ray()
    assert "pip install -e '.[ray]'" in error.value.diagnostics[0].help[0]
