"""Joins several networks into one, so that a generator that several of them need is trained once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..estimand.naming import numbered
from ..graph.holes import Indicators
from ..model.query import Query
from .ir import Draw, Fit, Folded, SamplingNetwork, Simulated, Stage
from .keys import source_key


@dataclass(frozen=True, slots=True)
class Pool:
    """A network that holds the stages of several networks, and equal stages only once.

    Args:
        network: The joined network. Its fits are the distinct generators of all; its answer is the answer of one.
        networks: The separate networks, in the order given.
        names: For each separate network, the name in the pool of each of its stages.
    """

    network: SamplingNetwork
    networks: tuple[SamplingNetwork, ...]
    names: tuple[dict[str, str], ...]

    @property
    def fits(self) -> tuple[dict[Fit, Fit], ...]:
        """For each network, a map from its fits to the fits of the pool."""
        return tuple(fits for _, fits in self.parts(self.network))

    def parts(self, whole: SamplingNetwork) -> Iterator[tuple[SamplingNetwork, dict[Fit, Fit]]]:
        """Each network with the stages of the pool, and a map from its fits to the fits of the pool.

        Args:
            whole: The pool's network, whose stages may have been changed.
        """
        for network, names in zip(self.networks, self.names, strict=True):
            own = {theirs: mine for mine, theirs in names.items()}
            stages: list[Stage] = []
            fits: dict[Fit, Fit] = {}
            for stage in network.stages:
                pooled = whole.stage(names[stage.name])
                draws = tuple(_renamed(draw, own) for draw in pooled.draws)
                fits |= {mine.fit: theirs.fit for mine, theirs in zip(draws, pooled.draws, strict=True)}
                stages.append(replace(stage, draws=draws))
            yield replace(network, stages=tuple(stages)), fits


def pool(networks: Sequence[SamplingNetwork]) -> Pool:
    """The pool of at least one network.

    Stages are equal if their programs are equal, whatever their names. Two fits of different networks become one if
    they would train on the same rows.
    """
    names: dict[str, str] = {}
    stages: list[Stage] = []
    interims = 0
    renamings: list[dict[str, str]] = []
    for network in networks:
        renamed: dict[str, str] = {}
        for stage in network.stages:
            key = source_key(network, Simulated(stage.name))
            if key not in names:
                interims += stage is not network.answer
                names[key] = f"answer {len(stages)}" if stage is network.answer else numbered("Q", interims)
                draws = tuple(_renamed(draw, renamed) for draw in stage.draws)
                stages.append(replace(stage, name=names[key], draws=draws))
            renamed[stage.name] = names[key]
        renamings.append(renamed)
    interventions = dict.fromkeys(name for network in networks for name in network.query.interventions)
    conditions = dict.fromkeys(name for network in networks for name in network.query.conditions)
    query = Query.of((variable for variable, _ in stages[-1].outputs), interventions, conditions)
    data = dict.fromkeys(each for network in networks for each in network.data)
    holes = Indicators.joined(network.holes for network in networks)
    whole = SamplingNetwork(query, tuple(stages), tuple(data), holes)
    return Pool(whole, tuple(networks), tuple(renamings))


def _renamed(draw: Draw, renamed: dict[str, str]) -> Draw:
    if draw.interim is None:
        return draw
    assert isinstance(draw.source, Simulated | Folded)
    return replace(draw, source=replace(draw.source, stage=renamed[draw.source.stage]))
