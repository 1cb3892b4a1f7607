"""Row weights in training: a row of weight k counts as k rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.compile import compile
from dofx.runtime.data.dataset import Dataset
from dofx.runtime.data.design import Design
from dofx.runtime.families import FAMILIES, Family, generator_from_config
from dofx.runtime.families.atoms import AtomsGenerator
from dofx.runtime.families.capabilities import Dense, takes_weights
from dofx.runtime.families.rows import RowsGenerator, joint_rows
from dofx.runtime.families.softmax import SoftmaxGenerator
from dofx.runtime.families.spline import SplineGenerator
from dofx.runtime.families.table import TableGenerator
from dofx.runtime.families.text import TextGenerator
from dofx.runtime.families.velocities.ddpm import DdpmGenerator
from dofx.runtime.families.velocities.flow_matching import FlowMatchingGenerator
from dofx.runtime.fitting.fit import fit_network, fit_options
from dofx.runtime.training.course import Recipe
from dofx.runtime.training.settings import FitSettings
from dofx.runtime.variables import Finite, Real, Text, VariableType
from dofx.runtime.variables.texts import bytes_of
from stand_ins.stubs import Linear

BOOL, THREE = Finite((False, True)), Finite((0, 1, 2))
ROWS, HELD = 120, 20
SOURCE = torch.Generator().manual_seed(3)
TIMES = torch.randint(1, 4, (ROWS,), generator=SOURCE)
"""How often each row counts."""

A = torch.randn(ROWS, generator=SOURCE)
B = torch.randint(3, (ROWS,), generator=SOURCE)
NUMBER = A + 0.3 * B + 0.5 * torch.randn(ROWS, generator=SOURCE)
GIVEN: list[VariableType] = [Real(), THREE]


def one_mean(weights: Tensor) -> Tensor:
    return weights.double() / weights.double().mean()


def close(one: torch.nn.Module, other: torch.nn.Module, atol: float) -> None:
    mine, its = one.state_dict(), other.state_dict()
    assert mine.keys() == its.keys()
    for name in mine:
        torch.testing.assert_close(
            mine[name], its[name], atol=atol, rtol=atol, msg=lambda m, n=name: f"{n}: {m}"
        )


def fitted(
    make: Any, target: Tensor, given: Sequence[Tensor], settings: FitSettings
) -> tuple[Family, Family]:
    """A generator of the weighted rows, and one of the rows repeated."""
    weighted, repeated = make(), make()
    weighted.fit(target, list(given), settings, one_mean(TIMES))
    again = target.repeat_interleave(TIMES, 0), [values.repeat_interleave(TIMES, 0) for values in given]
    repeated.fit(*again, settings)
    return weighted, repeated


@pytest.mark.parametrize("states", [2, 3])
def test_a_table_counts_a_row_of_weight_k_as_k_rows(states: int) -> None:
    target = (NUMBER * 2).long() % states
    type = Finite(tuple(range(states)))
    for smoothing, most in ((0.0, 1e-12), (1e-6, 1e-7)):
        close(
            *fitted(lambda s=smoothing: TableGenerator(type, [THREE], s), target, [B], FitSettings()),
            atol=most,
        )
    one, other = fitted(lambda: TableGenerator(type, []), target, [], FitSettings())
    close(one, other, atol=1e-7)


def test_a_table_fills_cells_without_rows_from_weighted_ones() -> None:
    """Fewer conditions fill a cell: the steps towards it read weights, and leave out a row of the mean weight."""
    a, b = (
        torch.tensor([0, 0, 0, 1, 1, 2, 2, 2]).repeat(25),
        torch.tensor([0, 1, 0, 0, 1, 1, 1, 1]).repeat(25),
    )
    y = (torch.arange(200) % 10 < 2 + 5 * b).long()
    kept = (a != 2) | (b != 0)
    plain, weighted, scaled = (TableGenerator(BOOL, [THREE, BOOL]) for _ in range(3))
    plain.fit(y[kept], [a[kept], b[kept]], FitSettings())
    scaled.fit(y[kept], [a[kept], b[kept]], FitSettings(), torch.ones(int(kept.sum())))
    close(plain, scaled, atol=1e-12)
    weights = one_mean(torch.where(y == 1, 3.0, 1.0)[kept])
    weighted.fit(y[kept], [a[kept], b[kept]], FitSettings(), weights)
    assert bool(weighted.table.isfinite().all())
    near = weights[(b[kept] == 0) & (y[kept] == 1)].sum() / weights[b[kept] == 0].sum()
    assert float(weighted.table[2, 0, 1]) == pytest.approx(float(near), abs=0.06)
    assert float(plain.table[2, 0, 1]) == pytest.approx(0.2, abs=0.05)


def test_real_rows_are_drawn_by_their_weights_and_stay_together() -> None:
    both = joint_rows([Real(), THREE])
    both.keep([A, B], [], FitSettings(), one_mean(TIMES))
    count = 10 * int(TIMES.sum())
    noise = (torch.arange(count) + 0.5) / count
    numbers, states = both(noise)
    assert torch.equal(numbers, A.repeat_interleave(TIMES * 10))
    assert torch.equal(states, B.repeat_interleave(TIMES * 10))
    one = both.by_variable()[0]
    rebuilt = generator_from_config(one.config())
    rebuilt.load_state_dict(one.state_dict())
    assert torch.equal(rebuilt(noise), numbers)


def test_without_weights_real_rows_are_kept_as_before() -> None:
    plain = RowsGenerator(Real(), [])
    plain.fit(A, [], FitSettings())
    assert "weighted" not in plain.config()["options"]
    assert list(plain.state_dict()) == ["rows"]


def same_split(rows: int, *_: object) -> tuple[Tensor, Tensor]:
    """The same rows are held out, whether they are weighted or repeated."""
    held = torch.arange(ROWS) < HELD
    if rows != ROWS:
        held = held.repeat_interleave(TIMES)
    assert len(held) == rows
    return held.nonzero().squeeze(1), (~held).nonzero().squeeze(1)


LINES = ("calm", "very calm", "a storm")


def line_rows() -> Tensor:
    longest = max(map(len, LINES))
    table = np.zeros((ROWS, longest), np.uint8)
    for row, state in enumerate(B.tolist()):
        text = LINES[state].encode()
        table[row, : len(text)] = np.frombuffer(text, np.uint8)
    found = torch.from_numpy(table)
    assert bytes_of(found)[0].decode() in LINES
    return found


NETWORKS: dict[str, tuple[Any, Tensor]] = {
    "softmax": (lambda: SoftmaxGenerator(THREE, GIVEN, (8,)), (NUMBER.abs() * 2).long().clamp(max=2)),
    "spline": (lambda: SplineGenerator(Real(), GIVEN, (8,), bins=4), NUMBER),
    "atoms": (lambda: AtomsGenerator(Real(), GIVEN, hidden=(8,)), NUMBER.round().clamp(-1, 1)),
    "text": (lambda: TextGenerator(Text(9), GIVEN, width=8, layers=1, heads=1), line_rows()),
}


def density(generator: Family, target: Tensor) -> Tensor:
    assert isinstance(generator, Dense)
    return generator.log_prob(target, A, B).detach()


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_learns_from_a_row_of_weight_k_as_from_k_rows(
    name: str, alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In full batches, in a stack and alone: equal starts, losses, gradients and scores give equal weights."""
    monkeypatch.setattr("dofx.runtime.training.course.split", same_split)
    monkeypatch.setattr("dofx.runtime.families.spline._spread_ties", lambda columns, seed: columns)
    monkeypatch.setattr("dofx.runtime.neural.marginals._edge", lambda rows: 0.004)
    # The regressions before and after training choose bends and a penalty by the number of rows.
    monkeypatch.setattr("dofx.runtime.neural.bent_line.Line.fit", lambda *arguments: None)
    monkeypatch.setattr("dofx.runtime.families.spline.level", lambda *arguments: None)
    if alone:
        for kind in (SoftmaxGenerator, SplineGenerator):
            monkeypatch.setattr(kind, "training_plan", lambda *arguments: None)
    make, target = NETWORKS[name]
    weighted, repeated = fitted(make, target, [A, B], FitSettings(epochs=4, batch_size=10_000))
    if name != "text":
        # The start has half a row for each state, of more rows or of fewer.
        close(weighted, repeated, atol=5e-3)
    plain = make()
    plain.fit(target, [A, B], FitSettings(epochs=4, batch_size=10_000))
    scores = [density(generator, target) for generator in (weighted, repeated, plain)]
    apart, usual = ((scores[0] - other).abs().max() for other in scores[1:])
    assert float(apart) < 0.03
    assert float(usual) > 3 * float(apart)


@pytest.mark.parametrize("family", [FlowMatchingGenerator, DdpmGenerator])
def test_a_velocity_learns_the_weighted_law(family: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the rows lie at 1, with a weight of 3, the others at -1: the mean is 0.5."""
    monkeypatch.setattr(family, "vectors", Recipe(steps=100, batch_size=256, learning_rate=1e-2))
    source = torch.Generator().manual_seed(0)
    side = (torch.arange(400) % 2 * 2 - 1).float()
    rows = side[:, None] + 0.2 * torch.randn(400, 2, generator=source)
    generator = family(Real((2,)), [], width=16, steps=4)
    generator.fit(rows, [], FitSettings(), one_mean(torch.where(side > 0, 3.0, 1.0)))
    drawn = generator(torch.randn(2_000, 2, generator=source)).detach()
    assert drawn.mean(0).tolist() == pytest.approx([0.5, 0.5], abs=0.2)


def test_every_family_takes_weights() -> None:
    for family in FAMILIES:
        assert takes_weights(family(_drawn_by(family), []))


def _drawn_by(family: type[Family]) -> VariableType:
    kinds: list[VariableType] = [BOOL, Real(), Real((2,)), Text(5)]
    return next(kind for kind in kinds if family.refuses(kind, []) is None)


def weighted_rows(weights: Tensor) -> Dataset:
    x = torch.tensor([0, 0, 0, 1, 1, 1])
    y = torch.tensor([0, 1, 1, 0, 0, 1])
    return Dataset({"x": x, "y": y}, {"x": BOOL, "y": BOOL}, design=Design(weights.double()))


def test_a_network_is_fitted_on_weighted_rows_and_rows_of_weight_zero_are_left_out() -> None:
    network = compile("P(y | do(x))", "x -> y").network
    weights = torch.tensor([2.0, 1.0, 0.0, 1.0, 0.0, 3.0])
    modules, summary = fit_network(network, weighted_rows(weights), fit_options())
    (module,) = modules.values()
    assert isinstance(module, TableGenerator)
    torch.testing.assert_close(module.table[:, 1], torch.tensor([1 / 3, 3 / 4]).double(), atol=1e-6, rtol=0)
    assert [record.report.rows for record in summary] == [4]


def test_weights_are_part_of_the_address_in_a_cache(tmp_path: Any) -> None:
    network = compile("P(y | do(x))", "x -> y").network
    options = fit_options(cache=tmp_path)
    for weights, reused in (([1, 1, 1, 1, 1, 1], False), ([1, 2, 1, 1, 1, 1], False), ([1] * 6, True)):
        _, summary = fit_network(network, weighted_rows(torch.tensor(weights)), options)
        assert [record.reused for record in summary] == [reused]


def test_a_generator_that_would_ignore_weights_is_refused() -> None:
    network = compile("P(y | do(x))", "x -> y").network
    design = Design(torch.ones(ROWS).double())
    rows = Dataset({"x": A, "y": NUMBER}, {"x": Real(), "y": Real()}, design=design)
    options = fit_options({network.fits[0]: Linear(1)})
    with pytest.raises(DofxError) as refused:
        fit_network(network, rows, options)
    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.code == "E0415"


def test_held_out_rows_without_weight_are_drawn_alike() -> None:
    """All rows that stop the training may have the weight 0; the fit is judged by them all the same."""
    source = torch.Generator().manual_seed(0)
    drawn = Design(torch.zeros(5)).drawn(5, 200, source)
    assert sorted(set(drawn.tolist())) == [0, 1, 2, 3, 4]
    assert set(Design(torch.tensor([0.0, 1.0, 0.0])).drawn(3, 50, source).tolist()) == {1}
