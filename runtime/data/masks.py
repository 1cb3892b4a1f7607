"""Which rows of the data train a generator: those that show what it reads."""

from __future__ import annotations

from ...compiler.network.ir import Fit, SamplingNetwork


def shows_of(network: SamplingNetwork, fit: Fit) -> tuple[str, ...]:
    """The columns that a row must show to train a generator.

    For a generator that trains on an interim stage, these are rows for the inputs of the stage; where it has none,
    only their number counts.

    Args:
        network: The network.
        fit: The fit of the generator.
    """
    if fit.interim is None:
        return tuple(dict.fromkeys((*fit.rows.shows, *fit.variables)))
    return network.stage(fit.interim).input_variables or fit.targets
