"""Verdicts: what identification can find out about a query, as values that hold the estimand or the witness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from ..estimand.algebra import Estimand
from .hedge import Hedge

Witness: TypeAlias = Hedge
"""What proves that a query is not identifiable."""


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
    """No computation on the data answers the query: the witness proves it."""

    witness: Witness
    name: ClassVar[Literal["not identified"]] = "not identified"


Verdict: TypeAlias = Identified | Zero | Undefined | Refused
"""What can be found out about a query: `Identification.answer` holds one of these."""
