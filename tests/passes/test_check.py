"""The check of passes: content with the compiler as it is, and not with one broken on purpose."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

from dofx.compiler.check import ChangedMeaningError, verify_passes
from dofx.compiler.driver import NotIdentifiableError
from dofx.compiler.graph import summing_out
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.network.ir import OBSERVED, Draw, SamplingNetwork, Stage
from dofx.compiler.network.verify import InvalidNetworkError
from dofx.compiler.passes import (
    PASSES,
    Context,
    Pass,
    blanket,
    fold,
    fuse,
    prune,
    regime,
    root,
    see,
    share,
    turn,
)
from dofx.grammar.diagnostics.diagnostic import DofxError
from faces import cases
from models.graphs import Graph, Query, random_cases

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


def turn_what_is_not_a_row(patch: pytest.MonkeyPatch) -> Pass:
    patch.setattr(sys.modules["dofx.compiler.passes.turn"], "_is_row", lambda draws, context: True)
    return turn


def see_with_any_value_at_hand(patch: pytest.MonkeyPatch) -> Pass:
    patch.setattr(regime.Regime, "_idle", lambda self, target, given, within: within & ~given & ~target)
    return see


def see_all_that_it_sums_out(patch: pytest.MonkeyPatch) -> Pass:
    def all_shown(self: regime.Regime, given: int, within: int) -> int:
        return within & ~(given | self.fixed)

    patch.setattr(regime.Regime, "_shown", all_shown)
    patch.setattr(regime.Regime, "observed", lambda self, target, given, within: given)
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
    patch.setattr(summing_out.Merger, "_equal", lambda self, targets, given, more: True)
    return fuse


def fuse_two_values_of_a_variable(patch: pytest.MonkeyPatch) -> Pass:
    return answering(fuse, lambda answer: [replace(draw, given=plain(draw)) for draw in answer.draws])


def fuse_whatever_the_source(patch: pytest.MonkeyPatch) -> Pass:
    def broken(network: SamplingNetwork, context: Context) -> SamplingNetwork:
        stages = tuple(replace(s, draws=tuple(map(of_the_data, s.draws))) for s in network.stages)
        return fuse(replace(network, stages=stages), context)

    return broken


def share_draws_of_one_variable(patch: pytest.MonkeyPatch) -> Pass:
    def once(answer: Stage) -> list[Draw]:
        first: dict[str, str] = {}
        for draw in answer.draws:
            first.setdefault(draw.variables[0], draw.id)
        kept = [draw for draw in answer.draws if first[draw.variables[0]] == draw.id]
        return [replace(d, given=tuple((v, first.get(v, id)) for v, id in d.given)) for d in kept]

    return answering(share, once)


def share_all_stages(patch: pytest.MonkeyPatch) -> Pass:
    def broken(network: SamplingNetwork, context: Context) -> SamplingNetwork:
        shared = share(network, context)
        stages = []
        for stage in shared.stages:
            draws = tuple(replace(draw, source=shared.draws[0].source) for draw in stage.draws)
            stages.append(replace(stage, draws=draws) if stage is shared.answer else stage)
        return replace(shared, stages=tuple(stages))

    return broken


def prune_what_an_output_reads(patch: pytest.MonkeyPatch) -> Pass:
    def broken(network: SamplingNetwork, context: Context) -> SamplingNetwork:
        answer = network.answer
        kept = tuple(draw for draw in answer.draws if draw not in answer.hidden)
        return replace(prune(network, context), stages=(*network.stages[:-1], replace(answer, draws=kept)))

    return broken


def root_whatever_is_dependent(patch: pytest.MonkeyPatch) -> Pass:
    patch.setattr(sys.modules["dofx.compiler.passes.root"], "separated", lambda graph, x, y, given: True)
    return root


def fold_what_is_drawn_together_apart(patch: pytest.MonkeyPatch) -> Pass:
    patch.setattr(fold_module(), "needed_in", lambda stage, context: lambda draw: set(stage.input_variables))
    return told(fold)


def fold_conditions_away(patch: pytest.MonkeyPatch) -> Pass:
    patch.setattr(fold_module(), "_inputs", lambda stage, variables: [])
    return told(fold)


def fold_what_others_read(patch: pytest.MonkeyPatch) -> Pass:
    def asked(run: tuple[Draw, ...], stage: Stage, readers: object) -> list[Draw]:
        return [draw for draw in run if draw not in stage.hidden]

    patch.setattr(fold_module(), "_outputs", asked)
    return told(fold, outcomes=False)


def fold_the_data_for_interim_draws(patch: pytest.MonkeyPatch) -> Pass:
    whole = told(fold)

    def broken(network: SamplingNetwork, context: Context) -> SamplingNetwork:
        return answering(whole, lambda answer: list(map(of_the_data, answer.draws)))(network, context)

    return broken


def told(run: Pass, *, outcomes: bool = True) -> Pass:
    """A pass that takes all variables for finite, or all but the outcomes."""

    def informed(network: SamplingNetwork, context: Context) -> SamplingNetwork:
        finite = set(context.graph.nodes) - (set() if outcomes else set(network.query.outcomes))
        return run(network, replace(context, states=dict.fromkeys(finite, 2)))

    return informed


def answering(run: Pass, change: Callable[[Stage], list[Draw]]) -> Pass:
    """A pass after which the answer's draws are changed."""

    def broken(network: SamplingNetwork, context: Context) -> SamplingNetwork:
        network = run(network, context)
        answer = replace(network.answer, draws=tuple(change(network.answer)))
        return replace(network, stages=(*network.stages[:-1], answer))

    return broken


def of_the_data(draw: Draw) -> Draw:
    return replace(draw, source=OBSERVED)


def plain(draw: Draw) -> tuple[tuple[str, str], ...]:
    return tuple((variable, variable) for variable, _ in draw.given)


def fold_module() -> object:
    return sys.modules["dofx.compiler.passes.fold"]


def blanket_module() -> object:
    return sys.modules["dofx.compiler.passes.blanket"]


BROKEN: tuple[Break, ...] = (
    turn_what_is_not_a_row,
    see_whatever_do_does,
    see_with_any_value_at_hand,
    see_all_that_it_sums_out,
    blanket_one_too_small,
    blanket_of_the_data_for_interim_draws,
    fuse_what_is_connected,
    fuse_two_values_of_a_variable,
    fuse_whatever_the_source,
    share_all_stages,
    share_draws_of_one_variable,
    prune_what_an_output_reads,
    root_whatever_is_dependent,
    fold_what_is_drawn_together_apart,
    fold_conditions_away,
    fold_what_others_read,
    fold_the_data_for_interim_draws,
)


def test_every_pass_is_broken_at_least_once() -> None:
    """But for `settle`, which does nothing without a cycle: `test_settle.py` compares it on cyclic graphs."""
    broken = {break_.__name__.split("_")[0] for break_ in BROKEN}
    assert broken | {"settle"} == {run.__name__ for run in PASSES}


@pytest.mark.parametrize("break_", BROKEN, ids=lambda break_: break_.__name__)
def test_a_broken_pass_is_found_out(break_: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises((ChangedMeaningError, InvalidNetworkError)):
        check_all(break_(monkeypatch))
