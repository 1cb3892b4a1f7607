"""Seeds matter little: flows start and end with regressions, and rows are divided again where folds matter."""

import numpy as np
import pytest
import torch
from torch import Tensor

import dofx
from dofx.runtime.answers.influence.by_influence import Number
from dofx.runtime.answers.influence.crossing import corrected
from dofx.runtime.answers.influence.one_step import CrossFitted
from dofx.runtime.families.atoms import AtomsGenerator
from dofx.runtime.families.spline import SplineGenerator
from dofx.runtime.neural.bent_line import ridge
from dofx.runtime.training.settings import FitSettings
from dofx.runtime.variables import Finite, Real, VariableType
from models.worlds import Rows, coin


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_a_regression_of_many_rows_is_least_squares() -> None:
    x = normal(5_000, 3)
    y = torch.stack([1 + x[:, 0] - 2 * x[:, 2], 3 * x[:, 1]], dim=1) + 0.1 * normal(5_000, 2, seed=1)
    weights, bias, freedom = ridge(x, y, straight=3)
    wanted = np.linalg.lstsq(np.column_stack([x.numpy(), np.ones(5_000)]), y.numpy(), rcond=None)[0]
    assert np.vstack([weights.numpy(), bias.numpy()]) == pytest.approx(wanted, abs=1e-3)
    assert freedom.tolist() == pytest.approx([4, 4], abs=0.01)


def test_a_weight_of_two_is_a_row_twice() -> None:
    x = normal(200, 4)
    y = x @ torch.tensor([[1.0], [-1.0], [2.0], [0.5]]) + 0.3 * normal(200, 1, seed=1)
    weights = torch.where(torch.arange(200) < 100, 2.0, 1.0) / 1.5
    found, bias, _ = ridge(x, y, weights, straight=4)
    again, bias_again, _ = ridge(torch.cat([x, x[:100]]), torch.cat([y, y[:100]]), straight=4)
    torch.testing.assert_close(found, again, atol=1e-3, rtol=0)
    torch.testing.assert_close(bias, bias_again, atol=1e-3, rtol=0)
    unweighted, _, _ = ridge(x, y, straight=4)
    assert float((found - unweighted).abs().max()) > 5e-3


@pytest.mark.parametrize("family", [SplineGenerator, AtomsGenerator])
def test_means_that_are_drawn_are_those_of_the_rows(family: type[SplineGenerator]) -> None:
    """Also of a skewed law, and after no more than one epoch, along each condition."""
    x = normal(800, 2)
    y = (0.5 * x[:, 0] + x[:, 1] + 0.3 * normal(800, seed=1)).exp()
    given = [x[:, 0], x[:, 1]]
    generator = family(Real(), [Real(), Real()])
    generator.fit(y, given, FitSettings(epochs=1))
    shape = (800 * 200, *generator.noise.shape)
    many = [values.repeat_interleave(200) for values in given]
    drawn = generator(normal(*shape, seed=2), *many).detach().reshape(800, 200).mean(1)
    left = y - drawn
    assert abs(float(left.mean())) < 0.1 * float(y.std()) / 800**0.5 + 0.05
    for values in given:
        assert abs(float((left * values).mean())) < 0.1


@pytest.mark.parametrize("given", [[Finite((0, 1)), Real()], [Real(), Finite((0, 1, 2))], [Real(), Real()]])
def test_conditions_that_act_together_do_so_in_what_is_drawn(given: list[VariableType]) -> None:
    """The law has a product of two conditions; with rows enough to show it, draws follow it after a single epoch."""
    rows, source = 2_000, torch.Generator().manual_seed(3)
    values = [
        torch.randint(type.cardinality, (rows,), generator=source)
        if isinstance(type, Finite)
        else normal(rows, seed=7 + i)
        for i, type in enumerate(given)
    ]
    x, m = (each.float() for each in values)
    y = x + m + 0.5 * x * m + normal(rows, seed=5)
    generator = SplineGenerator(Real(), given)
    generator.fit(y, values, FitSettings(epochs=1))
    many = [each.repeat_interleave(50) for each in values]
    drawn = generator(normal(rows * 50, seed=2), *many).detach().reshape(rows, 50).mean(1)
    columns = torch.stack([torch.ones(rows), x, m, x * m], dim=1).double()
    slope = torch.linalg.lstsq(columns, drawn.double()[:, None]).solution[-1]
    assert float(slope) == pytest.approx(0.5, abs=0.12)


def test_products_come_in_only_where_rows_show_them() -> None:
    x = normal(400, 2)
    products = torch.cat([x, x[:, :1] * x[:, 1:]], dim=1)
    y = x[:, :1] - x[:, 1:] + normal(400, 1, seed=4)
    weights, _, _ = ridge(products, y, straight=2, products=1)
    assert float(weights[2]) == 0
    weights, _, _ = ridge(products, y + 0.5 * products[:, 2:], straight=2, products=1)
    assert float(weights[2]) == pytest.approx(0.5, abs=0.15)


def test_the_seed_moves_an_effect_by_less_than_a_quarter_of_its_error() -> None:
    def world(rows: int) -> Rows:
        rng = np.random.default_rng(0)
        z = rng.normal(size=(rows, 2))
        x = coin(rng, 1 / (1 + np.exp(-z[:, 0])), rows)
        return {"a": z[:, 0], "b": z[:, 1], "x": x, "y": x + z @ [1.0, -0.5] + rng.normal(size=rows)}

    rows = world(400)
    program = dofx.compile(
        "graph { a -> {x, y}; b -> {x, y}; x -> y }\neffect ate = E[y | do(x = 1)] - E[y | do(x = 0)]"
    )
    assert isinstance(program, dofx.CompiledProgram)
    found = [program.fit(rows, seed=seed, progress=False).answer(n=5_000)["ate"].value for seed in range(3)]
    columns = np.column_stack([np.ones(400), rows["x"], rows["a"], rows["b"]])
    weights, (square,), *_ = np.linalg.lstsq(columns, rows["y"], rcond=None)
    error = np.sqrt(square / 396 * np.linalg.inv(columns.T @ columns)[1, 1])
    assert np.std(found, ddof=1) < 0.25 * error
    assert np.mean(found) == pytest.approx(weights[1], abs=0.5 * error)


def test_rows_are_divided_again_where_a_number_depends_on_how_they_are() -> None:
    """Each division is another one, and those that are added do not change the first two."""
    rows = {"x": np.arange(100) % 2, "y": normal(100).numpy()}
    program = dofx.compile(
        "graph { x -> y }\neffect steady = E[y | do(x = 1)]\neffect settling = E[y | do(x = 1)]\n"
        "effect unsteady = E[y | do(x = 1)]"
    )
    assert isinstance(program, dofx.CompiledProgram)
    fitted = program.fit(rows, epochs=1, progress=False)
    seen: list[CrossFitted] = []

    def steady(crossed: CrossFitted) -> list[Number]:
        return [Number(1.0, np.sin(np.arange(100.0)))]

    values = iter([0.0, 0.03, 0.015, 0.015])

    def settling(crossed: CrossFitted) -> list[Number]:
        return [Number(next(values), np.sin(np.arange(100.0)))]

    def unsteady(crossed: CrossFitted) -> list[Number]:
        seen.append(crossed)
        return [Number(float(len(seen) % 2), np.sin(np.arange(100.0)))]

    asked = {"steady": steady, "settling": settling, "unsteady": unsteady}
    found = corrected(fitted, rows, asked, 0, {"epochs": 1})
    lengths = {name: len(each.by_division) for name, each in found.items() if not isinstance(each, str)}
    assert lengths == {"steady": 2, "settling": 4, "unsteady": 8}
    assert len({tuple(crossed.folds[0]["P"].tolist()) for crossed in seen}) == 8
    alone = corrected(fitted, rows, {"steady": steady}, 0, {"epochs": 1})["steady"]
    assert not isinstance(alone, str)
    effect = fitted.asked.effects[0]
    first, again = (crossed.evaluated(effect)[0][0] for crossed in (alone.crossed[0], seen[0]))
    assert first == again
    assert len({crossed.evaluated(effect)[0][0] for crossed in seen}) == 8
