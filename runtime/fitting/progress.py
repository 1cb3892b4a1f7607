"""Reports the progress of training: by events to a listener, or by a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class FitEvent:
    """One step of fitting a network.

    Args:
        fit: The conditional being fitted, such as ``P(y | x)``.
        index: Its place among the network's fits, from 0.
        fits: Number of fits.
        epoch: Number of passes so far; 0 when the fit starts.
        epochs: Largest number of passes, or 0 while unknown.
        score: Held-out log-likelihood in nats per row, or None.
        finished: Whether the generator is ready.
        reused: Whether it comes from the cache of an earlier fit.
    """

    fit: str
    index: int
    fits: int
    epoch: int = 0
    epochs: int = 0
    score: float | None = None
    finished: bool = False
    reused: bool = False


Listener: TypeAlias = Callable[[FitEvent], object]


@contextmanager
def listening(progress: bool | Listener | None) -> Iterator[Listener]:
    """The listener that `progress` specifies.

    Args:
        progress: A custom listener, True for a bar on stderr, False for silence. None prints a bar
            if stderr is a terminal.
    """
    if callable(progress):
        yield progress
    elif progress or (progress is None and sys.stderr.isatty()):
        with _bar() as listener:
            yield listener
    else:
        yield lambda event: None


@contextmanager
def _bar() -> Iterator[Listener]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("fit {task.fields[fit]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[detail]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("fit", total=1, fit="", detail="")
        finished: set[int] = set()  # fits may end in any order

        def listen(event: FitEvent) -> None:
            if event.finished:
                finished.add(event.index)
            done = len(finished) + (event.epoch / event.epochs if event.epochs else 0)
            detail = f"epoch {event.epoch}/{event.epochs}" if event.epoch and not event.finished else ""
            if event.score is not None and detail:
                detail += f", score {event.score:.3f}"
            bar.update(
                task,
                total=event.fits,
                completed=done,
                fit=event.fit,
                detail=detail,
            )

        yield listen
