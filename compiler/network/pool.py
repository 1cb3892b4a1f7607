"""Several networks as one, so that a generator which many of them need is trained once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..model.query import Query
from .ir import DataSet, Draw, Fit, SamplingNetwork, Simulated, Stage
from .keys import source_key

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True, slots=True)
class Pool:
    """A network that holds the stages of several, equal ones once.

    Args:
        network: Its fits are the distinct generators of all. Its answer is that of one of them.
        networks: The several, in the order given.
        names: For each of them, the pool's name of each of its stages.
    """

    network: SamplingNetwork
    networks: tuple[SamplingNetwork, ...]
    names: tuple[dict[str, str], ...]

    @property
    def fits(self) -> tuple[dict[Fit, Fit], ...]:
        """For each network, the pool's fit that each of its own is."""
        return tuple(fits for _, fits in self.parts(self.network))

    def parts(self, whole: SamplingNetwork) -> Iterator[tuple[SamplingNetwork, dict[Fit, Fit]]]:
        """Each network as it stands in the pool, and the pool's fit that each of its own is.

        Args:
            whole: The pool's network, perhaps with other draws in its stages.
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
    """The pool of some networks, at least one.

    Stages are equal when their programs are, whatever they are called, so a fit of one network and a fit of
    another become one when they would train on the same rows.
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
                names[key] = f"answer {len(stages)}" if stage is network.answer else _interim(interims)
                draws = tuple(_renamed(draw, renamed) for draw in stage.draws)
                stages.append(replace(stage, name=names[key], draws=draws))
            renamed[stage.name] = names[key]
        renamings.append(renamed)
    interventions = dict.fromkeys(name for network in networks for name in network.query.interventions)
    conditions = dict.fromkeys(name for network in networks for name in network.query.conditions)
    query = Query.of((variable for variable, _ in stages[-1].outputs), interventions, conditions)
    data = dict.fromkeys(each for network in networks for each in network.data)
    return Pool(SamplingNetwork(query, tuple(stages), tuple(data)), tuple(networks), tuple(renamings))


def _renamed(draw: Draw, renamed: dict[str, str]) -> Draw:
    if isinstance(draw.source, DataSet):
        return draw
    return replace(draw, source=replace(draw.source, stage=renamed[draw.source.stage]))


def _interim(number: int) -> str:
    return "Q" + str(number).translate(_SUBSCRIPTS)
