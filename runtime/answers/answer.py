"""One answer: the distribution that a query asks for, or the number that an effect asks for."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from ...compiler.drawing.markup import element, fragment, lines
from ...compiler.driver import NotIdentifiableError
from ...compiler.identify.identify import Identification
from ...compiler.model.query import Query
from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ...grammar.edge.arguments import public
from ...grammar.edge.plain import finite
from ...grammar.syntax.program import Value
from ..inference.influence import Overlap
from ..judging.support import Unseen, worst
from .assumptions import Basis
from .effects import Estimate
from .errors import not_one_number
from .intervals import Interval
from .summaries import Summaries

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

    from .answers import Answers


class Answer:
    """The answer to a query or to an effect. Printed, and at the end of a notebook's cell, it is a table.

    `QueryAnswer` and `EffectAnswer` are the two kinds.
    """

    __slots__ = ()

    name: str
    basis: Basis | None

    @property
    def value(self) -> float:
        """The answer, where it is one number.

        Raises:
            NotIdentifiableError: If there is no answer.
            DofxError: E0450 if the answer is several numbers, and the error because of which an effect has no value.
        """
        raise NotImplementedError

    @property
    def interval(self) -> Interval | None:
        """The confidence interval of `value`; None unless intervals were requested."""
        raise NotImplementedError

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """The confidence interval of each of its numbers; empty unless intervals were requested."""
        raise NotImplementedError

    @property
    def standard_error(self) -> float | None:
        """The standard error of `value`; None unless intervals were requested.

        It includes the sampling error of the rows and the noise of training. The simulation error is
        `Estimate.monte_carlo_error`.
        """
        return None if self.interval is None else self.interval.standard_error

    @property
    def refused(self) -> tuple[str, ...]:
        """Why some of its numbers have no interval although intervals were requested; the numbers are still printed."""
        return tuple(dict.fromkeys(interval.remark for interval in self.intervals if interval.remark))

    @property
    def unseen(self) -> tuple[Unseen, ...]:
        """Conditions on which the answer rests and that no row has."""
        raise NotImplementedError

    def __float__(self) -> float:
        return self.value

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each number: see `Answers.to_pandas`."""
        return self._alone().to_pandas()

    @public()
    def assumptions(self, data: Any = None) -> str:
        """What the answer rests on: see `Answers.assumptions`."""
        return self._alone().assumptions(data)

    def plot(self) -> Figure:
        """The answer as a matplotlib figure: see `Answers.plot`."""
        return self._alone().plot()

    def to_json(self) -> dict[str, Any]:
        """Plain data; a number that is not finite is None."""
        found: dict[str, Any] = finite(self._plain())
        return found

    def _plain(self) -> dict[str, Any]:
        """Plain data."""
        raise NotImplementedError

    def _alone(self) -> Answers:
        """`Answers` that hold this answer alone."""
        raise NotImplementedError

    def __str__(self) -> str:
        return str(self._alone())

    def _repr_html_(self) -> str:
        return fragment(element("pre", lines(str(self))))


@dataclass(frozen=True, slots=True)
class Setting:
    """One combination of the inputs that a query's text leaves open.

    Args:
        do: Values of interventions.
        given: Values of conditions.
        outcomes: The outcomes there.
        unseen: The conditions at this setting that no row shows.
    """

    do: dict[str, Value]
    given: dict[str, Value]
    outcomes: Summaries
    unseen: tuple[Unseen, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class QueryAnswer(Answer):
    """The answer to a query.

    Args:
        name: The query's name.
        query: The query.
        identification: The proof, or the hedge; then there are no settings.
        settings: The outcomes at each combination of the inputs left open; one if none is.
        left_out: How many combinations are not shown.
        idle: Inputs that the answer does not depend on, so that it holds for each of their values.
        waiting: Inputs left open whose values cannot be listed, such as images; then there are no settings.
        mean: Whether the query asks for the mean of its outcome, not for its distribution.
        overlaps: How the conditions of each draw compare with the rows, if intervals come from influence functions.
        basis: What the answer rests on.
    """

    name: str
    query: Query
    identification: Identification
    settings: tuple[Setting, ...] = ()
    left_out: int = 0
    idle: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    mean: bool = False
    overlaps: tuple[Overlap, ...] = ()
    basis: Basis | None = field(default=None, compare=False)

    @property
    def text(self) -> str:
        """The query as it was asked."""
        return self.query.text(mean=self.mean)

    @property
    def numbers(self) -> tuple[float, ...]:
        """Every number, at one setting after the other."""
        return tuple(chain.from_iterable(setting.outcomes.numbers for setting in self.settings))

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """The interval of each of the numbers; none until they are asked for."""
        return tuple(chain.from_iterable(chain.from_iterable(s.outcomes.intervals) for s in self.settings))

    @property
    def value(self) -> float:
        """The answer, where it is one number, such as the value of ``E[y | do(x = 1)]``."""
        if not self.identification:
            raise NotIdentifiableError(self.identification)
        if len(self.numbers) != 1:
            raise not_one_number(self.name, len(self.numbers), self.text)
        return self.numbers[0]

    @property
    def interval(self) -> Interval | None:
        """The confidence interval of `value`; None unless intervals were requested."""
        return self.intervals[0] if self.intervals and self.value is not None else None

    @property
    def unseen(self) -> tuple[Unseen, ...]:
        """What no row shows, at the worst of the settings."""
        return worst(each for setting in self.settings for each in setting.unseen)

    def _plain(self) -> dict[str, Any]:
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
            "query": self.text,
            "verdict": self.identification.verdict,
            "identified": bool(self.identification),
            "estimand": str(self.identification.estimand) if self.identification else None,
            "hedge": None if self.identification else str(self.identification.hedge),
            "settings": settings,
            "left_out": self.left_out,
            "idle": list(self.idle),
            "waiting": list(self.waiting),
            **_warnings_json(self.refused),
            **_overlaps_json(self.overlaps),
        }

    def _alone(self) -> Answers:
        from .answers import Answers

        return Answers((self,), (), self.basis)

    def __repr__(self) -> str:
        return f"QueryAnswer({self.name})"


@dataclass(frozen=True, slots=True, repr=False)
class EffectAnswer(Answer):
    """The answer to an effect.

    Args:
        name: The effect's name.
        text: Its arithmetic.
        hedged: The parts that are not identified. If there are any, there is no estimate.
        estimate: Its value, with what the simulation adds to its error.
        interval: How much it would vary between data sets, if an interval was requested.
        faults: Why it has no value, if its evaluation failed.
        unseen: The conditions of its parts that no row shows.
        overlaps: How the conditions of each draw compare with the rows, if the interval comes from influence functions.
        basis: What the answer rests on.
        influence: How each row of the data moves it, ``(rows,)``, if its interval comes from influence functions: exact
            where all of its generators are tables, else by cross-fitting. The variance of its mean, by the weights and
            clusters of the rows, is the square of the standard error less the square of the spread between seeds. With
            several data sets, the values at the rows of each, by its name; None where they are not known, or of a
            stream.
    """

    name: str
    text: str
    hedged: tuple[Identification, ...] = ()
    estimate: Estimate | None = None
    interval: Interval | None = None  # pyright: ignore[reportIncompatibleMethodOverride]
    faults: tuple[Diagnostic, ...] = ()
    unseen: tuple[Unseen, ...] = ()  # pyright: ignore[reportIncompatibleMethodOverride]
    overlaps: tuple[Overlap, ...] = ()
    basis: Basis | None = field(default=None, compare=False)
    influence: Any = field(default=None, compare=False)

    @property
    def value(self) -> float:
        """The effect's value."""
        if self.hedged:
            raise NotIdentifiableError(self.hedged[0])
        if self.estimate is None:
            raise DofxError(self.faults)
        return self.estimate.value

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """The interval, if there is one."""
        return () if self.interval is None else (self.interval,)

    def _plain(self) -> dict[str, Any]:
        estimate = self.estimate
        return {
            "name": self.name,
            "effect": self.text,
            "verdict": next((proof.verdict for proof in self.hedged), "identified"),
            "identified": not self.hedged,
            "hedges": [{"query": str(i.query), "hedge": str(i.hedge)} for i in self.hedged],
            "value": None if estimate is None else estimate.value,
            "standard_error": self.standard_error,
            "interval": None if self.interval is None else self.interval.to_json(),
            "exact": None if estimate is None else estimate.exact,
            "rows": None if estimate is None else estimate.rows,
            "monte_carlo_error": None
            if estimate is None or estimate.corrected
            else estimate.monte_carlo_error,
            **({"corrected": True} if estimate is not None and estimate.corrected else {}),
            "faults": [fault.title for fault in self.faults],
            "unseen": [asdict(each) for each in self.unseen],
            **_warnings_json(self.refused),
            **_overlaps_json(self.overlaps),
        }

    def _alone(self) -> Answers:
        from .answers import Answers

        return Answers((), (self,), self.basis)

    def __repr__(self) -> str:
        shown = "no value" if self.estimate is None else f"{self.estimate.value:.6g}"
        beside = "" if self.interval is None else f", [{self.interval.low:.3g}, {self.interval.high:.3g}]"
        beside = ", no interval" if self.refused else beside
        return f"EffectAnswer({self.name}, {shown}{beside})"


def _warnings_json(refused: tuple[str, ...]) -> dict[str, Any]:
    """Why numbers have no interval, beside the numbers."""
    return {"warnings": [f"no interval: {each}" for each in refused]} if refused else {}


def _overlaps_json(overlaps: tuple[Overlap, ...]) -> dict[str, Any]:
    """What an answer rests on, where that is known."""
    return {"overlaps": [asdict(each) for each in overlaps]} if overlaps else {}
