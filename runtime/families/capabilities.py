"""What a generator can do beyond drawing: each capability is a protocol, which type checkers see as well.

A module has a capability if it has the methods, wherever it comes from: ``isinstance(module, Dense)`` is how the
rest of dofx finds out. So a family without a density has no `log_prob`, rather than one that raises.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from inspect import getattr_static, signature
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from torch import Tensor, nn

from ..training.settings import FitReport, FitSettings
from .relaxation import Relaxation

if TYPE_CHECKING:
    from ..training.ensemble import Plan
    from ..variables import VariableType
    from .rows import RowsGenerator
    from .table import TableGenerator

Module = TypeVar("Module", bound=nn.Module)


@runtime_checkable
class Dense(Protocol):
    """A generator whose probabilities or densities can be computed."""

    def log_prob(self, target: Tensor, *given: Tensor) -> Tensor:
        """Log-probability or log-density in nats of encoded values, shape ``(rows,)``."""
        ...


@runtime_checkable
class Enumerating(Protocol):
    """A generator of a finite variable that finds the probabilities of all states in one call."""

    def log_probs(self, like: Tensor, *given: Tensor) -> Tensor:
        """Log-probability of each state, ``(rows, states)``; `like` has as many rows, also without conditions."""
        ...


@runtime_checkable
class Relaxable(Protocol):
    """A generator that can draw, and read, soft states, so that gradients pass through finite variables."""

    def relaxed(self, relaxation: Relaxation, noise: Tensor, *given: Tensor) -> Tensor:
        """As `forward`, but finite variables are soft states ``(rows, states)`` instead of state numbers."""
        ...


@runtime_checkable
class Fittable(Protocol):
    """A generator that is trained on rows. One without this capability is only scored on held-out rows."""

    def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> FitReport | None:
        """Train in place on encoded rows; a report is optional.

        A `fit` that also has a parameter `weights` can train on weighted rows (`takes_weights`). It receives None, or
        floats above 0 of shape ``(rows,)`` whose mean is 1. Every family has it.
        """
        ...


@runtime_checkable
class Stackable(Protocol):
    """A generator of small networks, which can be trained as one stack with others of equal shape."""

    def training_plan(
        self,
        target: Tensor,
        given: Sequence[Tensor],
        settings: FitSettings,
        held_out: Tensor | None = None,
        weights: Tensor | None = None,
    ) -> Plan | None:
        """The plan by which `fit` trains, from new weights; None if these rows must be trained on alone.

        Args:
            target: Encoded rows.
            given: Encoded rows of each condition.
            settings: How to train.
            held_out: Which rows to hold out, bool ``(rows,)``; None leaves it to the settings.
            weights: How much each row counts, as for `fit`.
        """
        ...


@runtime_checkable
class Streamable(Protocol):
    """A generator that can go on training after its `fit`, on rows that come in pieces."""

    def row_losses(self, target: Tensor, *given: Tensor) -> Tensor:
        """What training minimises the mean of, for each encoded row, ``(rows,)``, such as minus its log-likelihood."""
        ...


@runtime_checkable
class Tabular(Protocol):
    """A generator whose probabilities may be a table, which is read in place of computing each of them."""

    def as_table(self) -> TableGenerator | None:
        """The table; None if the types of its variables do not allow a table."""
        ...


@runtime_checkable
class Counted(Protocol):
    """A generator whose fit only counts rows, so that counts may take the place of rows."""

    def counted(self) -> tuple[TableGenerator | None, ...]:
        """The table that counts each target, in order; None for a target that is not counted."""
        ...


@runtime_checkable
class OfRows(Protocol):
    """A generator that repeats real rows. It learns nothing, so there is nothing to judge or to improve."""

    def keep(
        self,
        targets: Sequence[Tensor],
        given: Sequence[Tensor],
        settings: FitSettings,
        weights: Tensor | None = None,
    ) -> FitReport:
        """Keep the encoded rows of each target, and the tables of those that are counted; else as `Fittable.fit`."""
        ...

    def by_variable(self) -> tuple[RowsGenerator, ...]:
        """A generator for each target, which take values from one row where they are given equal noise."""
        ...


@runtime_checkable
class Typed(Protocol):
    """A generator that is made for variables of certain types."""

    def misfit(self, target: VariableType, given: Sequence[VariableType]) -> str | None:
        """Why it cannot draw a variable of type `target` given variables of types `given`; None if it can."""
        ...


@runtime_checkable
class Joining(Protocol):
    """A generator of one stacked value that can draw the variables which are stacked in it."""

    def joined(self, types: Sequence[VariableType]) -> nn.Module:
        """The module that draws variables of these types, in the order in which they are stacked."""
        ...


@runtime_checkable
class Splitting(Protocol):
    """A generator of several variables which splits what another one draws: their stacked value."""

    whole: nn.Module
    """The generator of the stacked value; it is what was trained, and what is saved."""
    stacked_type: VariableType
    """The type of the stacked value."""
    types: tuple[VariableType, ...]
    """The type of each variable."""

    def split(self, value: Tensor) -> tuple[Tensor, ...]:
        """The value of each variable, ``(rows, *event)``."""
        ...


@runtime_checkable
class Comparing(Protocol):
    """A generator whose values say how many thresholds its noise reaches."""

    shape: tuple[int, ...]
    """The number of states of each condition, then of its own values."""

    def thresholds(self) -> Tensor | None:
        """The thresholds, ``(states - 1, combinations of conditions)``; None where noise is not compared with all."""
        ...


@runtime_checkable
class Batchable(Protocol):
    """A generator that can be called together with others that differ from it only in their weights."""

    def likeness(self) -> Hashable:
        """Everything but class and weights that decides what it draws; those with equal ones can share a call."""
        ...


@runtime_checkable
class Borrowed(Protocol):
    """A generator that belongs to somebody else: no cache and no bundle keeps it, so a bundle needs it again."""

    given_again: str
    """What has to be given again when a bundle is loaded, in words, such as ``from_function(dose)``."""


@runtime_checkable
class Interrupting(Protocol):
    """A generator of continuous values that may stop a gradient on its way from conditions to values."""

    @property
    def gradient_stop(self) -> str | None:
        """What stops the gradient, in words, such as ``the choice among atoms``; None if nothing does."""
        ...


@runtime_checkable
class Unexportable(Protocol):
    """A generator that knows whether it can be exported."""

    unexportable: str | None
    """Why it cannot be exported; None leaves the decision to torch."""


@runtime_checkable
class Named(Protocol):
    """A generator with a name for what kind it is, for reports."""

    family: str


_OFFERED = (
    *(
        "noise",
        "log_prob",
        "log_probs",
        "relaxed",
        "fit",
        "training_plan",
        "row_losses",
        "as_table",
        "counted",
    ),
    *("misfit", "joined", "likeness", "given_again", "gradient_stop", "unexportable", "family"),
)


def adapted(module: Module) -> Module:
    """A custom module whose capabilities `isinstance` finds.

    From Python 3.12 on, `isinstance` does not see members that a module only delegates to another one through
    ``__getattr__``, as the wrapper of `torch.compile` does. They are put in its own dictionary here, once, when
    the module enters dofx.
    """
    for name in _OFFERED:
        if getattr_static(module, name, None) is None and getattr(module, name, None) is not None:
            vars(module)[name] = getattr(module, name)
    return module


def takes_weights(module: nn.Module) -> bool:
    """Whether a generator can be trained on weighted rows: whether its training has a parameter `weights`.

    >>> from ..variables import Finite
    >>> from .table import TableGenerator
    >>> takes_weights(TableGenerator(Finite((False, True)), []))
    True
    """
    trainings: list[Callable[..., object]] = [module.fit] if isinstance(module, Fittable) else []
    trainings += [module.training_plan] if isinstance(module, Stackable) else []
    return all("weights" in signature(training).parameters for training in trainings)


def density_of(module: nn.Module) -> Dense | None:
    """The module that computes the densities of a generator's values: its table or itself; None if neither can."""
    if isinstance(module, Tabular):
        return module.as_table()
    return module if isinstance(module, Dense) else None


def tables_in(module: nn.Module) -> Iterator[TableGenerator]:
    """The tables of a generator's probabilities: its own, or those of the variables of a real row."""
    for part in module.by_variable() if isinstance(module, OfRows) else (module,):
        table = part.as_table() if isinstance(part, Tabular) else None
        if table is not None:
            yield table


def counted_by(module: nn.Module) -> tuple[TableGenerator | None, ...]:
    """The table that counts each target of a generator, in order; None for a target that no table counts."""
    return module.counted() if isinstance(module, Counted) else (None,)


def only_counted(module: nn.Module) -> TableGenerator | None:
    """The table of a generator that is nothing else; None for any other, also for real rows with tables beside them."""
    return None if isinstance(module, OfRows) else counted_by(module)[0]


def trained_part(module: nn.Module) -> nn.Module:
    """The module that was trained: the generator itself, or the one whose values it splits."""
    return module.whole if isinstance(module, Splitting) else module


def family_name(module: nn.Module) -> str:
    """The family of a generator, or the name of its class if it has none."""
    return (
        module.family
        if isinstance(module, Named) and isinstance(module.family, str)
        else type(module).__name__
    )


def why_unexportable(module: nn.Module) -> str | None:
    """Why a generator cannot be exported, if it gives a reason."""
    return module.unexportable if isinstance(module, Unexportable) else None
