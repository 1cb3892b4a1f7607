"""A draw of a sampling network: which variables, given what, from which source; and the generator that fills it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from ..model.data import OBSERVED, DataSet
from ..model.rows import Rows, SomeRows, data_of, rows_of
from ..model.worlds import Constant, Policy

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Variables, each with the id of one of its values."""

Wire: TypeAlias = str | Constant
"""What a draw reads for a variable: the id of a draw or an input, or a value that the query states."""

Wires: TypeAlias = tuple[tuple[str, Wire], ...]
"""Variables, each with the wire that carries its value."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """Rows sampled from an earlier stage of the same network (the paper's step 7 data set)."""

    stage: str


@dataclass(frozen=True, slots=True)
class Folded:
    """One table, contracted from the finite tables of an earlier stage of the same network, without training."""

    stage: str


Source: TypeAlias = DataSet | SomeRows | Simulated | Folded | Policy
"""What a draw's values are drawn from. A policy is given with each question, so nothing is fitted for it."""


def interim_of(source: Source) -> str | None:
    """The name of the stage from which a source is made; None for rows of a data set and for a policy."""
    match source:
        case DataSet() | SomeRows() | Policy():
            return None
        case Simulated(stage) | Folded(stage):
            return stage
        case _:
            assert_never(source)


@dataclass(frozen=True, slots=True)
class Fit:
    """One generator: ``targets`` given ``given``, trained on the rows of ``source`` or computed from it.

    If it is `picked`, nothing is trained: its values are those of a real row that has the conditions.
    """

    targets: tuple[str, ...]
    given: tuple[str, ...] = ()
    source: Source = OBSERVED
    picked: bool = False

    @classmethod
    def of(cls, target: str, given: Iterable[str] = (), source: Source = OBSERVED) -> Fit:
        """The fit of a single target."""
        return cls((target,), tuple(given), source)

    @property
    def variables(self) -> tuple[str, ...]:
        """The targets, then the conditions."""
        return self.targets + self.given

    @property
    def interim(self) -> str | None:
        """The stage from which the generator is made; None if it is fitted on data."""
        return interim_of(self.source)

    @property
    def data(self) -> DataSet | None:
        """The data set whose rows it is fitted on; None if it is made from an interim stage or given."""
        return data_of(self.source)

    @property
    def rows(self) -> Rows:
        """Which rows of its data set it is fitted on."""
        return rows_of(self.source)

    @property
    def from_rows(self) -> bool:
        """Whether values are taken from real rows without training: from any row of the data, or from picked ones."""
        return self.picked or (not self.given and self.data is not None)

    @property
    def is_refit(self) -> bool:
        """Whether it is trained on rows that an interim stage simulates."""
        return isinstance(self.source, Simulated)

    @property
    def is_folded(self) -> bool:
        """Whether it is a table that is computed from the tables of an interim stage."""
        return isinstance(self.source, Folded)

    @property
    def is_policy(self) -> bool:
        """Whether it is a policy, which is given with each question and never trained."""
        return self.policy is not None

    @property
    def policy(self) -> Policy | None:
        """The policy that it follows; None if it is fitted or made."""
        return self.source if isinstance(self.source, Policy) else None


@dataclass(frozen=True, slots=True)
class Draw:
    """One instruction: draw one variable or several together, given other draws and inputs.

    Several variables are drawn together if their values belong together: they come from one real row of the data, or
    from one call of a generator that makes them all.

    Args:
        outputs: Pairs (variable, id) of the drawn values. An id is unique in its stage: it is the variable's name, with
            primes if the stage has another value of the variable.
        given: Pairs (variable, wire): the id of the draw or input that supplies the value, or a constant. They are in
            topological order, or for a policy in the order in which it reads them.
        source: The distribution from whose conditional ``P(outputs | given)`` the values are drawn.
        picked: Whether the values are those of a real row of the data that has the conditions, which are finite.
    """

    outputs: Pairs
    given: Wires = ()
    source: Source = OBSERVED
    picked: bool = False
    _fit: Fit | None = field(default=None, init=False, repr=False, compare=False)
    _reads: tuple[str, ...] | None = field(default=None, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, id: str, variable: str, given: Wires = (), source: Source = OBSERVED) -> Draw:
        """The draw of a single variable."""
        return cls(((variable, id),), given, source)

    @property
    def id(self) -> str:
        """The id of the first output, which names the draw and its noise."""
        return self.outputs[0][1]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all outputs."""
        return tuple(id for _, id in self.outputs)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that are drawn."""
        return tuple(variable for variable, _ in self.outputs)

    @property
    def reads(self) -> tuple[str, ...]:
        """The ids this draw reads; a constant has none."""
        if self._reads is None:  # kept, as is the fit: passes ask for them far more often than draws are made
            object.__setattr__(
                self, "_reads", tuple([wire for _, wire in self.given if isinstance(wire, str)])
            )
        return self._reads or ()

    @property
    def fit(self) -> Fit:
        """The generator that fills this draw."""
        if self._fit is None:
            given = tuple([variable for variable, _ in self.given])
            object.__setattr__(self, "_fit", Fit(self.variables, given, self.source, self.picked))
        assert self._fit is not None
        return self._fit

    @property
    def interim(self) -> str | None:
        """The stage from whose conditional it draws; None for a conditional of the data."""
        return interim_of(self.source)
