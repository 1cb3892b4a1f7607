"""Fits what a query needs to streams of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ...compiler.network.ir import SamplingNetwork
from ..engines import EngineSource
from ..fitting.choosing import Chosen
from ..fitting.fit import FitOptions
from ..fitting.needs import Needs
from ..fitting.progress import Listener
from ..variables import VariableType
from .errors import engine_of_stream
from .fit import Streamed, fit_stream
from .sources import Sources


def fit_needed(
    needs: Needs,
    data: Any,
    choose: Callable[[Mapping[str, VariableType]], Chosen],
    options: FitOptions,
    progress: bool | Listener | None,
    engine: EngineSource,
) -> tuple[SamplingNetwork, Streamed]:
    """Train the generators of a query on rows that need not fit into memory.

    Args:
        needs: What the query needs.
        data: A stream, or what there is for each data set by its name.
        choose: The network that is fitted, for the types of its variables.
        options: How it is fitted.
        progress: As for `Sampler.fit`.
        engine: As for `Sampler.fit`.

    Returns:
        The network, and its generators.

    Raises:
        DofxError: E0520 for what only a fit to rows in memory can do, and what is wrong with the rows.
    """
    if engine is not None:
        raise engine_of_stream()
    sources = Sources.of(
        data, needs.network, needs.columns, needs.declared_here, options.settings.seed, needs.pools
    )
    chosen = choose(sources.types)
    options = replace(options, specs=chosen.specs)
    found = fit_stream(chosen.network, sources, options, progress, needs.require_declared)
    return chosen.network, found
