"""Fold: replace draws of finite variables by tables that are computed, without training or separate draws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count

from ..estimand.naming import Namer, numbered
from ..network.ir import Draw, Folded, SamplingNetwork, Simulated, Stage
from .blanket import needed_in
from .context import Context
from .root import rows_of

MOST_CELLS = 1 << 16
"""Largest joint table of folded draws: 16 binary variables, or half a megabyte."""


def fold(network: SamplingNetwork, context: Context, *, cells: int = MOST_CELLS) -> SamplingNetwork:
    """The network with finite parts replaced by tables, which are computed from their generators by summing out.

    - A draw that would train on rows simulated from an interim stage is folded if the part of the stage that it needs
      is finite: its table is the stage's conditional.
    - Hidden draws of the answer, and the draws that read them, move to a separate stage. The visible ones are drawn
      from its conditionals: ``y ~ F₁(y | m)`` replaces ``x' ~ P(x), y ~ P(y | x = x', m)``. Draws that may come from
      one real row move together or not at all, because a part of the row would have to be learned.

    Args:
        network: The network.
        context: The states of the finite variables. Without states nothing is folded.
        cells: The largest joint table of folded draws.

    >>> from dofx.compiler.graph.admg import ADMG
    >>> from dofx.compiler.model.query import Query
    >>> x, m, y = (("x", "x"),), (("m", "m"),), (("y", "y"),)
    >>> draws = (Draw(m, x), Draw.of("x'", "x"), Draw(y, (("x", "x'"), *m)))
    >>> before = SamplingNetwork(Query.of("y", "x"), (Stage("answer", x, draws, y),))
    >>> print(before)
    network P(y | do(x))
    answer (y ‖ x)
      m ~ P(m | x)
      x' ~ P(x)
      y ~ P(y | x = x', m)
    >>> front_door = ADMG([], [("x", "m"), ("m", "y")], [("x", "y")])
    >>> print(fold(before, Context.of(front_door, states={"x": 2, "m": 3, "y": 2})))
    network P(y | do(x))
    interim F₁(y ‖ x)
      m ~ P(m | x)
      x' ~ P(x)
      y ~ P(y | x = x', m)
    answer (y ‖ x)
      y ~ F₁(y | x) folded
    """
    room = _Room(context, cells)
    if not context.states:
        return network
    answer, runs = network.answer, list[Stage]()
    names = _names({stage.name for stage in network.stages})
    for run, name in zip(_runs(answer, room), names, strict=False):
        runs.append(_stage(name, run, answer))
        answer = _without(answer, run, runs[-1], context)
    whole = replace(network, stages=(*network.stages[:-1], *runs, answer))
    return replace(whole, stages=tuple(_refitted(stage, whole, room) for stage in whole.stages))


def _names(used: set[str]) -> Iterator[str]:
    """The names ``F₁``, ``F₂``, … that are not taken yet."""
    names = (numbered("F", number) for number in count(1))
    return (name for name in names if name not in used)


# ── hidden draws and those that read them ────────────────────────────────────────────────────────────────────


def _runs(stage: Stage, room: _Room) -> list[tuple[Draw, ...]]:
    """The groups of draws that move to a separate stage, the last hidden draws first."""
    row = {id: frozenset(ids) for ids in rows_of(stage, room.context) for id in ids}
    draws = {draw.id: draw for draw in stage.draws}
    place = {id: i for i, id in enumerate(draws)}
    group: dict[str, frozenset[str]] = {
        draw.id: frozenset([draw.id])
        for draw in stage.draws
        if not (draw.fit.is_folded or draw.fit.is_policy) and len(draw.outputs) == 1
    }
    readers = _readers(stage)
    waiting = [draw.id for draw in stage.hidden]
    refused, turn = dict[str, int](), count()

    def grown(id: str) -> frozenset[str] | None:
        """The draw, its readers and all draws that must move with them; None if these cannot form a stage."""
        about = [id, *readers[id]]
        if len(about) == 1 or not room.holds(name for each in about for name in draws[each].variables):
            return None
        union = frozenset[str]().union(*(group.get(each, frozenset()) for each in about))
        if not union.issuperset(about) or not all(row.get(each, union) <= union for each in union):
            return None
        run = tuple(draws[each] for each in sorted(union, key=place.__getitem__))
        return union if _folds(run, stage, readers, room) else None

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


@dataclass(frozen=True, slots=True)
class _Room:
    """The limits of one folded table.

    Args:
        context: The states of the finite variables.
        cells: The largest table.
    """

    context: Context
    cells: int

    def holds(self, variables: Iterable[str]) -> bool:
        """Whether the joint table of some values is small enough; False if one of them is not finite."""
        size = 1
        for variable in variables:
            size *= self.context.states.get(variable, self.cells + 1)
            if size > self.cells:
                return False
        return True


def _readers(stage: Stage) -> dict[str, list[str]]:
    """The draws that read each value."""
    readers: dict[str, list[str]] = {id: [] for draw in stage.draws for id in draw.ids}
    for draw in stage.draws:
        for id in draw.reads:
            readers.get(id, []).append(draw.id)
    return readers


def _folds(run: tuple[Draw, ...], stage: Stage, readers: Mapping[str, list[str]], room: _Room) -> bool:
    """Whether draws can form a stage: they are finite, not too large, and each variable has one value."""
    outside = [variable for variable, _ in _read_outside(run)]
    if not room.holds([*(name for draw in run for name in draw.variables), *outside]):
        return False
    seen = [*outside, *(name for draw in _outputs(run, stage, readers) for name in draw.variables)]
    return len(set(seen)) == len(seen)


def _read_outside(run: tuple[Draw, ...]) -> tuple[tuple[str, str], ...]:
    """The values that the draws read from outside, as pairs of variable and id."""
    own = {draw.id for draw in run}
    read = ((name, wire) for draw in run for name, wire in draw.given if isinstance(wire, str))
    return tuple(dict.fromkeys(pair for pair in read if pair[1] not in own))


def _outputs(run: tuple[Draw, ...], stage: Stage, readers: Mapping[str, list[str]]) -> list[Draw]:
    """The draws that are outputs of the stage or that draws outside read."""
    own = {draw.id for draw in run}
    asked = {id for _, id in stage.outputs}
    return [draw for draw in run if draw.id in asked or not own.issuperset(readers[draw.id])]


def _stage(name: str, run: tuple[Draw, ...], stage: Stage) -> Stage:
    """The draws as a stage, whose inputs are named by their variables."""
    outside, outputs = _read_outside(run), _outputs(run, stage, _readers(stage))
    inputs = tuple(variable for variable, _ in outside)
    ids = {id: variable for variable, id in outside} | {draw.id: draw.variables[0] for draw in outputs}
    hidden = [draw for draw in run if draw.id not in ids]
    clashing = [draw for draw in hidden if draw.id in ids.values()]
    ids |= {draw.id: draw.id for draw in hidden if draw not in clashing}
    namer = Namer.after(ids.values())
    ids |= {draw.id: namer(draw.variables[0]) for draw in clashing}

    def renamed(draw: Draw) -> Draw:
        outputs = tuple((variable, ids[id]) for variable, id in draw.outputs)
        given = tuple((name, ids[wire] if isinstance(wire, str) else wire) for name, wire in draw.given)
        return replace(draw, outputs=outputs, given=given)

    draws = map(renamed, run)
    named = tuple((variable, variable) for draw in outputs for variable in draw.variables)
    return Stage(name, tuple((variable, variable) for variable in inputs), tuple(draws), named)


def _without(stage: Stage, run: tuple[Draw, ...], folded: Stage, context: Context) -> Stage:
    """The stage in which the outputs of a run are drawn from the conditionals of its folded stage."""
    needed = needed_in(folded, context)
    left = {name: id for draw in _outputs(run, stage, _readers(stage)) for name, id in draw.outputs}
    supply = dict(_read_outside(run)) | left
    before: list[str] = []
    instead: dict[str, tuple[Draw, ...]] = {draw.id: () for draw in run}
    for variable, id in left.items():
        given = [*_inputs(folded, [*before, variable]), *before]
        whole = Draw.of(id, variable, tuple((v, supply[v]) for v in given), Folded(folded.name))
        small = needed(whole)
        instead[id] = (replace(whole, given=tuple(pair for pair in whole.given if pair[0] in small)),)
        before.append(variable)
    return stage.replacing(instead)


# ── draws from interim stages ────────────────────────────────────────────────────────────────────────────────


def _refitted(stage: Stage, network: SamplingNetwork, room: _Room) -> Stage:
    """The stage with its refits folded if possible."""

    def folded(draw: Draw) -> Draw:
        if not isinstance(draw.source, Simulated):
            return draw
        if not room.holds(draw.fit.variables):
            return draw
        inner = network.stage(draw.source.stage).needed_for(draw.fit.variables)
        variables = [name for d in inner.draws for name in d.variables]
        return (
            replace(draw, source=Folded(inner.name))
            if room.holds([*variables, *inner.input_variables])
            else draw
        )

    return replace(stage, draws=tuple(map(folded, stage.draws)))


def _inputs(stage: Stage, variables: Iterable[str]) -> list[str]:
    """The inputs that some of a stage's outputs depend on."""
    ids = dict(stage.outputs)
    behind = stage.ancestors_of(ids[variable] for variable in variables if variable in ids)
    return [variable for variable, id in stage.inputs if id in behind]
