"""The check of passes: content with the compiler as it is, and not with one broken on purpose."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

import cases
from dofx.compiler.check import ChangedMeaningError, verify_passes
from dofx.compiler.driver import NotIdentifiableError
from dofx.compiler.graph import merging
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.network.ir import SamplingNetwork
from dofx.compiler.network.verify import InvalidNetworkError
from dofx.compiler.passes import PASSES, Pass, blanket, fuse, prune, regime, root, see, share
from dofx.grammar.diagnostics import DofxError
from graphs import Graph, Query, random_cases

Break = Callable[[pytest.MonkeyPatch], Pass]


@cache
def some() -> list[tuple[Graph, Query]]:
    found = [(graph, query) for graph, query, _ in random_cases([15], 120, [4, 5, 6])]
    for stratum in ("unconditional", "conditional", "interim and conditional"):
        found += cases.interim(stratum)[:30]
    return found


def check_all(*passes: Pass) -> None:
    for graph, query in some():
        try:
            admg = ADMG(graph.nodes, graph.directed, graph.bidirected)
            verify_passes(str(query), admg, models=1, passes=passes or None)
        except NotIdentifiableError:
            continue


def test_the_passes_pass() -> None:
    check_all()
    check_all(*PASSES)


def test_graphs_too_large_are_refused() -> None:
    chain = [f"v{i}" for i in range(15)]
    with pytest.raises(DofxError, match="E0804"):
        verify_passes("P(v14 | do(v0))", ADMG(chain, list(pairwise(chain))), passes=())
    verify_passes("P(y | do(x))", ADMG(chain, [*pairwise(chain), ("x", "y"), ("y", "v0")]))


def see_whatever_do_does(patch: pytest.MonkeyPatch) -> Pass:
    patch.setattr(regime, "find_separator", lambda graph, x, y, include, within: include)
    return see


def see_with_any_value_at_hand(patch: pytest.MonkeyPatch) -> Pass:
    patch.setattr(regime.Regime, "_idle", lambda self, target, given, within: within & ~given & ~target)
    return see


def blanket_one_too_small(patch: pytest.MonkeyPatch) -> Pass:
    patch.setattr(blanket_module(), "smallest_separator", lambda graph, x, given: given & (given - 1))
    return blanket


def blanket_of_the_data_for_interim_draws(patch: pytest.MonkeyPatch) -> Pass:
    def needed(self: regime.Regime, target: int, given: int) -> int:
        return regime.smallest_separator(self.graph.mutilate(out_of=self.fixed), target, given)

    patch.setattr(regime.Regime, "_needed", needed)
    return blanket


def fuse_what_is_connected(patch: pytest.MonkeyPatch) -> Pass:
    patch.setattr(merging.Merger, "_equal", lambda self, targets, given, more: True)
    return fuse


def share_all_stages(patch: pytest.MonkeyPatch) -> Pass:
    def broken(network: SamplingNetwork, graph: ADMG) -> SamplingNetwork:
        shared = share(network, graph)
        stages = []
        for stage in shared.stages:
            draws = tuple(replace(draw, source=shared.draws[0].source) for draw in stage.draws)
            stages.append(replace(stage, draws=draws) if stage is shared.answer else stage)
        return replace(shared, stages=tuple(stages))

    return broken


def prune_what_an_output_reads(patch: pytest.MonkeyPatch) -> Pass:
    def broken(network: SamplingNetwork, graph: ADMG) -> SamplingNetwork:
        answer = network.answer
        kept = tuple(draw for draw in answer.draws if draw not in answer.hidden)
        return replace(prune(network, graph), stages=(*network.stages[:-1], replace(answer, draws=kept)))

    return broken


def root_whatever_is_dependent(patch: pytest.MonkeyPatch) -> Pass:
    patch.setattr(sys.modules["dofx.compiler.passes.root"], "separated", lambda graph, x, y, given: True)
    return root


def blanket_module() -> object:
    return sys.modules["dofx.compiler.passes.blanket"]


BROKEN: tuple[Break, ...] = (
    see_whatever_do_does,
    see_with_any_value_at_hand,
    blanket_one_too_small,
    blanket_of_the_data_for_interim_draws,
    fuse_what_is_connected,
    share_all_stages,
    prune_what_an_output_reads,
    root_whatever_is_dependent,
)


@pytest.mark.parametrize("break_", BROKEN, ids=lambda break_: break_.__name__)
def test_a_broken_pass_is_found_out(break_: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises((ChangedMeaningError, InvalidNetworkError)):
        check_all(break_(monkeypatch))
