"""Answers: the results of a fitted program for its queries and effects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from math import nan
from typing import TYPE_CHECKING, Any

from ...compiler.drawing.markup import element, fragment, lines
from ...grammar.checks.names import no_such
from ...grammar.diagnostics.diagnostic import Diagnostic
from ...grammar.edge.arguments import public
from ..inference.influence import Overlap
from .answer import EffectAnswer, QueryAnswer
from .assumptions import Basis, assumptions_text
from .effects import Estimate
from .intervals import Interval

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

    from ...compiler.identify.identify import Identification


@dataclass(frozen=True, slots=True, repr=False)
class Answers:
    """The answers of a program, in the order of its text: ``answers["risk"]`` is the answer named `risk`.

    Printed, and at the end of a notebook's cell, they are tables.

    Args:
        queries: The answers to queries.
        effects: The answers to effects.
        basis: What they rest on.
    """

    queries: tuple[QueryAnswer, ...]
    effects: tuple[EffectAnswer, ...]
    basis: Basis | None = field(default=None, compare=False)

    @public()
    def __getitem__(self, name: str) -> QueryAnswer | EffectAnswer:
        for answer in self:
            if answer.name == name:
                return answer
        raise no_such("there is no answer", name, (answer.name for answer in self))

    def __iter__(self) -> Iterator[QueryAnswer | EffectAnswer]:
        yield from self.queries
        yield from self.effects

    def __len__(self) -> int:
        return len(self.queries) + len(self.effects)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and any(answer.name == name for answer in self)

    def __str__(self) -> str:
        from .text import answers_text

        return answers_text(self)

    def __repr__(self) -> str:
        return f"Answers({', '.join(answer.name for answer in self)})"

    def _repr_html_(self) -> str:
        return fragment(element("pre", lines(str(self))))

    @property
    def hedged(self) -> Iterator[Identification]:
        """The verdicts on what is not identifiable, of queries and of parts of effects."""
        yield from (query.identification for query in self.queries if not query.identification)
        for effect in self.effects:
            yield from effect.hedged

    @property
    def identified(self) -> bool:
        """Whether everything asked is identifiable."""
        return next(self.hedged, None) is None

    @property
    def faults(self) -> tuple[Diagnostic, ...]:
        """The reasons why effects could not be evaluated."""
        return tuple(fault for effect in self.effects for fault in effect.faults)

    @property
    def numbers(self) -> tuple[float, ...]:
        """Every number: of each query at each setting, then of each effect, NaN if it has no value."""
        estimated = (effect.estimate for effect in self.effects if not effect.hedged)
        values = (nan if estimate is None else estimate.value for estimate in estimated)
        return (*chain.from_iterable(query.numbers for query in self.queries), *values)

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """The intervals that there are."""
        of_effects = (effect.interval for effect in self.effects if effect.interval is not None)
        return (*chain.from_iterable(query.intervals for query in self.queries), *of_effects)

    @property
    def influence(self) -> dict[str, Any]:
        """How each row moves each effect, as its interval by influence was found: see `EffectAnswer.influence`.

        An effect whose value was not corrected, or that has no value, is not there; without intervals by influence
        nothing is.
        """
        return {effect.name: effect.influence for effect in self.effects if effect.influence is not None}

    def with_intervals(
        self,
        intervals: Iterable[Interval],
        overlaps: Mapping[str, tuple[Overlap, ...]] | None = None,
        corrected: Mapping[str, Estimate] | None = None,
        answered: Mapping[str, QueryAnswer] | None = None,
        influence: Mapping[str, Any] | None = None,
    ) -> Answers:
        """The answers with an interval for each of their `numbers`.

        Args:
            intervals: The intervals.
            overlaps: What the draws of each answer rest on, by its name.
            corrected: Estimates that replace those of effects, by name.
            answered: Answers that replace those of queries, by name.
            influence: How each row moves effects, by name: see `influence`.
        """
        left, rests, values = iter(intervals), overlaps or {}, corrected or {}
        queries = tuple(
            replace(
                query,
                overlaps=rests.get(query.name, ()),
                settings=tuple(replace(s, outcomes=s.outcomes.with_intervals(left)) for s in query.settings),
            )
            for query in ((answered or {}).get(each.name, each) for each in self.queries)
        )
        effects = tuple(
            e
            if e.hedged
            else replace(
                e,
                estimate=values.get(e.name, e.estimate),
                interval=next(left),
                overlaps=rests.get(e.name, ()),
                influence=(influence or {}).get(e.name),
            )
            for e in self.effects
        )
        return Answers(queries, effects, self.basis)

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each number, indexed by the name of its query or effect.

        Columns are ``setting`` (the inputs that the query leaves open, as text), ``quantity`` (what the number is),
        ``value``, ``standard_error``, ``low`` and ``high``, which are NaN until intervals are asked for; ``method``,
        how the interval was found, ``influence`` or ``bootstrap``; ``seed_spread``, the standard deviation of the
        number if only the seed changed, where generators were trained for intervals; ``effective_rows`` and
        ``largest_ratio`` of the draws that the answer rests on; and ``warning``, why a number has no interval although
        intervals were asked for. An effect without a value has NaN.

        Raises:
            DofxError: E0429 where pandas is not installed.
        """
        from .frames import frame_of

        return frame_of(self)

    @public()
    def assumptions(self, data: Any = None) -> str:
        """What the answers rest on, as text: what the graph claims, positivity, generators and their fit.

        Args:
            data: Rows by which the independences that the graph implies are tested; None leaves them untested.
        """
        return assumptions_text(self, data)

    def plot(self) -> Figure:
        """The answers as a matplotlib figure, with their intervals where they have some: see `plots`.

        Raises:
            DofxError: E0429 where matplotlib is not installed.
        """
        from .plots import plotted

        return plotted(self)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        sampling = () if self.basis is None else self.basis.sampling
        return {
            "identified": self.identified,
            "queries": [answer.to_json() for answer in self.queries],
            "effects": [answer.to_json() for answer in self.effects],
            **({"sampling": [each.to_json() for each in sampling]} if sampling else {}),
        }
