"""The sampler end to end on hand-written networks: right answers, equal rows for equal seeds, refusals."""

import copy

import numpy as np
import pandas as pd
import pytest
import torch

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.sampler import Sampler
from models.worlds import FRONT_DOOR, NAPKIN, front_door_rows, joint, napkin_rows
from stand_ins.stubs import Linear

WORLDS = {"front-door": (FRONT_DOOR, front_door_rows), "napkin": (NAPKIN, napkin_rows)}


@pytest.fixture(scope="module")
def front_door() -> Sampler:
    rows, _ = front_door_rows(20_000)
    return Sampler(FRONT_DOOR).fit(rows)


def codes(error: pytest.ExceptionInfo[DofxError]) -> list[str]:
    return [diagnostic.code for diagnostic in error.value.diagnostics]


@pytest.mark.parametrize("world", WORLDS)
def test_the_distribution_is_the_plug_in_estimate_and_near_the_truth(world: str) -> None:
    network, make = WORLDS[world]
    rows, truth = make(20_000)
    sampler = Sampler(network).fit(rows)
    found = sampler.distribution()
    assert found.names == ("x", "y")
    np.testing.assert_allclose(found.array(), network.evaluate(joint(rows)).array(), atol=1e-6)
    np.testing.assert_allclose(found.array(), truth, atol=0.03)  # the bound: five standard errors of a cell


def test_a_refit_on_simulated_rows_agrees_with_the_exact_one() -> None:
    rows, _ = napkin_rows(20_000)
    exact = Sampler(NAPKIN).fit(rows).distribution()
    simulated = Sampler(NAPKIN).fit(rows, exact_refits=False).distribution()
    np.testing.assert_allclose(simulated.array(), exact.array(), atol=0.012)  # 50,000 simulated rows
    assert not np.array_equal(simulated.array(), exact.array())


def test_samples_follow_the_distribution(front_door: Sampler) -> None:
    expected = front_door.distribution().array()
    for x in (0, 1):
        y = front_door.sample(50_000, do={"x": x}, seed=1)["y"]
        assert abs(float(y.double().mean()) - expected[x, 1]) < 0.01  # four standard errors


def test_arrays_of_values_go_row_by_row(front_door: Sampler) -> None:
    x = np.arange(1_000) % 2
    mixed = front_door.sample(1_000, do={"x": x}, seed=5)["y"]
    arms = [front_door.sample(1_000, do={"x": value}, seed=5)["y"] for value in (0, 1)]
    assert torch.equal(mixed, torch.where(torch.from_numpy(x) == 1, arms[1], arms[0]))


def test_rows_depend_on_the_seed_alone(front_door: Sampler) -> None:
    whole = front_door.sample(40_000, do={"x": 1}, seed=9)["y"]
    assert torch.equal(front_door.sample(40_000, do={"x": 1}, seed=9, chunk=1_234)["y"], whole)
    assert torch.equal(front_door.sample(123, do={"x": 1}, seed=9)["y"], whole[:123])
    assert not torch.equal(front_door.sample(40_000, do={"x": 1}, seed=10)["y"], whole)
    fresh = front_door.sample(200, do={"x": 1})
    assert torch.equal(front_door.sample(200, do={"x": 1}, seed=fresh.seed)["y"], fresh["y"])


def test_fitting_is_reproducible_and_leaves_torch_alone() -> None:
    rows, _ = napkin_rows(2_000)
    torch.manual_seed(4)
    state = torch.random.get_rng_state()
    first = Sampler(NAPKIN).fit(rows, seed=3, exact_refits=False).distribution().array()
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.manual_seed(5)
    again = Sampler(NAPKIN).fit(rows, seed=3, exact_refits=False).distribution().array()
    np.testing.assert_array_equal(first, again)


def test_fitting_again_starts_afresh() -> None:
    rows, _ = front_door_rows(500)
    sampler = Sampler(FRONT_DOOR, types={"x": "category(2)"}).fit(rows)
    sampler.fit({**rows, "y": np.array(["no", "yes"])[rows["y"]]})
    assert str(sampler.types["y"]) == "category('no', 'yes')"
    assert str(sampler.types["x"]) == "category(2)"


def test_results_can_be_trained_through(front_door: Sampler) -> None:
    y = front_door.sample(10, do={"x": 1}, seed=0)["y"]
    assert not y.is_inference()


def test_values_fixed_in_the_query_are_defaults() -> None:
    rows, _ = front_door_rows(2_000)
    sampler = Sampler(FRONT_DOOR, query=Query.of(("y",), ("x",), (), {"x": 1})).fit(rows)
    fixed, free = sampler.sample(500, seed=0)["y"], sampler.sample(500, do={"x": 0}, seed=0)["y"]
    assert torch.equal(fixed, sampler.sample(500, do={"x": 1}, seed=0)["y"])
    assert not torch.equal(fixed, free)
    assert sampler.distribution().names == ("y",)
    assert sampler.distribution(do={"x": 0}).names == ("y",)


STRINGS = SamplingNetwork(
    Query.of(("y",), ("idle", "x"), ("z",)),
    (
        Stage(
            "answer", (("x", "x"), ("z", "z")), (Draw.of("y", "y", (("x", "x"), ("z", "z"))),), (("y", "y"),)
        ),
    ),
)


@pytest.fixture(scope="module")
def strings() -> Sampler:
    rng = np.random.default_rng(0)
    x, z = rng.integers(0, 2, 3_000), rng.integers(0, 3, 3_000)
    y = (x + z + rng.integers(0, 2, 3_000)) % 2
    rows = {
        "x": np.array(["off", "on"])[x],
        "z": z,
        "y": np.array(["no", "yes"])[y],
        "idle": rng.integers(0, 4, 3_000),
    }
    return Sampler(STRINGS).fit(rows)


def test_values_are_the_datas_own(strings: Sampler) -> None:
    samples = strings.sample(6, do={"x": "on"}, given={"z": [0, 1, 2, 0, 1, 2]}, seed=0)
    assert set(samples.values_of("y")) <= {"no", "yes"}
    assert samples.states == {"y": ("no", "yes")}


def test_idle_interventions_are_accepted_and_have_an_axis(strings: Sampler) -> None:
    plain = strings.sample(50, do={"x": "on"}, given={"z": 1}, seed=0)["y"]
    assert torch.equal(strings.sample(50, do={"x": "on", "idle": 2}, given={"z": 1}, seed=0)["y"], plain)
    table = strings.distribution()
    assert table.names == ("idle", "x", "z", "y")
    assert table.array().shape == (4, 2, 3, 2)
    np.testing.assert_allclose(table.array().sum(-1), 1.0)
    assert strings.distribution(do={"x": "on"}, given={"z": 1}).names == ("idle", "y")
    np.testing.assert_allclose(
        strings.distribution(do={"x": "on", "idle": 0}, given={"z": 1}).array(), table.array()[0, 1, 1]
    )


def test_names_match_without_case(strings: Sampler) -> None:
    assert strings.sample(3, do={"X": "on"}, given={"Z": 0}).rows == 3


@pytest.mark.parametrize(
    ("n", "do", "given", "expected"),
    [
        (0, {"x": "on"}, {"z": 0}, ["E0424"]),
        (True, {"x": "on"}, {"z": 0}, ["E1001"]),
        (2.0, {"x": "on"}, {"z": 0}, ["E1001"]),
        (5, {}, {"z": 0}, ["E0423"]),
        (5, {"x": "on"}, {}, ["E0423"]),
        (5, None, None, ["E0423", "E0423"]),
        (5, {"x": "on", "xx": 1}, {"z": 0}, ["E0421"]),
        (5, {"x": "on", "z": 1}, {"z": 0}, ["E0422"]),
        (5, {"x": "on", "y": "no"}, {"z": 0}, ["E0422"]),
        (5, "x=on", {"z": 7}, ["E0404", "E0403"]),
        (5, {"x": "onn"}, {"z": 0}, ["E0403"]),
        (5, {"x": "on"}, {"z": [0, 1]}, ["E0406"]),
        (5, {"x": "onn", "w": 0}, {"z": 7}, ["E0421", "E0403", "E0403"]),
    ],
)
def test_bad_values_are_refused_all_at_once(
    strings: Sampler, n: int, do: dict[str, object], given: dict[str, object], expected: list[str]
) -> None:
    with pytest.raises(DofxError) as error:
        strings.sample(n, do=do, given=given)
    assert sorted(codes(error)) == sorted(expected)


def test_values_may_be_columns_of_a_frame(strings: Sampler) -> None:
    frame = pd.DataFrame({"x": ["on", "off", "on"]})
    framed = strings.sample(3, do=frame, given={"z": 0}, seed=1)
    listed = strings.sample(3, do={"x": ["on", "off", "on"]}, given={"z": 0}, seed=1)
    assert framed.encoded["y"].tolist() == listed.encoded["y"].tolist()


def test_nothing_works_before_fitting() -> None:
    sampler = Sampler(FRONT_DOOR)
    for use in (
        lambda: sampler.sample(3),
        lambda: sampler.module,
        sampler.distribution,
        lambda: sampler.save("x"),
    ):
        with pytest.raises(DofxError) as error:
            use()
        assert codes(error) == ["E0420"]
    assert "not fitted" in repr(sampler)


def test_explain_tells_the_whole_story(front_door: Sampler) -> None:
    text = front_door.explain()
    for part in ("P(y | do(x))", "── network", "── graph", "generators.y_given_x_z", "── fit", "20,000"):
        assert part in text


def test_the_module_is_a_pure_function_that_can_be_copied(front_door: Sampler) -> None:
    module = copy.deepcopy(front_door.module)
    noise = {origin.draw: torch.rand(8) for origin in module.provenance}
    x = torch.ones(8, dtype=torch.int64)
    assert torch.equal(module(noise, {"x": x}, {})["y"], front_door.module(noise, {"x": x}, {})["y"])
    assert not module.training


def test_the_fitted_graph_exports_and_vmaps(front_door: Sampler) -> None:
    module, rows = front_door.module, torch.export.Dim("rows")
    noise = {origin.draw: torch.rand(8) for origin in module.provenance}
    shapes = ({id: {0: rows} for id in noise}, {"x": {0: rows}}, {})
    one = torch.ones(8, dtype=torch.int64)
    program = torch.export.export(module, (noise, {"x": one}, {}), dynamic_shapes=shapes, strict=False)
    more = {id: torch.rand(50) for id in noise}
    x = torch.arange(50) % 2
    assert torch.equal(program.module()(more, {"x": x}, {})["y"], module(more, {"x": x}, {})["y"])
    arms = torch.vmap(lambda value: module(noise, {"x": value.expand(8)}, {})["y"])(torch.tensor([0, 1]))
    assert torch.equal(arms[1], module(noise, {"x": one}, {})["y"])


def test_a_continuous_refit_finds_the_causal_slope() -> None:
    """A linear napkin, y = 1.5 x + latent: seeing gives slope 1.66, and the refit must give that of doing."""
    rng = np.random.default_rng(0)
    u, v, *noise = rng.normal(size=(6, 20_000))
    w = u + v + 0.5 * noise[0]
    r = w + noise[1]
    x = 0.7 * r + u + 0.5 * noise[2]
    y = 1.5 * x + v + 0.5 * noise[3]
    rows = {"w": w, "r": r, "x": x, "y": y}
    generators = {"w": Linear(0), "x": Linear(2), "P(y | w, r, x)": Linear(3), "Q₁(y | x)": Linear(1)}
    sampler = Sampler(NAPKIN).fit(rows, generators=generators)
    arms = [sampler.sample(1_000, do={"x": value}, seed=0)["y"] for value in (0.0, 1.0)]
    slope = float((arms[1] - arms[0]).mean())
    seen = np.polyfit(x, y, 1)[0]
    assert slope == pytest.approx(1.5, abs=0.03)  # four standard errors
    assert seen > 1.6
    assert [record.report.rows for record in sampler.report or ()] == [20_000] * 3 + [50_000]


@pytest.mark.parametrize("n", [10**12, 10**15, 2**61])
def test_rows_that_no_memory_holds_are_refused_before_they_are_made(strings: Sampler, n: int) -> None:
    with pytest.raises(DofxError) as raised:
        strings.sample(n, do={"x": "on"}, given={"z": 0})
    assert codes(raised) == ["E0424"]
    assert "stream" in str(raised.value)


@pytest.mark.parametrize(
    ("replicates", "code"),
    [(10**30, "E0424"), (10**6, "E0424"), (1, "E0424"), (None, "E1001"), ("5", "E1001"), (True, "E1001")],
)
def test_a_number_of_replicates_is_bounded(strings: Sampler, replicates: int, code: str) -> None:
    with pytest.raises(DofxError) as raised:
        strings.bootstrap({}, replicates)
    assert codes(raised) == [code]
