"""Verdicts: what identification can find out about a query, as values that hold the estimand or the witness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias, assert_never

from ..estimand.algebra import Estimand
from ..graph.varset import VarSet
from .data_sets.supplies import Obstacle
from .feedback import InsideCycle
from .hedge import Hedge
from .worlds.conflict import Conflict


@dataclass(frozen=True, slots=True)
class Holes:
    """A draw that the answer needs and that rows with holes do not give.

    Args:
        draw: The draw ``v | g``.
        indicator: The indicator, such as ``missing(income)``, that the draw is not independent of.
        path: A path between the two that nothing blocks, such as ``income -> missing(income)``.
    """

    draw: str
    indicator: str
    path: str

    def __str__(self) -> str:
        from ..printers.holes_text import holes_text

        return holes_text(self)


@dataclass(frozen=True, slots=True)
class NoSource:
    """A c-factor that no data set has: the query needs it, and each data set lacks it for a reason of its own.

    Args:
        reasons: For the name of each data set, why the c-factor cannot be computed from it.
        district: The variables of the c-factor.
        graph: The variables among which they are a district.
        complete: Whether the query is proved not to be identifiable. Where rows are selected or variables are not
            measured, the theory is not complete: there may be a way that nobody knows.
    """

    reasons: Mapping[str, Obstacle] = field(hash=False)
    district: VarSet
    graph: VarSet
    complete: bool

    def __str__(self) -> str:
        from ..printers.identification.text import no_source_text

        return no_source_text(self)


Witness: TypeAlias = Hedge | Conflict | NoSource | InsideCycle | Holes
"""What stands in the way of an answer; on a graph without cycles a hedge or a conflict proves that there is none."""


@dataclass(frozen=True, slots=True)
class Identified:
    """The data answer the query: the estimand says how."""

    estimand: Estimand
    name: ClassVar[Literal["identified"]] = "identified"


@dataclass(frozen=True, slots=True)
class Zero:
    """The events asked for exclude each other in every model of the graph: the estimand is a table of zeros."""

    estimand: Estimand
    name: ClassVar[Literal["zero"]] = "zero"


@dataclass(frozen=True, slots=True)
class Undefined:
    """The events given exclude each other in every model of the graph, so there is nothing to condition on."""

    name: ClassVar[Literal["undefined"]] = "undefined"


@dataclass(frozen=True, slots=True)
class Refused:
    """No computation on the data is known to answer the query: the witness says why."""

    witness: Witness
    name: ClassVar[Literal["not identified"]] = "not identified"

    @property
    def is_proved(self) -> bool:
        """Whether no computation on the data can answer the query in every model of the graph.

        For graphs with cycles and for rows with holes no complete procedure is known, so that there may be a way.
        """
        match self.witness:
            case Hedge(by_cycles=tied) | Conflict(by_cycles=tied):
                return not tied
            case NoSource(complete=complete):
                return complete
            case InsideCycle() | Holes():
                return False
            case _:
                assert_never(self.witness)


Verdict: TypeAlias = Identified | Zero | Undefined | Refused
"""What can be found out about a query: `Identification.answer` holds one of these."""
