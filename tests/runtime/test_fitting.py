"""Fitting: order, seeds, overrides, events, and resuming after a kill."""

import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, Fit, SamplingNetwork, Simulated, Stage
from dofx.compiler.network.keys import fit_key
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.fitting.progress import FitEvent
from dofx.runtime.sampler import Sampler
from models.worlds import FRONT_DOOR, NAPKIN, front_door_rows, napkin_rows
from stand_ins.stubs import Broken, Probit, Softmax

ROWS, _ = napkin_rows(3_000)


def renamed(network: SamplingNetwork, stage: str) -> SamplingNetwork:
    """The napkin with its interim stage under another name."""
    inner, answer = network.stages
    draws = tuple(replace(d, source=Simulated(stage)) for d in answer.draws)
    stages = (
        Stage(stage, inner.inputs, inner.draws, inner.outputs),
        Stage("answer", answer.inputs, draws, answer.outputs),
    )
    return SamplingNetwork(
        Query.of(network.query.outcomes, network.query.interventions, network.query.conditions), stages
    )


def test_a_fit_is_known_by_its_content() -> None:
    refit = Fit.of("y", ("x",), Simulated("Q₁"))
    other = Fit.of("y", ("x",), Simulated("Q₇"))
    assert fit_key(NAPKIN, refit) == fit_key(renamed(NAPKIN, "Q₇"), other)
    assert fit_key(NAPKIN, refit) != fit_key(NAPKIN, Fit.of("y", ("x",)))


def test_a_stages_name_changes_nothing() -> None:
    tables = [
        Sampler(network).fit(ROWS, exact_refits=False).distribution().array()
        for network in (NAPKIN, renamed(NAPKIN, "Q₇"))
    ]
    np.testing.assert_array_equal(*tables)


def test_seeds_do_not_depend_on_the_order_of_fits() -> None:
    """Two outcomes asked in either order get the same generators."""
    x, y = Draw.of("x", "x"), Draw.of("y", "y", (("x", "x"),))
    both = Stage("answer", (), (x, y), (("x", "x"), ("y", "y")))
    alone = Stage("answer", (), (x,), (("x", "x"),))
    spread = []
    for stage in (both, alone):
        network = SamplingNetwork(Query.of(tuple(dict(stage.outputs))), (stage,))
        seen: list[int] = []

        class Spy(Probit):
            def fit(self, target, given, settings):  # type: ignore[no-untyped-def]
                seen.append(settings.seed)  # noqa: B023 - read before the loop goes on
                return super().fit(target, given, settings)

        Sampler(network).fit(ROWS, generators={"x": Spy(0)})
        spread.append(seen)
    assert spread[0] == spread[1]


def test_overrides_by_variable_draw_fit_and_text() -> None:
    rows, _ = front_door_rows(500)
    sampler = Sampler(FRONT_DOOR).fit(
        rows,
        generators={
            "x": "table",
            "P(z | x)": Softmax([2, 3]),
            "y": lambda target, given: Broken([2, 3, 2]),
            Fit.of("y", ("x", "z")): Softmax([2, 3, 2]),
        },
    )
    kinds = [type(module).__name__ for module in sampler.modules.values()]
    assert kinds == ["Softmax", "TableGenerator", "Softmax"]
    assert [record.family for record in sampler.report or ()] == ["Softmax", "table", "Softmax"]


def test_a_module_given_for_a_variable_is_copied_for_its_further_fits() -> None:
    spec = Softmax([2, 2])
    network = SamplingNetwork(
        Query.of(("y",)),
        (
            Stage(
                "answer",
                (),
                (
                    Draw.of("x", "x"),
                    Draw.of("w", "w"),
                    Draw.of("y′", "y", (("w", "w"),)),
                    Draw.of("y", "y", (("x", "x"),)),
                ),
                (("y", "y"),),
            ),
        ),
    )
    modules = Sampler(network).fit(ROWS, generators={"y": spec}).modules
    first, second = (modules[Fit.of("y", (g,))] for g in ("w", "x"))
    assert first is spec
    assert second is not spec
    assert not torch.equal(first.logits, second.logits)


def test_an_override_of_nothing_is_refused_before_data_is_read() -> None:
    with pytest.raises(DofxError) as error:
        Sampler(FRONT_DOOR).fit("nowhere.csv", generators={"zz": "table"})
    (found,) = error.value.diagnostics
    assert found.code == "E0426"
    assert found.help == ("did you mean `z`?",)


def test_a_failing_fit_keeps_its_type_and_names_itself() -> None:
    rows, _ = front_door_rows(200)
    with pytest.raises(ArithmeticError) as error:
        Sampler(FRONT_DOOR).fit(rows, generators={"y": Broken([2, 3, 2])})
    assert error.value.__notes__ == ["dofx: while fitting P(y | x, z)"]


def test_a_pretrained_module_is_left_as_it_is() -> None:
    class Pretrained(Softmax):
        fit = None  # type: ignore[assignment]

    rows, _ = front_door_rows(200)
    sampler = Sampler(FRONT_DOOR).fit(rows, generators={"y": Pretrained([2, 3, 2])})
    assert [r.report.rows for r in sampler.report or ()] == [200, 200, 0]
    assert sampler.distribution().array()[0, 0] == pytest.approx(0.5)


def test_events_tell_every_step() -> None:
    rows, _ = front_door_rows(200)
    events: list[FitEvent] = []
    Sampler(FRONT_DOOR).fit(rows, generators={"x": Probit(0)}, progress=events.append)
    of_x = [(e.epoch, e.epochs, e.finished) for e in events if e.fit == "P(x)"]
    assert of_x == [(0, 0, False), (1, 3, False), (2, 3, False), (3, 3, False), (0, 0, True)]
    assert [e.fit for e in events if e.finished] == ["P(z | x)", "P(x)", "P(y | x, z)"]
    assert {e.fits for e in events} == {3}


def test_a_progress_bar(capsys: pytest.CaptureFixture[str]) -> None:
    rows, _ = front_door_rows(200)
    Sampler(FRONT_DOOR).fit(rows, generators={"x": Probit(0)}, progress=True)
    shown = capsys.readouterr()
    assert "3/3" in shown.err
    assert shown.out == ""
    Sampler(FRONT_DOOR).fit(rows, progress=False)
    assert capsys.readouterr().err == ""


# ── resuming ─────────────────────────────────────────────────────────────────────────────────────────────


class Killed(BaseException):
    pass


def stop_at(text: str) -> "type[None] | object":
    def listen(event: FitEvent) -> None:
        if event.fit == text and not event.finished:
            raise Killed

    return listen


@pytest.mark.parametrize("exact", [True, False])
def test_a_killed_fit_resumes_at_the_first_generator_missing(tmp_path: Path, exact: bool) -> None:
    settings = {"cache": tmp_path, "exact_refits": exact}
    with pytest.raises(Killed):
        Sampler(NAPKIN).fit(ROWS, progress=stop_at("P(y | w, r, x)"), **settings)
    assert len(list(tmp_path.iterdir())) == 2
    resumed = Sampler(NAPKIN).fit(ROWS, **settings)
    assert [record.reused for record in resumed.report or ()] == [True, True, False, False]
    straight = Sampler(NAPKIN).fit(ROWS, exact_refits=exact)
    np.testing.assert_array_equal(resumed.distribution().array(), straight.distribution().array())
    again = Sampler(renamed(NAPKIN, "Q₇")).fit(ROWS, **settings)
    assert all(record.reused for record in again.report or ())


@pytest.mark.parametrize(
    ("change", "reused"),
    [
        ({}, [True] * 4),
        ({"seed": 1}, [False] * 4),
        ({"epochs": 3}, [False] * 4),
        ({"exact_refits": False}, [True, True, True, False]),
        ({"generators": {"x": Softmax([2, 2, 2])}}, [True, False, True, False]),
        ({"data": {**ROWS, "w": 1 - ROWS["w"]}}, [False] * 4),
        ({"data": {**ROWS, "y": 1 - ROWS["y"]}}, [True, True, False, False]),
        ({"data": {**ROWS, "unread": ROWS["y"]}}, [True] * 4),
        ({"progress": False}, [True] * 4),
    ],
)
def test_the_cache_is_used_only_where_it_is_the_same(
    tmp_path: Path, change: dict[str, object], reused: list[bool]
) -> None:
    Sampler(NAPKIN).fit(ROWS, cache=tmp_path)
    data = change.pop("data", ROWS) if "data" in (change := dict(change)) else ROWS
    sampler = Sampler(NAPKIN).fit(data, cache=tmp_path, **change)
    assert [record.reused for record in sampler.report or ()] == reused


def test_modules_of_ones_own_resume_too(tmp_path: Path) -> None:
    rows, _ = front_door_rows(500)
    fitted = [
        Sampler(FRONT_DOOR).fit(rows, generators={"y": Softmax([2, 3, 2])}, cache=tmp_path) for _ in range(2)
    ]
    assert [[r.reused for r in sampler.report or ()] for sampler in fitted] == [[False] * 3, [True] * 3]
    np.testing.assert_array_equal(*(sampler.distribution().array() for sampler in fitted))


def test_a_real_kill(tmp_path: Path) -> None:
    """SIGKILL in the middle of the second generator: the first is on disk, whole, and is used again."""
    program = f"""
        import sys
        sys.path.insert(0, {str(Path(__file__).parents[1] / "support")!r})
        from stand_ins.stubs import Slow
        from models.worlds import FRONT_DOOR, front_door_rows
        from dofx.runtime.sampler import Sampler
        rows, _ = front_door_rows(500)
        Sampler(FRONT_DOOR).fit(rows, generators={{"x": Slow([2])}}, cache={str(tmp_path)!r})
    """
    victim = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)])
    try:
        for _ in range(1_200):  # a busy machine takes half a minute to start
            if list(tmp_path.glob("*.safetensors")):
                break
            assert victim.poll() is None
            time.sleep(0.1)
    finally:
        victim.kill()
        victim.wait()
    rows, _ = front_door_rows(500)
    resumed = Sampler(FRONT_DOOR).fit(rows, cache=tmp_path)
    assert [record.reused for record in resumed.report or ()] == [True, False, False]
