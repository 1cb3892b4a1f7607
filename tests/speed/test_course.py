"""A network trained alone and one trained in a stack reach equal weights, which a plain loop of torch reaches too.

On a regression with far outliers, whose gradients are clipped in many steps, and with much weight decay. Numbers are
float64, so that what is left between the three is rounding.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from dofx.runtime.training import ensemble, training
from dofx.runtime.training.checkpoint import Checkpoint
from dofx.runtime.training.course import Recipe
from dofx.runtime.training.ensemble import Member, train_members
from dofx.runtime.training.settings import FitReport, FitSettings
from dofx.runtime.training.training import train

ROWS, WIDTH = 300, 4
RECIPE = Recipe(batch_size=64, learning_rate=0.05, weight_decay=0.2, memory=10)
SETTINGS = FitSettings(seed=3, epochs=12, patience=100)
ROUNDING = 1e-6
"""The rows of a stack are weighted by float32 numbers; all else is float64."""

Weights = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class SquaredErrors:
    """Of linear regressions with their weights in front: ``(members, rows)``."""

    def __call__(self, weights: Sequence[Tensor], columns: Sequence[Tensor]) -> Tensor:
        (slopes, intercepts), (features, target) = weights, columns
        return ((features @ slopes.unsqueeze(-1)).squeeze(-1) + intercepts - target).square()


def rows(seed: int = 0) -> Weights:
    source = torch.Generator().manual_seed(seed)
    features = torch.randn(ROWS, WIDTH, generator=source, dtype=torch.float64)
    outliers = 30 * (torch.rand(ROWS, generator=source) < 0.05)
    return features, features.sum(1) + outliers + torch.randn(ROWS, generator=source)


class Regression(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.slopes = nn.Parameter(torch.full((WIDTH,), 0.5, dtype=torch.float64))
        self.intercept = nn.Parameter(torch.zeros(1, dtype=torch.float64))

    def losses(self, data: Weights) -> Callable[[Tensor], Tensor]:
        features, target = data
        return lambda index: (features[index] @ self.slopes + self.intercept - target[index]).square()


def weights(network: nn.Module) -> Tensor:
    return torch.cat([parameter.detach() for parameter in network.parameters()])


def alone(recipe: Recipe = RECIPE, settings: FitSettings = SETTINGS) -> tuple[Tensor, FitReport]:
    network = Regression()
    report = train(network, network.losses(rows()), ROWS, settings, recipe)
    return weights(network), report


def in_a_stack(recipe: Recipe = RECIPE, settings: FitSettings = SETTINGS) -> tuple[Tensor, FitReport]:
    """In the company of another, which has other rows and another seed."""
    networks = [Regression(), Regression()]
    members = [
        Member(SquaredErrors(), tuple(network.parameters()), rows(seed), mine, recipe)
        for network, seed, mine in zip(networks, (0, 1), (settings, replace(SETTINGS, seed=9)), strict=True)
    ]
    report = train_members(members)[0]
    return weights(networks[0]), report


def by_hand(clip: float = 5.0, weight_decay: float = 0.2) -> tuple[Tensor, int]:
    """The weights of a plain loop, and in how many steps the gradient was longer than 5."""
    network, source = Regression(), torch.Generator().manual_seed(SETTINGS.seed)
    order = torch.randperm(ROWS, generator=source)
    held_out, kept = order[:30], order[30:]
    loss = network.losses(rows())
    optimiser = torch.optim.AdamW(network.parameters(), betas=(0.9, 0.99), weight_decay=weight_decay)
    mean, best, clipped, step, steps = weights(network), (-math.inf, Tensor()), 0, 0, 12 * 5
    for _ in range(12):
        for batch in torch.split(kept[torch.randperm(len(kept), generator=source)], 64):
            warm, cosine = min(1, (step + 1) / 20), (1 + math.cos(math.pi * step / steps)) / 2
            optimiser.param_groups[0]["lr"] = 0.05 * warm * cosine
            optimiser.zero_grad()
            loss(batch).mean().backward()  # type: ignore[no-untyped-call]
            clipped += float(nn.utils.clip_grad_norm_(network.parameters(), clip)) > 5
            optimiser.step()
            kept_share = min(0.9, (step + 1) / (step + 11))
            mean = kept_share * mean + (1 - kept_share) * weights(network)
            step += 1
        slopes, intercept = mean[:WIDTH], mean[WIDTH]
        features, target = (column[held_out] for column in rows())
        score = -float((features @ slopes + intercept - target).square().mean())
        best = max(best, (score, mean), key=lambda each: each[0])
    return best[1], clipped


def gap(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().max())


def test_alone_in_a_stack_and_by_hand_are_equal() -> None:
    (single, one), (stacked, other), (plain, clipped) = alone(), in_a_stack(), by_hand()
    assert clipped > 10  # of 60
    assert gap(single, plain) < ROUNDING
    assert gap(stacked, plain) < ROUNDING
    assert one.score == pytest.approx(other.score, rel=ROUNDING)
    assert (one.epochs, one.rows) == (other.epochs, other.rows) == (12, ROWS)


def test_the_loop_by_hand_notices_clipping_and_weight_decay() -> None:
    plain, _ = by_hand()
    assert gap(by_hand(clip=500.0)[0], plain) > 1_000 * ROUNDING
    assert gap(by_hand(weight_decay=0.0)[0], plain) > 1_000 * ROUNDING


@pytest.mark.parametrize("change", [{"weight_decay": 0.0}, {"memory": 2}, {"learning_rate": 0.04}])
def test_both_follow_the_recipe(change: dict[str, float]) -> None:
    recipe = replace(RECIPE, **change)  # type: ignore[arg-type]
    (single, _), (stacked, _) = alone(recipe), in_a_stack(recipe)
    assert gap(single, stacked) < ROUNDING
    assert gap(single, alone()[0]) > 1_000 * ROUNDING


@pytest.mark.parametrize("room", [training, ensemble])
@pytest.mark.parametrize(("name", "value"), [("CLIP", 500.0), ("BETAS", (0.9, 0.95)), ("EPSILON", 1.0)])
def test_a_number_changed_in_one_of_them_is_noticed(
    room: object, name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, name, value)
    assert gap(alone()[0], in_a_stack()[0]) > 1_000 * ROUNDING


@pytest.mark.parametrize("train_one", [alone, in_a_stack])
@pytest.mark.parametrize(("rate", "ends"), [(0.05, 8), (0.2, 3)])
def test_training_ends_with_the_third_score_that_is_no_better(
    train_one: Callable[[Recipe, FitSettings], tuple[Tensor, FitReport]], rate: float, ends: int
) -> None:
    """Than the best so far, or at a rate that is too high than the score before training."""
    held_out = torch.randperm(ROWS, generator=torch.Generator().manual_seed(SETTINGS.seed))[:30]
    heard = [-float(Regression().losses(rows())(held_out).detach().mean())]
    settings = replace(SETTINGS, epochs=40, patience=3, progress=lambda _, __, score: heard.append(score))
    _, report = train_one(replace(RECIPE, learning_rate=rate), settings)
    assert report.epochs == len(heard) - 1 == ends
    assert report.score == pytest.approx(max(heard))
    assert heard.index(max(heard)) == ends - 3


def test_a_small_network_writes_no_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[object] = []
    monkeypatch.setattr(Checkpoint, "due", True)
    monkeypatch.setattr(Checkpoint, "write", lambda checkpoint, *_: written.append(checkpoint.path))
    settings = replace(SETTINGS, epochs=2, checkpoint=tmp_path / "kept.part")
    alone(RECIPE, settings)
    assert set(written) <= {None}
    alone(replace(RECIPE, small=False), settings)
    assert tmp_path / "kept.part" in written
