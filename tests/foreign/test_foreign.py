"""Models from other libraries as generators: what they draw, what they are given, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import zuko
from torch import Tensor, nn
from torch.distributions import (
    Categorical,
    Normal,
)

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.families.protocol import Noise
from dofx.runtime.foreign import from_distribution, from_flow, from_function, from_sampler
from dofx.runtime.foreign.foreign import Filling, Given
from dofx.runtime.foreign.scoring import scored
from dofx.runtime.sampler import Sampler
from dofx.runtime.training.settings import FitSettings
from stand_ins.filling import generator_of

RNG = np.random.default_rng(0)
DOSE = RNG.normal(size=600)
ROWS = {
    "site": np.array(["north", "south"])[RNG.integers(0, 2, 600)],
    "dose": DOSE,
    "stage": RNG.integers(1, 4, 600),
    "y": 2 * DOSE + RNG.normal(size=600),
}
QUERY, GRAPH = "P(y, stage | do(dose), site)", "site -> {dose, stage, y}; dose -> {stage, y}"


def fitted(**generators: Any) -> Sampler:
    sampler = dofx.compile(QUERY, GRAPH)
    return sampler.fit(ROWS, generators=generators, epochs=1, progress=False)


def drawn(sampler: Sampler, n: int = 2_000, **options: Any) -> Any:
    return sampler.sample(n, do={"dose": 1.5}, given={"site": "south"}, seed=0, **options)


def line(noise: Tensor, given: Given) -> Tensor:
    return 2 * given["dose"] + noise


# ── what they are given, and what they return ──


def test_a_function_is_given_the_datas_own_values() -> None:
    seen: list[Any] = []

    def look(noise: Tensor, given: Given) -> Tensor:
        seen.append((dict(given), given.values_of("site"), given.states, given.rows))
        return 1 + (noise > 0).long() + (given["dose"] > 1)

    samples = drawn(fitted(stage=from_function(look)), 5)
    values, words, states, rows = seen[-1]
    assert values["dose"].tolist() == [1.5] * 5
    assert values["site"].tolist() == [1] * 5
    assert words.tolist() == ["south"] * 5
    assert states == {"site": ("north", "south")}
    assert rows == 5
    assert set(samples["stage"].tolist()) <= {2, 3}


@pytest.mark.parametrize(
    "values",
    [["b", "a", "b"], np.array(["b", "a", "b"]), torch.tensor([1, 0, 1])],
    ids=["list", "array", "state numbers"],
)
def test_strings_come_back_as_strings_or_as_state_numbers(values: Any) -> None:
    generator = generator_of(
        from_function(lambda noise, given: values, noise="uniform"), "category('a', 'b')"
    )
    assert generator(torch.zeros(3)).tolist() == [1, 0, 1]


def test_a_function_decides_on_its_noise() -> None:
    filling = from_function(lambda noise, given: noise.sum(1), noise=Noise((4,), "uniform"))
    assert torch.equal(generator_of(filling, "real")(torch.ones(2, 4)), torch.full((2,), 4.0))


def test_equal_seeds_give_equal_rows_whatever_the_chunk() -> None:
    sampler = fitted(y=from_function(line))
    assert torch.equal(drawn(sampler, 300, chunk=64)["y"], drawn(sampler, 300)["y"])


def test_a_modules_parameters_move_with_the_sampler() -> None:
    class Slope(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.slope = nn.Parameter(torch.tensor(3.0))

        def forward(self, noise: Tensor, given: Given) -> Tensor:
            return self.slope * given["dose"] + noise

    generator = generator_of(from_function(Slope()), "real", dose="real").to("meta")
    assert generator(torch.zeros(2, device="meta"), torch.zeros(2, device="meta")).device.type == "meta"


def test_the_text_of_a_conditional_fills_it_too() -> None:
    sampler = fitted(**{"P(y | site, dose)": from_function(line)})
    assert {r.fit for r in sampler.report or () if r.family == "function"} == {"P(y | site, dose)"}


# ── random numbers of their own ──


def own_numbers(given: Given) -> np.ndarray:
    return np.random.normal(given["dose"].numpy()) + torch.randn(given.rows).numpy()


def test_a_sampler_is_seeded_and_leaves_the_global_state_alone() -> None:
    sampler = fitted(y=from_sampler(own_numbers))
    torch.manual_seed(1)
    before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].tolist()
    first = drawn(sampler)["y"]
    assert torch.equal(torch.get_rng_state(), before)
    assert np.random.get_state()[1].tolist() == numpy_before
    assert torch.equal(drawn(sampler)["y"], first)
    assert not torch.equal(
        sampler.sample(2_000, do={"dose": 1.5}, given={"site": "south"}, seed=1)["y"], first
    )
    assert float(first.mean()) == pytest.approx(1.5, abs=0.15)
    assert float(first.std()) == pytest.approx(math.sqrt(2), abs=0.1)


def test_one_by_one_any_row_can_be_drawn_again() -> None:
    sampler = fitted(y=from_sampler(own_numbers, one_by_one=True))
    whole = drawn(sampler, 20)["y"]
    assert torch.equal(drawn(sampler, 3, start=11, chunk=2)["y"], whole[11:14])


def test_it_cannot_be_exported_and_the_draw_is_named(tmp_path: Path) -> None:
    sampler = fitted(y=from_sampler(own_numbers))
    with pytest.raises(DofxError, match=r"draw y ~ P\(y \| site, dose\) cannot be exported") as error:
        sampler.export(tmp_path / "risk.pt2")
    assert error.value.diagnostics[0].code == "E0901"
    assert "random numbers of its own" in error.value.diagnostics[0].notes[0]


# ── scores ──


def test_a_model_is_scored_on_held_out_rows() -> None:
    true = from_distribution(lambda given: Normal(2 * given["dose"], 1.0))
    off = from_distribution(lambda given: Normal(0 * given["dose"], 1.0))
    by_law = {}
    for name, filling in (("true", true), ("off", off)):
        report = next(record for record in fitted(y=filling).report or () if record.family == "distribution")
        by_law[name] = report.report
    assert by_law["true"].score == pytest.approx(-0.5 * math.log(2 * math.pi * math.e), abs=0.25)
    assert by_law["off"].score < by_law["true"].score - 1
    assert by_law["true"].epochs == by_law["true"].rows == 0
    text = str(fitted(y=from_function(line)).report)
    assert "energy" in text
    assert "as given" in text


def test_the_energy_score_prefers_the_truth() -> None:
    target, given = torch.from_numpy(ROWS["y"]).float(), [torch.from_numpy(DOSE).float()]
    scores = {}
    for slope in (0.0, 2.0, 3.0):
        filling = from_function(lambda noise, given, slope=slope: slope * given["dose"] + noise)
        report = scored(generator_of(filling, "real", dose="real"), target, given, FitSettings(held_out=0.9))
        assert report.measure == "energy"
        assert report.score is not None
        scores[slope] = report.score
    assert scores[2.0] > max(scores[0.0], scores[3.0])
    assert scores[2.0] == pytest.approx(-1 / math.sqrt(math.pi), abs=0.05)


def test_the_weakest_link_is_the_model_that_is_off() -> None:
    off = from_function(lambda noise, given: noise - 3)
    links = fitted(y=off).links()
    assert links.weakest is not None
    assert links.weakest.draw == "y"


# ── what is refused ──


@pytest.mark.parametrize(
    ("filling", "target", "got"),
    [
        (from_function(lambda noise, given: noise[:, None]), "y", r"float32 of shape \(rows, 1\) on cpu"),
        (from_function(lambda noise, given: noise.to("meta")), "y", r"float32 of shape \(rows\) on meta"),
        (from_function(lambda noise, given: Normal(noise, 1.0)), "y", "got Normal"),
        (from_function(lambda noise, given: [1.0]), "y", "list of length 1"),
        (from_function(lambda noise, given: noise / 0), "y", "not finite"),
        (from_function(lambda noise, given: 0 * noise + 9), "stage", "the value 9.0"),
        (from_distribution(lambda given: Categorical(torch.ones(4))), "stage", "a Categorical of 4 states"),
        (from_distribution(lambda given: given["dose"]), "y", "Tensor, which is not a distribution"),
    ],
    ids=["shape", "device", "kind", "rows", "infinite", "state", "states", "law"],
)
def test_what_does_not_fit_is_refused_at_once(filling: Filling, target: str, got: str) -> None:
    with pytest.raises(DofxError, match=got) as error:
        fitted(**{target: filling})
    assert error.value.diagnostics[0].code == "E0412"
    assert f"draw `{target}`" in error.value.diagnostics[0].title


def test_a_module_of_ones_own_is_checked_when_it_is_trained() -> None:
    class Wide(nn.Module):
        noise = Noise((2,), "normal")

        def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
            return noise

        def fit(self, target: Tensor, given: Any, settings: FitSettings) -> Any:
            return scored(self, target[:, None], given, settings)

    with pytest.raises(DofxError, match=r"float32 of shape \(rows, 2\)"):
        fitted(y=Wide())


def test_a_condition_that_is_none_is_named() -> None:
    with pytest.raises(DofxError, match=r"(?s)reads `doze`.*did you mean `dose`") as error:
        fitted(y=from_distribution(lambda given: Normal(given["doze"], 1.0)))
    assert error.value.diagnostics[0].code == "E0413"
    with pytest.raises(DofxError, match=r"in an order that is not known"):
        fitted(y=from_flow(zuko.flows.NSF(1, context=2)))


def test_a_failure_inside_keeps_its_type_and_names_the_draw() -> None:
    def broken(noise: Tensor, given: Given) -> Tensor:
        raise ArithmeticError("no such dose")

    with pytest.raises(ArithmeticError) as error:
        fitted(y=from_function(broken))
    assert error.value.__notes__ == ["dofx: while filling draw y ~ P(y | site, dose)"]


# ── bundles and caches ──


def test_a_bundle_holds_no_model_and_takes_it_again(tmp_path: Path) -> None:
    sampler = fitted(y=from_function(line))
    sampler.save(tmp_path / "risk")
    text = (tmp_path / "risk" / "bundle.json").read_text()
    assert "test_foreign:line)" in text
    with pytest.raises(
        DofxError, match=r"a model from another library, from_function\(.*test_foreign:line\)"
    ) as error:
        dofx.load(tmp_path / "risk")
    assert error.value.diagnostics[0].code == "E0607"
    again = dofx.load(tmp_path / "risk", generators={"y": from_function(line)})
    assert torch.equal(drawn(again)["y"], drawn(sampler)["y"])


def test_a_cache_never_takes_one_model_for_another(tmp_path: Path) -> None:
    """Nor what was trained on rows that it simulates: of the napkin, the refit."""
    rows = {name: RNG.integers(0, 2, 500) for name in "wrxy"}
    napkin = dofx.compile("P(y | do(x))", "w -> r -> x -> y; x <-> w <-> y")

    def always(state: int) -> Filling:
        return from_function(lambda noise, given: torch.full_like(noise, state), noise="uniform")

    answers = []
    for state in (0, 1):
        fits = napkin.fit(
            rows, generators={"P(y | w, r, x)": always(state)}, cache=tmp_path, exact_refits=False
        )
        answers.append(fits.sample(50, do={"x": 1}, seed=0)["y"].float().mean().item())
        assert len(list(tmp_path.iterdir())) == 2
    assert answers == [0, 1]
