"""Fits as tasks: the same generators wherever and in whatever order they are trained."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, Fit, SamplingNetwork, Stage
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.engines import Engine, Local, Resources, Result, engine_of
from dofx.runtime.fitting.progress import FitEvent
from dofx.runtime.sampler import Sampler
from models.worlds import FRONT_DOOR, NAPKIN, front_door_rows, napkin_rows
from stand_ins.elsewhere import Elsewhere
from stand_ins.stubs import Broken, Probit, Softmax

ROWS, _ = napkin_rows(2_000)


def weights(sampler: Sampler) -> list[torch.Tensor]:
    return [w for fit in sampler.network.fits for w in sampler.modules[fit].state_dict().values()]


def assert_equal(one: Sampler, other: Sampler) -> None:
    for a, b in zip(weights(one), weights(other), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)
    reports = [[(r.fit, r.family, r.report.score) for r in s.report or ()] for s in (one, other)]
    assert reports[0] == reports[1]


@pytest.mark.parametrize("order", range(4))
@pytest.mark.parametrize(
    "options", [{}, {"exact_refits": False}, {"generators": {"y": "softmax"}, "epochs": 2}]
)
def test_the_order_and_the_place_of_fits_change_nothing(order: int, options: dict[str, object]) -> None:
    local = Sampler(NAPKIN).fit(ROWS, **options)
    assert_equal(Sampler(NAPKIN).fit(ROWS, engine=Elsewhere(order), **options), local)


def test_what_trains_together_here_trains_to_the_same_elsewhere() -> None:
    """Networks of equal shape, which this process stacks, and which an engine sends one by one."""
    source = np.random.default_rng(0)
    names = [f"v{k}" for k in range(4)]
    rows = {"v0": source.normal(size=500)}
    for before, name in pairwise(names):
        rows[name] = np.tanh(rows[before]) + 0.5 * source.normal(size=500)
    rows["b"] = (rows["v3"] > 0).astype(int)
    draws = [Draw.of("v0", "v0")] + [Draw.of(b, b, ((a, a),)) for a, b in pairwise([*names, "b"])]
    stage = Stage("answer", (), tuple(draws), (("b", "b"),))
    network = SamplingNetwork(Query.of(("b",)), (stage,))
    here = Sampler(network).fit(rows, epochs=3)
    assert_equal(Sampler(network).fit(rows, epochs=3, engine=Elsewhere(1)), here)


def test_a_refit_waits_for_what_it_simulates_from_and_for_nothing_else() -> None:
    first, last = Fit.of("w"), NAPKIN.fits[-1]
    places = set()
    for order in range(12):
        engine = Elsewhere(order)
        Sampler(NAPKIN).fit(ROWS, engine=engine)
        keys = [task.key for task in engine.ran]
        refit = next(task for task in engine.ran if task.key == last)
        needed = {a.key for a in refit.arguments if isinstance(a, Result)}
        assert needed == set(NAPKIN.fits[:-1])
        assert keys[-1] == last
        places.add(keys.index(first))
    assert places == {0, 1, 2}


def test_columns_are_shared_once() -> None:
    """Four columns, and how the rows count."""
    engine = Elsewhere()
    Sampler(NAPKIN).fit(ROWS, engine=engine)
    assert engine.shared == 5


def test_a_fit_goes_on_elsewhere(tmp_path: Path) -> None:
    """What one engine finished, another takes from the cache."""
    Sampler(NAPKIN).fit(ROWS, cache=tmp_path)
    kept = sorted(tmp_path.iterdir())
    kept[0].unlink()
    engine = Elsewhere()
    resumed = Sampler(NAPKIN).fit(ROWS, cache=tmp_path, engine=engine)
    assert len(engine.ran) == 1
    assert sorted(tmp_path.iterdir()) == kept
    assert_equal(resumed, Sampler(NAPKIN).fit(ROWS))


def test_modules_of_ones_own_travel() -> None:
    rows, _ = front_door_rows(300)
    spec = Softmax([2, 3, 2])
    sampler = Sampler(FRONT_DOOR).fit(rows, generators={"y": spec, "x": Probit(0)}, engine=Elsewhere())
    assert [type(m) for m in sampler.modules.values()][1:] == [Probit, Softmax]
    assert not spec.logits.any(), "the module that was given stays as it was"


def test_a_failing_fit_keeps_its_type_and_names_itself() -> None:
    rows, _ = front_door_rows(300)
    with pytest.raises(ArithmeticError) as error:
        Sampler(FRONT_DOOR).fit(rows, generators={"y": Broken([2, 3, 2])}, engine=Elsewhere())
    assert error.value.__notes__ == ["dofx: while fitting P(y | x, z)"]


def test_events_tell_what_ended() -> None:
    events: list[FitEvent] = []
    Sampler(NAPKIN).fit(ROWS, engine=Elsewhere(3), progress=events.append)
    assert sorted(e.index for e in events) == [0, 1, 2, 3]
    assert all(e.finished and e.fits == 4 for e in events)


def test_the_bar_counts_what_ended(capsys: pytest.CaptureFixture[str]) -> None:
    Sampler(NAPKIN).fit(ROWS, engine=Elsewhere(3), progress=True)
    assert "4/4" in capsys.readouterr().err


def test_resources_go_by_variable_and_by_fit() -> None:
    given = {"y": Resources(cpus=4), "P(y | w, r, x)": Resources(gpus=0.5)}
    engine = Elsewhere(given=given)
    with pytest.raises((AssertionError, RuntimeError)):  # there is no GPU here
        Sampler(NAPKIN).fit(ROWS, engine=engine)
    engine = Elsewhere(given={"y": Resources(cpus=4)})
    Sampler(NAPKIN).fit(ROWS, engine=engine)
    assert {task.name: task.resources.cpus for task in engine.ran if task.resources} == {
        "fit P(w)": 1,
        "fit P(x | w, r)": 1,
        "fit P(y | w, r, x)": 4,
        "fit Q₁(y | x)": 4,
    }


def test_resources_for_nothing_are_refused() -> None:
    with pytest.raises(DofxError, match="resources are given for `zz`"):
        Sampler(NAPKIN).fit(ROWS, engine=Elsewhere(given={"zz": Resources()}))


def test_engines_by_name() -> None:
    assert engine_of(None) == engine_of("local") == Local()
    assert isinstance(Elsewhere(), Engine)
    engine = Elsewhere()
    assert engine_of(engine) is engine
    assert not isinstance(nn.Identity(), Engine)
