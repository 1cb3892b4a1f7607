"""Where each call of an emitted graph comes from: our own record, kept beside the module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from ..drawing.grid import Grid
from ..network.ir import Stage
from ..printers.network.text import fit_text, source_text
from .names import generator_targets


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of one call.

    Args:
        draw: The draw's id, unique in its stage; the key of its noise.
        variables: What is drawn; the call returns a tuple where there are several.
        fit: The conditional that the generator was trained for, such as ``P(y | x)``.
        source: Where the training rows come from: ``P`` or the name of an interim stage.
        stage: The stage that the draw belongs to.
        hidden: Whether the value is dropped rather than returned.
        target: The submodule that is called. Draws of equal fit share one.
        policy: Whether a policy of the query is followed, which `source` names.
    """

    draw: str
    variables: tuple[str, ...]
    fit: str
    source: str
    stage: str
    hidden: bool
    target: str
    policy: bool

    def note(self) -> str:
        """The sentence that a failure inside this draw carries."""
        return f"dofx: in draw {self.draw} ~ {self.fit} of stage {self.stage}, module {self.target}"

    def to_dict(self) -> dict[str, str | bool | tuple[str, ...]]:
        """Plain data, as kept in ``node.meta['custom']``."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Provenance:
    """The origins of an emitted graph's calls, in the order in which they run."""

    origins: tuple[Origin, ...]

    def __getitem__(self, draw: str) -> Origin:
        """The origin of the draw of that id."""
        return next(origin for origin in self.origins if origin.draw == draw)

    def __iter__(self) -> Iterator[Origin]:
        return iter(self.origins)

    def __len__(self) -> int:
        return len(self.origins)

    @property
    def grid(self) -> Grid:
        """A line for each call."""
        rows = ((o.draw, o.fit, o.target, "hidden" if o.hidden else "") for o in self.origins)
        return Grid(("draw", "from", "module", ""), tuple(rows), "llll")

    def __str__(self) -> str:
        return str(self.grid)


def provenance(stage: Stage) -> Provenance:
    """The record of the graph that `emit` builds from a stage.

    >>> from ..network.ir import Draw
    >>> x, y = (("x", "x"),), (("y", "y"),)
    >>> print(provenance(Stage("answer", (), (Draw(x), Draw(y, x)), y)))
    draw  from      module
    x     P(x)      generators.x          hidden
    y     P(y | x)  generators.y_given_x
    """
    targets = generator_targets(stage.draws)
    hidden = set(stage.hidden)
    return Provenance(
        tuple(
            Origin(
                draw.id,
                draw.variables,
                fit_text(draw.fit),
                source_text(draw.fit),
                stage.name,
                draw in hidden,
                targets[draw.fit],
                draw.fit.is_policy,
            )
            for draw in stage.draws
        )
    )
