"""Classifiers of scikit-learn as generators of finite variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.foreign import from_classifier
from dofx.runtime.sampler import Sampler

RNG = np.random.default_rng(0)
DOSE = RNG.normal(size=1_000)
SITE = np.array(["north", "south"])[RNG.integers(0, 2, 1_000)]
STAGE = np.array(["early", "late"])[
    (RNG.random(1_000) < 1 / (1 + np.exp(-2 * DOSE - (SITE == "south")))).astype(int)
]
ROWS = {"site": SITE, "dose": DOSE, "stage": STAGE}
FRAME = pd.DataFrame(ROWS)


def fitted(filling: Any, rows: Any = ROWS) -> Sampler:
    sampler = dofx.compile("P(stage | do(dose), site)", "site -> {dose, stage}; dose -> stage")
    return sampler.fit(rows, generators={"stage": filling}, progress=False)


def on_numbers() -> Any:
    return LogisticRegression().fit(np.column_stack([DOSE, SITE == "south"]), STAGE)


def on_a_frame() -> Any:
    encoder = make_column_transformer((OneHotEncoder(), ["site"]), remainder="passthrough")
    return make_pipeline(encoder, LogisticRegression()).fit(FRAME[["site", "dose"]], STAGE)


def test_it_draws_by_its_probabilities() -> None:
    model = on_a_frame()
    sampler = fitted(from_classifier(model))
    table = sampler.distribution(do={"dose": 0.5}, given={"site": "south"})
    expected = model.predict_proba(pd.DataFrame({"site": ["south"], "dose": [0.5]}))[0]
    np.testing.assert_allclose(table.array(), expected, atol=1e-6)
    drawn = sampler.sample(4_000, do={"dose": 0.5}, given={"site": "south"}, seed=0)
    assert float((drawn.values_of("stage") == "late").mean()) == pytest.approx(expected[1], abs=0.03)
    assert torch.equal(
        drawn["stage"], sampler.sample(4_000, do={"dose": 0.5}, given={"site": "south"}, seed=0)["stage"]
    )


def test_it_is_scored_and_not_trained() -> None:
    model = on_a_frame()
    (record,) = (r for r in fitted(from_classifier(model)).report or () if r.family == "classifier")
    likelihood = np.log(model.predict_proba(FRAME)[np.arange(1_000), (STAGE == "late").astype(int)]).mean()
    assert record.report.score == pytest.approx(likelihood, abs=0.1)
    assert record.report.rows == 0


def test_columns_say_the_order() -> None:
    numbers = {**ROWS, "site": (SITE == "south").astype(int)}
    sampler = fitted(from_classifier(on_numbers(), columns=["dose", "site"]), numbers)
    table = sampler.distribution(do={"dose": 0.5}, given={"site": 1})
    np.testing.assert_allclose(table.array(), on_numbers().predict_proba([[0.5, 1]])[0], atol=1e-6)
    with pytest.raises(DofxError, match="reads its conditions in an order that is not known"):
        fitted(from_classifier(on_numbers()), numbers)


def test_a_state_that_is_no_class_is_not_drawn() -> None:
    rows = {**ROWS, "stage": np.where(DOSE > 2, "never", STAGE)}
    sampler = fitted(from_classifier(on_a_frame()), rows)
    table = sampler.distribution(do={"dose": 0.5}, given={"site": "south"})
    assert dict(zip(sampler.types["stage"].states, table.array(), strict=True))["never"] == 0  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("make", "code", "said"),
    [
        (
            lambda: from_classifier(LinearRegression()),
            "E0411",
            "`LinearRegression` is not a fitted classifier",
        ),
        (lambda: from_classifier(LogisticRegression()), "E0411", "not a fitted classifier"),
        (
            lambda: fitted(from_classifier(LogisticRegression().fit(DOSE[:, None], SITE), columns=["dose"])),
            "E0412",
            "got the class 'north'",
        ),
        (
            lambda: fitted(from_classifier(on_a_frame(), columns=["doze", "site"])),
            "E0413",
            "did you mean `dose`",
        ),
        (
            lambda: dofx.compile("P(dose | do(site))", "site -> dose").fit(
                ROWS, generators={"dose": from_classifier(on_numbers())}
            ),
            "E0410",
            "a classifier draws a finite variable, not real",
        ),
    ],
    ids=["regressor", "unfitted", "other classes", "other columns", "real target"],
)
def test_what_does_not_fit_is_refused(make: Any, code: str, said: str) -> None:
    with pytest.raises(DofxError, match=said) as error:
        make()
    assert error.value.diagnostics[0].code == code


def test_it_cannot_be_exported(tmp_path: Path) -> None:
    with pytest.raises(DofxError, match="a classifier runs outside torch"):
        fitted(from_classifier(on_a_frame())).export(tmp_path / "stage.pt2")
