"""The two regressions in closed form: the mean of a number given conditions, and the ratio of two laws."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dofx.runtime.inference.regression import Basis, mean_of, ratio_of
from dofx.runtime.variables import Finite, Real


def test_the_ratio_of_two_normal_laws() -> None:
    source = torch.Generator().manual_seed(0)
    shown = torch.randn(4_000, generator=source)
    asked = 0.5 + 0.8 * torch.randn(4_000, generator=source)
    basis = Basis.of([Real()], [shown])
    found = basis([shown]) @ ratio_of(basis([shown]), basis([asked]), 1.0, basis.orders)
    z = shown.double().numpy()
    truth = np.exp(0.5 * z**2 - 0.5 * ((z - 0.5) / 0.8) ** 2) / 0.8
    assert np.mean(found) == pytest.approx(1, abs=0.02)
    assert np.sqrt(np.mean((found - truth) ** 2)) < 0.25 * truth.std()


def test_a_ratio_is_to_the_law_in_all_rows() -> None:
    """If the conditions are shown in a quarter of the rows and asked as they are there, the ratio is four."""
    shown = torch.randn(2_000, generator=torch.Generator().manual_seed(0))
    basis = Basis.of([Real()], [shown])
    features = basis([shown])
    assert features @ ratio_of(features, features, 0.25, basis.orders) == pytest.approx(4, abs=0.05)


def test_a_ratio_has_no_bends_that_few_rows_cannot_tell() -> None:
    """A hundred rows of each law: with the bends and the products of four conditions the ratio would be noise."""
    source = torch.Generator().manual_seed(0)
    shown, asked = torch.randn(100, 4, generator=source), torch.randn(4_000, 4, generator=source)
    basis = Basis.of([Real()] * 4, list(shown.T))
    ratio = basis(list(shown.T)) @ ratio_of(basis(list(shown.T)), basis(list(asked.T)), 1.0, basis.orders)
    assert np.sqrt(np.mean((ratio - 1) ** 2)) < 0.35


def test_a_ratio_does_not_grow_where_no_row_shows_it() -> None:
    """Rows of one arm end where much is asked: a ratio learnt from a few rows at the end says nothing beyond it.

    A ratio that goes on growing is above a hundred at the one row held out that lies there, in some divisions into
    folds and not in others, so that whether an answer is refused depends on the seed.
    """
    largest = []
    for seed in range(20):
        source = torch.Generator().manual_seed(seed)
        law, kept = torch.randn(500, generator=source), torch.rand(500, generator=source)
        shown = law[kept < torch.sigmoid(-1.5 * law)][:100]
        basis = Basis.of([Real()], [shown], flat=True)
        weights = ratio_of(basis([shown]), basis([law]), 0.4, basis.orders)
        ends = torch.tensor([shown.max(), 3.0, 30.0])
        at = basis([ends]) @ weights
        assert set(at) == {at[0]}
        largest.append(at[0])
    assert max(largest) < 60, "the ratio at three standard deviations is 2.5 (1 + exp(4.5)), some 230"


def test_states_that_no_row_shows_together_do_not_make_a_ratio_large() -> None:
    """Both laws are alike, but no row of the arm shows group 2 at level 0, which a fiftieth of what is asked does."""
    rng = np.random.default_rng(0)
    law = [torch.from_numpy(rng.integers(0, 3, 2_000)), torch.from_numpy(rng.integers(0, 6, 2_000))]
    arm = ((law[0] != 2) | (law[1] != 0)) & torch.from_numpy(rng.random(2_000) < 0.1)
    shown = [column[arm] for column in law]
    basis = Basis.of([Finite((0, 1, 2)), Finite((0, 1, 2, 3, 4, 5))], shown, flat=True)
    ratio = basis(law) @ ratio_of(basis(shown), basis(law), 1.0, basis.orders)
    assert np.abs(ratio).max() < 5, "where the ridge alone bounds it, it is above a thousand"


@pytest.mark.parametrize(("shows", "kept"), [(4, False), (40, True)])
def test_products_of_a_state_that_few_rows_show_are_left_out(shows: int, kept: bool) -> None:
    """A state of four rows would have five products here: a ratio of -37,190 at a row held out came from such ones."""
    values = torch.randn(200, 4, generator=torch.Generator().manual_seed(0))
    state = (torch.arange(200) < shows).long()
    basis = Basis.of([Real()] * 4 + [Finite((0, 1))], [*values.T, state], flat=True)
    features = basis([*values.T, 1 - state])[:, basis.orders == 3]
    with_state = [place for place, pair in enumerate(basis.pairs) if 4 in pair]
    assert [bool(features[:, place].any()) for place in with_state] == [kept] * 5
    assert features[:, 0].any()


def test_a_mean_bends_and_interacts() -> None:
    source = torch.Generator().manual_seed(0)
    a, group = torch.randn(4_000, generator=source), torch.randint(3, (4_000,), generator=source)
    truth = torch.sin(2 * a) + (group == 2) * a
    basis = Basis.of([Real(), Finite((0, 1, 2))], [a, group])
    features = basis([a, group])
    noisy = (truth + torch.randn(4_000, generator=source)).double().numpy()
    assert np.sqrt(np.mean((features @ mean_of(features, noisy) - truth.numpy()) ** 2)) < 0.2


def test_a_mean_goes_on_as_a_line_far_from_the_rows() -> None:
    """Products are learnt from rows near the middle; at a row far from them their slope would be multiplied again."""
    source = torch.Generator().manual_seed(0)
    a, x = torch.randn(500, generator=source), torch.arange(500) % 2
    basis = Basis.of([Real(), Finite((0, 1))], [a, x])
    weights = mean_of(basis([a, x]), (a + x + torch.randn(500, generator=source)).double().numpy())
    ends = torch.tensor([5.0, 40.0, 75.0])
    near, far, farther = basis([ends, torch.ones(3, dtype=torch.int64)]) @ weights
    assert farther - far == pytest.approx(far - near, rel=0.05)


def test_means_of_several_numbers_are_those_of_each() -> None:
    rng = np.random.default_rng(0)
    features = np.column_stack([np.ones(300), rng.normal(size=(300, 5))])
    targets = np.column_stack([features @ rng.normal(size=6) + rng.normal(size=300), rng.normal(size=300)])
    together = mean_of(features, targets)
    for each, weights in zip(targets.T, together.T, strict=True):
        np.testing.assert_allclose(weights, mean_of(features, each), atol=1e-12)
