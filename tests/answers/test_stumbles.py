"""What a newcomer stumbles over on the way from a frame to an answer is met with what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dofx

GRAPH = "z -> {x, y}; x -> y"
ATE = "ate(y, x, 1, 0)"
RNG = np.random.default_rng(0)
ROWS = {name: RNG.integers(0, 2, 120) for name in "zxy"}
WEIGHED = {**ROWS, "w": RNG.uniform(1, 2, 120)}


def said(call: Callable[[], Any]) -> str:
    with pytest.raises(dofx.DofxError) as caught:
        call()
    return str(caught.value)


def fit(**columns: Any) -> dofx.Sampler:
    sampler = dofx.compile("P(y | do(x))", GRAPH)
    assert isinstance(sampler, dofx.Sampler)
    return sampler.fit({**ROWS, **columns}, progress=False)


def test_what_the_rows_are_is_declared_beside_an_effect() -> None:
    twice = said(lambda: dofx.effect(ATE, GRAPH, WEIGHED, data=[dofx.DataSet(weights="w")]))  # type: ignore[misc]
    assert "`effect` is given `data` twice" in twice
    assert "`data P weights w  effect ate = ate(y, x, 1, 0)`" in twice
    weighed = dofx.effect(f"data P weights w  effect ate = {ATE}", GRAPH, WEIGHED)
    assert float(weighed) != float(dofx.effect(ATE, GRAPH, ROWS))


def test_columns_of_several_levels_are_joined_first() -> None:
    levels = pd.MultiIndex.from_tuples([("a", "z"), ("a", "x"), ("b", "y")])
    frame = pd.DataFrame(np.stack([ROWS[name] for name in "zxy"], 1), columns=levels)
    assert "frame.columns.map" in said(lambda: dofx.compile("P(y | do(x))", GRAPH).fit(frame))
    frame.columns = frame.columns.map("_".join)
    dofx.compile("P(b_y | do(a_x))", "a_x -> b_y").fit(frame)


@pytest.mark.parametrize(
    ("labels", "warned"),
    [
        ([f"{share}%" for share in range(40)] * 3, 'read as 40 labels, such as "0%"'),
        ([f"$ {price}" for price in range(40)] * 3, 'read as 40 labels, such as "\\$ 0"'),
        (["NA", "yes", "no"] * 40, 'look like missing values: "NA"'),
        (["", "yes", "no"] * 40, 'look like missing values: ""'),
    ],
)
def test_labels_that_were_meant_otherwise_are_pointed_out(labels: list[str], warned: str) -> None:
    with pytest.warns(UserWarning, match=warned):
        fit(y=labels)


def test_numbers_that_are_text_are_to_be_made_numbers() -> None:
    assert "astype(float)" in said(lambda: fit(y=[str(value) for value in RNG.normal(size=120)]))


def test_a_fitted_model_of_another_library_is_to_be_wrapped() -> None:
    class Model:
        def predict_proba(self, rows: Any) -> Any:
            return rows

    found = said(lambda: dofx.effect(ATE, GRAPH, ROWS, generators={"y": Model()}))
    assert "`generators` of `fit`" in found
    assert "from_classifier" in found


def test_a_policy_that_fails_says_how_it_was_called() -> None:
    def by_row(row: Any) -> bool:
        return bool(row["z"])

    with pytest.raises(IndexError) as caught:
        dofx.effect("E[y | do(x ~ g(z))]", GRAPH, ROWS, policies={"g": by_row})
    assert any("the policy g is called once for many rows" in note for note in caught.value.__notes__)


def test_a_folder_of_bundles_is_distinguished_from_a_bundle(tmp_path: Path) -> None:
    fit().save(tmp_path / "risk")
    assert f"`{tmp_path / 'risk'}`: give one" in said(lambda: dofx.load(tmp_path))


def test_the_bias_of_a_latent_takes_shares() -> None:
    program = dofx.compile(f"effect ate = {ATE}", GRAPH)
    assert isinstance(program, dofx.CompiledProgram)
    found = program.fit(ROWS).sensitivity(ROWS)["ate"]
    for outcome, cause in ((0.1, 1.0), (-0.1, 0.5), (float("nan"), 0.5), (0.5, 2.0)):
        assert "give shares" in said(lambda o=outcome, c=cause: found.bias(o, c))  # type: ignore[misc]
    assert found.bias(0.0, 0.5) == 0


def test_an_address_is_named_as_such() -> None:
    said_of = said(lambda: dofx.compile("P(y | do(x))", GRAPH).fit("https://example.org/rows.csv"))
    assert "`https://example.org/rows.csv` is an address" in said_of
    assert "pandas.read_csv" in said_of
