"""Fits what a query needs to a stream of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ...compiler.model.data import OBSERVED, DataSet
from ...compiler.network.ir import SamplingNetwork
from ..data.collection import are_several
from ..data.row_weights import SAID
from ..data.stream import Stream
from ..engines import EngineSource
from ..fitting.choosing import Chosen
from ..fitting.fit import FitOptions
from ..fitting.needs import Needs
from ..fitting.progress import Listener
from ..variables import VariableType
from .errors import design_of_stream, engine_of_stream, several_of_stream, shaped_of_stream
from .fit import Streamed, fit_stream
from .rows import Rows


def fit_needed(
    needs: Needs,
    stream: Stream,
    choose: Callable[[Mapping[str, VariableType]], Chosen],
    options: FitOptions,
    progress: bool | Listener | None,
    engine: EngineSource,
) -> tuple[SamplingNetwork, Streamed]:
    """Train the generators of a query on rows that need not fit into memory.

    Args:
        needs: What the query needs.
        stream: The rows.
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
    home = needs.home
    _refuse_beyond(str(needs.query), home, several=are_several(needs.network))
    rows = Rows.of(stream, needs.columns, needs.declared_here, home, options.settings.seed)
    chosen = choose(rows.types)
    options = replace(options, specs=chosen.specs)
    found = fit_stream(
        chosen.network,
        rows,
        options,
        progress,
        lambda sample: needs.require_declared({OBSERVED.name: sample}),
    )
    return chosen.network, found


def _refuse_beyond(query: str, home: DataSet, *, several: bool) -> None:
    """Refuse what only rows in memory can have.

    Raises:
        DofxError: E0520.
    """
    if several:
        raise several_of_stream(query)
    if home.shaped:
        raise shaped_of_stream(home.name)
    for word, column in home.row_columns.items():
        if not SAID[word].streams:
            raise design_of_stream(home.name, SAID[word].plural, f"{word} {column}")
