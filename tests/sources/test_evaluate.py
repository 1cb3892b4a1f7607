"""What `evaluate` takes where there are several data sets, and what its answer looks like."""

import numpy as np
import pytest

import dofx
from dofx import DataSet, DofxError, Table
from models.populations import Problem, Rows
from posed.problems import data_of, graph_of, tables_of

CARRIED = Problem(
    ("z", "x", "y"),
    (("z", "y"), ("x", "y"), ("z", "x")),
    (("x", "y"),),
    ("y",),
    ("x",),
    (),
    (Rows("survey", measures=("z",)), Rows("trial", ("x",), ("z", "y"), ("z",))),
)


def carried() -> tuple[dofx.Estimand, dict[str, Table], np.ndarray]:
    estimand = dofx.identify(CARRIED.query, graph_of(CARRIED), data=data_of(CARRIED)).estimand
    assert estimand
    tables, model = tables_of(CARRIED, 5)
    return estimand, tables, model.truth(("x", "y"))


def test_the_text_names_the_data_sets() -> None:
    estimand, _, _ = carried()
    assert str(estimand) == "P(y | do(x)) = Σ_z survey(z) trial(y | do(x), z)"
    assert r"\mathrm{trial}(y \mid \operatorname{do}(x), z)" in estimand.latex()
    assert "trial(y | x, z)" in str(estimand.sympy())
    assert dofx.Estimand.from_json(estimand.to_json()) == estimand


def test_axes_stand_in_any_order_and_other_tables_do_not_matter() -> None:
    estimand, tables, truth = carried()
    trial = tables["trial"]
    turned = Table(trial.names[::-1], trial.array().transpose())
    answer = estimand.evaluate({"other": Table(["q"], [1.0]), "trial": turned, "survey": tables["survey"]})
    assert answer.names == ("x", "y")
    np.testing.assert_allclose(answer.array(), truth, atol=1e-12)


def test_it_does_not_matter_how_often_an_arm_occurs() -> None:
    estimand, tables, truth = carried()
    trial = tables["trial"]
    shares = np.linspace(1, 2, trial.sizes["x"]).reshape([-1 if name == "x" else 1 for name in trial.names])
    answer = estimand.evaluate({**tables, "trial": Table(trial.names, trial.array() * shares)})
    np.testing.assert_allclose(answer.array(), truth, atol=1e-12)


def test_states_in_another_order() -> None:
    estimand, tables, truth = carried()
    labels = [f"s{i}" for i in range(tables["survey"].sizes["z"])]
    trial = tables["trial"]
    back = trial.array().take(range(len(labels))[::-1], trial.names.index("z"))
    answer = estimand.evaluate(
        {
            "survey": Table(["z"], tables["survey"].array(), {"z": labels}),
            "trial": Table(trial.names, back, {"z": labels[::-1]}),
        }
    )
    np.testing.assert_allclose(answer.array(), truth, atol=1e-12)


def test_what_the_answer_does_not_depend_on_needs_no_table() -> None:
    estimand = dofx.identify(
        "P(y | do(x), w)", "x; w; z -> y", data=[DataSet("survey", measures=["y"])]
    ).estimand
    assert estimand
    answer = estimand.evaluate({"survey": Table(["y"], [0.25, 0.75])})
    assert answer.names == ("y",)
    wider = estimand.evaluate({"survey": Table(["x", "y"], np.full((3, 2), 1 / 6))})
    assert wider.names == ("x", "y")
    assert wider.sizes["x"] == 3


def test_one_table_is_the_table_of_p() -> None:
    estimand = dofx.identify("P(y | do(x))", "z -> {x, y}; x -> y").estimand
    assert estimand
    joint = Table(["z", "x", "y"], np.arange(1, 9).reshape(2, 2, 2) / 36)
    np.testing.assert_array_equal(estimand.evaluate(joint).array(), estimand.evaluate({"P": joint}).array())


def test_a_value_of_the_query_is_chosen() -> None:
    data = data_of(CARRIED)
    estimand = dofx.identify("P(y | do(x = 1))", graph_of(CARRIED), data=data).estimand
    assert estimand
    tables, model = tables_of(CARRIED, 5)
    answer = estimand.evaluate(tables)
    assert answer.names == ("y",)
    np.testing.assert_allclose(answer.array(), model.truth(("x", "y"))[1], atol=1e-12)


def refusal(tables: dict[str, Table] | Table) -> str:
    with pytest.raises(DofxError) as error:
        carried()[0].evaluate(tables)
    return str(error.value)


def test_what_is_refused() -> None:
    _, tables, _ = carried()
    trial = tables["trial"]
    assert "no table for the data set survey" in refusal({"trial": trial})
    assert "no table for the data set survey" in refusal(trial)
    assert "has no axis for y" in refusal({**tables, "trial": trial.marginal(["x", "z"])})
    assert "other states of z" in refusal({**tables, "survey": Table(["z"], np.full(7, 1 / 7))})
    gone = trial.array(["x", "z", "y"]).copy()
    gone[1] = 0
    assert "do not determine P(y | do(x)) at x = 1" in refusal(
        {**tables, "trial": Table(["x", "z", "y"], gone)}
    )
