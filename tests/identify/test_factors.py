"""C-factors: which districts there are, which conditionals each is made of, and where the algorithm stops."""

from __future__ import annotations

import pytest

import dofx
from dofx.compiler.estimand.algebra import Conditional, Expression
from dofx.compiler.identify.blocks import Block
from dofx.compiler.identify.derivation import Rule, Step
from dofx.compiler.identify.factors import Interims, c_factors
from dofx.compiler.identify.hedge import Hedge

Factors = dict[str, str]


def factored(
    graph: str, outcomes: str, do: str
) -> tuple[list[tuple[set[str], Factors]] | Hedge, list[Step], Interims]:
    """The hidden variables and the factors of each block, in words; the graph names causes before effects."""
    admg, steps, interims = dofx.graph(graph), list[Step](), Interims()
    found = c_factors(admg, admg.order.mask(outcomes.split()), admg.order.mask(do.split()), interims, steps)
    if isinstance(found, Hedge):
        return found, steps, interims

    def named(block: Block) -> Factors:
        return {admg.nodes[node]: in_words(factor) for node, factor in block.factors.items()}

    return [(set(admg.order.set(block.hidden)), named(block)) for block in found], steps, interims


def in_words(factor: Expression) -> str:
    assert isinstance(factor, Conditional)
    source = factor.of.name
    given = f" | {', '.join(factor.given)}" if factor.given else ""
    return f"{source}({', '.join(factor.targets)}{given})"


def rules(steps: list[Step]) -> list[Rule]:
    return [step.rule for step in steps]


def test_without_confounding_every_variable_is_a_factor() -> None:
    found, steps, _ = factored("z -> {x, y}; x -> y", "y", "x")
    assert found == [(set(), {"z": "P(z)"}), (set(), {"y": "P(y | z, x)"})]
    assert rules(steps) == [Rule.DISTRICTS, Rule.CHAIN, Rule.CHAIN]


def test_the_front_door_sums_x_out_of_its_district() -> None:
    found, steps, _ = factored("x -> m -> y; x <-> y", "y", "x")
    assert found == [(set(), {"m": "P(m | x)"}), ({"x"}, {"x": "P(x)", "y": "P(y | x, m)"})]
    assert rules(steps) == [Rule.DISTRICTS, Rule.CHAIN, Rule.ANCESTRAL]


def test_the_napkin_names_its_interim_kernel_once() -> None:
    found, steps, interims = factored("w -> r -> x -> y; x <-> w; w <-> y", "y", "x")
    assert found == [(set(), {"y": "Q₁(y | x)"})]
    assert rules(steps) == [Rule.DISTRICTS, Rule.RECURSE, Rule.RECONDITION, Rule.CHAIN]
    (kernel,) = interims.kernels.values()
    assert interims.name(kernel) == "Q₁"
    assert len(interims.kernels) == 1


def test_variables_that_do_not_matter_have_no_factor() -> None:
    found, _, _ = factored("w -> x -> y", "y", "x")
    assert found == [(set(), {"y": "P(y | x)"})]


def test_districts_that_are_an_ancestral_marginal_only_together_are_one_block() -> None:
    """The district of a in the whole graph needs e, which is an ancestor of it there."""
    found, steps, _ = factored(
        "e; c; d; b; e -> {a, c}; c -> d -> b -> a; c <-> a; c <-> d; e <-> c", "a", "b"
    )
    assert {frozenset(group) for group in steps[0].groups} == {frozenset("e"), frozenset("a")}
    assert isinstance(found, list)
    (joined,) = found
    assert set(joined[1]) - joined[0] == {"e", "a"}
    assert rules(steps) == [Rule.DISTRICTS, Rule.ANCESTRAL]


@pytest.mark.parametrize(
    ("graph", "outcomes", "do", "forest"),
    [
        ("x -> y; x <-> y", "y", "x", {"x", "y"}),
        ("x -> z -> y; x <-> z; x <-> y", "y", "z", {"x", "z", "y"}),
        ("z; x; z -> y; x -> y; x <-> y", "z y", "x", {"x", "y"}),
    ],
)
def test_where_a_district_is_no_part_of_its_own_the_factor_is_a_hedge(
    graph: str, outcomes: str, do: str, forest: set[str]
) -> None:
    found, steps, _ = factored(graph, outcomes, do)
    assert isinstance(found, Hedge)
    assert set(found.forest) == forest
    assert rules(steps)[-1] is Rule.HEDGE
