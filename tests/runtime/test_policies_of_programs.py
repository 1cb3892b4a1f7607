"""Programs and questions of which some parts need a policy, and others none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dofx import Table, compile
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.program import CompiledProgram
from dofx.runtime.sampler import Sampler
from models.levels import level_rows

TEXT = """
effect policy = E[y | do(x ~ g(z))] - E[y]
effect treated = E[y[x = true] - y[x = false] | x = true]
effect flipped = E[y | do(x = 1 - x)]
query after = P(y | do(x ~ g(z)), w)
"""
GRAPH = "z -> x -> y; z -> y; x -> w"


def program_rows() -> dict[str, Any]:
    rows = level_rows(5_000)
    return {**rows, "w": (np.random.default_rng(2).random(5_000) < 0.3 + 0.4 * rows["x"]).astype(int)}


def test_a_program_follows_policies() -> None:
    program = compile(TEXT, GRAPH).fit(program_rows())
    answers = program.answer(
        program_rows(), intervals="bootstrap", replicates=20, policies={"g": lambda z: z == "high"}
    )
    lowest, middle, highest = (0.1 + 0.2 * z for z in range(3))
    natural = sum((0.2 + 0.2 * z) / 3 * 0.3 for z in range(3))
    assert abs(answers["policy"].value - (0.3 / 3 - natural)) < 0.03
    assert abs(answers["treated"].value - 0.3) < 0.05
    assert abs(answers["flipped"].value - ((lowest + middle + highest) / 3 + 0.3 * 0.6)) < 0.03
    assert all(answers[name].standard_error for name in ("policy", "treated", "flipped"))
    with pytest.raises(DofxError, match="E0460"):
        program.answer()
    with pytest.raises(DofxError, match="E0461"):
        program.answer(policies={"h": lambda z: z == "high"})


def test_a_policy_that_a_question_names_but_does_not_need_may_be_given() -> None:
    rows = {name: np.arange(40) // step % 2 for name, step in (("x", 1), ("y", 2), ("z", 4), ("w", 8))}
    given = {"g": lambda z: z}
    sampler = compile("P(y | do(x ~ g(z)))", "z -> {x, y}").fit(rows, progress=False)
    assert isinstance(sampler, Sampler)
    assert sampler.sample(10, policies=given, seed=0).rows == 10
    with pytest.raises(DofxError, match="E0461"):
        sampler.sample(10, policies={"h": lambda z: z})
    text = "graph { z -> {x, y}; w <-> y; w -> y }\neffect no = E[y | do(w ~ h(z))]\neffect yes = E[y | do(x ~ g(z))]"
    program = compile(text).fit(rows, progress=False)
    assert isinstance(program, CompiledProgram)
    answers = program.answer(policies={**given, "h": lambda z: z})
    assert answers["no"].hedged
    assert answers["yes"].value == pytest.approx(0.5)


def test_what_needs_a_policy_says_how_to_give_it(tmp_path: Path) -> None:
    rows = level_rows(2_000)
    sampler = compile("P(y | do(x ~ g(z)))", "z -> {x, y}; x -> y").fit(rows)
    program = compile("effect gain = E[y | do(x ~ g(z))] - E[y]", "z -> {x, y}; x -> y").fit(rows)
    assert isinstance(sampler, Sampler)
    assert isinstance(program, CompiledProgram)
    needed: tuple[Callable[[Sampler], Any], ...] = (
        lambda of: of.folded(),
        lambda of: of.distribution(),
        lambda of: of.export(tmp_path / "sampler.pt2"),
        lambda of: of.sample(2, seed=0),
    )
    given = {"g": Table(["z", "x"], [[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]], {"z": ("low", "middle", "high")})}
    for call in needed:
        with pytest.raises(DofxError, match=r"E0460(.|\n)*following"):
            call(sampler)
        assert call(sampler.following(given)) is not None
    with pytest.raises(DofxError, match=r"E0460(.|\n)*following"):
        program.influence(rows)
    assert list(program.following(given).influence(rows)) == ["gain"]
    with pytest.raises(DofxError, match=r"E0452(.|\n)*following"):
        sampler.sample_to(tmp_path / "rows.csv", 3, policies=given)  # type: ignore[call-arg]


def test_a_condition_after_a_policy_is_computed() -> None:
    sampler = compile("P(y | do(x ~ g(z)), w)", GRAPH).fit(program_rows())
    assert [fit.targets for fit in sampler.network.fits if fit.interim] == []
    always = sampler.distribution(given={"w": 1}, policies={"g": lambda z: True}).array()
    assert abs(always[1] - 0.6) < 0.03
    mixed = sampler.distribution(given={"w": 1}, policies={"g": lambda z: z == "high"}).array()
    weights = np.array([0.3, 0.3, 0.7])
    assert abs(mixed[1] - weights @ [0.1, 0.3, 0.8] / weights.sum()) < 0.03
    drawn = sampler.sample(20_000, given={"w": 1}, policies={"g": lambda z: z == "high"}, seed=0)
    assert abs(float(drawn["y"].double().mean()) - mixed[1]) < 0.02
    with pytest.raises(DofxError, match="is not given"):
        sampler.sample(5, given={"w": 1})
    randomised = {"g": lambda z, rng: rng.random(len(z)) < 0.5}
    with pytest.raises(DofxError, match="cannot be computed under this policy"):
        sampler.sample(5, given={"w": 1}, policies=randomised)


def test_policies_of_what_is_not_identifiable_may_be_given_too() -> None:
    text = "effect lost = E[y[x ~ h(z), z = z[]] | y = 1]\neffect gain = E[y | do(x ~ g(z))]"
    program = compile(text, GRAPH)
    assert isinstance(program, CompiledProgram)
    always = lambda z: True  # noqa: E731
    answers = program.fit(program_rows()).following({"g": always, "h": always}).answer()
    assert [effect.hedged != () for effect in answers.effects] == [True, False]
    with pytest.raises(DofxError, match="its policies are h, g"):
        program.following({"k": always})


def test_a_policy_that_fails_says_what_it_was_called_with() -> None:
    """The note names the arrays in the order in which the policy reads them."""

    def broken(*arrays: object) -> object:
        raise RuntimeError("no such dose")

    rows = {"z": [0, 1] * 20, "x": [0, 0, 1, 1] * 10, "y": [0, 1, 1, 0] * 10}
    for reads, named in (("z, x", "z, x"), ("", "nothing")):
        sampler = compile(f"P(y | do(x ~ g({reads})))", "z -> x -> y; z -> y").fit(rows)
        with pytest.raises(RuntimeError, match="no such dose") as raised:
            sampler.sample(3, policies={"g": broken}, seed=0)
        assert any(note.endswith(f"an array for each of: {named}") for note in raised.value.__notes__)
