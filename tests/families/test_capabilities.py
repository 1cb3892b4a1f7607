"""What generators can do is found out by protocols, which a generator without the capability does not satisfy."""

import copy
from collections.abc import Sequence
from inspect import getattr_static
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import dofx
from dofx.runtime.exact.distribution import NotExactError, generator_table
from dofx.runtime.families import FAMILIES, Family, Generator, Noise, make_generator
from dofx.runtime.families.capabilities import (
    Batchable,
    Borrowed,
    Comparing,
    Counted,
    Dense,
    Enumerating,
    Fittable,
    Interrupting,
    Joining,
    OfRows,
    Relaxable,
    Splitting,
    Stackable,
    Tabular,
    Typed,
    Unexportable,
    counted_by,
    density_of,
    family_name,
    only_counted,
    trained_part,
    why_unexportable,
)
from dofx.runtime.families.joint import assembled
from dofx.runtime.families.relaxation import Relaxation
from dofx.runtime.families.rows import RowsGenerator, joint_rows
from dofx.runtime.families.table import TableGenerator
from dofx.runtime.training.settings import FitReport, FitSettings
from dofx.runtime.variables import Finite, Real, Text, VariableType
from models.laws import LAWS, unfitted
from stand_ins.stubs import Linear, Softmax

COIN = Finite((0, 1))
CAPABILITIES = (
    *(Generator, Dense, Relaxable, Fittable, Stackable, Tabular, Counted, OfRows, Splitting, Comparing),
    *(Interrupting, Unexportable, Typed, Joining, Batchable, Borrowed, Enumerating),
)
OF_ALL = {"Generator", "Relaxable", "Fittable", "Unexportable", "Typed", "Joining", "Batchable"}
OF_FAMILY = {
    "table": {"Dense", "Tabular", "Counted", "Comparing"},
    "softmax": {"Dense", "Enumerating", "Stackable"},
    "atoms": {"Dense", "Stackable", "Interrupting"},
    "spline": {"Dense", "Stackable"},
    "flow-matching": set[str](),
    "ddpm": set[str](),
    "text": {"Dense"},
    "rows": {"Tabular", "Counted", "OfRows"},
}


def capabilities(module: object) -> set[str]:
    return {kind.__name__ for kind in CAPABILITIES if isinstance(module, kind)}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.family)
def test_a_family_has_its_capabilities_and_no_others(family: type[Family]) -> None:
    law = next(law for law in LAWS if family.refuses(law.target, law.given) is None)
    assert capabilities(unfitted(family, law)) == OF_ALL | OF_FAMILY[family.family]


class Coin(Family):
    """A family without a density, which flips a fair coin."""

    family = "coin"

    def __init__(self, target: VariableType, given: Sequence[VariableType]) -> None:
        super().__init__(target, given)
        self.noise = Noise((), "uniform")

    @classmethod
    def refuses(cls, target: VariableType, given: Sequence[VariableType]) -> str | None:
        return None

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        return (noise > 0.5).long()

    def relaxed(self, relaxation: Relaxation, noise: Tensor, *given: Tensor) -> Tensor:
        return relaxation.states(noise, torch.tensor([0.5]))

    def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> FitReport:
        return FitReport(None, epochs=0, rows=len(target), seconds=0.0)


def test_a_family_without_a_density_is_not_dense() -> None:
    coin = Coin(COIN, [])
    assert capabilities(coin) == OF_ALL
    assert density_of(coin) is None
    with pytest.raises(NotExactError, match="Coin, has no log_prob"):
        generator_table(coin, COIN, [])


def test_a_family_that_leaves_out_what_all_do_cannot_be_made() -> None:
    for name in ("refuses", "forward", "relaxed", "fit"):
        kind = type("Lacking", (Coin,), {name: getattr(Family, name)})
        with pytest.raises(TypeError, match=f"abstract method '?{name}"):
            kind(COIN, [])


def test_rows_have_the_density_of_their_table_if_there_is_one() -> None:
    coin, number = RowsGenerator(COIN, []), RowsGenerator(Real(), [])
    assert isinstance(density_of(coin), TableGenerator)
    assert density_of(number) is None


def test_several_variables_are_repeated_or_split() -> None:
    rows = joint_rows([COIN, Real(), COIN])
    assert capabilities(rows) == {"Generator", "Relaxable", "Unexportable", "Counted", "OfRows"}
    assert [table is not None for table in counted_by(rows)] == [True, False, True]
    assert only_counted(rows) is None
    spline = next(family for family in FAMILIES if family.family == "spline")(Real((2,)), [])
    block = assembled(spline, [Real(), Real()])
    assert capabilities(block) == {"Generator", "Relaxable", "Unexportable", "Splitting"}
    assert trained_part(block) is spline
    assert trained_part(rows) is rows
    assert assembled(rows, [COIN, Real(), COIN]) is rows


class Halved(TableGenerator):
    """A table that is fitted in a way of its own."""

    def fit(
        self, target: Tensor, given: Sequence[Tensor], settings: FitSettings, weights: Tensor | None = None
    ) -> FitReport:
        report = super().fit(target, given, settings, weights)
        self.set_table((self.table + 1 / self.shape[-1]) / 2)
        return report


def test_a_table_is_counted_unless_it_is_fitted_in_a_way_of_its_own() -> None:
    plain, halved = TableGenerator(COIN, []), Halved(COIN, [])
    assert only_counted(plain) is plain
    assert only_counted(type("Renamed", (TableGenerator,), {})(COIN, [])) is not None
    assert counted_by(halved) == (None,)
    assert only_counted(halved) is None
    assert counted_by(Linear(0)) == (None,)


def test_the_thresholds_of_a_table_are_those_with_which_noise_is_compared() -> None:
    table = TableGenerator(Finite(("a", "b", "c")), [COIN, Finite((0, 1, 2))])
    table.set_table(torch.rand(table.shape, generator=torch.Generator().manual_seed(0)).double().softmax(-1))
    thresholds = table.thresholds()
    assert thresholds is not None
    noise = torch.tensor([0.1, 0.35, 0.6, 0.9])
    x, k = torch.tensor([0, 1, 1, 0]), torch.tensor([2, 0, 1, 1])
    assert table.shape == (2, 3, 3)
    assert torch.equal((noise >= thresholds[:, 3 * x + k]).sum(0), table(noise, x, k))
    assert TableGenerator(Finite(tuple(range(40))), []).thresholds() is None


class Backwards(TableGenerator):
    """A table that draws in a way of its own."""

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        return super().forward(1 - noise, *given)


def test_a_table_that_draws_in_a_way_of_its_own_is_called_however_many_rows_are_made() -> None:
    """The export by selection read its probabilities and drew from them as from any table."""
    assert Backwards(COIN, []).thresholds() is None
    rows = {"x": [0, 1] * 20, "y": [0, 0, 0, 1] * 10}
    plain, own = (
        dofx.compile("P(y | do(x))", "x -> y").fit(rows, generators={"y": kind})
        for kind in (TableGenerator, Backwards)
    )
    one, other = (sampler.sample(40, do={"x": 1}, seed=0)["y"] for sampler in (plain, own))
    assert torch.equal(other, own.sample(70_000, do={"x": 1}, seed=0)["y"][:40])
    assert not torch.equal(one, other)


def test_the_gradient_of_atoms_stops_where_there_are_any() -> None:
    atoms = FAMILIES[2](Real(), [])
    assert isinstance(atoms, Interrupting)
    assert atoms.gradient_stop is None
    atoms.fit(torch.tensor([0.0, 1.0]).repeat(20), [], FitSettings(epochs=0))
    assert atoms.gradient_stop == "the choice among atoms"


class Wrapper(nn.Module):
    """A module that hands everything on to another, as the wrapper of `torch.compile` does."""

    def __init__(self, wrapped: nn.Module) -> None:
        super().__init__()
        self.wrapped = wrapped

    def __getattr__(self, name: str) -> Any:
        return super().__getattr__(name) if name == "wrapped" else getattr(self.wrapped, name)

    def forward(self, *arguments: Tensor) -> Any:
        return self.wrapped(*arguments)


def test_what_a_wrapper_hands_on_is_found_statically_once_it_entered() -> None:
    """From Python 3.12 on, `isinstance` looks members up statically."""
    wrapper = make_generator(Wrapper(Softmax([2])), COIN, [])
    for name in ("noise", "log_prob", "fit"):
        assert getattr_static(wrapper, name) is not None
    assert getattr_static(wrapper, "relaxed", None) is None
    assert capabilities(wrapper) == {"Generator", "Dense", "Fittable"}
    again = copy.deepcopy(wrapper)
    again.fit(torch.tensor([0, 1, 1, 1]), [], FitSettings())
    assert again.log_prob(torch.tensor([1])).exp().item() == pytest.approx(0.75, abs=0.02)
    assert wrapper.log_prob(torch.tensor([1])).exp().item() == pytest.approx(0.5)


def test_a_capability_that_is_none_is_not_there() -> None:
    kind = type("Untrained", (Linear,), {"fit": None})
    assert capabilities(kind(0)) == {"Generator"}


def test_names_and_reasons() -> None:
    assert family_name(Linear(0)) == "Linear"
    assert family_name(TableGenerator(COIN, [])) == "table"
    assert why_unexportable(Linear(0)) is None
    assert why_unexportable(TableGenerator(COIN, [])) is None
    assert (
        why_unexportable(Coin(COIN, [Text(20)])) == "it reads text, which is cut into as many words as it has"
    )
