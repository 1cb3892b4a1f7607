"""The links of a fitted sampler: how much each of its draws may move the answer, as `weakest` judged it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

from ...compiler.drawing.grid import Grid
from .compared import Comparison

CLEARLY = 3.0
"""An error counts as clear if it exceeds chance by this number of standard deviations."""

WORTH_TELLING = 0.01
"""A share of conditions without comparable rows is reported from this size on, whatever the error by chance."""


@dataclass(frozen=True, slots=True)
class Link:
    """One draw of a network, and how much it may move the answer.

    Args:
        draw: The draw's id.
        stage: Its stage.
        fit: The conditional that its generator was fitted to, such as ``P(y | x)``.
        source: Where the rows came from: ``P`` or the name of an interim stage.
        factor: How often its error counts: 1 in the answer, 2 for each refit that it passes through.
        comparison: The comparison with rows.
    """

    draw: str
    stage: str
    fit: str
    source: str
    factor: float
    comparison: Comparison

    @property
    def error(self) -> float:
        """The generator's estimated distance from the rows: what was shown without what chance shows."""
        return _without(self.comparison.shown, self.comparison.chance)

    @property
    def moves(self) -> float:
        """An estimate of how far the draw moves the answer; conditions that no row comes near count as wholly wrong."""
        beyond = self.comparison.beyond
        return self.factor * ((1 - beyond) * self.error + beyond)

    @property
    def at_most(self) -> float:
        """The same, with two standard deviations of chance added: a smaller error could have gone unseen."""
        found, beyond = self.comparison, self.comparison.beyond
        error = _without(found.shown + 2 * found.spread, found.chance)
        return self.factor * ((1 - beyond) * min(1.0, error) + beyond)

    @property
    def clear(self) -> bool:
        """Whether the error is larger than chance explains."""
        found = self.comparison
        shown = found.shown > found.chance + CLEARLY * max(found.spread, 1e-3)
        return shown or found.beyond > WORTH_TELLING


@dataclass(frozen=True, slots=True)
class Links:
    """The links of a network, in the order drawn, interim stages first.

    Args:
        links: The links that were judged.
        unjudged: Variables that were not judged, because they are images. Bounds of the answer do not include them.
    """

    links: tuple[Link, ...]
    unjudged: tuple[str, ...] = ()

    @property
    def weakest(self) -> Link | None:
        """The link that moves the answer most, or None where chance explains all that was seen."""
        clear = [link for link in self.links if link.clear]
        return max(clear, key=lambda link: link.moves) if clear else None

    @property
    def moves(self) -> float:
        """The answer's estimated distance from the truth in total variation, if errors never cancel."""
        return min(1.0, sum(link.moves for link in self.links if link.clear))

    @property
    def at_most(self) -> float:
        """The sum of what the links may move the answer: a bound on its total variation, estimated."""
        return min(1.0, sum(link.at_most for link in self.links))

    def __iter__(self) -> Iterator[Link]:
        return iter(self.links)

    def __len__(self) -> int:
        return len(self.links)

    def __str__(self) -> str:
        return f"{links_grid(self)}\n{weakest_text(self)}"


def _without(shown: float, chance: float) -> float:
    return sqrt(max(0.0, shown**2 - chance**2))


def links_grid(links: Links) -> Grid:
    """A line for each link."""
    rows = []
    for link in links:
        found = link.comparison
        beyond = f"{found.beyond:.0%}" if found.beyond > WORTH_TELLING else ""
        moves = f"{link.moves:.3f}" if link.clear else "not clearly"
        errors = (f"{found.shown:.3f}", f"{found.chance:.3f}", beyond, moves)
        rows.append((link.draw, link.fit, f"{found.rows:,}", *errors))
    heading = ("draw", "from", "rows", "error", "chance", "beyond", "moves the answer")
    return Grid(heading, tuple(rows), "llrrrrr")


def weakest_text(links: Links) -> str:
    """One line: the weakest link, and the bound."""
    weakest, most = links.weakest, f"together all generators move the answer by {links.at_most:.2f} at most"
    if links.unjudged:
        most += f"; not judged: {', '.join(links.unjudged)}"
    if weakest is None:
        return f"no weakest link: no generator is clearly wrong on held-out rows; {most}"
    where = f" of {weakest.stage}" if weakest.stage != "answer" else ""
    moves = f"moves the answer by about {weakest.moves:.2f} in total variation"
    return f"weakest link: {weakest.draw} ~ {weakest.fit}{where} {moves}; {most}"
