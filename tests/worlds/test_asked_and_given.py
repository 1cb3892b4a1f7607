"""An event that is both asked about and given: rows show the value that is given, and networks are exact."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dofx
from dofx.compiler.driver import compile_query
from dofx.compiler.printers.network.json import network_from_json, network_to_json
from dofx.compiler.printers.network.read import parse_network
from dofx.grammar.diagnostics.diagnostic import DofxError
from models.functional import Event, Model, Problem
from posed.asked import KINDS, identified, policy_tables, random_problem

HOW = ("both open", "asked with a value", "given with a value", "the same value", "any two values")
GRAPH = "z -> x -> y; z -> y"


def posed(rng: np.random.Generator, kind: str) -> tuple[Problem, str]:
    """A random problem in which one event is asked about and given, and how."""
    problem = random_problem(rng, kind)
    events = (*problem.given, *problem.asked)
    both = events[int(rng.integers(len(events)))]
    one, other = (int(rng.integers(problem.states[both.variable])) for _ in "ab")
    how = HOW[int(rng.integers(len(HOW)))]
    asked, given = dict(
        zip(HOW, ((None, None), (one, None), (None, one), (one, one), (one, other)), strict=True)
    )[how]

    def others(events: tuple[Event, ...]) -> tuple[Event, ...]:
        return tuple(each for each in events if (each.variable, each.world) != (both.variable, both.world))

    events = (*others(problem.asked), replace(both, value=asked))
    events = events[::-1] if rng.random() < 0.5 else events
    return replace(problem, asked=events, given=(*others(problem.given), replace(both, value=given))), how


@pytest.mark.parametrize("kind", KINDS)
def test_networks_have_the_value_that_enumeration_finds(kind: str) -> None:
    """389 of 2,730 such queries were refused where `identify` had found an estimand."""
    counts: Counter[str] = Counter()
    for seed in range(30):
        problem, how = posed(np.random.default_rng([17, seed, len(kind)]), kind)
        found = identified(problem)
        if problem.data != ((),) or not found or found.verdict == "zero":
            continue
        model, policies = Model(problem, seed), policy_tables(problem)
        table = dofx.Table(problem.nodes, model.joint())
        axes, truth = model.truth()
        try:
            compiled = compile_query(found.query, found.graph, states=problem.states)
        except (DofxError, dofx.NotIdentifiableError) as reason:
            assert problem.policies, str(reason)  # noqa: PT017 (tables of policies say more)
            continue
        for name, network in compiled.trace:
            value = network.evaluate(table, policies=policies)
            assert set(value.names) == set(axes), f"{name}: {problem.query}"
            error = np.nan_to_num(np.abs(value.array(axes) - truth)).max(initial=0.0)
            assert error < 1e-9, f"{name}: {problem.query} on {found.graph}"
        counts[how] += 1
    assert counts.total() > 6, counts


@pytest.fixture(scope="module")
def rows() -> Mapping[str, Any]:
    rng = np.random.default_rng(0)
    z = rng.integers(0, 2, 400)
    x = rng.random(400) < 0.3 + 0.4 * z
    return {"z": z, "x": x.astype(int), "y": (rng.random(400) < 0.2 + 0.3 * x + 0.3 * z).astype(int)}


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("P(x, y[x=0] | x)", {"given": {"x": 1}}),
        ("P(y[x=0], x = 0 | x, z)", {"given": {"x": 1, "z": 0}}),
        ("P(x, y[x=0] | x = 1)", {}),
        ("P(x = 1, y[x=0] | x = 1)", {}),
        ("P(z, y[x=0] | z)", {"given": {"z": 1}}),
        ("P(y, x[x=?a])", {"do": {"?a": 1}}),  # what is set is an outcome: its distribution was a KeyError
    ],
)
def test_rows_and_distributions_show_what_is_given(
    query: str, values: dict[str, Any], rows: Mapping[str, Any], tmp_path: Path
) -> None:
    sampler = dofx.compile(query, GRAPH).fit(rows)
    known, (other,) = (
        next(name for name in sampler.query.outcomes if name[0] in "xz"),
        [name for name in sampler.query.outcomes if name[0] == "y"],
    )
    exact = sampler.distribution(**values)
    assert set(exact.names) == {known, other}
    law = exact.array((known, other))
    assert np.all(law[0] == 0)
    assert law[1].sum() == pytest.approx(1, abs=1e-9)
    few, many = sampler.sample(20, seed=1, **values), sampler.sample(4_000, seed=1, **values)
    assert set(many[known].tolist()) == {1}
    assert many[other].double().mean() == pytest.approx(law[1, 1], abs=0.04)  # five standard errors
    assert few[other].tolist() == many[other][:20].tolist()
    folded = sampler.folded().sample(4_000, seed=1, **values)
    assert set(folded[known].tolist()) == {1}
    assert folded[other].double().mean() == pytest.approx(law[1, 1], abs=0.04)
    sampler.save(tmp_path / "bundle")
    assert (
        dofx.load(tmp_path / "bundle").distribution(**values).array(exact.names).tolist()
        == exact.array().tolist()
    )


LABELS = {0: 'lo"w', 1: "hi's"}
TEXTS = {0: "a sick man", 1: "a healthy man"}
WRITTEN = {label: f'"{escaped}"' for label, escaped in zip(LABELS.values(), ('lo\\"w', "hi's"), strict=True)}


@pytest.mark.parametrize(
    "query", ["P(x, y[x=0] | x = 1)", "P(x = 1, y[x=0] | x = 1)", "P(x, y[x=1] | x = 0, z)"]
)
def test_labels_are_sampled_as_numbers_are(query: str, rows: Mapping[str, Any], tmp_path: Path) -> None:
    """A value that is a text was refused as `always the same`; a number was sampled."""
    labelled = re.sub(r"x ?= ?(\d)", lambda found: f"x={WRITTEN[LABELS[int(found[1])]]}", query)
    by_number = dofx.compile(query, GRAPH).fit(rows)
    by_label = dofx.compile(labelled, GRAPH).fit({**rows, "x": np.array([LABELS[x] for x in rows["x"]])})
    values: dict[str, Any] = {"given": {"z": 1}} if "z" in query else {}
    found, truth = (each.distribution(**values) for each in (by_label, by_number))
    (world,) = [name for name in found.names if name[0] == "y"]
    (other,) = [name for name in truth.names if name[0] == "y"]
    order = [sorted(LABELS.values()).index(label) for label in LABELS.values()]
    np.testing.assert_allclose(found.array(("x", world))[order], truth.array(("x", other)), atol=1e-12)
    drawn = by_label.sample(50, seed=3, **values).to_pandas()
    given = LABELS[int(query.split("| x = ")[1][0])]
    assert drawn["x"].tolist() == [given] * 50
    assert drawn[world].tolist() == by_number.sample(50, seed=3, **values)[other].tolist()
    network = by_label.network
    assert parse_network(str(network)) == network
    assert network_from_json(network_to_json(network)) == network
    by_label.save(tmp_path / "bundle")
    assert dofx.load(tmp_path / "bundle").sample(50, seed=3, **values).to_pandas().equals(drawn)


def test_texts_are_sampled_too(rows: Mapping[str, Any]) -> None:
    texts = {**rows, "t": np.array([TEXTS[x] for x in rows["x"]])}
    compiled = dofx.compile(f'P(t, y[x=0] | t = "{TEXTS[1]}")', f"{GRAPH}; t", variables={"t": "text"})
    drawn = compiled.fit(texts).sample(5, seed=0)
    assert drawn.to_pandas()["t"].tolist() == [TEXTS[1]] * 5


def test_rows_have_a_condition_each() -> None:
    """The open distribution has one axis for what is both, and a folded sampler reads it row by row."""
    joint = dofx.Table("zxy", np.random.default_rng(1).dirichlet(np.ones(18)).reshape(2, 3, 3))
    sampler = dofx.compile("P(x, y[x=0] | x)", GRAPH).fit(joint)
    assert sampler.distribution().names == ("x", "y[x=0]")
    given = {"x": np.arange(60) % 3}
    for each in (sampler, sampler.folded()):
        assert each.sample(60, given=given, seed=0)["x"].tolist() == given["x"].tolist()


def test_intervals_are_those_of_the_rest(rows: Mapping[str, Any]) -> None:
    """A condition that no draw reads had counted for all its states in the influence of rows."""
    program = dofx.compile("query both = P(x, y[x=1] | x, z)\nquery one = P(y[x=1] | x, z)", GRAPH)
    assert isinstance(program, dofx.CompiledProgram)
    answers = program.fit(rows).answer(rows, intervals="influence")
    frame = answers.to_pandas().reset_index()
    both, one = (frame[frame["name"] == name] for name in ("both", "one"))
    assert set(both["standard_error"].round(12)) == {0.0, *one["standard_error"].round(12)}


@pytest.mark.parametrize(
    ("query", "never", "expected"),
    [
        ("P(z, y[x=0] | z)", 1, [True, False]),
        ("P(z = 0, y[x=0] | z)", 0, [False, True]),  # where z is 1, z = 0 has no chance
    ],
)
def test_what_no_case_shows_is_undefined_there_alone(query: str, never: int, expected: list[bool]) -> None:
    """Tables were refused of which one cell was known, such as a 0, and the others were undefined."""
    joint = np.random.default_rng(2).dirichlet(np.ones(8)).reshape(2, 2, 2)
    joint[never] = 0
    table = dofx.Table("zxy", joint / joint.sum())
    estimand = dofx.identify(query, GRAPH).estimand
    assert estimand is not None
    for answering in (estimand, compile_query(query, GRAPH).network):
        found = answering.evaluate(table).array(("z", "y[x=0]"))
        assert np.isfinite(found).all(axis=1).tolist() == expected
    seen = 1 - never
    value = joint[seen, 0] / joint[seen, 0].sum() if seen == 0 or "= 0" not in query else np.zeros(2)
    np.testing.assert_allclose(found[seen], value, atol=1e-9)
