"""Answers over a number: curves with a band, and the scales that plots of answers share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .intervals import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .answer import QueryAnswer

COLOURS = ("#2e6f95", "#d1495b", "#66a182", "#edae49", "#8d6a9f", "#5d737e")
MARKS = ("o", "s", "^", "v", "P", "X", "<", ">")
"""Where there are more settings than colours, they differ by their mark."""
INK, FAINT = "#1f2430", "#c9cfda"

CURVE_LINES = 8
"""How high a curve is, in lines of a panel."""

RARE = 0.25
"""Chances that all lie within so much of 0, or of 1, are drawn on a scale of their own."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A number and, where it is known, how far it would vary."""

    value: float
    interval: Interval | None = None

    @property
    def reach(self) -> float:
        """The largest distance from zero of the number and of the ends of its interval."""
        if self.interval is None:
            return abs(self.value)
        return max(abs(self.value), abs(self.interval.low), abs(self.interval.high))

    def draw(self, axes: Axes, height: float, marker: str, colour: str) -> None:
        """A mark, and the interval as a line."""
        if self.interval is not None:
            axes.plot([self.interval.low, self.interval.high], [height] * 2, color=INK, lw=1.2)
        axes.plot(self.value, height, marker, ms=6, color=colour)


@dataclass(frozen=True, slots=True)
class Along:
    """The values of the one open input, which is a number."""

    label: str
    values: tuple[float, ...]


def numbers_along(answer: QueryAnswer) -> Along | None:
    """The values of the one open input, if it is a real number at three settings or more."""
    found = []
    for setting in answer.settings:
        named = [(f"do({name})", value) for name, value in setting.do.items()] + list(setting.given.items())
        if len(named) != 1 or not isinstance(named[0][1], float):
            return None
        found.append(named[0])
    if len(found) < 3:
        return None
    return Along(found[0][0], tuple(float(value) for _, value in found if isinstance(value, float)))


def draw_curves(
    along: Along, names: Sequence[str], spreads: Sequence[Sequence[Spread]], label: str, axes: Axes
) -> None:
    """A curve for each name over the values of the input, its intervals as a band."""
    for number, name in enumerate(names):
        colour, points = COLOURS[number % len(COLOURS)], [at[number] for at in spreads]
        axes.plot(
            along.values,
            [point.value for point in points],
            "o-",
            ms=3,
            lw=1.4,
            color=colour,
            label=f" {name}",
        )
        intervals = [point.interval for point in points if point.interval is not None]
        if len(intervals) == len(points):
            ends = [i.low for i in intervals], [i.high for i in intervals]
            axes.fill_between(along.values, *ends, color=colour, alpha=0.18, lw=0)
    axes.grid(axis="y", color=FAINT, lw=0.5, alpha=0.6)
    axes.spines["left"].set_visible(True)
    axes.set(xlabel=along.label, ylabel=label)
    if label == "probability":
        axes.set_ylim(probability_limits(spreads))
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize=9)


def probability_limits(spreads: Iterable[Sequence[Spread]]) -> tuple[float, float]:
    """The ends of a scale of chances: 0 and 1, unless all are rare or all are nearly certain."""
    every = [spread for chances in spreads for spread in chances]
    ends = [end for spread in every for end in (spread.value, *(spread.interval or ()))]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    if high <= RARE:
        return -0.03 * high, 1.12 * high or 0.01
    if low >= 1 - RARE:
        return 1 - 1.12 * (1 - low) or 0.99, 1 + 0.03 * (1 - low)
    return -0.02, 1.02
