"""Turn: condition rows of the data on what is given, where a conditional would need rows that are simulated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..estimand.naming import Namer
from ..graph.separation import separated
from ..network.ir import Draw, SamplingNetwork, Stage, Wire, Wires
from .context import Context


def turn(network: SamplingNetwork, context: Context) -> SamplingNetwork:
    """The network with draws from ``Q(T | C)`` replaced by those of Q, in which C and its causes come from one row.

    If the draws of Q on which C depends make up the joint ``P(A, C)`` of the data, then ``P(A | C)`` replaces them, and
    every other draw of Q stays: none of them says anything about C. This is how an effect on the treated is
    sampled: ``z ~ P(z | x = 0), y ~ P(y | z, x = 1)``.

    >>> from dofx.compiler.graph.admg import ADMG
    >>> from dofx.compiler.printers.network.text import parse_network
    >>> lines = ["network P(y)", "interim Q(x, y)", "z ~ P(z)", "x ~ P(x | z)", "y ~ P(y | z, x = 1)"]
    >>> before = parse_network("\\n".join([*lines, "answer (y)", "y ~ Q(y | x = 0)"]))
    >>> print(turn(before, Context.of(ADMG([], [("z", "x"), ("z", "y"), ("x", "y")]))).answer.draws[0].source.name)
    P
    """
    stages = []
    for stage in network.stages:
        namer = Namer.after(stage.ids)
        instead: dict[str, tuple[Draw, ...]] = {}
        for group in _groups(stage):
            interim = group.draws[0].interim
            assert interim is not None
            found = _turned(group, network.stage(interim), context, namer)
            if found is not None:
                instead |= dict.fromkeys((draw.id for draw in group.draws), ())
                instead[group.draws[0].id] = found
        stages.append(stage.replacing(instead))
    return replace(network, stages=tuple(stages))


@dataclass(slots=True)
class _Group:
    """Draws from one interim stage that are together ``Q(targets | given)``, by the chain rule.

    Args:
        draws: The draws, each of which reads all that the first reads, and those before it.
        given: What the first reads.
    """

    draws: list[Draw]
    given: Wires

    def follows(self, draw: Draw) -> bool:
        """Whether a draw continues the chain."""
        chain = (*self.given, *(pair for member in self.draws for pair in member.outputs))
        return draw.source == self.draws[0].source and sorted(map(str, draw.given)) == sorted(map(str, chain))


def _groups(stage: Stage) -> Iterator[_Group]:
    """The draws of a stage from interim stages, in chains."""
    groups: list[_Group] = []
    for draw in stage.draws:
        if not draw.fit.is_refit:
            continue
        group = next((each for each in groups if each.follows(draw)), None)
        if group is None:
            groups.append(_Group([draw], draw.given))
        else:
            group.draws.append(draw)
    yield from groups


def _turned(group: _Group, inner: Stage, context: Context, namer: Namer) -> tuple[Draw, ...] | None:
    """The draws of an interim stage at the values that a group is given; None where the data do not have them."""
    targets = {name: id for draw in group.draws for name, id in draw.outputs}
    supplied = inner.supplying([*targets, *(name for name, _ in group.given)])
    wires: dict[str, Wire] = {
        id: wire for id, (_, wire) in zip(supplied[len(targets) :], group.given, strict=True)
    }
    known = {id for id in wires if id not in inner.input_ids}
    if not set(inner.input_ids) & inner.ancestors_of(supplied) <= wires.keys():
        return None
    needed = inner.ancestors_of(supplied)
    draws = [draw for draw in inner.draws if not needed.isdisjoint(draw.ids)]
    row = [draw for draw in draws if not inner.ancestors_of(known).isdisjoint(draw.ids)]
    if not _is_row(row, context) or not known <= {id for draw in row for id in draw.ids}:
        return None
    wires |= dict(zip(supplied, targets.values(), strict=False))
    for draw in draws:
        for name, id in draw.outputs:
            if id not in wires:
                wires[id] = namer(name)
    condition: list[tuple[str, Wire]] = [
        (name, wires[id]) for draw in row for name, id in draw.outputs if id in known
    ]
    found: list[Draw] = []
    for draw in draws:
        outputs = tuple((name, str(wires[id])) for name, id in draw.outputs if id not in known)
        if draw not in row:
            given = tuple((name, wires[w] if isinstance(w, str) else w) for name, w in draw.given)
            found.append(replace(draw, outputs=outputs, given=given))
        elif outputs:
            found.append(replace(draw, outputs=outputs, given=tuple(condition)))
            condition += outputs
    return tuple(found)


def _is_row(draws: Sequence[Draw], context: Context) -> bool:
    """Whether the product of some draws is the joint distribution of their variables in the data."""
    graph, before = context.graph, 0
    own = {id for draw in draws for id in draw.ids}
    for draw in draws:
        if not context.shows(draw.source) or not all(wire in own for _, wire in draw.given):
            return False
        target, given = graph.order.mask(draw.variables), graph.order.mask(draw.fit.given)
        if before & target or given & ~before:
            return False
        if before & ~given and not separated(graph, target, before & ~given, given):
            return False
        before |= target
    return True
