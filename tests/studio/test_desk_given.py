"""What a desk is given beside one table: files of several data sets and of the same people, and policies."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dofx
from dofx.desk.desk import Desk
from faces.desk import faults, give, value, worked

POLICY = """graph { z -> {x, y}; x -> y }
query risk = P(y | do(x ~ advice(z)))
effect gain = E[y | do(x ~ advice(z))] - E[y]
"""


CARRIED = """graph { age -> {treated, well_1}; treated -> well_1; treated <-> well_1 }
data survey measures age person id
data trial sets treated measures age, well_1 differs at age person id time visit
query q = P(well_1 | do(treated))
"""


def carried_rows(n: int = 600) -> dict[str, dict[str, str]]:
    """Files of each data set: a survey in two files, and a trial in a file of people and one of their visits."""
    rng = np.random.default_rng(2)
    old, treated = rng.random(n) < 0.2, rng.random(n) < 0.5
    well = rng.random(n) < 0.3 + 0.3 * (treated & old)
    ids = np.arange(n)

    def csv(head: str, *columns: Any) -> str:
        return "\n".join([head, *(",".join(map(str, row)) for row in zip(*columns, strict=True))])

    return {
        "survey": {
            "ages.csv": csv("id,age", ids, (rng.random(n) < 0.5).astype(int)),
            "sexes.csv": csv("id,sex", ids, ids % 2),
        },
        "trial": {
            "people.csv": csv("id,age,treated", ids, old.astype(int), treated.astype(int)),
            "visits.csv": csv("id,visit,well", ids, np.ones(n, int), well.astype(int)),
        },
    }


def test_several_data_sets_of_several_files_are_fitted(desk: Desk) -> None:
    for name, files in carried_rows().items():
        for number, (file, rows) in enumerate(files.items()):
            value(give(desk, rows, name, file, more=number > 0))
    there = value(desk.respond({"do": "desk"}))["data"]
    assert there["survey"] == {"file": "ages.csv, sexes.csv", "columns": ["id", "age", "sex"]}
    assert there["trial"]["file"] == "people.csv, visits.csv"
    value(desk.respond({"do": "fit", "text": CARRIED}))
    told = worked(desk)
    assert told["state"] == "done", told["faults"]
    for treated in (0, 1):
        found = value(desk.respond({"do": "ask", "name": "q", "at": {"treated": treated}}))
        chances = [each["probability"] for each in found["parts"][0]["events"]]
        assert chances == pytest.approx(carried(treated), abs=1e-7)
    value(desk.respond({"do": "fit", "text": f"{CARRIED}\neffect e = E[well_1 | do(treated = 1)]"}))
    (effect,) = worked(desk)["result"]["effects"]
    assert effect["interval"]["low"] < carried(1)[1] < effect["interval"]["high"]


def carried(treated: int) -> list[float]:
    """The answer by counting: the trial's shares of the well at each age, weighted by the ages of the survey."""
    tables = {
        file: np.genfromtxt(io.StringIO(rows), delimiter=",", skip_header=1, dtype=int)
        for files in carried_rows().values()
        for file, rows in files.items()
    }
    ages, people, well = tables["ages.csv"][:, 1], tables["people.csv"], tables["visits.csv"][:, 2]
    chance = sum(
        (ages == age).mean() * well[(people[:, 1] == age) & (people[:, 2] == treated)].mean()
        for age in (0, 1)
    )
    return [1 - chance, chance]


def test_files_of_the_same_people_need_a_column_that_tells_them_apart(desk: Desk) -> None:
    give(desk, "x,y\n0,1\n1,0\n")
    value(give(desk, "x\n0", file="more.csv", more=True))
    assert faults(desk.respond({"do": "fit", "text": "graph { x -> y } query q = P(y | do(x))"})) == ["E0502"]


def policy_rows(n: int = 1000) -> str:
    rng = np.random.default_rng(2)
    z = rng.integers(0, 3, n)
    x = rng.random(n) < 0.2 + 0.2 * z
    y = rng.random(n) < 0.1 + 0.3 * x + 0.2 * z
    words = ("false", "true")
    lines = [f"{a},{words[int(b)]},{words[int(c)]}" for a, b, c in zip(z, x, y, strict=True)]
    return "\n".join(["z,x,y", *lines])


@pytest.mark.parametrize(
    "given",
    [{"chances": [[1, 0], [0.3, 0.7], [0, 1]]}, {"expression": "z > 0"}],
    ids=["table", "expression"],
)
def test_a_policy_is_given(desk: Desk, tmp_path: Path, given: dict[str, Any]) -> None:
    (tmp_path / "rows.csv").write_text(policy_rows(), encoding="utf-8")
    give(desk, policy_rows())
    value(desk.respond({"do": "fit", "text": POLICY}))
    open_ = worked(desk)["result"]
    (policy,) = open_["policies"]
    assert policy == {
        "name": "advice",
        "reads": ["z"],
        "sets": "x",
        "given": None,
        "states": [False, True],
        "rows": [[0], [1], [2]],
    }
    assert (open_["effects"][0]["value"], open_["queries"][0]["at"]) == (None, None)

    value(desk.respond({"do": "policy", "name": "advice", **given}))
    found = worked(desk)["result"]
    chances = given.get("chances", [[1, 0], [0, 1], [0, 1]])
    table = dofx.Table(("z", "x"), np.array(chances, dtype=float), {"z": (0, 1, 2), "x": (False, True)})
    compiled = dofx.compile(dofx.parse(POLICY))
    assert isinstance(compiled, dofx.CompiledProgram)
    source = str(tmp_path / "rows.csv")
    answers = compiled.fit(source).answer(source, intervals="influence", policies={"advice": table})
    (effect,) = found["effects"]
    gain = answers["gain"]
    assert effect["value"] == pytest.approx(gain.value, abs=1e-9)
    assert gain.interval is not None
    assert effect["interval"]["low"] == pytest.approx(gain.interval.low, abs=1e-9)
    shown = [event["probability"] for event in found["queries"][0]["at"]["parts"][0]["events"]]
    wanted = compiled["risk"].following({"advice": table}).distribution().array(["y"])
    assert shown == pytest.approx(wanted.tolist(), abs=1e-9)
    assert found["policies"][0]["given"] == given
    assert found["remarks"] == []


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"name": "advise", "expression": "z"}, "E0461"),
        ({"name": "advice", "expression": "zz"}, "E0464"),
        ({"name": "advice", "chances": [[1, 0]]}, "E0462"),
        ({"name": "advice", "chances": [[1, 0], [1, 1], [0, 1]]}, "E0462"),
        ({"name": "advice"}, "E0462"),
    ],
)
def test_what_cannot_be_a_policy(desk: Desk, about: dict[str, Any], code: str) -> None:
    assert faults(desk.respond({"do": "policy", **about})) == ["E0420"]
    give(desk, policy_rows(200))
    value(desk.respond({"do": "fit", "text": POLICY}))
    worked(desk)
    assert faults(desk.respond({"do": "policy", **about})) == [code]
