"""Join: make one draw of the variables that one generator draws together, if the chain rule allows it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..estimand.naming import Namer
from ..graph.separation import separated
from ..network.ir import Draw, Fit, SamplingNetwork, Stage, Wires
from ..printers.network.text import fit_text
from .context import Context
from .regime import Regime


class NotOneDrawError(Exception):
    """The order of the network does not allow one generator for some variables; the text says where and why."""


def join(
    network: SamplingNetwork, members: Mapping[str, Collection[Fit]], context: Context | None = None
) -> tuple[SamplingNetwork, tuple[Fit, ...]]:
    """The network with some variables drawn together, and the fits of the new draws.

    ``x ~ P(x | a)`` and ``y ~ P(y | x, a)`` are ``P(x, y | a)`` by the chain rule. If only one of the two reads a
    condition, the joint is valid if m-separation makes the other independent of it. If a stage draws only the first of
    the variables, it draws all from the same joint and drops the others.

    Args:
        network: The network.
        members: For each variable of the block, by its name in the user's key, the fits that draw it.
        context: The context with the graph; without one, all draws must read exactly the same conditions.

    Raises:
        NotOneDrawError: If one call of a generator cannot draw them.

    >>> from dofx.compiler.printers.network.text import parse_network
    >>> lines = ["network P(x, y | do(a))", "answer (x, y ‖ a)", "x ~ P(x | a)", "y ~ P(y | a, x)"]
    >>> before = parse_network("\\n".join(lines))
    >>> after, fits = join(before, {"x": [Fit.of("x", "a")], "y": [Fit.of("y", "ax")]})
    >>> print(after.draws[0].ids, *map(fit_text, fits))
    ('x', 'y') P(x, y | a)
    """
    joiner = _Joiner(network, {name: frozenset(fits) for name, fits in members.items()}, context)
    found = [block for stage in network for block in joiner.blocks(stage)]
    whole = [block for block in found if len(block.draws) == len(members)]
    if not whole:
        raise NotOneDrawError(joiner.why_none(found))
    sources = {block.draws[0].source for block in whole}
    inside = {
        (block.stage.name, draw.id) for block in found if block.source in sources for draw in block.draws
    }
    for stage in network:
        for draw in stage.draws:
            if draw.source in sources and joiner.is_member(draw) and (stage.name, draw.id) not in inside:
                raise NotOneDrawError(
                    f"{_of(stage, draw)} is drawn where no {_listed(members)} stand together"
                )
    order = tuple(draw.variables for draw in whole[0].draws)
    for block in found:
        if (
            block.source in sources
            and tuple(draw.variables for draw in block.draws) != order[: len(block.draws)]
        ):
            first = ", ".join(name for names in order for name in names)
            raise NotOneDrawError(f"in {_stage(block.stage)}, they do not begin with {first}")
    joined = tuple(
        _joined(stage, [b for b in found if b.stage is stage and b.source in sources], whole[0])
        for stage in network
    )
    whole_block = tuple(name for names in order for name in names)
    draws = (draw for stage in joined for draw in stage.draws if draw.source in sources)
    made = dict.fromkeys(draw.fit for draw in draws if draw.fit.targets == whole_block)
    return replace(network, stages=joined), tuple(made)


@dataclass(frozen=True, slots=True)
class _Block:
    """Draws of one stage that are one draw together, perhaps only the first few of them."""

    stage: Stage
    draws: tuple[Draw, ...]
    given: Wires

    @property
    def source(self) -> object:
        return self.draws[0].source


@dataclass(frozen=True, slots=True)
class _Joiner:
    network: SamplingNetwork
    members: Mapping[str, frozenset[Fit]]
    context: Context | None

    def is_member(self, draw: Draw) -> bool:
        """Whether a draw is of one of the variables."""
        return any(draw.fit in fits for fits in self.members.values())

    def blocks(self, stage: Stage) -> Iterator[_Block]:
        """The blocks of a stage: from each draw that reads no other member, as far as draws can be joined to it."""
        drawn: set[str] = set()
        for draw in stage.draws:
            if draw.id in drawn or not self.is_member(draw):
                continue
            block = _Block(stage, (draw,), draw.given)
            for other in stage.draws[stage.draws.index(draw) + 1 :]:
                longer = self._longer(block, other) if other.id not in drawn else None
                block = longer or block
            drawn.update(member.id for member in block.draws)
            yield block

    def _longer(self, block: _Block, draw: Draw) -> _Block | None:
        """The block with one more draw, if that is a further member, from the same rows, for the same values."""
        return (
            None
            if self._obstacle(block, draw)
            else _Block(block.stage, (*block.draws, draw), self._given(block, draw))
        )

    def _given(self, block: _Block, draw: Draw) -> Wires:
        """What the block and the draw read that is not drawn in the block."""
        own = {id for member in block.draws for id in member.ids}
        return tuple(dict.fromkeys((*block.given, *(pair for pair in draw.given if pair[1] not in own))))

    def _obstacle(self, block: _Block, draw: Draw) -> str | None:
        """Why a draw cannot be joined to a block; None if it can be."""
        used = [name for name, fits in self.members.items() for member in block.draws if member.fit in fits]
        name = next(
            (name for name, fits in self.members.items() if draw.fit in fits and name not in used), None
        )
        if name is None:
            return "it is none of them"
        if draw.source != block.source:
            return "they are fitted on different rows"
        own = {id for member in block.draws for id in member.ids}
        given = self._given(block, draw)
        if not own & set(draw.reads):
            return f"it does not read {' and '.join(sorted(own))}"
        if len({variable for variable, _ in given}) < len(given):
            return "they read different values of one variable"
        read = [wire for _, wire in given if isinstance(wire, str)]
        if any(own & block.stage.ancestors_of([id]) for id in read):
            return "it reads what is made from them"
        if not self._agrees(block, draw, given):
            return "they do not read the same, and the graph does not say that this makes no difference"
        return None

    def _agrees(self, block: _Block, draw: Draw, given: Wires) -> bool:
        """Whether each conditional is the same given all that the block reads."""
        before = tuple(name for name, _ in given)
        for member in (*block.draws, draw):
            if not self._indifferent(member, set(before) - set(member.fit.given)):
                return False
            before += member.variables
        return True

    def _indifferent(self, draw: Draw, more: set[str]) -> bool:
        """Whether further conditions make no difference to what is drawn."""
        if not more:
            return True
        if self.context is None:
            return False
        mask = self.context.graph.order.mask
        target, given = mask(draw.variables), mask(draw.fit.given)
        if self.context.shows(draw.source):
            return separated(self.context.graph, target, mask(more), given)
        regime: Regime | None = self.context.regime(draw.source, self.network)
        return regime is not None and regime.agrees(target, given, mask(more))

    def why_none(self, found: Sequence[_Block]) -> str:
        """Why the longest block does not go on."""
        longest = max(found, key=lambda block: len(block.draws), default=None)
        if longest is None:
            return f"no stage draws {_listed(self.members)}"
        for other in longest.stage.draws:
            if self.is_member(other) and other not in longest.draws:
                why = self._obstacle(longest, other)
                if why and why != "it is none of them":
                    return f"{_of(longest.stage, other)}: {why}"
        return f"no stage draws {_listed(self.members)}"


def _joined(stage: Stage, blocks: Sequence[_Block], whole: _Block) -> Stage:
    """The stage with each block as one draw, where the last of its draws stood."""
    namer = Namer.after(stage.ids)
    instead: dict[str, tuple[Draw, ...]] = {}
    for block in blocks:
        outputs = [pair for draw in block.draws for pair in draw.outputs]
        for missing in whole.draws[len(block.draws) :]:
            outputs += [(name, namer(name)) for name in missing.variables]
        instead |= {draw.id: () for draw in block.draws}
        instead[block.draws[-1].id] = (Draw(tuple(outputs), block.given, block.draws[0].source),)
    return _ordered(stage.replacing(instead))


def _ordered(stage: Stage) -> Stage:
    """The stage with its draws in an order in which each reads only earlier ones, otherwise as they stand."""
    ready, left, found = set(stage.input_ids), list(stage.draws), list[Draw]()
    while left:
        draw = next(draw for draw in left if ready.issuperset(draw.reads))
        left.remove(draw)
        found.append(draw)
        ready.update(draw.ids)
    return replace(stage, draws=tuple(found))


def _of(stage: Stage, draw: Draw) -> str:
    return f"in {_stage(stage)}, {draw.id} ~ {fit_text(draw.fit)}"


def _stage(stage: Stage) -> str:
    return "the answer" if stage.name.startswith("answer") else stage.name  # those of a program are numbered


def _listed(names: Collection[str]) -> str:
    return " and ".join(names)
