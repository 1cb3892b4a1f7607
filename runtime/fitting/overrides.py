"""Generators that the user chooses by variable, by draw or by fit, or for several variables at once."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from torch import nn

from ...compiler.network.ir import Fit, SamplingNetwork
from ...compiler.printers.network.text import fit_text
from ..foreign.chosen import Spec
from ..variables import nearest
from .errors import not_drawn, two_generators

Key: TypeAlias = str | Fit | tuple[str | Fit, ...]

Members: TypeAlias = Mapping[str, Sequence[Fit]]
"""For each variable of a block, by its name in the user's key, the fits that draw it."""


class Overrides:
    """The generators that the user chose for the fits of a network.

    A key is a `Fit`, a fit's text such as ``P(y | x)``, a draw's id such as ``x′``, or a variable, which
    means all of its fits that are not folded; the more specific key wins. A value is the name of a family, a
    factory, a module, or a model of another library, wrapped by an adapter. A module given for several fits is
    copied, so that each copy is trained separately.

    A tuple of such keys chooses one generator for all of them, by a family or a factory: see `blocks`. It
    takes precedence over the key of a variable.

    Raises:
        DofxError: E0426 for a key that does not occur in the network, E0414 for a fit with two generators.
    """

    def __init__(self, network: SamplingNetwork, generators: Mapping[Key, Spec] | None = None) -> None:
        self._specs: dict[Fit, Spec] = {}
        self.blocks: list[tuple[Members, Spec]] = []
        asked: list[tuple[int, list[Fit], Spec]] = []
        for key, spec in (generators or {}).items():
            if isinstance(key, tuple) and key:
                self.blocks.append(({_shown(each): fits_meant(network, each)[1] for each in key}, spec))
            else:
                asked.append((*fits_meant(network, key), spec))
        for _, fits, spec in sorted(asked, key=lambda entry: entry[0]):
            for index, fit in enumerate(fits):
                self._specs[fit] = again(spec, index)
        self._specific = {fit for specific, fits, _ in asked if specific for fit in fits}

    def get(self, fit: Fit) -> Spec | None:
        """The generator chosen for a fit, if any."""
        return self._specs.get(fit)

    def refuse_twice(self, fits: Sequence[Fit], joined: set[Fit]) -> None:
        """Refuse to join fits if one of them has a generator of its own, or is joined to others.

        Raises:
            DofxError: E0414.
        """
        twice = next((fit for fit in fits if fit in self._specific or fit in joined), None)
        if twice is not None:
            raise two_generators(fit_text(twice))


def again(spec: Spec, index: int) -> Spec:
    """The value of a key of several fits, for one of these fits: a copy if it is a module."""
    return copy.deepcopy(spec) if index > 0 and isinstance(spec, nn.Module) else spec


def _shown(key: Any) -> str:
    return fit_text(key) if isinstance(key, Fit) else str(key)


def fits_meant(network: SamplingNetwork, key: Any, what: str = "a generator is") -> tuple[int, list[Fit]]:
    """How specific a key is, and the fits that it means.

    Args:
        network: The network with the fits.
        key: See `Overrides`.
        what: Describes the value under the key, for the diagnostic.

    Raises:
        DofxError: E0426 for a key that does not occur in the network.
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
    of_variable = [f for f in network.fits if key in f.targets and not f.is_folded]
    if of_variable:
        return 0, of_variable
    of_draw = list(dict.fromkeys(draw.fit for draw in draws if key in draw.ids))
    if of_draw:
        return 1, of_draw
    options = [*dict.fromkeys(name for draw in draws for name in draw.variables), *by_text]
    shown = _shown(key)
    raise not_drawn(what, shown, options, nearest(shown, options))
