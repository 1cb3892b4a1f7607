"""Whether policies read what depends on what they set is found out by one walk, however many there are."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from dofx import DofxError, identify
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.model import cycles
from dofx.compiler.model.cycles import check_policies
from dofx.grammar.parse import parse_query


def faults(text: str, graph: ADMG) -> list[str]:
    return [fault.title for fault in check_policies(parse_query(text), graph, lambda name: name.text)]


@pytest.mark.parametrize("seed", range(60))
def test_one_walk_finds_what_a_walk_for_each_policy_finds(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    names = [f"v{i}" for i in range(6)]
    edges = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :] if rng.random() < 0.35]
    graph = ADMG(names, edges)
    ruled = rng.sample(names[:-1], 3)
    rules = [f"{name} ~ g{name}({', '.join(rng.sample(names[:-1], 2))})" for name in ruled]
    text = f"P(v5 | do({', '.join(rules)}))"
    found = faults(text, graph)
    monkeypatch.setattr(cycles._World, "settles", lambda world: False)
    assert found == faults(text, graph)


def test_the_walk_grows_with_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []
    following: Callable[..., object] = cycles._World._next

    def counted(world: object, node: object) -> object:
        steps[-1] += 1
        return following(world, node)

    monkeypatch.setattr(cycles._World, "_next", counted)
    for n in (20, 40):
        edges = [
            edge
            for i in range(n)
            for edge in ((f"l{i}", f"a{i}"), (f"a{i}", f"l{i + 1}"), (f"l{i}", f"l{i + 1}"))
        ]
        steps.append(0)
        assert not faults(
            f"P(l{n} | do({', '.join(f'a{i} ~ g{i}(l{i})' for i in range(n))}))", ADMG([], edges)
        )
    assert steps[1] <= 2.5 * steps[0]


def test_a_policy_that_reads_its_effect_is_still_named() -> None:
    with pytest.raises(DofxError, match="the policy of `x` reads `y`, which depends on `x`"):
        identify("P(y | do(x ~ g(y)))", "x -> y")
