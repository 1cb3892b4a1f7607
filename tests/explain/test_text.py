"""Explanations as text: golden files, the diff between passes, and what the plan adds up to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import dofx
from dofx.compiler.compilation import Compilation
from dofx.compiler.driver import NotIdentifiableError, compile_query
from dofx.compiler.explain.difference import GONE, NEW, SAME, SKIPPED, Line, difference
from dofx.compiler.explain.plan import amount, fit_plan
from dofx.compiler.explain.shared_plan import together
from dofx.compiler.explain.text import explanations_text
from dofx.compiler.network.pool import pool
from dofx.compiler.passes.cost import cost
from dofx.compiler.printers.network.text import parse_network
from dofx.grammar.diagnostics.diagnostic import DofxError
from faces import explained
from models.graphs import random_cases
from posed.judge import admg

SUPPORT = Path(__file__).parents[1] / "support"


@pytest.fixture(scope="module")
def compiled() -> list[Compilation]:
    found = []
    for graph, query, _ in random_cases([41], 250, sizes=(4, 5, 6)):
        try:
            found.append(compile_query(str(query), admg(graph)))
        except NotIdentifiableError:
            continue
    assert len(found) > 100
    return found


@pytest.mark.parametrize("name", explained.CASES)
def test_the_whole_text(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"explained/{name}.txt", str(explained.explained(name)))


def test_the_hash_seed_changes_nothing() -> None:
    def told(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        path = str(SUPPORT / "faces" / "explained.py")
        return subprocess.run(
            [sys.executable, path], env=environment, capture_output=True, check=True, text=True
        ).stdout

    assert told("1") == told("2") == "\n\n".join(map(str, map(explained.explained, explained.CASES))) + "\n"


def test_a_diff_holds_both_networks(compiled: list[Compilation]) -> None:
    changed = 0
    for compilation in compiled:
        networks = [network for _, network in compilation.trace]
        for before, after in pairwise(networks):
            lines = difference(before, after, context=1_000)
            old = [line.text for line in lines if line.mark in (SAME, GONE)]
            new = [line.text for line in lines if line.mark in (SAME, NEW)]
            assert "\n".join(old) == str(before)
            assert "\n".join(new) == str(after)
            changed += 1
    assert changed > 50


def test_a_diff_leaves_out_what_is_far_from_a_change() -> None:
    draws = [f"  v{i} ~ P(v{i})" for i in range(9)]
    before = "\n".join(["network P(v8)", "answer (v8)", *draws])
    assert difference(parse_network(before), parse_network(before)) == (
        Line("11 lines as before", mark=SKIPPED),
    )
    after = before.replace("\n  v6 ~ P(v6)", "")
    assert [str(line) for line in difference(parse_network(before), parse_network(after))] == [
        "  network P(v8)",
        "  answer (v8)",
        "… 4 lines as before",
        "    v4 ~ P(v4)",
        "    v5 ~ P(v5)",
        "-   v6 ~ P(v6)",
        "    v7 ~ P(v7)",
        "    v8 ~ P(v8)",
    ]


def test_a_draw_that_changed_stands_under_itself() -> None:
    before = parse_network("network P(y)\nanswer (y)\n  a ~ P(a)\n  b ~ P(b | a)\n  y ~ P(y | a, b)")
    after = parse_network("network P(y)\nanswer (y)\n  a ~ P(a)\n  b ~ P(b)\n  y ~ P(y | b)")
    assert [f"{line.mark}{line.head.strip()}" for line in difference(before, after)][3:] == [
        "-b",
        "+b",
        "-y",
        "+y",
    ]


def test_the_plan_adds_up(compiled: list[Compilation]) -> None:
    for compilation in compiled:
        network = compilation.network
        plan = fit_plan(network)
        assert tuple(each.fit for each in plan) == network.fits
        assert sum(each.cost.total for each in plan) == pytest.approx(cost(network).total)
        assert sum(each.made.startswith("refit on ") for each in plan) == network.refits
        assert sum(len(each.draws) for each in plan) == sum(
            len(d.ids) for stage in network for d in stage.draws
        )


def test_real_rows_of_states_alone_are_counted() -> None:
    query, graph = "P(y | do(x))", "z -> {w, x, y}; w -> {x, y}; x -> y"
    network = compile_query(query, graph).network
    made = {each.text: each.made for each in fit_plan(network, types={"z": "bool", "w": "category(3)"})}
    assert made == {"P(z, w)": "counted in P", "P(y | z, w, x)": "trained on P"}
    made = {each.text: each.made for each in fit_plan(network, types={"z": "bool", "w": "real"})}
    assert made == {"P(z, w)": "real rows", "P(y | z, w, x)": "trained on P"}


def test_weights_change_the_choice_and_are_reported() -> None:
    query, graph = "P(y | do(x))", "scan -> x; scan -> y; x -> m -> y"
    usual = compile_query(query, graph, sizes={"scan": 784})
    other = compile_query(query, graph, sizes={"scan": 784}, weights="condition = 0, row=0")
    assert [each.name for each in usual.considered if each.chosen] == ["without scan"]
    assert [each.name for each in other.considered if each.chosen] == ["the ID form"]
    weights = "refit=1000, dimension=10, generator=2, condition=0, row=0, widening=25, hole=20, chance=100"
    assert f"weights: {weights}" in other.explain()
    assert "costs more: 782 more conditions" in usual.explain()
    assert "── chosen: without scan" in usual.explain()
    assert "── chosen" not in other.explain()


def test_generators_that_queries_share_are_counted_once(compiled: list[Compilation]) -> None:
    for first, second, third in zip(compiled[::3], compiled[1::3], compiled[2::3], strict=False):
        told = [each.explanation(names=(str(i),)) for i, each in enumerate((first, second, third))]
        shared = together(told)
        assert shared is not None
        assert shared.grid is not None
        pooled = pool([each.network for each in (first, second, third)]).network
        assert shared.grid.rows[-1][-1] == amount(cost(pooled).total)
        assert len(shared.grid.rows) == len(pooled.fits) + 1


def test_a_program_says_what_sharing_saves() -> None:
    napkin = explained.explained("napkin")
    twice = [replace(napkin, names=("risk",)), replace(napkin, names=("ate",))]
    last = explanations_text(twice).partition("═══ all queries together\n")[2].splitlines()
    assert [line.split("  ")[0] for line in last[1:-2]] == [
        "P(w)",
        "P(x | w, r)",
        "P(y | w, r, x)",
        "Q₁(y | x)",
    ]
    assert all("risk, ate" in line for line in last[1:-2])
    assert last[-1] == (
        "4 generators for 2 queries, which need 8 one by one: cost 1,042.1 instead of 2,084.2"
    )
    assert together([napkin, explained.explained("bow")]) is None


def test_what_one_generator_draws_is_one_line_of_the_plan(tmp_path: Path) -> None:
    """Before the fit, if it is said, after it and once loaded: numbers made add up, conditions are read once."""
    rng = np.random.default_rng(0)
    a, u = rng.normal(size=(2, 60))
    rows = {"a": a, "x": a + u, "y": np.stack([a, u], 1) + rng.normal(size=(60, 2))}
    sampler = dofx.compile(
        "P(x, y | do(a))", "a -> x -> y; a -> y; x <-> y", variables={"x": "real", "y": "real(2)"}
    )
    assert [each.text for each in sampler.explanation().plan] == ["P(x | a)", "P(y | a, x)"]
    with pytest.raises(DofxError, match="E0426"):
        sampler.explanation(generators={("x", "q"): "spline"})
    before = sampler.explanation(generators={("x", "y"): "spline"})
    sampler.fit(rows, generators={("x", "y"): "spline"}, epochs=1, progress=False).save(tmp_path / "bundle")
    loaded = dofx.load(tmp_path / "bundle")
    for told in (before, sampler.explanation(judged=False), loaded.explanation()):
        (only,) = told.plan
        assert (only.text, only.draws) == ("P(x, y | a)", (("answer", "x"), ("answer", "y")))
        assert str(only.cost) == "1 generator of 3 numbers, 1 condition"
        assert any(line.split("  ")[0] == "P(x, y | a)" for line in str(told).split("\n"))


def test_what_is_loaded_is_counted_as_it_was_compiled(tmp_path: Path) -> None:
    """Though chosen passes leave nothing of the proof."""
    sampler = dofx.compile(
        "P(y, w | do(x))", "z -> w; {z, w} -> {x, y}; x -> y", passes=(), weights={"row": 7}
    )
    sampler.fit(dofx.Table("zwxy", np.full((2, 2, 2, 2), 1 / 16))).save(tmp_path / "bundle")
    loaded = dofx.load(tmp_path / "bundle").explanation()
    assert loaded.plan == sampler.explanation().plan


def confounded_chain(n: int) -> Compilation:
    """A chain of which each variable is drawn given all of its district before it."""
    v = [f"v{i}" for i in range(n)]
    graph = dofx.ADMG(v, list(pairwise(v)), list(zip(v, v[2:], strict=False)))
    return compile_query(dofx.Query.of([v[-1]], [v[0]]), graph)


def test_the_text_grows_as_the_number_of_draws_does_not_as_what_they_read() -> None:
    small, large = (confounded_chain(n) for n in (60, 240))
    assert len(str(large.network)) > 14 * len(str(small.network))
    assert len(large.explain()) < 5 * len(small.explain())


def test_the_text_grows_so_with_holes_too() -> None:
    def covariates_with_holes(n: int) -> str:
        edges = [f"z{i} -> {{x, y}}; z{i} -> missing(z{i + 1})" for i in range(n)]
        found = compile_query("P(y | do(x))", f"x -> y; z{n} -> {{x, y}}; {'; '.join(edges)}")
        return found.explain()

    small, large = covariates_with_holes(40), covariates_with_holes(160)
    assert len(large) < 5 * len(small)


def test_changes_among_names_that_are_left_out_are_not_passed_over() -> None:
    names = [f"v{i}" for i in range(20)]
    text = f"network P(y | do({', '.join(names)}))\nanswer (y ‖ {', '.join(names)})\n  y ~ P(y | {{}})"
    before, fewer, other = (
        parse_network(text.format(", ".join(given)))
        for given in (names, names[:-1], [*names[:-2], "v19", "v18"])
    )
    changed = [str(line) for line in difference(before, fewer) if line.mark != SAME]
    assert changed == [
        "-   y ~ P(y | v0, v1, v2, … (20 in all))",
        "+   y ~ P(y | v0, v1, v2, … (19 in all))",
    ]
    changed = [str(line) for line in difference(before, other) if line.mark != SAME]
    assert changed[1] == "+   y ~ P(y | v0, v1, v2, … (20 in all)), others of those left out"


def test_what_a_cycle_draws_is_explained_as_it_will_be() -> None:
    """Nothing is known of the types yet, so its members count as real and are drawn together."""
    text = dofx.compile("P(m, y | do(x))", "x -> m -> y -> m; z -> {x, y}; feedback {m, y}").explain()
    assert "── root" not in text
    assert "m, y ~ P(m, y | z, x)" in text[text.index("── network") :]
