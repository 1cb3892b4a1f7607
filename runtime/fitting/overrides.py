"""Generators that a person asks for by variable, by draw or by fit, or for several at once."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, TypeAlias

from torch import nn

from ...compiler.emit import fit_text
from ...compiler.network.ir import Fit, Folded, SamplingNetwork
from ..families.families import Factory
from ..foreign.foreign import Filling
from ..variables import fault, nearest
from .joint import Chain, chains

Spec: TypeAlias = str | Factory | nn.Module | Filling
Key: TypeAlias = str | Fit | tuple[str | Fit, ...]


class Overrides:
    """Which fits of a network get which generator.

    A key is a `Fit`, a fit's text such as ``P(y | x)``, a draw's id such as ``x′``, or a variable, which
    stands for all of its fits that are not folded; the more specific key wins. A value is a family's name, a
    factory, a module, or a model from elsewhere, as the adapters make them. A module given for several fits is
    copied, so that each is trained on its own.

    A tuple of such keys asks for one generator of all of them, of a family or a factory of one: see `chains`. It goes
    before the key of a variable.

    Raises:
        DofxError: E0426 for a key that names nothing in the network, E0414 for variables that one generator cannot
            draw, or for a fit that two are given for.
    """

    def __init__(self, network: SamplingNetwork, generators: Mapping[Key, Spec] | None = None) -> None:
        self._specs: dict[Fit, Spec] = {}
        self._chains: dict[Fit, Chain] = {}
        asked: list[tuple[int, list[Fit], Spec]] = []
        joint: list[tuple[list[Chain], Spec]] = []
        for key, spec in (generators or {}).items():
            if isinstance(key, tuple) and key:
                members = {_shown(each): fits_meant(network, each)[1] for each in key}
                joint.append((chains(network, members), spec))
            else:
                asked.append((*fits_meant(network, key), spec))
        for _, fits, spec in sorted(asked, key=lambda entry: entry[0]):
            for index, fit in enumerate(fits):
                self._specs[fit] = _again(spec, index)
        taken = {fit for specific, fits, _ in asked if specific for fit in fits}
        for found, spec in joint:
            for index, chain in enumerate(found):
                _refuse_twice(chain, taken)
                taken |= {*chain}
                self._specs |= dict.fromkeys(chain, _again(spec, index))
                self._chains |= dict.fromkeys(chain, chain)

    def get(self, fit: Fit) -> Spec | None:
        """What was asked for a fit, if anything."""
        return self._specs.get(fit)

    def chain(self, fit: Fit) -> Chain:
        """The fits that one generator is to serve, in the order drawn; mostly the fit alone."""
        return self._chains.get(fit, (fit,))


def _again(spec: Spec, index: int) -> Spec:
    """What is given for several generators, for one of them."""
    return copy.deepcopy(spec) if index > 0 and isinstance(spec, nn.Module) else spec


def _refuse_twice(chain: Chain, taken: set[Fit]) -> None:
    twice = next((fit for fit in chain if fit in taken), None)
    if twice is not None:
        raise fault(
            "E0414", f"two generators are given for {fit_text(twice)}", help=("leave one of them out",)
        )


def _shown(key: Any) -> str:
    return fit_text(key) if isinstance(key, Fit) else str(key)


def fits_meant(network: SamplingNetwork, key: Any, what: str = "a generator is") -> tuple[int, list[Fit]]:
    """How specific a key is, and the fits it stands for.

    Args:
        network: Whose fits.
        key: See `Overrides`.
        what: What is given under the key, for the diagnostic.

    Raises:
        DofxError: E0426 for a key that names nothing in the network.
    """
    if isinstance(key, tuple) and key:
        meant = [fits_meant(network, each, what) for each in key]
        return min(specific for specific, _ in meant), [fit for _, fits in meant for fit in fits]
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
    shown = _shown(key)
    near = nearest(shown, options)
    raise fault(
        "E0426",
        f"{what} given for `{shown}`, which the network does not draw",
        notes=(f"it draws {', '.join(options)}",),
        help=(f"did you mean `{near}`?",) if near else (),
    )
