"""Where each call of an emitted graph comes from: our own record, kept beside the module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from ..grid import Grid
from ..network.ir import Draw, Fit, Stage
from ..network.text import fit_text, source_text
from .names import generator_targets
from .part import Part


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of one call.

    Args:
        draw: The draw's id, unique in its stage; the key of its noise.
        variable: What is drawn.
        fit: The conditional that the generator was trained for, such as ``P(y | x)``.
        source: Where the training rows come from: ``P`` or the name of an interim stage.
        stage: The stage that the draw belongs to.
        hidden: Whether the value is dropped rather than returned.
        target: The submodule that is called. Draws of equal fit share one.
        noise: The draw whose noise it takes: its own, or that of the real row or the block which it is from.
        part: Which value it is of those that the call returns, where one call draws several.
    """

    draw: str
    variable: str
    fit: str
    source: str
    stage: str
    hidden: bool
    target: str
    noise: str
    part: int | None = None

    def note(self) -> str:
        """The sentence that a failure inside this draw carries."""
        return f"dofx: in draw {self.draw} ~ {self.fit} of stage {self.stage}, module {self.target}"

    def to_dict(self) -> dict[str, str | bool | int | None]:
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


def provenance(stage: Stage, modules: Mapping[Fit, object] | None = None) -> Provenance:
    """The record of the graph that `emit` builds from a stage and its generators.

    >>> from ..network.ir import Draw
    >>> print(provenance(Stage("answer", (), (Draw("x", "x"), Draw("y", "y", (("x", "x"),))), (("y", "y"),))))
    draw  from      module
    x     P(x)      generators.x          hidden
    y     P(y | x)  generators.y_given_x
    """
    modules = modules or {}
    targets = generator_targets(stage.draws, modules)
    hidden = set(stage.hidden)
    return Provenance(
        tuple(
            Origin(
                draw.id,
                draw.variable,
                fit_text(draw.fit),
                source_text(draw.fit),
                stage.name,
                draw in hidden,
                targets[draw.fit],
                noise_of(draw, modules.get(draw.fit)),
                module.place if isinstance(module := modules.get(draw.fit), Part) else None,
            )
            for draw in stage.draws
        )
    )


def noise_of(draw: Draw, module: object) -> str:
    """The id of the draw whose noise a draw takes: one noise picks a real row or makes a block, whatever is read of it.

    >>> from ..network.ir import Draw
    >>> noise_of(Draw("w", "w", (("z", "z"),), row="z"), None)
    'w'
    """
    if isinstance(module, Part):
        return module.first(draw)
    return draw.row if draw.row is not None and getattr(module, "takes_row", False) else draw.id
