"""The settings of a training, and the report on its result."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from operator import index
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import torch

from ...grammar.edge.arguments import public
from ...grammar.edge.kinds import shown
from .errors import wrong_setting
from .precision import Precision, precision_named


@public(
    "seed", "epochs", "batch_size", "learning_rate", "held_out", "patience", "device", "minutes", "precision"
)
@dataclass(frozen=True, slots=True)
class FitSettings:
    """How to train one generator.

    Args:
        seed: Seeds initialisation, the held-out split and the batches.
        epochs: Largest number of passes over the rows; None leaves it to the family. Early stopping may end sooner.
        batch_size: Rows per step; None leaves it to the family.
        learning_rate: None leaves it to the family.
        held_out: Fraction of rows kept for early stopping and the reported score.
        patience: Epochs without a better held-out score before stopping.
        device: Where to train.
        minutes: Time limit for each network; the learning rate is annealed within it. Small networks that are trained
            as a stack split the stack's time evenly. With a time limit, the weights depend on the machine.
        precision: Precision of the matrix products in training, for families of images.
        checkpoint: File that holds the state of a long training, so that it can continue after its process was killed;
            a fit with a cache sets it.
        sheets: Folder for sheets of samples that generators of images draw during training, about twenty at most; a
            fit of a query gives each generator a folder in it. With a remote engine the folder is on the worker.
        progress: Called with (epoch, largest number of epochs, held-out score) after each epoch.
    """

    seed: int = 0
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    held_out: float = 0.1
    patience: int = 10
    device: str = "cpu"
    minutes: float | None = None
    precision: Precision = "float32"
    checkpoint: Path | None = None
    sheets: str | Path | None = None
    progress: Progress | None = None

    def __post_init__(self) -> None:
        """Refuse invalid settings.

        Raises:
            DofxError: E0436 for an invalid setting, E0430 for an unknown precision.
        """
        precision_named(self.precision)
        if not isinstance(self.device, (str, torch.device)):
            raise _refused("device", self.device, "the name of a device, such as cpu or cuda")
        object.__setattr__(self, "device", str(self.device))
        for name, least in (("seed", None), ("epochs", 0), ("batch_size", 1), ("patience", 0)):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _whole(name, getattr(self, name), least))
        for name in ("learning_rate", "minutes"):
            if getattr(self, name) is not None and not 0 < _number(name, getattr(self, name)) < inf:
                raise _refused(name, getattr(self, name), "a number above 0")
        if not 0 <= _number("held_out", self.held_out) < 1:
            raise _refused("held_out", self.held_out, "a share of the rows, at least 0 and below 1")


def _whole(name: str, value: Any, least: int | None) -> int:
    try:
        number = index(value)
    except Exception:  # whatever an object that someone else made raises
        number = None
    if number is None or (least is not None and number < least):
        raise _refused(name, value, "a whole number" + (f" of at least {least}" if least is not None else ""))
    return number


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except Exception:  # whatever an object that someone else made raises
        raise _refused(name, value, "a number") from None


def _refused(name: str, value: Any, wanted: str) -> Exception:
    return wrong_setting(name, shown(value), wanted)


@runtime_checkable
class Progress(Protocol):
    """A callback that follows a training."""

    def __call__(self, epoch: int, epochs: int, score: float) -> None:
        """Called after an epoch, out of at most `epochs`, with the held-out score."""
        ...


@dataclass(frozen=True, slots=True)
class FitReport:
    """The result of a training.

    Args:
        score: The mean score on held-out rows; larger is better. It is the log-likelihood in nats per row if the
            generator has a `log_prob`, and minus the training loss otherwise. None if no rows are held out.
        measure: ``log-likelihood`` if the model has a density; ``energy`` (the energy score) for a model without one
            that dofx does not train; ``loss`` (minus the loss) for a trained one without a density.
        epochs: Number of passes over the rows.
        rows: Number of rows on which it was trained.
        seconds: Wall-clock time.
    """

    score: float | None
    epochs: int
    rows: int
    seconds: float
    measure: Literal["log-likelihood", "energy", "loss"] = "log-likelihood"
