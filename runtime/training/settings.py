"""How a generator is to be trained, and what its training reached."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from operator import index
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import torch

from ...grammar.arguments import public
from ...grammar.kinds import shown
from ..variables import fault
from .precision import Precision, precision_named


@public(
    "seed", "epochs", "batch_size", "learning_rate", "held_out", "patience", "device", "minutes", "precision"
)
@dataclass(frozen=True, slots=True)
class FitSettings:
    """How to train one generator.

    Args:
        seed: Seeds initialisation, the held-out split and the batches.
        epochs: Most passes over the rows; None leaves it to the family. Early stopping may end sooner.
        batch_size: Rows a step; None leaves it to the family.
        learning_rate: None leaves it to the family.
        held_out: Fraction of rows kept for early stopping and the reported score.
        patience: Epochs without a better held-out score before stopping.
        device: Where to train.
        minutes: Most time for each network: the learning rate is annealed within it. Of the time that small ones take
            together, each has taken its part. How far one gets depends on the machine, and so do the weights.
        precision: Of the matrix products in training, for families of images.
        checkpoint: Where a long training is kept on its way, to go on after it was killed; a fit with a cache
            sets it.
        sheets: Folder for sheets of samples that generators of images draw on their way, at most some twenty; a fit
            of a query gives each generator a folder in it. Where another machine trains, it is there.
        progress: Called with (epoch, most epochs, held-out score) after each epoch.
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
        """Refuse what cannot be.

        Raises:
            DofxError: E0436, and E0430 for a precision.
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
    except TypeError:
        number = None
    if number is None or (least is not None and number < least):
        raise _refused(name, value, "a whole number" + (f" of at least {least}" if least is not None else ""))
    return number


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise _refused(name, value, "a number") from None


def _refused(name: str, value: Any, wanted: str) -> Exception:
    return fault("E0436", f"{name} is {shown(value)}", help=(f"give {wanted}",))


@runtime_checkable
class Progress(Protocol):
    """A listener to training."""

    def __call__(self, epoch: int, epochs: int, score: float) -> None:
        """Hears that an epoch ended, out of at most `epochs`, at that held-out score."""
        ...


@dataclass(frozen=True, slots=True)
class FitReport:
    """What training reached.

    Args:
        score: What the family maximises, on average over held-out rows: log-likelihood in nats a row where there
            is `log_prob`, else minus the loss that it trains on. None where nothing is held out.
        measure: What the score is: of a model that is not trained here and has no `log_prob`, it is its energy
            score; of a family without one, minus its loss. Greater is better in any case.
        epochs: Passes made.
        rows: Rows trained on.
        seconds: Wall-clock time.
    """

    score: float | None
    epochs: int
    rows: int
    seconds: float
    measure: Literal["log-likelihood", "energy", "loss"] = "log-likelihood"
