"""See: train on real rows what would train on simulated ones, where do() makes no difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..estimand.naming import Namer
from ..graph.admg import ADMG
from ..graph.varset import bits
from ..network.ir import OBSERVED, Draw, SamplingNetwork, Simulated, Stage
from .regime import Regime


def see(network: SamplingNetwork, graph: ADMG) -> SamplingNetwork:
    """The network with each draw from an interim stage read off the data, where rules 1 to 3 allow it.

    An interim stage is the distribution of its outputs under ``do(fixed)``, so the draw ``v ~ Q(v | Z)`` is
    from ``P(v | do(fixed), Z)``. That equals ``P(v | Z, E)``, whatever the value of E, where

    - under ``do(fixed)``, v does not depend on E once Z is known (rule 1, and rule 3 for members of `fixed`);
    - given Z and E, v does not depend on whether ``do(fixed)`` is done. This is rules 2 and 3 read backwards,
      for all of `fixed` at once: its members in Z and E are exchanged for seeing, the others dropped.

    E is nothing, if that will do; else what the drawing stage has at hand; else variables drawn from the data
    given Z for this purpose alone, which is far cheaper than to simulate rows and train on them. Where no E
    will do, variables H are drawn and dropped, by ``P(v | do(fixed), Z) = Σ_H P(H | do(fixed), Z)
    P(v | do(fixed), Z, H)``, if the data show both as they are; one H for several draws from the stage that read
    one another, where they cannot be had one by one.

    References:
        Pearl (1995), "Causal diagrams for empirical research", theorem 3, and the F nodes of its proof.

    >>> inner = (Draw("w", "w"), Draw("x", "x", (("w", "w"),)), Draw("y", "y", (("w", "w"), ("x", "x"))))
    >>> q = Stage("Q₁", (), inner, (("x", "x"), ("y", "y")), ())
    >>> answer = Stage("answer", ("x",), (Draw("y", "y", (("x", "x"),), Simulated("Q₁")),), (("y", "y"),))
    >>> before = SamplingNetwork(("y",), (), ("x",), (q, answer))
    >>> print(before)
    network P(y | x)
    interim Q₁(x, y) do()
      w ~ P(w)
      x ~ P(x | w)
      y ~ P(y | w, x)
    answer (y ‖ x)
      y ~ Q₁(y | x)
    >>> print(see(before, ADMG([], [("w", "x"), ("w", "y"), ("x", "y")])).answer.draws[0].source)
    Data(tag='P')
    """
    interim = network.stages[:-1]
    regimes = {stage.name: Regime(graph, stage) for stage in interim if stage.fixed is not None}
    stages = []
    for stage in network.stages:
        namer = Namer.after({*stage.inputs, *(draw.id for draw in stage.draws)})
        draws: list[Draw] = []
        groups = _groups(stage, regimes, namer)
        for draw in stage.draws:
            regime = regimes.get(draw.source.stage) if isinstance(draw.source, Simulated) else None
            if draw.id in groups:
                draws += groups[draw.id]
            else:
                draws += _seen(draw, regime, _at_hand(stage, draws), namer) if regime else (draw,)
        stages.append(replace(stage, draws=tuple(draws)))
    return replace(network, stages=tuple(stages))


def _groups(stage: Stage, regimes: Mapping[str, Regime], namer: Namer) -> dict[str, tuple[Draw, ...]]:
    """What stands for draws that the data show together, each with the draws from its stage that it reads."""
    found: dict[str, tuple[Draw, ...]] = {}
    for place in range(len(stage.draws) - 1, -1, -1):
        draw = stage.draws[place]
        regime = regimes.get(draw.source.stage) if isinstance(draw.source, Simulated) else None
        if regime is None or draw.id in found:
            continue
        wanted = {draw.id}
        members: list[Draw] = []
        for other in reversed(stage.draws[: place + 1]):
            if other.id in wanted and other.source == draw.source:
                wanted.update(other.reads)
                members.insert(0, other)
        if len(members) == 1 or any(member.id in found for member in members):
            continue
        at_hand = _at_hand(stage, list(stage.draws[:place]))
        here = regime.graph.order.mask({*draw.fit.given, *at_hand})
        if regime.plan(*regime.needed(draw), here) is None:
            found |= _together(members, stage, regime, namer)
    return found


def _together(members: list[Draw], stage: Stage, regime: Regime, namer: Namer) -> dict[str, tuple[Draw, ...]]:
    """``Π Q(vᵢ | Z, v₁ … vᵢ₋₁) = Σ_H P(H | Z) Π P(vᵢ | Z, v₁ … vᵢ₋₁, H)``, where the data show all of it."""
    mask, names = regime.graph.order.mask, regime.graph.order.names
    before = {*stage.inputs, *(draw.id for draw in stage.draws[: stage.draws.index(members[0])])}
    own = {member.id for member in members}
    ids = {member.variable: member.id for member in members}
    if len(ids) < len(members):
        return {}
    given = 0
    for member in members:
        for variable, id in member.given:
            if ids.setdefault(variable, id) != id or (id not in own and id not in before):
                return {}
            if id not in own:
                given |= mask([variable])
    if given & ~regime.variables:
        return {}
    known = given
    for member in members:
        target, needed = regime.needed(member)
        if not regime.agrees(target, needed, known):
            return {}
        known |= target
    plan = regime.together([mask([member.variable]) for member in members], given)
    if plan is None:
        return {}
    added: list[Draw] = []
    hidden = len(plan) - len(members)
    for target, of in plan[:hidden]:
        name = names[target.bit_length() - 1]
        reads = tuple((names[g], ids[names[g]]) for g in bits(of))
        added.append(Draw(namer(name), name, reads, OBSERVED))
        ids[name] = added[-1].id
    seen: dict[str, tuple[Draw, ...]] = {}
    for member, (_, of) in zip(members, plan[hidden:], strict=True):
        reads = tuple((names[g], ids[names[g]]) for g in bits(of))
        seen[member.id] = (replace(member, given=reads, source=OBSERVED),)
    first = members[0].id
    return {**seen, first: (*added, *seen[first])}


def _at_hand(stage: Stage, draws: list[Draw]) -> dict[str, str]:
    """The id of a value of each variable that the stage has so far, its free one where there is one."""
    ids = {draw.variable: draw.id for draw in draws}
    return (
        ids | {draw.id: draw.id for draw in draws if draw.id == draw.variable} | {n: n for n in stage.inputs}
    )


def _seen(draw: Draw, regime: Regime, at_hand: Mapping[str, str], namer: Namer) -> tuple[Draw, ...]:
    """A draw from the data that stands for a draw from an interim stage, after those that it needs."""
    mask, names = regime.graph.order.mask, regime.graph.order.names
    plan = regime.plan(*regime.needed(draw), mask({*draw.fit.given, *at_hand}))
    if plan is None:
        return (draw,)
    supply = {**at_hand, **dict(draw.given)}
    added: list[Draw] = []
    for hidden, given in plan[:-1]:
        name = names[hidden.bit_length() - 1]
        reads = tuple((names[g], supply[names[g]]) for g in bits(given))
        added.append(Draw(namer(name), name, reads, OBSERVED))
        supply[name] = added[-1].id
    reads = tuple((names[g], supply[names[g]]) for g in bits(plan[-1][1]))
    return (*added, replace(draw, given=reads, source=OBSERVED))
