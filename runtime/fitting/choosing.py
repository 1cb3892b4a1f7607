"""Choosing: which variables are drawn together, given their types and the user's choice of generators.

The compiler's network draws every variable separately. This module joins draws: variables that come from one real
row, variables of one cycle, and variables for which the user chose one generator.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...compiler.network.ir import Fit, SamplingNetwork
from ...compiler.passes.context import Context
from ...compiler.passes.join import NotOneDrawError, join
from ...compiler.passes.root import root
from ...compiler.passes.settle import settle
from ...grammar.edge.arguments import public
from ..families.rows import RowsGenerator
from ..foreign.chosen import Spec
from ..variables import Image, Real, VariableType, cardinalities
from .errors import not_one_draw
from .overrides import Key, Members, Overrides, again

_ROWS = ("rows", RowsGenerator)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A network to fit, and the generators that the user chose.

    Args:
        network: The network after draws were joined.
        specs: The chosen generators, by fit of that network.
    """

    network: SamplingNetwork
    specs: dict[Fit, Spec]


@public("context", called="fit")
def choose(
    network: SamplingNetwork,
    context: Context | None,
    types: Mapping[str, VariableType],
    generators: Mapping[Key, Spec] | None = None,
) -> Chosen:
    """Decide which variables are drawn together.

    Args:
        network: A network that draws every variable separately, as `Compilation.separate`.
        context: The context of its passes; None for a network that was not compiled here, whose draws from real rows
            are then not changed.
        types: The known types of its variables.
        generators: The user's choice, as for `Sampler.fit`.

    Raises:
        DofxError: E0426 for a key of `generators` that does not occur in the network, E0414 for variables that one
            generator cannot draw.
    """
    asked = Overrides(network, generators)
    specs = {fit: spec for fit in network.fits if (spec := asked.get(fit)) is not None}
    joined: set[Fit] = set()
    found = network
    for members, spec in asked.blocks:
        asked.refuse_twice([fit for of in members.values() for fit in of if fit in joined], joined)
        found, fits, used = _block(found, members, context)
        asked.refuse_twice(used, joined)
        joined |= {*used, *fits}
        specs |= {fit: again(spec, index) for index, fit in enumerate(fits)}
    if context is not None:
        states = {name: size for name, size in cardinalities(types).items() if size is not None}
        known = replace(context, states=states)
        apart = [fit for fit, spec in specs.items() if spec not in _ROWS] if specs else []
        together = [fit for fit, spec in specs.items() if spec in _ROWS] if specs else []
        alone = {name for fit in specs for name in fit.targets}
        alone |= {name for cycle in context.cycles if not stackable(cycle, types) for name in cycle}
        found = settle(found, known, apart=alone)
        found = root(found, known, apart=apart, tables=True, together=together)
    left = set(found.fits)  # not the fits of variables that now come from one real row
    return Chosen(found, {fit: spec for fit, spec in specs.items() if fit in left})


def stackable(names: Sequence[str], types: Mapping[str, VariableType]) -> bool:
    """Whether one trained generator draws some variables: all are real, or images of one height, width and kind.

    A variable of unknown type counts as real.

    >>> from ..variables import Finite
    >>> stackable(["a", "b"], {"a": Real(), "b": Real((2,))}), stackable("a", {"a": Finite((0, 1))})
    (True, False)
    """
    kinds = [types.get(name, Real()) for name in names]
    images = {(kind.height, kind.width, kind.bytes) for kind in kinds if isinstance(kind, Image)}
    alike = len(images) == 1 and all(isinstance(kind, Image) for kind in kinds)
    return alike or all(isinstance(kind, Real) for kind in kinds)


def _block(
    network: SamplingNetwork, members: Members, context: Context | None
) -> tuple[SamplingNetwork, tuple[Fit, ...], list[Fit]]:
    """The network with a block joined, the fits of the block, and the fits that it replaces."""
    try:
        found, fits = join(network, {name: tuple(of) for name, of in members.items()}, context)
    except NotOneDrawError as error:
        raise not_one_draw(tuple(members), str(error)) from None
    return found, fits, [fit for fit in network.fits if fit not in found.fits]
