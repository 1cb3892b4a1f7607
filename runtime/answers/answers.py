"""Answers: what a fitted program has to say on each of its queries and effects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import chain, islice, product
from math import nan, prod
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ...compiler.identify.identify import Identification
from ...compiler.identify.query import Query
from ...compiler.markup import element, fragment, lines
from ...compiler.network.ir import SamplingNetwork
from ...grammar.diagnostics import Diagnostic, DofxError
from ...grammar.syntax import Value
from ..data.dataset import read_data
from ..judging.support import Unseen, worst
from ..sampler import Sampler
from ..variables import Finite, Real, VariableType
from .effects import Estimate
from .intervals import Interval
from .summaries import Summaries, summarise

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_SETTINGS = 12
"""Most combinations of input values at which a query is answered when its text leaves them open."""

Reference: TypeAlias = Mapping[str, tuple[Value, ...]]
"""For each variable that may be an input, the values at which a query is answered that leaves it open."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One combination of the inputs that a query's text leaves open.

    Args:
        do: Values of interventions.
        given: Values of conditions.
        outcomes: The outcomes there.
        unseen: What that asks and no row shows.
    """

    do: dict[str, Value]
    given: dict[str, Value]
    outcomes: Summaries
    unseen: tuple[Unseen, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class QueryAnswer:
    """The answer to a query.

    Args:
        name: The query's name.
        query: The query.
        identification: The proof, or the hedge; then there are no settings.
        settings: The outcomes at each combination of the inputs left open; one if none is.
        left_out: How many combinations are not shown.
        idle: Inputs that the answer does not depend on, so that it holds for each of their values.
        waiting: Inputs left open whose values cannot be listed, such as images; then there are no settings.
    """

    name: str
    query: Query
    identification: Identification
    settings: tuple[Setting, ...] = ()
    left_out: int = 0
    idle: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def unseen(self) -> tuple[Unseen, ...]:
        """What no row shows, at the worst of the settings."""
        return worst(each for setting in self.settings for each in setting.unseen)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        settings = [
            {
                "do": setting.do,
                "given": setting.given,
                "exact": not setting.outcomes.rows,
                "rows": setting.outcomes.rows,
                "outcomes": setting.outcomes.to_json(),
                "unseen": [asdict(each) for each in setting.unseen],
            }
            for setting in self.settings
        ]
        return {
            "name": self.name,
            "query": str(self.query),
            "identified": bool(self.identification),
            "estimand": str(self.identification.estimand) if self.identification else None,
            "hedge": None if self.identification else str(self.identification.hedge),
            "settings": settings,
            "left_out": self.left_out,
            "idle": list(self.idle),
            "waiting": list(self.waiting),
        }

    def __str__(self) -> str:
        return str(Answers((self,), ()))

    def __repr__(self) -> str:
        return f"QueryAnswer({self.name})"

    def _repr_html_(self) -> str:
        return Answers((self,), ())._repr_html_()


@dataclass(frozen=True, slots=True, repr=False)
class EffectAnswer:
    """The answer to an effect.

    Args:
        name: The effect's name.
        text: Its arithmetic.
        hedged: The identifications that failed among those of its parts; then there is no estimate.
        estimate: Its value.
        interval: How much it would vary between data sets, if that was asked.
        faults: Why it has no value, where that showed on the way.
        unseen: What its parts ask and no row shows.
    """

    name: str
    text: str
    hedged: tuple[Identification, ...] = ()
    estimate: Estimate | None = None
    interval: Interval | None = None
    faults: tuple[Diagnostic, ...] = ()
    unseen: tuple[Unseen, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            "effect": self.text,
            "identified": not self.hedged,
            "hedges": [{"query": str(i.query), "hedge": str(i.hedge)} for i in self.hedged],
            "estimate": None if self.estimate is None else asdict(self.estimate),
            "interval": None if self.interval is None else asdict(self.interval),
            "faults": [fault.title for fault in self.faults],
            "unseen": [asdict(each) for each in self.unseen],
        }

    def __str__(self) -> str:
        return str(Answers((), (self,)))

    def __repr__(self) -> str:
        return f"EffectAnswer({self.name})"

    def _repr_html_(self) -> str:
        return Answers((), (self,))._repr_html_()


@dataclass(frozen=True, slots=True, repr=False)
class Answers:
    """The answers of a program, in the order of its text: ``answers["risk"]`` is that of a query or an effect.

    Printed, and at the end of a notebook's cell, they are tables.
    """

    queries: tuple[QueryAnswer, ...]
    effects: tuple[EffectAnswer, ...]

    def __getitem__(self, name: str) -> QueryAnswer | EffectAnswer:
        return {answer.name: answer for answer in self}[name]

    def __iter__(self) -> Iterator[QueryAnswer | EffectAnswer]:
        yield from self.queries
        yield from self.effects

    def __str__(self) -> str:
        from .text import answers_text

        return answers_text(self)

    def __repr__(self) -> str:
        return f"Answers({', '.join(answer.name for answer in self)})"

    def _repr_html_(self) -> str:
        return fragment(element("pre", lines(str(self))))

    @property
    def identified(self) -> bool:
        """Whether everything asked is identifiable."""
        return all(q.identification for q in self.queries) and not any(e.hedged for e in self.effects)

    @property
    def faults(self) -> tuple[Diagnostic, ...]:
        """What kept effects from being evaluated."""
        return tuple(fault for effect in self.effects for fault in effect.faults)

    @property
    def numbers(self) -> tuple[float, ...]:
        """Every number: of each query at each setting, then of each effect, NaN if it has no value."""
        settings = chain.from_iterable(query.settings for query in self.queries)
        parts = chain.from_iterable(setting.outcomes.parts for setting in settings)
        estimated = (effect.estimate for effect in self.effects if not effect.hedged)
        values = (nan if estimate is None else estimate.value for estimate in estimated)
        return (*chain.from_iterable(part.numbers for part in parts), *values)

    def with_intervals(self, intervals: Iterable[Interval]) -> Answers:
        """The answers with an interval for each of their `numbers`."""
        left = iter(intervals)
        queries = tuple(
            replace(
                query,
                settings=tuple(replace(s, outcomes=s.outcomes.with_intervals(left)) for s in query.settings),
            )
            for query in self.queries
        )
        effects = tuple(e if e.hedged else replace(e, interval=next(left)) for e in self.effects)
        return Answers(queries, effects)

    def plot(self) -> Figure:
        """The answers as a matplotlib figure, with their intervals where they have some: see `plots`.

        Raises:
            DofxError: E0429 where matplotlib is not installed.
        """
        from .plots import plotted

        return plotted(self)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "identified": self.identified,
            "queries": [answer.to_json() for answer in self.queries],
            "effects": [answer.to_json() for answer in self.effects],
        }


def answer_query(
    name: str, identification: Identification, sampler: Sampler, reference: Reference, rows: int, seed: int
) -> QueryAnswer:
    """The answer of a fitted sampler, at each combination of the inputs that its query leaves open.

    Raises:
        DofxError: What `Sampler.sample` finds.
    """
    query, network = sampler.query, sampler.network
    fixed = dict(query.values)
    left_open = [name for name in query.interventions + query.conditions if name not in fixed]
    idle = tuple(name for name in left_open if name not in network.inputs)
    read = [name for name in left_open if name in network.inputs]
    waiting = tuple(name for name in read if name not in reference)
    if waiting:
        return QueryAnswer(name, query, identification, idle=idle, waiting=waiting)
    axes = [reference[name] for name in read]
    settings = []
    for values in islice(product(*axes), MOST_SETTINGS):
        at = dict(zip(read, values, strict=True))
        do = {name: value for name, value in at.items() if name in query.interventions}
        given = {name: value for name, value in at.items() if name in query.conditions}
        outcomes = summarise(sampler, do, given, rows, seed)
        settings.append(Setting(do, given, outcomes, sampler.unseen(do, given)))
    left_out = max(0, prod(len(axis) for axis in axes) - MOST_SETTINGS)
    return QueryAnswer(name, query, identification, tuple(settings), left_out, idle)


def reference_points(
    data: Any, types: Mapping[str, VariableType], network: SamplingNetwork
) -> dict[str, tuple[Value, ...]]:
    """The values at which open inputs are answered: all states of a finite one, quartiles of a real one."""
    found: dict[str, tuple[Value, ...]] = {}
    for name in (*network.interventions, *network.conditions):
        match types.get(name):
            case Finite(states):
                found[name] = states
            case Real(()):
                found.update(_quartiles(data, name))
            case _:
                pass
    return found


def _quartiles(data: Any, name: str) -> Iterator[tuple[str, tuple[Value, ...]]]:
    try:
        column = read_data(data, (name,), {name: Real()})[name].numpy()
    except DofxError:
        return  # an input that the answer does not read need not be in the data
    yield name, tuple(float(f"{q:.4g}") for q in np.quantile(column, (0.25, 0.5, 0.75)))
