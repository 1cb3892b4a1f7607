"""Generators that a person asks for by variable, by draw or by fit."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, TypeAlias

from torch import nn

from ..compiler.emit import fit_text
from ..compiler.network.ir import Fit, Folded, SamplingNetwork
from .generators.families import Factory
from .generators.foreign import Filling
from .variables import fault, nearest

Spec: TypeAlias = str | Factory | nn.Module | Filling


class Overrides:
    """Which fits of a network get which generator.

    A key is a `Fit`, a fit's text such as ``P(y | x)``, a draw's id such as ``x′``, or a variable, which
    stands for all of its fits that are not folded; the more specific key wins. A value is a family's name, a
    factory, a module, or a model from elsewhere, as the adapters make them. A module given for several fits is
    copied, so that each is trained on its own.

    Raises:
        DofxError: E0426 for a key that names nothing in the network.
    """

    def __init__(self, network: SamplingNetwork, generators: Mapping[str | Fit, Spec] | None = None) -> None:
        self._specs: dict[Fit, Spec] = {}
        asked: list[tuple[int, list[Fit], Spec]] = []
        for key, spec in (generators or {}).items():
            asked.append((*fits_meant(network, key), spec))
        for _, fits, spec in sorted(asked, key=lambda entry: entry[0]):
            for index, fit in enumerate(fits):
                again = index > 0 and isinstance(spec, nn.Module)
                self._specs[fit] = copy.deepcopy(spec) if again else spec

    def get(self, fit: Fit) -> Spec | None:
        """What was asked for a fit, if anything."""
        return self._specs.get(fit)


def fits_meant(network: SamplingNetwork, key: Any, what: str = "a generator is") -> tuple[int, list[Fit]]:
    """How specific a key is, and the fits it stands for.

    Args:
        network: Whose fits.
        key: See `Overrides`.
        what: What is given under the key, for the diagnostic.

    Raises:
        DofxError: E0426 for a key that names nothing in the network.
    """
    by_text = {fit_text(fit): fit for fit in network.fits}
    draws = [draw for stage in network.stages for draw in stage.draws]
    if isinstance(key, Fit) and key in by_text.values():
        return 2, [key]
    if isinstance(key, str) and key in by_text:
        return 2, [by_text[key]]
    of_variable = [f for f in network.fits if f.target == key and not isinstance(f.source, Folded)]
    if of_variable:
        return 0, of_variable
    of_draw = list(dict.fromkeys(draw.fit for draw in draws if draw.id == key))
    if of_draw:
        return 1, of_draw
    options = [*dict.fromkeys(draw.variable for draw in draws), *by_text]
    shown = fit_text(key) if isinstance(key, Fit) else key
    near = nearest(shown, options)
    raise fault(
        "E0426",
        f"{what} given for `{shown}`, which the network does not draw",
        notes=(f"it draws {', '.join(options)}",),
        help=(f"did you mean `{near}`?",) if near else (),
    )
