"""What the text of an estimand and its LaTeX have in common: which pieces a line consists of, and in which order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, assert_never

from ....grammar.holes import columns_of
from ...model.query import Query
from ...model.rows import Inverse, Odds, Weight
from .pieces import (
    Asked,
    Certain,
    Defined,
    Line,
    Minus,
    Nothing,
    Piece,
    Pieces,
    Plus,
    Quotient,
    Stated,
    Sum,
    Term,
)
from .runs import Name, Names, Run


class Notation(ABC):
    """A way to write estimands. It is given the pieces of a line; a subclass says what each of them looks like."""

    bar: ClassVar[str]
    """Between what a distribution is of and what is given."""
    parallel: ClassVar[str]
    """Between the outputs of a kernel and its inputs."""
    do: ClassVar[str]
    """The operator of an intervention, without its brackets."""
    any: ClassVar[str]
    """Before the names for which a line holds whatever their values are."""
    shown: ClassVar[str]
    """After the columns whose values are not missing."""
    then: ClassVar[str]
    """Before what is said of the rows that a conditional is computed from."""

    # ── lines ────────────────────────────────────────────────────────────────────────────────────────────

    def line(self, line: Line, equals: str = " = ") -> str:
        """An equation."""
        note = f"{self.any}{self.names(line.any)}" if line.any else ""
        return f"{self.head(line.head)}{equals}{self.product(line.body)}{note}"

    def head(self, head: Asked | Stated | Defined) -> str:
        """The left-hand side of an equation."""
        match head:
            case Asked(outcomes, interventions, conditions):
                return self.event("P", self.names(outcomes), self.given(interventions, conditions))
            case Stated(query, names):
                return self.stated(query, names)
            case Defined(name, outputs, inputs):
                reads = f" {self.parallel} {self.names(inputs)}" if inputs else ""
                return f"{self.symbol(name)}({self.names(outputs)}{reads})"
            case _:
                assert_never(head)

    def weight(self, weight: Weight, names: Mapping[Weight, str]) -> str:
        """The weight of a row, as the right-hand side of its definition.

        Args:
            weight: The weight.
            names: The names of the weights that it reads.
        """
        match weight:
            case Inverse(node, given):
                rows = weight.among
                about = self.rows(rows.shows, tuple(names[each] for each in rows.weights))
                chance = self.event("P", self.node(node), ", ".join(map(self.node, given)), about)
                return self.inverse(chance)
            case Odds(columns, indicators, beside):
                inside = ", ".join([*map(self.symbol, columns), *map(self.node, beside)])
                return self.odds([self.node(name) for name in indicators], inside)
            case _:
                assert_never(weight)

    # ── pieces ───────────────────────────────────────────────────────────────────────────────────────────

    def piece(self, piece: Piece, alone: bool = True) -> str:
        """A piece of a product.

        Args:
            piece: The piece.
            alone: Whether the product consists of it alone, so that it needs no brackets.
        """
        match piece:
            case Term(source, targets, given, set, shown, weights, formula):
                source = self.formula(source) if formula else self.symbol(source)
                return self.event(
                    source, self.names(targets), self.given(set, given), self.rows(shown, weights)
                )
            case Sum(over, body):
                return self.sum(over, body)
            case Quotient(above, below):
                return self.quotient(above, below, alone)
            case Minus(above, below):
                return self.difference(above, below, alone)
            case Plus(parts):
                return self.total(parts, alone)
            case Certain(one, other):
                return f"[{self.equal(one)} = {self.equal(other)}]"
            case Nothing():
                return "0"
            case _:
                assert_never(piece)

    def event(self, source: str, targets: str, given: str, rows: str = "") -> str:
        """A probability: its source, what it is of, what is given, and which rows it is computed from."""
        return f"{source}({targets} {self.bar} {given}{rows})" if given else f"{source}({targets}{rows})"

    def given(self, set: Names, seen: Names) -> str:
        """What stands behind the bar: what is set, then what is seen."""
        parts = [f"{self.do}({self.names(set)})"] if set else []
        return ", ".join([*parts, self.names(seen)] if seen else parts)

    def rows(self, shown: tuple[str, ...], weights: tuple[str, ...] = ()) -> str:
        """What stands behind a conditional about the rows that it is computed from."""
        parts = [f"{', '.join(map(self.symbol, shown))}{self.shown}"] if shown else []
        parts += [" ".join(map(self.symbol, weights))] if weights else []
        return "".join(f"{self.then}{part}" for part in parts)

    # ── names ────────────────────────────────────────────────────────────────────────────────────────────

    def names(self, names: Names) -> str:
        """Names with commas between them."""
        return ", ".join([self.name(name) for name in names])

    def equal(self, name: Name) -> str:
        """A value in an equation: itself where the query states it, else its name."""
        shown = self.name(name)
        return shown if name.value is None and name.input is None else shown.partition(" = ")[2]

    def node(self, name: str) -> str:
        """A variable, or the event that the columns of an indicator are shown."""
        columns = columns_of(name)
        return f"{', '.join(map(self.symbol, columns))}{self.shown}" if columns else self.symbol(name)

    # ── what a notation decides ──────────────────────────────────────────────────────────────────────────

    @abstractmethod
    def symbol(self, name: str) -> str:
        """The name of a variable, a data set, a kernel or a weight."""

    @abstractmethod
    def name(self, item: Name | Run) -> str:
        """A value of a variable, or a run of variables."""

    @abstractmethod
    def formula(self, source: str) -> str:
        """A formula of the query in place of a data set."""

    @abstractmethod
    def stated(self, query: Query, names: tuple[tuple[str, Name], ...]) -> str:
        """A query in several worlds, and the names that its open values have on the right-hand side."""

    @abstractmethod
    def product(self, pieces: Pieces) -> str:
        """A product; 1 if it has no pieces."""

    @abstractmethod
    def sum(self, over: Names, body: Pieces) -> str:
        """A sum of a product over names."""

    @abstractmethod
    def quotient(self, above: Pieces, below: Pieces, alone: bool) -> str:
        """One product over another."""

    @abstractmethod
    def difference(self, above: Pieces, below: Pieces, alone: bool) -> str:
        """One product less another."""

    @abstractmethod
    def total(self, parts: tuple[Pieces, ...], alone: bool) -> str:
        """Several products added."""

    @abstractmethod
    def inverse(self, chance: str) -> str:
        """One over a probability."""

    @abstractmethod
    def odds(self, indicators: list[str], inside: str) -> str:
        """The sum of the odds of holes in the rows that agree in some values."""
