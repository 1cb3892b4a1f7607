"""Derivations as data and in words: each rule stands where the algorithm uses it, and every rule is used somewhere."""

from __future__ import annotations

from collections.abc import Callable

import dofx
from dofx.compiler.identify.derivation import Derivation, Rule

CASES = {
    "front-door": ("P(y | do(x))", "x -> m -> y; x <-> y"),
    "napkin": ("P(y | do(x))", "w -> r -> x -> y; x <-> w; w <-> y"),
    "hedge": ("P(y | do(x, z))", "x -> z -> y; x <-> z; x <-> y"),
    "exchanged": ("P(y | do(x), z, w)", "x -> z -> y; x <-> y; w -> x"),
    "normalised": ("P(a | do(c), b)", "a -> b; c -> b; a -> c"),
    "clamped": ("P(a | do(b, d), c)", "b -> c -> a; d -> a; d <-> a; b <-> a"),
    "seen": ("P(c | do(b), a)", "a; b; c"),
    "cancelled": ("P(y[x = 1] | m[x = 0] = 1, m[x = 1] = 1)", "x -> m -> y; x -> y"),
    "across": ("P(y[x = 1], m[x = 0])", "y <- x -> m"),
    "conflict": ("P(y[x = 1] = 1, y = 0)", "x -> y"),
    "contradiction": ("P(y | x[x = 1] = 0)", "x -> y"),
    "forced": ("P(y[x ~ g(z)] | x[x ~ g(z)] = 1)", "z -> x -> y; z -> y"),
    "inside": ("P(y | do(x))", "x -> m -> x; m -> y; feedback {x, m}"),
    "rows": ("P(y | do(x))", "z -> x -> y; z -> y; z -> missing(y); x -> missing(z); y -> missing(x)"),
    "equilibrium": ("P(y | do(x))", "x -> m -> y -> m; x <-> w; w -> x; feedback {m, y}"),
}
"""Between them and where no data set serves they use every rule."""


def derived(name: str) -> Derivation:
    query, graph = CASES[name]
    swap = dofx.Table(["z", "x"], [[0.0, 1.0], [1.0, 0.0]])
    return dofx.identify(query, graph, policies={"g": swap}).derivation


def rules(name: str) -> list[Rule]:
    return [step.rule for step in derived(name)]


def test_the_rules_of_each_case() -> None:
    assert rules("front-door") == [Rule.DISTRICTS, Rule.CHAIN, Rule.ANCESTRAL]
    assert rules("napkin") == [Rule.DISTRICTS, Rule.RECURSE, Rule.RECONDITION, Rule.CHAIN]
    assert rules("hedge") == [Rule.NO_EFFECT, Rule.DISTRICTS, Rule.HEDGE]


def test_every_rule_is_used() -> None:
    trial = dofx.DataSet("trial", sets=["y"])
    unserved = dofx.identify("P(y | do(x))", "x -> y", data=[trial]).derivation
    treated = dofx.identify("P(y[x = 1] | x = 0)", CASES["napkin"][1], variables={"x": "bool"}).derivation
    each = dofx.identify("P(y[x = 1] | x)", CASES["napkin"][1], variables={"x": "bool"}).derivation
    used = {rule for name in CASES for rule in rules(name)}
    used |= {step.rule for steps in (unserved, treated, each) for step in steps}
    assert used == set(Rule)


def test_a_step_reads_the_kernel_that_it_was_given() -> None:
    """Only what precedes the recursion reads P; the napkin's last factor is read off the interim kernel."""
    assert [step.kernel for step in derived("napkin")] == ["P", "P", "Q₁", "Q₁"]
    assert {step.kernel for step in derived("front-door")} == {"P"}


def test_a_derivation_is_its_steps() -> None:
    derivation = derived("front-door")
    assert len(derivation) == len(list(derivation)) == len(derivation.steps) == 3


def test_every_rule_has_its_line_and_a_meaning_of_its_own() -> None:
    assert all(rule.line and rule.meaning for rule in Rule)
    assert len({rule.meaning for rule in Rule}) == len(Rule)


def test_the_words_of_derivations(golden: Callable[[str, str], None]) -> None:
    for name in CASES:
        golden(f"identify/derivation-{name}.txt", str(derived(name)))
