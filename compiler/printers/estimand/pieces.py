"""The pieces of which a printed estimand consists, whatever the format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ...model.query import Query
from ...model.rows import Weight
from .runs import Name, Names, Run


@dataclass(frozen=True, slots=True)
class Term:
    """``source(targets | do(set), given; shown, weights)``.

    Args:
        source: The name of the data set or of the interim kernel.
        targets: What it is a probability of.
        given: What is given and was not set.
        set: What is given and was set by the data set's experiment.
        shown: The columns that a row must show.
        weights: The names of the weights of a row.
    """

    source: str
    targets: Names
    given: Names
    set: Names = ()
    shown: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    formula: bool = False


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of a product over some names."""

    over: Names
    body: Pieces


@dataclass(frozen=True, slots=True)
class Quotient:
    """One product over another."""

    above: Pieces
    below: Pieces


@dataclass(frozen=True, slots=True)
class Minus:
    """One product less another."""

    above: Pieces
    below: Pieces


@dataclass(frozen=True, slots=True)
class Plus:
    """Several products added."""

    parts: tuple[Pieces, ...]


@dataclass(frozen=True, slots=True)
class Certain:
    """1 where two values are the same and 0 elsewhere, which is written ``[x = 1]``."""

    one: Name
    other: Name


@dataclass(frozen=True, slots=True)
class Nothing:
    """Zero."""


Piece: TypeAlias = Term | Sum | Quotient | Minus | Plus | Certain | Nothing
Pieces: TypeAlias = tuple[Piece, ...]
"""A product: terms and quotients first, sums last, so that a sum may reach to the end of the line."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The left-hand side of the answer: ``P(outcomes | do(interventions), conditions)``."""

    outcomes: Names
    interventions: Names
    conditions: Names


@dataclass(frozen=True, slots=True)
class Stated:
    """The left-hand side of the answer to a query in several worlds.

    Args:
        query: The query.
        names: The names that the right-hand side gives to open values of it, where these are not the variables' own.
    """

    query: Query
    names: tuple[tuple[str, Name], ...] = ()


@dataclass(frozen=True, slots=True)
class Defined:
    """The left-hand side of a definition: ``name(outputs ‖ inputs)``."""

    name: str
    outputs: Names
    inputs: Names


@dataclass(frozen=True, slots=True)
class Line:
    """An equation. It holds for every value of `any`, which it mentions or a kernel in it depends on."""

    head: Asked | Stated | Defined
    body: Pieces
    any: Names


@dataclass(frozen=True, slots=True)
class Layout:
    """All lines, the answer last.

    Args:
        lines: The equations.
        example: The first run that was abridged.
        sequences: What runs run through, if any was abridged.
        weights: The weights of rows by name, each after those that it reads.
    """

    lines: tuple[Line, ...]
    example: Run | None
    sequences: tuple[tuple[str, ...], ...]
    weights: Mapping[Weight, str] = field(default_factory=dict)
