"""Networks trained together learn what they would learn alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dofx.runtime.engines import Local, Result, Task
from dofx.runtime.families import Family
from dofx.runtime.families.atoms import AtomsGenerator
from dofx.runtime.families.softmax import SoftmaxGenerator
from dofx.runtime.families.spline import SplineGenerator
from dofx.runtime.fitting.progress import FitEvent
from dofx.runtime.sampler import Sampler
from dofx.runtime.training.course import Recipe
from dofx.runtime.training.ensemble import Member, Plan, _Run, train_members, train_plans
from dofx.runtime.training.settings import FitReport, FitSettings
from dofx.runtime.variables import Finite, Real, VariableType
from models.worlds import NAPKIN


@pytest.mark.parametrize(
    ("count", "looks"), [(10_000, [18, 36, 54]), (1_000, [10, 20, 30]), (100_000, [88, 176, 264])]
)
def test_looks_are_so_many_steps_apart(count: int, looks: list[int]) -> None:
    """Patience is counted in looks: at nine steps an epoch, ten of them ended before the learning rate fell."""
    columns = (torch.zeros(count, 1),)
    run = _Run(Member(lambda *_: torch.zeros(1), (), columns, FitSettings(), Recipe(between=10)))
    assert [step for step in range(1, looks[-1] + 1) if run.looks(step)] == looks


LARGE = Finite(tuple(range(30)))
GIVEN: list[VariableType] = [Real(), Finite((0, 1, 2)), LARGE, Real((2,)), Finite((False, True))]
"""Dense conditions before, between and after one of so many states that it is embedded."""

Rows = tuple[Tensor, list[Tensor]]


def rows(family: type[Family], count: int, seed: int, given: list[VariableType] = GIVEN) -> Rows:
    source = torch.Generator().manual_seed(seed)
    columns = [
        torch.randint(type.cardinality, (count,), generator=source)
        if isinstance(type, Finite)
        else torch.randn(count, *type.shape, generator=source)  # type: ignore[union-attr]
        for type in given
    ]
    shift = columns[0] + columns[1] if columns else torch.zeros(count)
    if family is SoftmaxGenerator:
        return (shift + torch.randn(count, generator=source) > 0).long(), columns
    value = shift + 0.5 * torch.randn(count, generator=source)
    return (value.clamp(min=-1) if family is AtomsGenerator else value), columns


def fresh(family: type[Any], given: list[VariableType] = GIVEN) -> Family:
    return family(Finite((0, 1)) if family is SoftmaxGenerator else Real(), given)


def weights(generator: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in generator.parameters()])


def prepared(generator: Family, data: Rows, settings: FitSettings, held_out: Tensor | None = None) -> Plan:
    plan = generator.training_plan(*data, settings, held_out)
    assert plan is not None
    return plan


over_families = pytest.mark.parametrize("family", [SoftmaxGenerator, SplineGenerator, AtomsGenerator])


@over_families
@pytest.mark.parametrize("threads", [1, 3])
def test_company_changes_nothing(family: type[Family], threads: int) -> None:
    """Five members of three sizes, of which each stops at its own time."""
    data = [rows(family, count, seed) for seed, count in enumerate((700, 700, 1_500, 90, 700))]
    settings = [FitSettings(seed=seed, epochs=6 + seed, patience=2) for seed in range(5)]
    together = [fresh(family) for _ in data]
    plans = [prepared(g, d, s) for g, d, s in zip(together, data, settings, strict=True)]
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    reports = train_plans(plans)
    torch.set_num_threads(before)
    assert len({report.epochs for report in reports}) > 1
    for generator, found, part, setting in zip(together, reports, data, settings, strict=True):
        alone = fresh(family)
        report = alone.fit(*part, setting)
        assert torch.equal(weights(generator), weights(alone))
        assert (found.score, found.epochs, found.rows) == (report.score, report.epochs, report.rows)


@pytest.mark.parametrize("members", [1, 3])
def test_time_is_limited_for_each_member(members: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that goes a second a step, of which each of three members has a third. An epoch is three steps."""
    data = [rows(SplineGenerator, 3_000, seed) for seed in range(members)]
    generators = [fresh(SplineGenerator) for _ in data]
    before = [float(g.log_prob(d[0], *d[1]).mean().detach()) for g, d in zip(generators, data, strict=True)]
    settings = FitSettings(minutes=8.5 / 60, epochs=1_000, batch_size=1_000, patience=1_000)
    plans = [prepared(generator, part, settings) for generator, part in zip(generators, data, strict=True)]
    monkeypatch.setattr("dofx.runtime.training.ensemble.time.perf_counter", partial(next, count(0.0)))
    for score, report in zip(before, train_plans(plans), strict=True):
        assert report.seconds == pytest.approx(9 if members == 1 else 26 / 3)
        assert report.epochs == (3 if members == 1 else 8)
        assert report.score is not None
        assert report.score > score


def test_ample_time_changes_nothing() -> None:
    one, other = fresh(SplineGenerator), fresh(SplineGenerator)
    for generator, minutes in ((one, None), (other, 1e12)):
        generator.fit(*rows(SplineGenerator, 500, 0), FitSettings(epochs=4, minutes=minutes))
    assert torch.equal(weights(one), weights(other))


@over_families
@pytest.mark.parametrize("given", [[], [Real()], GIVEN])
def test_the_stack_reaches_what_one_network_does(
    family: type[Family], given: list[VariableType], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = rows(family, 2_000, 0, GIVEN)
    data = data[0], [c for c, type in zip(data[1], GIVEN, strict=True) if type in given]
    settings = FitSettings(epochs=30)
    stacked = fresh(family, given)
    report = stacked.fit(*data, settings)
    for kind in (SoftmaxGenerator, SplineGenerator):
        monkeypatch.setattr(kind, "training_plan", lambda *arguments: None)
    plain = fresh(family, given)
    expected = plain.fit(*data, settings)
    assert report.score == pytest.approx(expected.score, abs=0.01)  # nats a row
    held = rows(family, 500, 9, GIVEN)
    conditions = [c for c, type in zip(held[1], GIVEN, strict=True) if type in given]
    scores = [float(g.log_prob(held[0], *conditions).mean().detach()) for g in (stacked, plain)]
    assert scores[0] == pytest.approx(scores[1], abs=0.02)


@over_families
def test_losses_are_minus_log_prob(family: type[Family]) -> None:
    """At fitted weights, for two members at once."""
    if family is AtomsGenerator:
        pytest.skip("its parts are the other two")
    data = [rows(family, 300, seed) for seed in (0, 1)]
    generators = [fresh(family) for _ in data]
    members: list[Member] = []
    for generator, part in zip(generators, data, strict=True):
        plan = prepared(generator, part, FitSettings(epochs=8))
        plan.train()
        members += plan.members
    stacked = [torch.stack(list(weight)) for weight in zip(*(m.weights for m in members), strict=True)]
    columns = [torch.stack(list(column)) for column in zip(*(m.columns for m in members), strict=True)]
    losses = members[0].losses(stacked, columns)
    for generator, part, loss in zip(generators, data, losses, strict=True):
        expected = -generator.log_prob(part[0], *part[1])
        torch.testing.assert_close(loss, expected, atol=1e-4, rtol=1e-4)


def test_rows_to_hold_out_can_be_given() -> None:
    target, given = rows(SoftmaxGenerator, 400, 0)
    held_out = torch.arange(400) >= 300
    generator = fresh(SoftmaxGenerator)
    report = prepared(generator, (target, given), FitSettings(epochs=4), held_out).train()
    mean = generator.log_prob(target[held_out], *(g[held_out] for g in given)).mean()
    assert report.score == pytest.approx(float(mean.detach()), abs=1e-5)


def test_everyone_is_heard() -> None:
    heard: dict[int, list[int]] = {0: [], 1: []}
    plans = []
    for number in heard:
        settings = FitSettings(
            epochs=5, progress=lambda epoch, epochs, score, n=number: heard[n].append(epoch)
        )
        plans.append(prepared(fresh(SoftmaxGenerator), rows(SoftmaxGenerator, 12_000, number), settings))
    train_plans(plans)
    assert heard == {0: [1, 2, 3, 4, 5], 1: [1, 2, 3, 4, 5]}


def test_a_failure_is_the_callers() -> None:
    def broken(epoch: int, epochs: int, score: float) -> None:
        raise ArithmeticError("half way")

    data = rows(SoftmaxGenerator, 500, 0)
    settings = [FitSettings(epochs=3), FitSettings(epochs=3, progress=broken)]
    plans = [prepared(fresh(SoftmaxGenerator), data, setting) for setting in settings]
    with pytest.raises(ArithmeticError, match="half way"):
        train_plans(plans)


def test_no_members_and_too_few_rows() -> None:
    assert train_members([]) == []
    generator = fresh(SoftmaxGenerator)
    plan = prepared(generator, rows(SoftmaxGenerator, 5, 0), FitSettings())
    assert replace(plan.train(), seconds=0.0) == FitReport(None, epochs=0, rows=5, seconds=0.0)


def test_tasks_that_can_be_done_together_wait_for_what_they_need() -> None:
    seen: list[list[tuple[int, ...]]] = []

    def together(calls: Sequence[tuple[int, ...]]) -> list[int]:
        seen.append(list(calls))
        return [sum(call) for call in calls]

    tasks = [
        Task("a", sum, (1, 2), kept=True, together=together),
        Task("b", sum, (Result("a"), 4), kept=True, together=together),
        Task("c", sum, (5, 6), together=together),
        Task("d", lambda *numbers: -sum(numbers), (Result("b"), 1)),
        Task("e", sum, (Result("a"), 8), together=together),
    ]
    assert dict(Local().run(tasks)) == {"a": 3, "c": 11, "b": 7, "d": -8, "e": 11}
    assert seen == [[(1, 2), (5, 6)], [(3, 4)], [(3, 8)]]


class Alone(Local):
    """One task after another."""

    def run(self, tasks: Iterable[Task], *, ahead: int | None = None) -> Iterator[tuple[Any, Any]]:
        return super().run(replace(task, together=None) for task in tasks)


def test_a_network_is_fitted_together_as_one_by_one(tmp_path: Path) -> None:
    """A napkin of four spline flows, one of which is a refit on rows that the other three simulate."""
    rng = np.random.default_rng(0)
    u, v, *noise = rng.normal(size=(6, 600))
    w = u + v + 0.5 * noise[0]
    r = w + noise[1]
    x = 0.7 * r + u + 0.5 * noise[2]
    data = {"w": w, "r": r, "x": x, "y": 1.5 * x + v + 0.5 * noise[3]}
    options: dict[str, Any] = {
        "generators": dict.fromkeys("wxy", "spline"),
        "epochs": 3,
        "simulated_rows": 500,
    }
    heard: list[FitEvent] = []
    together = Sampler(NAPKIN).fit(data, **options, cache=tmp_path, progress=heard.append)
    alone = Sampler(NAPKIN).fit(data, **options, engine=Alone())
    for fit, module in alone.modules.items():
        assert torch.equal(weights(module), weights(together.modules[fit]))
    assert {(event.fit, event.epoch) for event in heard} >= {("P(w)", 0), ("P(w)", 3), ("Q₁(y | x)", 3)}
    assert len({event.fit for event in heard if event.finished}) == 4
    next(tmp_path.iterdir()).unlink()
    again = Sampler(NAPKIN).fit(data, **options, cache=tmp_path)
    assert sorted(record.reused for record in again.report or ()) == [False, True, True, True]
    for fit, module in alone.modules.items():
        assert torch.equal(weights(module), weights(again.modules[fit]))
