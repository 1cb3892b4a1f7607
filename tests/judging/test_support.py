"""Positivity: what an answer asks and no row shows is told, and nothing else is."""

from pathlib import Path

import numpy as np
import pytest
import torch

import dofx
from dofx.runtime.data.dataset import Dataset
from dofx.runtime.foreign import from_distribution
from dofx.runtime.judging.shown import Seen
from dofx.runtime.sampler import Sampler
from dofx.runtime.variables import Finite, Real
from models.worlds import NAPKIN, napkin_rows

BACK_DOOR = "z -> {x, y}; x -> y"
EFFECT = "effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]"


def rows_of(n: int = 4_000, treated_at: tuple[int, ...] = (0, 1)) -> dict[str, np.ndarray]:
    """A covariate, a treatment that only some values of it are given, and an outcome."""
    rng = np.random.default_rng(0)
    z = (rng.random(n) < 0.6).astype(int)
    x = ((rng.random(n) < 0.3 + 0.4 * z) & np.isin(z, treated_at)).astype(int)
    return {"z": z, "x": x, "y": (rng.random(n) < 0.2 + 0.3 * x + 0.3 * z).astype(int)}


def test_a_stratum_that_is_never_treated_is_reported_with_its_share() -> None:
    rows = rows_of(treated_at=(1,))
    program = dofx.compile(f"graph {{ {BACK_DOOR} }}\nquery q = P(y | do(x))\n{EFFECT}").fit(rows)
    assert isinstance(program, dofx.CompiledProgram)
    answers = program.answer()
    (told,) = answers.effects[0].unseen
    assert told.fit == "P(y | z, x)"
    assert told.example == "z = 0, x = 1"
    # 4,000 draws of z: five standard deviations are 0.04.
    assert abs(told.share - np.mean(rows["z"] == 0)) < 0.04
    control, treated = answers.queries[0].settings
    assert (control.unseen, treated.unseen) == ((), (told,))
    assert answers.to_json()["effects"][0]["unseen"][0]["example"] == "z = 0, x = 1"
    assert "z = 0, x = 1" in str(told)


@pytest.mark.parametrize("variables", [None, {"z": "category(2)", "x": "category(2)", "y": "category(2)"}])
def test_declared_or_not_nothing_is_reported_where_positivity_holds(variables: dict[str, str] | None) -> None:
    held = dofx.compile("P(y | do(x))", BACK_DOOR, variables=variables).fit(rows_of())
    assert held.unseen() == held.unseen(do={"x": 1}) == ()
    broken = dofx.compile("P(y | do(x))", BACK_DOOR, variables=variables).fit(rows_of(treated_at=(1,)))
    assert [told.example for told in broken.unseen(do={"x": 1})] == ["z = 0, x = 1"]
    assert broken.unseen(do={"x": 0}) == ()


def test_numbers_beyond_their_range_among_rows_of_the_same_states_are_reported() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=2_000)
    treated = (rng.random(2_000) < 0.5) & (z > 0)
    rows = {"z": z, "x": treated, "y": z + treated + rng.normal(size=2_000)}
    sampler = dofx.compile("P(y | do(x))", BACK_DOOR).fit(rows, epochs=1)
    (told,) = sampler.unseen(do={"x": True})
    assert abs(told.share - 0.5) < 0.1
    assert told.example.startswith("x = true, z = -")
    assert sampler.unseen(do={"x": False}) == ()


def test_a_setting_far_from_all_rows_is_reported() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, size=500)
    sampler = dofx.compile("P(y | do(x))", "x -> y").fit({"x": x, "y": x + rng.normal(size=500)}, epochs=1)
    (told,) = sampler.unseen(do={"x": 100})
    assert told.share == 1
    assert told.example.startswith("x = 100, where rows reach from -0.9")
    assert sampler.unseen(do={"x": 1.0}) == ()


def test_interim_stages_are_looked_at_too() -> None:
    rows, _ = napkin_rows(4_000)
    assert Sampler(NAPKIN).fit(rows).unseen() == ()
    rows["r"] = rows["w"] = np.array(rows["w"])  # so w and r agree in each row, and Q₁ mixes them
    told = Sampler(NAPKIN).fit(rows).unseen()
    assert {each.fit for each in told} == {"P(x | w, r)", "P(y | w, r, x)"}


def test_a_model_from_elsewhere_knows_more_than_these_rows() -> None:
    rows = {name: values.astype(float) for name, values in rows_of(treated_at=(1,)).items()}
    rows["y"] = rows["y"] + np.random.default_rng(0).normal(size=len(rows["y"]))
    law = from_distribution(lambda given: torch.distributions.Normal(given["x"] + given["z"], 1.0))
    sampler = dofx.compile("P(y | do(x))", BACK_DOOR).fit(rows, generators={"y": law})
    assert sampler.unseen(do={"x": 1.0}) == ()


def test_nothing_is_known_of_a_sampler_that_was_loaded(tmp_path: Path) -> None:
    sampler = dofx.compile("P(y | do(x))", BACK_DOOR).fit(rows_of(treated_at=(1,)))
    sampler.save(tmp_path / "bundle")
    assert dofx.load(tmp_path / "bundle").unseen(do={"x": 1}) == ()


def test_one_row_shows_next_to_nothing() -> None:
    rows = {"x": np.array([1.5]), "y": np.array([2.5])}
    (told,) = dofx.compile("P(y | do(x))", "x -> y").fit(rows, epochs=1).unseen(do={"x": 0.5})
    assert told.share == 1


def test_where_conditions_are_many_only_what_is_new_beside_them_is_reported() -> None:
    rng = np.random.default_rng(0)
    n, many = 600, [f"z{i}" for i in range(10)]  # 1,024 combinations
    rows = {name: rng.integers(0, 2, n) for name in many}
    rows |= {"age": rng.normal(size=n), "dose": rng.uniform(-1, 1, size=n), "y": rng.normal(size=n)}
    graph = f"{{{' '.join(many)} age}} -> y; dose -> y"
    sampler = dofx.compile("P(y | do(dose))", graph).fit(rows, epochs=1)
    assert sampler.unseen(do={"dose": 0.0}) == ()
    (told,) = sampler.unseen(do={"dose": 100.0})
    assert "dose = 100" in told.example


def test_a_number_beyond_all_rows_is_an_example_also_where_its_few_rows_leave_room() -> None:
    """Four rows of a group are scattered so widely that 14.5 is within their slack, and beyond all thousand rows."""
    source = torch.Generator().manual_seed(0)
    x = torch.cat([torch.zeros(996, dtype=torch.int64), torch.ones(4, dtype=torch.int64)])
    m = torch.cat([-100 + 110 * torch.rand(996, generator=source), torch.tensor([0.0, 3.0, 7.0, 10.0])])
    m[:2] = torch.tensor([-100.0, 10.0])
    seen = Seen.of(Dataset({"x": x, "m": m}, {"x": Finite((0, 1)), "m": Real()}), ["x", "m"])
    met = {"x": torch.ones(201, dtype=torch.int64), "m": torch.full((201,), -50.0)}
    met["m"][0] = 14.5
    share, example = seen.lacks(met)
    assert share > 0.99
    assert "m = 14.5" in example


def test_what_one_of_several_data_sets_never_shows_is_reported_and_counts_for_no_rows() -> None:
    people = {"z": rows_of()["z"]}
    trial = {name: column[people["z"] == 0] for name, column in rows_of().items()}
    trial["x"] = np.arange(len(trial["z"])) % 2
    both = {"people": people, "trial": trial}
    text = f"graph {{ {BACK_DOOR} }}\ndata people measures z\ndata trial sets x measures z, y differs at z\n{EFFECT}"
    program = dofx.compile(text).fit(both)
    assert isinstance(program, dofx.CompiledProgram)
    answer = program.answer(both, intervals="influence")["ate"]
    (told,) = answer.unseen
    assert (told.fit, told.example) in {("trial(y | z, x)", f"z = 1, x = {x}") for x in (0, 1)}
    assert abs(told.share - people["z"].mean()) < 0.08  # 1,000 draws of z: five standard deviations
    # The rest of what is asked, a share s, is what the trial's rows of one arm are worth: half of them.
    worth = [each.effective_rows for each in answer.overlaps if each.draw == told.fit]
    assert worth == pytest.approx([len(trial["z"]) / 2] * 2, rel=0.01)


def test_what_no_row_shows_at_all_rests_on_no_rows_and_has_no_interval() -> None:
    text = f"graph {{ {BACK_DOOR} }}\nvariables {{ x : category(3) }}\neffect e = E[y | do(x = 2)]"
    program = dofx.compile(text).fit(rows_of())
    assert isinstance(program, dofx.CompiledProgram)
    interval = program.answer(rows_of(), intervals="influence")["e"].interval
    assert interval is not None
    assert not interval.known
    assert "P(y | z, x) rests on 0 effective rows" in str(interval)
