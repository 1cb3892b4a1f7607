"""Answers as a figure: a panel for each outcome of each query, and one for the effects.

Chances are dots, one colour for each setting of the inputs, and another mark where there are more settings than
colours; of an outcome that is true or false, only the chance of true is drawn. A number's distribution is a box from
its first to its third quartile, with its median, and a line from its 5 % to its 95 % quantile; a diamond is its mean.
Black lines are 95 % intervals of the bootstrap, where there are some. Where the one open input is a number, means and
chances are a curve over it, with its intervals as a band: see `curves`. Needs matplotlib.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import zip_longest
from textwrap import fill
from typing import TYPE_CHECKING

from ...grammar.edge.libraries import missing
from .answer import EffectAnswer, QueryAnswer
from .answers import Answers
from .curves import (
    COLOURS,
    CURVE_LINES,
    FAINT,
    INK,
    MARKS,
    Spread,
    draw_curves,
    numbers_along,
    probability_limits,
)
from .frames import inputs_text
from .intervals import Interval
from .summaries import Chances, Mean, Moments, event_text, is_binary

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE, MARGIN, WIDTH, TITLE = 0.26, 0.85, 7.2, 0.17
"""Inches: the height of a line in a panel, what a panel has besides, the width of the figure, and a line of a title."""

TITLE_WIDTH, MOST_TITLE_LINES, MOST_TICKS = 74, 3, 5
"""Characters in a line of a title, its most lines, and the most steps between ticks: what fits in the width."""

TOGETHER = 20
"""Effects share their axis if the largest is at most this many times the smallest."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes: its title, how many lines it has, and what draws it."""

    title: str
    lines: int
    draw: Callable[[Axes], None]

    @property
    def heading(self) -> str:
        """The title in lines that fit the width, its end left out where it is too long."""
        return fill(self.title, TITLE_WIDTH, max_lines=MOST_TITLE_LINES, placeholder=" …")

    @property
    def height(self) -> float:
        """In inches."""
        return MARGIN + LINE * self.lines + TITLE * self.heading.count("\n")


def plotted(answers: Answers) -> Figure:
    """The answers as a figure; images and texts, and what has no answer, are left out.

    Raises:
        DofxError: E0429 where matplotlib is not installed.
    """
    need_matplotlib()
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    panels = [panel for query in answers.queries for panel in query_panels(query)]
    panels += effect_panels(answers.effects)
    heights = [panel.height for panel in panels]
    figure = Figure(figsize=(WIDTH, sum(heights) or MARGIN), layout="constrained")
    if not panels:
        return figure
    with rc_context({"text.parse_math": False}):  # a dollar in a name is a dollar
        grid = figure.subplots(len(panels), squeeze=False, height_ratios=heights)
        for panel, axes in zip(panels, grid[:, 0], strict=True):
            axes.set_title(panel.heading, loc="left", fontsize=10, color=INK)
            axes.tick_params(length=0, labelsize=9)
            axes.spines[["top", "right", "left"]].set_visible(False)
            axes.grid(axis="x", color=FAINT, lw=0.5, alpha=0.6)
            axes.set_axisbelow(True)
            panel.draw(axes)
            axes.xaxis.set_major_locator(MaxNLocator(MOST_TICKS))
    return figure


def need_matplotlib() -> None:
    """Refuse to go on without it.

    Raises:
        DofxError: E0429.
    """
    if find_spec("matplotlib") is None:
        raise missing("matplotlib")


def query_panels(answer: QueryAnswer) -> Iterator[Panel]:
    """A panel for each part of the outcomes that is finite or a number."""
    settings = [inputs_text(setting) for setting in answer.settings]
    title = f"{answer.name}   {answer.text}"
    outcomes = [setting.outcomes for setting in answer.settings]
    along = numbers_along(answer)
    for number, parts in enumerate(zip(*(found.parts for found in outcomes), strict=True)):
        spreads = [
            _spreads(part.numbers, found.intervals[number] if found.intervals else ())
            for part, found in zip(parts, outcomes, strict=True)
        ]
        first = parts[0]
        if isinstance(first, Chances):
            shown = slice(1, None) if is_binary(first) else slice(None)
            names = [event_text(first.variables, values) for values, _ in first.events][shown]
            spreads = [chances[shown] for chances in spreads]
            if along is not None and len(names) <= len(COLOURS):
                yield Panel(title, CURVE_LINES, partial(draw_curves, along, names, spreads, "probability"))
                continue
            lines = max(len(names), round(0.6 * len(names) * len(settings)))
            yield Panel(title, lines, partial(_draw_chances, names, settings, spreads))
        elif isinstance(first, Mean | Moments):
            means = [mean for mean, *_ in spreads]
            if along is not None:
                label = f"mean of {first.variable}"
                yield Panel(
                    title, CURVE_LINES, partial(draw_curves, along, [""], [[m] for m in means], label)
                )
            elif isinstance(first, Mean):
                yield Panel(title, len(settings), partial(_draw_means, settings, means, first.variable))
            else:
                moments = [part for part in parts if isinstance(part, Moments)]
                yield Panel(title, len(settings), partial(_draw_moments, settings, moments, means))


def effect_panels(answers: Sequence[EffectAnswer]) -> Iterator[Panel]:
    """One panel for effects of like size, else one for each."""
    found = [(a, Spread(a.estimate.value, _drawn(a.interval))) for a in answers if a.estimate is not None]
    reaches = [spread.reach for _, spread in found]
    if len(found) > 1 and max(reaches) <= TOGETHER * min(reaches):
        spreads = {answer.name: spread for answer, spread in found}
        yield Panel("effects", len(spreads), partial(_draw_effects, spreads))
        return
    for answer, spread in found:
        yield Panel(answer.text, 1, partial(_draw_effects, {answer.name: spread}))


def _draw_chances(
    events: Sequence[str], settings: Sequence[str], spreads: Sequence[Sequence[Spread]], axes: Axes
) -> None:
    for number, (setting, chances) in enumerate(zip(settings, spreads, strict=True)):
        again, place = divmod(number, len(COLOURS))
        mark, colour = MARKS[again % len(MARKS)], COLOURS[place]
        aside = (number - (len(settings) - 1) / 2) * 0.7 / len(settings)
        for event, spread in enumerate(chances):
            spread.draw(axes, event + aside, mark, colour)
        axes.plot([], [], mark, ms=6, color=colour, label=f" {setting}")  # a label that starts with _ is none
    _name_lines(axes, events)
    axes.set(xlim=probability_limits(spreads), xlabel="probability")
    if any(settings):
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize=9, handletextpad=0)


def _draw_moments(
    settings: Sequence[str], moments: Sequence[Moments], means: Sequence[Spread], axes: Axes
) -> None:
    for height, (found, mean) in enumerate(zip(moments, means, strict=True)):
        low, first, median, third, high = found.quantiles
        axes.plot([low, high], [height] * 2, color=COLOURS[0], lw=1.2)
        axes.barh(height, third - first, 0.5, first, color=COLOURS[0], alpha=0.3)
        axes.plot([median] * 2, [height - 0.25, height + 0.25], color=COLOURS[0], lw=2)
        mean.draw(axes, height, "D", INK)
    _name_lines(axes, settings)
    axes.set_xlabel(moments[0].variable)


def _draw_means(settings: Sequence[str], means: Sequence[Spread], variable: str, axes: Axes) -> None:
    for height, mean in enumerate(means):
        mean.draw(axes, height, "D", COLOURS[0])
    _name_lines(axes, settings)
    axes.set_xlabel(f"mean of {variable}")


def _draw_effects(effects: dict[str, Spread], axes: Axes) -> None:
    axes.axvline(0, color=INK, lw=0.8)
    for height, spread in enumerate(effects.values()):
        spread.draw(axes, height, "o", COLOURS[0])
    _name_lines(axes, list(effects))


def _name_lines(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)


def _spreads(numbers: Sequence[float], intervals: Sequence[Interval]) -> list[Spread]:
    return [Spread(*both) for both in zip_longest(numbers, map(_drawn, intervals))]


def _drawn(interval: Interval | None) -> Interval | None:
    """The interval, if it has ends that can be drawn."""
    return interval if interval is not None and interval.known else None
