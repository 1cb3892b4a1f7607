"""See: train on real rows instead of simulated rows if do() makes no difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import replace

from ..estimand.naming import Namer
from ..graph.varset import bits
from ..network.ir import OBSERVED, Draw, SamplingNetwork, Stage, Wire
from .context import Context
from .regime import DrawOf, Regime


def see(network: SamplingNetwork, context: Context) -> SamplingNetwork:
    """The network with each draw from an interim stage read off the data, where rules 1 to 3 allow it.

    An interim stage is the distribution of its outputs under ``do(fixed)``, so the draw ``v ~ Q(v | Z)`` is
    from ``P(v | do(fixed), Z)``. That equals ``P(v | Z, E)``, whatever the value of E, where

    - under ``do(fixed)``, v does not depend on E once Z is known (rule 1, and rule 3 for members of `fixed`);
    - given Z and E, v does not depend on whether ``do(fixed)`` is done. This is rules 2 and 3 read backwards,
      for all of `fixed` at once: its members in Z and E are exchanged for seeing, the others dropped.

    E is empty if possible; else it consists of values that the drawing stage already has; else of variables that are
    drawn from the data given Z for this purpose, which is far cheaper than simulating rows and training on them. If
    there is no such E, variables H are drawn and dropped, by ``P(v | do(fixed), Z) = Σ_H P(H | do(fixed), Z)
    P(v | do(fixed), Z, H)``, if both factors are conditionals of the data. Draws from the stage that read one another
    share one H if separate ones do not exist. No such draw reads a column with holes.

    References:
        Pearl (1995), "Causal diagrams for empirical research", theorem 3, and the F nodes of its proof.

    >>> from dofx.compiler.model.query import Query
    >>> from dofx.compiler.model.worlds import FACTUAL
    >>> from dofx.compiler.graph.admg import ADMG
    >>> from dofx.compiler.network.ir import Simulated
    >>> w, x, y = (("w", "w"),), (("x", "x"),), (("y", "y"),)
    >>> inner = (Draw(w), Draw(x, w), Draw(y, w + x))
    >>> q = Stage("Q₁", (), inner, x + y, FACTUAL)
    >>> answer = Stage("answer", x, (Draw(y, x, Simulated("Q₁")),), y)
    >>> before = SamplingNetwork(Query.of(("y",), (), ("x",)), (q, answer))
    >>> print(before)
    network P(y | x)
    interim Q₁(x, y) do()
      w ~ P(w)
      x ~ P(x | w)
      y ~ P(y | w, x)
    answer (y ‖ x)
      y ~ Q₁(y | x)
    >>> see(before, Context.of(ADMG([], [("w", "x"), ("w", "y"), ("x", "y")]))).answer.draws[0].source.name
    'P'
    """
    interim, partial = network.stages[:-1], network.holes.of(OBSERVED.name).columns
    regimes = {stage.name: Regime(context.model, stage) for stage in interim if stage.world is not None}
    stages = []
    for stage in network.stages:
        namer = Namer.after(stage.ids)
        draws: list[Draw] = []
        groups = _groups(stage, regimes, namer, partial)
        for draw in stage.draws:
            regime = _regime(draw, regimes)
            if draw.id in groups:
                draws += groups[draw.id]
            else:
                seen = _seen(draw, regime, _at_hand(stage, draws), namer) if regime else (draw,)
                draws += seen if _complete(seen, partial) else (draw,)
        stages.append(replace(stage, draws=tuple(draws)))
    return replace(network, stages=tuple(stages))


def _regime(draw: Draw, regimes: Mapping[str, Regime]) -> Regime | None:
    """The regime of the stage whose simulated rows a draw of one variable trains on, if it is known."""
    return regimes.get(draw.interim or "") if draw.fit.is_refit and len(draw.outputs) == 1 else None


def _complete(draws: Iterable[Draw], partial: Set[str]) -> bool:
    """Whether all rows show what some draws from the data read: where some do not, they may not stand for all."""
    return all(partial.isdisjoint(draw.fit.variables) for draw in draws if draw.source == OBSERVED)


def _groups(
    stage: Stage, regimes: Mapping[str, Regime], namer: Namer, partial: Set[str]
) -> dict[str, tuple[Draw, ...]]:
    """The replacements of draws that can only be read off the data together with draws that they read."""
    found: dict[str, tuple[Draw, ...]] = {}
    for place in range(len(stage.draws) - 1, -1, -1):
        draw = stage.draws[place]
        regime = _regime(draw, regimes)
        if regime is None or draw.id in found:
            continue
        wanted = {draw.id}
        members: list[Draw] = []
        for other in reversed(stage.draws[: place + 1]):
            if other.id in wanted and other.source == draw.source and len(other.outputs) == 1:
                wanted.update(other.reads)
                members.insert(0, other)
        if len(members) == 1 or any(member.id in found for member in members):
            continue
        at_hand = _at_hand(stage, list(stage.draws[:place]))
        here = regime.graph.order.mask({*draw.fit.given, *at_hand})
        if regime.plan(*regime.needed(draw), here) is None:
            seen = _together(members, stage, regime, namer)
            found |= seen if all(_complete(draws, partial) for draws in seen.values()) else {}
    return found


def _together(members: list[Draw], stage: Stage, regime: Regime, namer: Namer) -> dict[str, tuple[Draw, ...]]:
    """``Π Q(vᵢ | Z, v₁ … vᵢ₋₁) = Σ_H P(H | Z) Π P(vᵢ | Z, v₁ … vᵢ₋₁, H)``, if all factors are in the data."""
    mask = regime.graph.order.mask
    supply = _supplied(members, stage)
    if supply is None:
        return {}
    own = {variable for member in members for variable in member.variables}
    given = mask(name for name in supply if name not in own)
    if given & ~regime.variables:
        return {}
    known = given
    for member in members:
        target, needed = regime.needed(member)
        if not regime.agrees(target, needed, known):
            return {}
        known |= target
    plan = regime.together([mask(member.variables) for member in members], given)
    if plan is None:
        return {}
    hidden = len(plan) - len(members)
    added = _hidden(plan[:hidden], supply, regime, namer)
    seen = {
        member.id: (_from_data(member, of, supply, regime),)
        for member, (_, of) in zip(members, plan[hidden:], strict=True)
    }
    first = members[0].id
    return {**seen, first: (*added, *seen[first])}


def _supplied(members: list[Draw], stage: Stage) -> dict[str, Wire] | None:
    """What the members draw and read, each variable with its value; None if one has two, or is drawn between them."""
    earlier = stage.draws[: stage.draws.index(members[0])]
    before = {*stage.input_ids, *(id for draw in earlier for id in draw.ids)}
    own = {member.id for member in members}
    found: dict[str, Wire] = {name: id for member in members for name, id in member.outputs}
    if len(found) < len(members):
        return None
    for variable, wire in (pair for member in members for pair in member.given):
        unknown = isinstance(wire, str) and wire not in own and wire not in before
        if found.setdefault(variable, wire) != wire or unknown:
            return None
    return found


def _at_hand(stage: Stage, draws: list[Draw]) -> dict[str, str]:
    """For each variable of the stage so far, the id of its free value, or else of another value."""
    drawn = [pair for draw in draws for pair in draw.outputs]
    return {**dict(drawn), **{name: id for name, id in drawn if name == id}, **dict(stage.inputs)}


def _seen(draw: Draw, regime: Regime, at_hand: Mapping[str, str], namer: Namer) -> tuple[Draw, ...]:
    """A draw from the data that replaces a draw from an interim stage, preceded by the draws that it needs."""
    plan = regime.plan(*regime.needed(draw), regime.graph.order.mask({*draw.fit.given, *at_hand}))
    if plan is None:
        return (draw,)
    supply: dict[str, Wire] = {**at_hand, **dict(draw.given)}
    added = _hidden(plan[:-1], supply, regime, namer)
    return (*added, _from_data(draw, plan[-1][1], supply, regime))


def _hidden(plan: Iterable[DrawOf], supply: dict[str, Wire], regime: Regime, namer: Namer) -> list[Draw]:
    """Draws from the data whose values are read and then forgotten; each joins what supplies those after it."""
    added: list[Draw] = []
    for target, of in plan:
        name = regime.graph.order.names[target.bit_length() - 1]
        added.append(_from_data(Draw.of(namer(name), name), of, supply, regime))
        supply[name] = added[-1].id
    return added


def _from_data(draw: Draw, of: int, supply: Mapping[str, Wire], regime: Regime) -> Draw:
    """A draw that is made from the data, given the variables of a mask."""
    names = regime.graph.order.names
    return replace(draw, given=tuple((names[g], supply[names[g]]) for g in bits(of)), source=OBSERVED)
