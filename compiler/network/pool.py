"""Several networks as one, so that a generator which many of them need is trained once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .ir import Data, Draw, Fit, SamplingNetwork, Simulated, Stage
from .keys import source_key

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True, slots=True)
class Pool:
    """A network that holds the stages of several, equal ones once.

    Args:
        network: Its fits are the distinct generators of all. Its answer is that of one of them.
        fits: For each network, in the order given, the pool's fit that each of its own is.
    """

    network: SamplingNetwork
    fits: tuple[dict[Fit, Fit], ...]


def pool(networks: Sequence[SamplingNetwork]) -> Pool:
    """The pool of some networks, at least one.

    Stages are equal when their programs are, whatever they are called, so a fit of one network and a fit of
    another become one when they would train on the same rows.
    """
    names: dict[str, str] = {}
    stages: list[Stage] = []
    interims = 0
    fits: list[dict[Fit, Fit]] = []
    for network in networks:
        renamed: dict[str, str] = {}
        of_network: dict[Fit, Fit] = {}
        for stage in network.stages:
            key = source_key(network, Simulated(stage.name))
            draws = tuple(_renamed(draw, renamed) for draw in stage.draws)
            of_network |= {old.fit: new.fit for old, new in zip(stage.draws, draws, strict=True)}
            if key not in names:
                interims += stage is not network.answer
                names[key] = f"answer {len(stages)}" if stage is network.answer else _interim(interims)
                stages.append(replace(stage, name=names[key], draws=draws))
            renamed[stage.name] = names[key]
        fits.append(of_network)
    interventions = dict.fromkeys(name for network in networks for name in network.interventions)
    conditions = dict.fromkeys(name for network in networks for name in network.conditions)
    outcomes = tuple(variable for variable, _ in stages[-1].outputs)
    whole = SamplingNetwork(outcomes, tuple(interventions), tuple(conditions), tuple(stages))
    return Pool(whole, tuple(fits))


def _renamed(draw: Draw, renamed: dict[str, str]) -> Draw:
    if isinstance(draw.source, Data):
        return draw
    return replace(draw, source=replace(draw.source, stage=renamed[draw.source.stage]))


def _interim(number: int) -> str:
    return "Q" + str(number).translate(_SUBSCRIPTS)
