"""Exact distributions: fitted tables contracted, other finite generators enumerated, and clear refusals."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import dofx
from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.exact.distribution import NotExactError, generator_table
from dofx.runtime.sampler import Sampler
from dofx.runtime.variables import Finite, Real
from models.worlds import FRONT_DOOR, NAPKIN, front_door_rows, napkin_rows
from stand_ins.stubs import Linear, Probit, Softmax

BIT, TRIT = Finite((0, 1)), Finite((0, 1, 2))


def test_a_finite_generator_that_is_no_table_is_enumerated() -> None:
    rows, _ = front_door_rows(20_000)
    tables = Sampler(FRONT_DOOR).fit(rows).distribution().array()
    softmax = Sampler(FRONT_DOOR).fit(rows, generators={"y": Softmax([2, 3, 2])})
    np.testing.assert_allclose(softmax.distribution().array(), tables, atol=1e-4)
    napkin, _ = napkin_rows(2_000)
    refit = Sampler(NAPKIN).fit(
        napkin, generators={"w": Softmax([2])}
    )  # in the inner stage of an exact refit
    np.testing.assert_allclose(
        refit.distribution().array(), Sampler(NAPKIN).fit(napkin).distribution().array(), atol=1e-3
    )


def test_axes_of_an_enumerated_generator() -> None:
    module = Softmax([2, 3, 2])
    nn.init.normal_(module.logits)
    expected = module.logits.softmax(-1).detach().double().numpy()
    np.testing.assert_allclose(generator_table(module, BIT, [BIT, TRIT]), expected, atol=1e-6)
    held = generator_table(module, BIT, [torch.tensor([1]), TRIT])
    np.testing.assert_allclose(held, expected[1], atol=1e-6)


def test_a_real_input_is_held_at_a_value() -> None:
    class Logistic(nn.Module):
        def log_prob(self, target: Tensor, *given: Tensor) -> Tensor:
            (x,) = given
            return nn.functional.logsigmoid(torch.where(target == 1, x, -x))

    table = generator_table(Logistic(), BIT, [torch.tensor([1.7])])
    np.testing.assert_allclose(table, [1 / (1 + np.exp(1.7)), 1 / (1 + np.exp(-1.7))], atol=1e-6)


def test_a_draw_that_is_not_finite_is_named() -> None:
    rows, _ = front_door_rows(500)
    real = {**rows, "z": rows["z"] + 0.1 * np.random.default_rng(0).normal(size=500)}
    generators = {"z": Linear(1), "y": Probit(2)}
    sampler = Sampler(FRONT_DOOR).fit(real, generators=generators)
    with pytest.raises(DofxError, match=r"draw z ~ P\(z \| x\) is not finite: it is real") as error:
        sampler.distribution()
    assert error.value.diagnostics[0].code == "E0425"


def test_a_generator_without_probabilities_is_named() -> None:
    rows, _ = front_door_rows(500)
    sampler = Sampler(FRONT_DOOR).fit(rows, generators={"y": Probit(2)})
    with pytest.raises(DofxError, match=r"draw y ~ P\(y \| x, z\): its generator, Probit, has no log_prob"):
        sampler.distribution()


def test_an_open_input_that_is_not_finite_is_named() -> None:
    network = SamplingNetwork(
        Query.of(("y",), ("x",)),
        (Stage("answer", (("x", "x"),), (Draw.of("y", "y", (("x", "x"),)),), (("y", "y"),)),),
    )
    rng = np.random.default_rng(0)
    rows = {"x": rng.normal(size=500), "y": rng.integers(0, 2, 500)}
    sampler = Sampler(network).fit(rows, generators={"y": Probit(1)})
    with pytest.raises(DofxError, match="x is real, so it has no axis: give it a value"):
        sampler.distribution()


def test_tables_that_are_too_large_are_refused() -> None:
    big = Finite(tuple(range(1_000)))
    with pytest.raises(NotExactError, match="more than"):
        generator_table(Softmax([1]), big, [big, big])
    assert isinstance(Real(), Real)


def test_dead_draws_do_not_matter() -> None:
    stage = Stage("answer", (), (Draw.of("r", "r"), Draw.of("y", "y")), (("y", "y"),))
    rng = np.random.default_rng(0)
    rows = {"r": rng.normal(size=500), "y": rng.integers(0, 2, 500)}
    network = SamplingNetwork(Query.of(("y",)), (stage,))
    table = Sampler(network).fit(rows, generators={"r": Linear(0)}).distribution()
    np.testing.assert_allclose(table.array()[1], rows["y"].mean(), atol=1e-6)


def test_several_values_at_once() -> None:
    sampler = dofx.compile("P(y | do(x))", "x -> y").fit({"x": [0, 1] * 10, "y": [0, 1] * 10})
    for ask in (sampler.distribution, lambda do: sampler.sample(1, do=do)):
        with pytest.raises(DofxError) as error:
            ask(do={"x": [0, 1]})
        (fault,) = error.value.diagnostics
        assert fault.title.endswith("has 2 rows where a single value is expected")
        assert fault.help == ("give one value, and ask again for each of the others",)
