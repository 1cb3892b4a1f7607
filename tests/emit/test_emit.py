"""The emitted graph: shape, names, provenance, and everything torch can do with it."""

import copy

import pytest
import torch
from torch import Tensor, nn

from dofx.compiler.emit import emit, provenance
from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import DataSet, Draw, Fit, SamplingNetwork, Simulated, Stage


class Affine(nn.Module):
    """noise + weight · Σ given: a stub with one parameter."""

    def __init__(self, weight: float = 2.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight))
        self.register_buffer("shift", torch.tensor(0.5))

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        total = noise + self.shift
        for value in given:
            total = total + self.weight * value
        return total


FRONT_DOOR = Stage(
    "answer",
    (("x", "x"),),
    (
        Draw.of("z", "z", (("x", "x"),)),
        Draw.of("x′", "x"),
        Draw.of("y", "y", (("x", "x′"), ("z", "z"))),
    ),
    (("y", "y"),),
)
NETWORK = SamplingNetwork(Query.of(("y",), ("x",)), (FRONT_DOOR,))


def modules(stage: Stage) -> dict[Fit, nn.Module]:
    return {draw.fit: Affine(1.0 + k) for k, draw in enumerate(stage.draws)}


def noise(stage: Stage, rows: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {draw.id: torch.rand(rows, generator=generator) for draw in stage.draws}


def by_hand(parts: dict[Fit, nn.Module], base: dict[str, Tensor], x: Tensor) -> Tensor:
    z_given_x, x_alone, y_given_xz = parts.values()
    return y_given_xz(base["y"], x_alone(base["x′"]), z_given_x(base["z"], x))


def test_graph_is_ancestral_sampling_written_out() -> None:
    parts, base, x = modules(FRONT_DOOR), noise(FRONT_DOOR, 7), torch.arange(7.0)
    module = emit(NETWORK, parts)
    out = module(base, {"x": x}, {})
    assert list(out) == ["y"]
    torch.testing.assert_close(out["y"], by_hand(parts, base, x), rtol=0, atol=0)
    calls = [n for n in module.graph.nodes if n.op == "call_module"]
    assert [n.target for n in calls] == ["generators.z_given_x", "generators.x", "generators.y_given_x_z"]
    assert [n.name for n in calls] == ["z", "x_prime", "y"]
    assert [n.target for n in module.graph.nodes if n.op == "placeholder"] == ["noise", "do", "given"]


def test_equal_fits_share_one_submodule_and_equal_calls_stay_apart() -> None:
    draws = (
        Draw.of("x", "x"),
        Draw.of("x′", "x"),
        Draw.of("y", "y", (("x", "x"),)),
        Draw.of("y′", "y", (("x", "x"),)),
    )
    stage = Stage("answer", (), draws, (("y", "y"), ("x", "x′")))
    module = emit(stage, modules(stage))
    calls = [n.target for n in module.graph.nodes if n.op == "call_module"]
    assert calls == ["generators.x", "generators.x", "generators.y_given_x", "generators.y_given_x"]
    assert len(list(module.parameters())) == 2
    assert list(module(noise(stage, 3), {}, {})) == ["y", "x"]


def test_conditions_are_read_from_given_and_interim_inputs_from_do() -> None:
    stage = Stage(
        "answer", (("x", "x"), ("z", "z")), (Draw.of("y", "y", (("x", "x"), ("z", "z"))),), (("y", "y"),)
    )
    network = SamplingNetwork(Query.of(("y",), ("x",), ("z",)), (stage,))
    base, x, z = noise(stage, 4), torch.ones(4), torch.zeros(4)
    parts = modules(stage)
    answered = emit(network, parts)(base, {"x": x}, {"z": z})
    interim = emit(stage, parts)(base, {"x": x, "z": z}, {})
    torch.testing.assert_close(answered, interim, rtol=0, atol=0)


def test_an_output_may_be_an_input() -> None:
    stage = Stage("Q₁", (("r", "r"),), (Draw.of("y", "y"),), (("r", "r"), ("y", "y")))
    out = emit(stage, modules(stage))(noise(stage, 2), {"r": torch.ones(2)}, {})
    assert list(out) == ["r", "y"]


@pytest.mark.parametrize(
    "name", ["train", "class", "heart rate", "x.y", "齢", "ﬁ", "2nd", "sum", "noise", "self"]
)
def test_any_variable_name_can_be_emitted(name: str) -> None:
    draws = (Draw.of(name, name), Draw.of(f"{name}′", name), Draw.of("y", "y", ((name, name),)))
    stage = Stage("answer", (), draws, (("y", "y"), (name, name)))
    module = emit(stage, modules(stage))
    assert list(module(noise(stage, 2), {}, {})) == ["y", name]
    assert [o.draw for o in module.provenance] == [name, f"{name}′", "y"]


def test_fits_whose_names_clash_get_their_own_submodules() -> None:
    draws = (
        Draw.of("a b", "a b"),
        Draw.of("a_b", "a_b"),
        Draw.of("y", "y", (("a_b", "a_b"),)),
        Draw.of("y′", "y", (("a b", "a b"),)),
        Draw.of("y″", "y", (("a b", "a b"),), Simulated("Q₁")),
        Draw.of("y‴", "y", (("a b", "a b"),), DataSet("trial")),
    )
    targets = [o.target for o in provenance(Stage("answer", (), draws, (("y", "y"),)))]
    assert len(set(targets)) == 6
    assert targets[4:] == ["generators.y_given_a_b_from_Q1", "generators.y_given_a_b_in_trial"]


def test_provenance_survives_in_the_record_and_in_node_meta() -> None:
    module = emit(NETWORK, modules(FRONT_DOOR))
    x_prime = module.provenance["x′"]
    assert (x_prime.fit, x_prime.variables, x_prime.hidden, x_prime.stage) == ("P(x)", ("x",), True, "answer")
    customs = [n.meta["custom"] for n in module.graph.nodes if n.op == "call_module"]
    assert customs == [origin.to_dict() for origin in module.provenance]
    assert "P(y | x, z)  generators.y_given_x_z" in str(module.provenance)


def test_a_failure_keeps_its_type_and_names_its_draw() -> None:
    parts, base = modules(FRONT_DOOR), noise(FRONT_DOOR, 3)
    for module in (emit(NETWORK, parts), copy.deepcopy(emit(NETWORK, parts))):
        with pytest.raises(RuntimeError, match="size of tensor") as caught:
            module({**base, "y": torch.zeros(2)}, {"x": torch.zeros(3)}, {})
        assert caught.value.__notes__ == [
            "dofx: in draw y ~ P(y | x, z) of stage answer, module generators.y_given_x_z"
        ]


def test_a_missing_generator_is_named() -> None:
    with pytest.raises(KeyError, match=r"no generator for P\(z \| x\)"):
        emit(NETWORK, {})


def test_it_lives_inside_any_module() -> None:
    class Outer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.sampler = emit(NETWORK, modules(FRONT_DOOR))

        def forward(self, base: dict[str, Tensor], x: Tensor) -> Tensor:
            return self.sampler(base, {"x": x}, {})["y"]

    outer, base, x = Outer(), noise(FRONT_DOOR, 5), torch.arange(5.0)
    before = outer(base, x)
    clone = copy.deepcopy(outer)
    torch.testing.assert_close(clone(base, x), before)
    with torch.no_grad():
        for parameter in clone.parameters():
            parameter.zero_()
    assert not torch.equal(clone(base, x), before)
    clone.load_state_dict(outer.state_dict())
    torch.testing.assert_close(clone(base, x), before)
    doubled = outer.to(torch.float64)
    assert doubled({k: v.double() for k, v in base.items()}, x.double()).dtype == torch.float64


def test_gradients_flow_through_continuous_draws() -> None:
    module = emit(NETWORK, modules(FRONT_DOOR))
    base, x = noise(FRONT_DOOR, 5), torch.arange(5.0, requires_grad=True)
    module(base, {"x": x}, {})["y"].sum().backward()
    torch.testing.assert_close(x.grad, torch.full((5,), 3.0))  # weight of z given x is 1, of y given z is 3
    assert all(p.grad is not None for name, p in module.named_parameters() if "generators.x." not in name)


def test_vmap_over_do_values() -> None:
    module, base = emit(NETWORK, modules(FRONT_DOOR)), noise(FRONT_DOOR, 5)
    arms = torch.tensor([0.0, 1.0, 2.0])
    stacked = torch.vmap(lambda x: module(base, {"x": x.expand(5)}, {})["y"])(arms)
    for arm, row in zip(arms, stacked, strict=True):
        torch.testing.assert_close(row, module(base, {"x": arm.expand(5)}, {})["y"])


def test_export_with_a_dynamic_batch() -> None:
    module, base = emit(NETWORK, modules(FRONT_DOOR)), noise(FRONT_DOOR, 5)
    rows = torch.export.Dim("rows")
    shapes = ({id: {0: rows} for id in base}, {"x": {0: rows}}, {})
    program = torch.export.export(
        module, (base, {"x": torch.ones(5)}, {}), dynamic_shapes=shapes, strict=False
    )
    other = noise(FRONT_DOOR, 11)
    arguments = (other, {"x": torch.ones(11)}, {})
    torch.testing.assert_close(program.module()(*arguments), module(*arguments))
    draws = {n.meta["custom"]["draw"] for n in program.graph.nodes if n.meta.get("custom")}
    assert draws == {"z", "x′", "y"}
