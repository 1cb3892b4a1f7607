"""The chain rule: draws of several variables as draws of one variable each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .ir import Draw, SamplingNetwork


def one_by_one(network: SamplingNetwork) -> SamplingNetwork:
    """The network with every variable drawn separately, given the variables before it in the same draw.

    >>> from ..printers.network.text import parse_network
    >>> print(one_by_one(parse_network("network P(w)\\nanswer (w)\\n  z, w ~ P(z, w)")))
    network P(w)
    answer (w)
      z ~ P(z)
      w ~ P(w | z)
    """
    stages = (
        replace(stage, draws=tuple(single for draw in stage.draws for single in _singles(draw)))
        for stage in network.stages
    )
    return replace(network, stages=tuple(stages))


def _singles(draw: Draw) -> Iterator[Draw]:
    for place, output in enumerate(draw.outputs):
        yield Draw((output,), (*draw.given, *draw.outputs[:place]), draw.source)
