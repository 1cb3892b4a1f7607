"""The answer of a fitted sampler to its query, at each combination of the inputs that the query leaves open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from math import prod
from typing import Any, TypeAlias

import numpy as np

from ...compiler.identify.identify import Identification
from ...compiler.network.ir import SamplingNetwork
from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.syntax.program import Value
from ..data.dataset import read_data
from ..data.row_weights import observational
from ..sampler import Sampler
from ..variables import Finite, Real, VariableType
from .answer import QueryAnswer, Setting
from .summaries import summarise, summarise_mean

MOST_SETTINGS = 12
"""Most combinations of input values at which a query is answered when its text leaves them open."""

Reference: TypeAlias = Mapping[str, tuple[Value, ...]]
"""For each variable that may be an input, the values at which a query is answered that leaves it open."""


class Quantiles(tuple[Value, ...]):
    """The points at which a real input is answered by default: quantiles of its rows at `CURVE`."""

    __slots__ = ()

    @property
    def quartiles(self) -> tuple[Value, ...]:
        """Three of them, for questions that a curve would not answer better."""
        return self[2:7:2]


CURVE = (0.05, 0.15, 0.25, 0.375, 0.5, 0.625, 0.75, 0.85, 0.95)


def answer_query(
    name: str,
    identification: Identification,
    sampler: Sampler,
    reference: Reference,
    rows: int,
    seed: int,
    *,
    mean: bool = False,
) -> QueryAnswer:
    """The answer of a fitted sampler, at each combination of the inputs that its query leaves open.

    Args:
        name: The query's name.
        identification: Its proof.
        sampler: Its sampler.
        reference: The values of inputs that are left open; a mean over one real input takes all `Quantiles`.
        rows: Rows to simulate where the answer is not exact.
        seed: Of the simulation.
        mean: Whether the query asks for the mean of its outcome, not for its distribution.

    Raises:
        DofxError: What `Sampler.sample` finds.
    """
    query = sampler.query
    idle, read = _left_open(sampler)
    waiting = tuple(name for name in read if name not in reference)
    if waiting:
        return QueryAnswer(name, query, identification, idle=idle, waiting=waiting, mean=mean)
    summary = summarise_mean if mean else summarise
    settings = tuple(
        Setting(do, given, summary(sampler, do, given, rows, seed), sampler.unseen(do, given))
        for do, given in settings_of(sampler, reference, mean=mean)
    )
    left_out = max(0, prod(map(len, _axes(read, reference, mean=mean))) - MOST_SETTINGS)
    return QueryAnswer(name, query, identification, settings, left_out, idle, mean=mean)


def settings_of(
    sampler: Sampler, reference: Reference, *, mean: bool = False
) -> Iterator[tuple[dict[str, Value], dict[str, Value]]]:
    """The values of interventions and of conditions at which a query is answered, as for `answer_query`.

    The list is empty if an open input has no reference values.
    """
    query, (_, read) = sampler.query, _left_open(sampler)
    if any(name not in reference for name in read):
        return
    for values in islice(product(*_axes(read, reference, mean=mean)), MOST_SETTINGS):
        at = dict(zip(read, values, strict=True))
        yield (
            {name: value for name, value in at.items() if name in query.interventions},
            {name: value for name, value in at.items() if name in query.conditions},
        )


def _left_open(sampler: Sampler) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The open inputs of a query: first the ones that the answer does not depend on, then the others."""
    query, fixed, inputs = sampler.query, sampler.query.values, sampler.network.inputs
    names = [name for name in query.interventions + query.conditions if name not in fixed]
    return tuple(n for n in names if n not in inputs), tuple(n for n in names if n in inputs)


def _axes(read: Sequence[str], reference: Reference, *, mean: bool) -> list[tuple[Value, ...]]:
    return [_points(reference[name], curve=mean and len(read) == 1) for name in read]


def _points(values: tuple[Value, ...], *, curve: bool) -> tuple[Value, ...]:
    return values.quartiles if isinstance(values, Quantiles) and not curve else values


def reference_points(
    data: Any, types: Mapping[str, VariableType], network: SamplingNetwork
) -> dict[str, tuple[Value, ...]]:
    """The values at which open inputs are answered: all states of a finite one, quantiles of a real one."""
    found: dict[str, tuple[Value, ...]] = {}
    for name in network.query.inputs:
        match types.get(name):
            case Finite(states):
                found[name] = states
            case Real(()):
                found.update(_quantiles(data, name, observational(network.data).holes))
            case _:
                pass
    return found


def _quantiles(data: Any, name: str, codes: Sequence[Value]) -> Iterator[tuple[str, tuple[Value, ...]]]:
    try:
        rows = read_data(data, (name,), {name: Real()}, holes=True, codes=codes)
        column = rows.showing([name], [name])[name].numpy()
    except DofxError:
        return  # an input that the answer does not read need not be in the data
    yield name, Quantiles(float(f"{q:.4g}") for q in np.quantile(column, CURVE))
