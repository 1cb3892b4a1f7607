"""Fold: draws of finite variables become tables that are computed, neither trained nor drawn one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import count

from ..estimand.naming import Namer
from ..graph.admg import ADMG
from ..network.ir import Draw, Folded, SamplingNetwork, Simulated, Stage
from .blanket import needed_in
from .root import rows_of

MOST_CELLS = 1 << 16
"""Largest joint table of what is folded: 16 binary variables, or half a megabyte."""

States = Mapping[str, int]
"""How many states a variable has, of those that are known to be finite."""

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def fold(network: SamplingNetwork, graph: ADMG, *, states: States | None = None) -> SamplingNetwork:
    """The network with finite parts as tables, computed from the generators behind them by summing out.

    - A draw that would train on rows simulated from an interim stage is folded where what it needs of the
      stage is finite: its table is the stage's conditional.
    - Hidden draws of the answer go, with those that read them, to a stage of their own, and what is left of
      them is drawn from its conditionals: ``y ~ F₁(y | m)`` for ``x' ~ P(x), y ~ P(y | x = x', m)``. What may
      come from one real row goes whole or stays: a part of it would have to be learned.

    Args:
        network: The network.
        graph: The causal graph.
        states: Of the finite variables. Nothing is folded without.

    >>> draws = (Draw("m", "m", (("x", "x"),)), Draw("x'", "x"), Draw("y", "y", (("x", "x'"), ("m", "m"))))
    >>> before = SamplingNetwork(("y",), ("x",), (), (Stage("answer", ("x",), draws, (("y", "y"),)),))
    >>> print(before)
    network P(y | do(x))
    answer (y ‖ x)
      m ~ P(m | x)
      x' ~ P(x)
      y ~ P(y | x = x', m)
    >>> front_door = ADMG([], [("x", "m"), ("m", "y")], [("x", "y")])
    >>> print(fold(before, front_door, states={"x": 2, "m": 3, "y": 2}))
    network P(y | do(x))
    interim F₁(y ‖ x)
      m ~ P(m | x)
      x' ~ P(x)
      y ~ P(y | x = x', m)
    answer (y ‖ x)
      y ~ F₁(y | x) folded
    """
    known = states or {}
    if not known:
        return network
    answer, runs = network.answer, list[Stage]()
    names = _names({stage.name for stage in network.stages})
    for run, name in zip(_runs(answer, known, graph), names, strict=False):
        runs.append(_stage(name, run, answer))
        answer = _without(answer, run, runs[-1], graph)
    whole = replace(network, stages=(*network.stages[:-1], *runs, answer))
    return replace(whole, stages=tuple(_refitted(stage, whole, known) for stage in whole.stages))


def _names(used: set[str]) -> Iterator[str]:
    """``F₁``, ``F₂``, … without those that are taken."""
    numbers = (str(number).translate(_SUBSCRIPTS) for number in count(1))
    return (f"F{number}" for number in numbers if f"F{number}" not in used)


# ── hidden draws and those that read them ────────────────────────────────────────────────────────────────────


def _runs(stage: Stage, states: States, graph: ADMG) -> list[tuple[Draw, ...]]:
    """The draws that go together to a stage of their own, in their order: the last hidden ones first."""
    row = {id: ids for ids in rows_of(stage, graph) for id in ids}
    heads = {draw.row for draw in stage.draws}
    draws = {draw.id: draw for draw in stage.draws}
    place = {id: i for i, id in enumerate(draws)}
    group: dict[str, frozenset[str]] = {
        draw.id: frozenset([draw.id])
        for draw in stage.draws
        if not isinstance(draw.source, Folded) and draw.row is None and draw.id not in heads
    }
    readers = _readers(stage)
    waiting = [draw.id for draw in stage.hidden]
    refused, turn = dict[str, int](), count()

    def grown(id: str) -> frozenset[str] | None:
        """The draw and its readers with what goes with them; None where that is no stage."""
        about = [id, *readers[id]]
        if len(about) == 1 or not _small((draws[each].variable for each in about), states):
            return None
        union = frozenset[str]().union(*(group.get(each, frozenset()) for each in about))
        if not union.issuperset(about) or not all(row.get(each, union) <= union for each in union):
            return None
        run = tuple(draws[each] for each in sorted(union, key=place.__getitem__))
        return union if _folds(run, stage, readers, states) else None

    while waiting:
        union = grown(waiting[-1])
        if union is None:
            refused[waiting.pop()] = next(turn)
            continue
        group |= dict.fromkeys(union, union)
        near = union.union(*(draws[id].reads for id in union)) & refused.keys()
        again = sorted(near, key=refused.__getitem__, reverse=True)
        for id in again:
            del refused[id]
        waiting = [*again, *waiting[:-1]]
    found = dict.fromkeys(group[id] for id in draws if id in group and len(group[id]) > 1)
    return [tuple(draws[id] for id in sorted(union, key=place.__getitem__)) for union in found]


def _readers(stage: Stage) -> dict[str, list[str]]:
    """The draws that read each draw."""
    readers: dict[str, list[str]] = {draw.id: [] for draw in stage.draws}
    for draw in stage.draws:
        for id in draw.reads:
            readers.get(id, []).append(draw.id)
    return readers


def _folds(run: tuple[Draw, ...], stage: Stage, readers: Mapping[str, list[str]], states: States) -> bool:
    """Whether draws can make up a stage: finite, not too large, and each value known by its variable."""
    outside = [variable for variable, _ in _read_outside(run)]
    if not _small([*(draw.variable for draw in run), *outside], states):
        return False
    seen = [*outside, *(draw.variable for draw in _outputs(run, stage, readers))]
    return len(set(seen)) == len(seen)


def _small(variables: Iterable[str], states: States) -> bool:
    """Whether the joint table of some values has few enough cells; not where one is not finite.

    It looks at no more variables than it takes to pass the limit.
    """
    cells = 1
    for variable in variables:
        cells *= states.get(variable, MOST_CELLS + 1)
        if cells > MOST_CELLS:
            return False
    return True


def _read_outside(run: tuple[Draw, ...]) -> tuple[tuple[str, str], ...]:
    """What the draws read that is none of them: pairs of variable and id."""
    own = {draw.id for draw in run}
    return tuple(dict.fromkeys(pair for draw in run for pair in draw.given if pair[1] not in own))


def _outputs(run: tuple[Draw, ...], stage: Stage, readers: Mapping[str, list[str]]) -> list[Draw]:
    """Those of the draws that something outside reads, or that are asked for."""
    own = {draw.id for draw in run}
    asked = {id for _, id in stage.outputs}
    return [draw for draw in run if draw.id in asked or not own.issuperset(readers[draw.id])]


def _stage(name: str, run: tuple[Draw, ...], stage: Stage) -> Stage:
    """The draws as a stage, whose inputs go by their variables' names."""
    outside, outputs = _read_outside(run), _outputs(run, stage, _readers(stage))
    inputs = tuple(variable for variable, _ in outside)
    ids = {id: variable for variable, id in outside} | {draw.id: draw.variable for draw in outputs}
    hidden = [draw for draw in run if draw.id not in ids]
    clashing = [draw for draw in hidden if draw.id in ids.values()]
    ids |= {draw.id: draw.id for draw in hidden if draw not in clashing}
    namer = Namer.after(ids.values())
    ids |= {draw.id: namer(draw.variable) for draw in clashing}
    draws = (
        replace(draw, id=ids[draw.id], given=tuple((variable, ids[id]) for variable, id in draw.given))
        for draw in run
    )
    return Stage(name, inputs, tuple(draws), tuple((draw.variable, draw.variable) for draw in outputs))


def _without(stage: Stage, run: tuple[Draw, ...], folded: Stage, graph: ADMG) -> Stage:
    """The stage with what is left of a run drawn from the conditionals of the stage that it was put in."""
    needed = needed_in(folded, graph)
    left = {draw.variable: draw.id for draw in _outputs(run, stage, _readers(stage))}
    supply = dict(_read_outside(run)) | left
    before: list[str] = []
    instead: dict[str, Draw] = {}
    for variable, id in left.items():
        given = [*_inputs(folded, [*before, variable]), *before]
        whole = Draw(id, variable, tuple((v, supply[v]) for v in given), Folded(folded.name))
        small = needed(whole)
        instead[id] = replace(whole, given=tuple(pair for pair in whole.given if pair[0] in small))
        before.append(variable)
    gone = {draw.id for draw in run} - instead.keys()
    draws = (instead.get(draw.id, draw) for draw in stage.draws if draw.id not in gone)
    return replace(stage, draws=tuple(draws))


# ── draws from interim stages ────────────────────────────────────────────────────────────────────────────────


def _refitted(stage: Stage, network: SamplingNetwork, states: States) -> Stage:
    """The stage with its refits folded where they can be."""

    def folded(draw: Draw) -> Draw:
        if not isinstance(draw.source, Simulated):
            return draw
        about = (draw.variable, *draw.fit.given)
        if not _small(about, states):
            return draw
        inner = network.stage(draw.source.stage)
        behind = _behind(inner, about)
        variables = [d.variable for d in inner.draws if d.id in behind]
        variables += [name for name in inner.inputs if name in behind or name in about]
        return replace(draw, source=Folded(inner.name)) if _small(variables, states) else draw

    return replace(stage, draws=tuple(map(folded, stage.draws)))


def _inputs(stage: Stage, variables: Iterable[str]) -> list[str]:
    """The inputs that some of a stage's outputs depend on."""
    behind = _behind(stage, variables)
    return [name for name in stage.inputs if name in behind]


def _behind(stage: Stage, variables: Iterable[str]) -> set[str]:
    """The ids that some of a stage's outputs depend on, their own included."""
    ids = dict(stage.outputs)
    return stage.ancestors_of(ids[variable] for variable in variables if variable in ids)
