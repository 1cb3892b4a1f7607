"""Effects: exact where finite, with honest standard errors where not."""

import numpy as np
import pytest

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.grammar.syntax.program import (
    Arithmetic,
    Expectation,
    Name,
    Negative,
    Number,
    Operation,
    Probability,
    Term,
)
from dofx.runtime.answers.effects import evaluate
from dofx.runtime.sampler import Sampler
from models.worlds import FRONT_DOOR, front_door_rows
from stand_ins.stubs import Linear


def term(name: str, value: object = None) -> Term:
    return Term(Name(name), value)  # type: ignore[arg-type]


def mean(y: str, **do: object) -> Expectation:
    return Expectation(term(y), tuple(term(n, v) for n, v in do.items()))


def chance(outcomes: dict[str, object], **do: object) -> Probability:
    return Probability(
        tuple(term(n, v) for n, v in outcomes.items()), tuple(term(n, v) for n, v in do.items())
    )


def minus(left: Arithmetic, right: Arithmetic) -> Operation:
    return Operation("-", left, right)


@pytest.fixture(scope="module")
def finite() -> Sampler:
    rows, _ = front_door_rows(20_000)
    return Sampler(FRONT_DOOR).fit(rows)


LINE = SamplingNetwork(
    Query.of(("y",), ("x",)),
    (Stage("answer", (("x", "x"),), (Draw.of("y", "y", (("x", "x"),)),), (("y", "y"),)),),
)


@pytest.fixture(scope="module")
def line() -> Sampler:
    """A line of slope 2 with noise of spread 1."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=5_000)
    return Sampler(LINE).fit({"x": x, "y": 2 * x + rng.normal(size=5_000)}, generators={"y": Linear(1)})


def test_finite_effects_are_exact(finite: Sampler) -> None:
    table = finite.distribution().array()
    ate = evaluate(minus(mean("y", x=1), mean("y", x=0)), lambda leaf: finite)
    assert ate.exact
    assert (ate.monte_carlo_error, ate.rows) == (0.0, 0)
    assert float(ate) == pytest.approx(table[1, 1] - table[0, 1])
    ratio = Operation("/", chance({"y": 1}, x=1), chance({"y": 1}, x=0))
    assert evaluate(ratio, lambda leaf: finite).value == pytest.approx(table[1, 1] / table[0, 1])
    odd = Operation("+", Operation("*", Number(2), Negative(mean("y", x=1))), Number(1))
    assert evaluate(odd, lambda leaf: finite).value == pytest.approx(1 - 2 * table[1, 1])


def test_idle_interventions_change_nothing(finite: Sampler) -> None:
    (stage,) = FRONT_DOOR.stages
    rows, _ = front_door_rows(20_000)
    idle = Sampler(SamplingNetwork(Query.of(("y",), ("w", "x")), (stage,))).fit({**rows, "w": rows["z"]})
    assert idle.distribution().names == ("w", "x", "y")
    expected = evaluate(mean("y", x=1), lambda leaf: finite).value
    assert evaluate(mean("y", x=1), lambda leaf: idle).value == pytest.approx(expected)


def test_a_mapping_of_samplers_will_do(finite: Sampler) -> None:
    leaf = chance({"y": 0}, x=0)
    found = evaluate(leaf, {leaf: finite})
    assert found.value == pytest.approx(finite.distribution().array()[0, 0])
    assert str(found).endswith("(exact under the fitted generators)")


def test_arms_share_their_noise(line: Sampler) -> None:
    """y(1) - y(0) = 2 for every row, so the difference has no simulation error at all."""
    ate = evaluate(minus(mean("y", x=1.0), mean("y", x=0.0)), lambda leaf: line, rows=2_000)
    assert not ate.exact
    assert ate.value == pytest.approx(2.0, abs=0.05)
    assert ate.monte_carlo_error < 1e-6
    assert evaluate(mean("y", x=1.0), lambda leaf: line, rows=2_000).monte_carlo_error == pytest.approx(
        1 / np.sqrt(2_000), rel=0.1
    )


def test_the_standard_error_is_the_spread_of_estimates(line: Sampler) -> None:
    """A ratio of means, whose error only the derivative gives: 60 seeds spread as one run says they do."""
    ratio = Operation("/", mean("y", x=3.0), mean("y", x=1.0))
    found = [evaluate(ratio, lambda leaf: line, rows=1_000, seed=seed) for seed in range(60)]
    spread = np.std([estimate.value for estimate in found], ddof=1)
    assert found[0].monte_carlo_error == pytest.approx(
        spread, rel=0.35
    )  # three standard errors of a spread of 60
    assert "(Monte-Carlo error 0.030 of 1,000 simulated rows)" in str(found[0])


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (chance({"y": None}, x=1), "E0427"),
        (Expectation(term("y", 1), (term("x", 1),)), "E0427"),
        (Operation("/", Number(1), Number(0)), "E0428"),
        (mean("y"), "E0423"),
        (chance({"y": 7}, x=1), "E0403"),
    ],
)
def test_what_is_not_a_number_is_refused(finite: Sampler, expression: Arithmetic, code: str) -> None:
    with pytest.raises(DofxError) as error:
        evaluate(expression, lambda leaf: finite)
    assert [d.code for d in error.value.diagnostics] == [code]


def test_strings_have_no_mean_and_reals_no_probability(line: Sampler) -> None:
    rows, _ = front_door_rows(200)
    strings = Sampler(FRONT_DOOR).fit({**rows, "y": np.array(["no", "yes"])[rows["y"]]})
    with pytest.raises(DofxError, match="has no mean"):
        evaluate(mean("y", x=1), lambda leaf: strings)
    with pytest.raises(DofxError, match="0 or a density"):
        evaluate(chance({"y": 1.5}, x=1), lambda leaf: line)
