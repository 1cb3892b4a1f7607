"""The open draws of a network: draws whose generator must still be trained or given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...compiler.network.ir import SamplingNetwork
from ...compiler.printers.network.text import fit_text, source_text
from ...grammar.checks.names import no_such
from ...grammar.edge.arguments import public
from ..foreign.chosen import Spec
from ..variables import VariableType, default_dtype, event_shape
from .overrides import Key, Overrides


@dataclass(frozen=True, slots=True)
class OpenDraw:
    """One generator that is missing.

    Args:
        draws: The ids of the draws that it fills. Any of them, `fit` or `target` can be a key of ``generators=``.
        fit: The conditional that it samples, such as ``P(y | x)``.
        target: The variable that is drawn.
        type: Its type, or None if the type is not known before data are read.
        given: The type of each condition or None, in the order in which a generator takes the conditions.
        source: The source of its rows: ``P``, or the interim stage from which they are simulated.
    """

    draws: tuple[str, ...]
    fit: str
    target: str
    type: VariableType | None
    given: Mapping[str, VariableType | None]
    source: str

    @property
    def values(self) -> str:
        """The encoded values that a torch module must return, such as ``float32 (rows, 3)``."""
        if self.type is None:
            return "as the data say"
        shape = ", ".join(map(str, ("rows", *event_shape(self.type))))
        return f"{str(default_dtype(self.type)).removeprefix('torch.')} ({shape})"


@dataclass(frozen=True, slots=True)
class OpenDraws:
    """The missing generators, in the order in which they are fitted.

    >>> from ..variables import Real
    >>> print(OpenDraws((OpenDraw(("y",), "P(y | x)", "y", Real((3,)), {"x": None}, "P"),)))
    draw  conditional  type     values             conditions
    y     P(y | x)     real(3)  float32 (rows, 3)  x: ?
    """

    draws: tuple[OpenDraw, ...]

    def __iter__(self) -> Iterator[OpenDraw]:
        return iter(self.draws)

    def __len__(self) -> int:
        return len(self.draws)

    @public()
    def __getitem__(self, fit: str) -> OpenDraw:
        """The missing generator of that conditional."""
        for draw in self.draws:
            if draw.fit == fit:
                return draw
        raise no_such("there is no open draw of", fit, (draw.fit for draw in self.draws))

    def __str__(self) -> str:
        rows = [("draw", "conditional", "type", "values", "conditions")]
        for draw in self.draws:
            given = ", ".join(f"{name}: {type or '?'}" for name, type in draw.given.items())
            rows.append((", ".join(draw.draws), draw.fit, str(draw.type or "?"), draw.values, given))
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        lines = ("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows)
        return "\n".join(line.rstrip() for line in lines)


def openings(
    network: SamplingNetwork,
    types: Mapping[str, VariableType],
    filled: Mapping[Key, Spec] | None = None,
) -> OpenDraws:
    """The draws of a network for which no generator is given.

    Args:
        network: The network, not fitted yet; it draws every variable separately.
        types: The known types.
        filled: The given generators, as for ``fit``.

    Raises:
        DofxError: E0426 for a key of `filled` that does not occur in the network.
    """
    asked = Overrides(network, filled)
    draws = [draw for stage in network.stages for draw in stage.draws]
    return OpenDraws(
        tuple(
            OpenDraw(
                tuple(dict.fromkeys(draw.id for draw in draws if draw.fit == fit)),
                fit_text(fit),
                fit.targets[0],
                types.get(fit.targets[0]),
                {name: types.get(name) for name in fit.given},
                source_text(fit),
            )
            for fit in network.fits
            if asked.get(fit) is None
        )
    )
