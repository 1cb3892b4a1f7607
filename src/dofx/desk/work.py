"""One long task in a thread of its own: what it reports on the way, and an end to it when it is no longer wanted."""

from __future__ import annotations

import ctypes
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, Literal, TypeAlias

from ..grammar.diagnostics.diagnostic import DofxError
from ..runtime.fitting.progress import FitEvent
from ..studio.look import JSON, faults_of

State: TypeAlias = Literal["working", "done", "failed", "cancelled"]
MOST_SCORES = 240
"""Scores of one generator that are kept: of more, every other one is dropped."""


class Cancelled(BaseException):
    """Raised inside a task that nobody waits for any more. No task catches it."""


class Work:
    """A task that runs in a thread, and what it has reported so far.

    Args:
        task: Called with the work itself; what it returns is the result.
        text: The program that it is about.
    """

    def __init__(self, task: Callable[[Work], JSON], text: str) -> None:
        self.text, self.state, self.phase = text, "working", ""
        self.result: JSON | None = None
        self.faults: list[JSON] = []
        self._task, self._fits, self._count = task, dict[int, JSON](), 0
        self._unwanted = False
        self._began, self._seconds = time.monotonic(), 0.0
        self._lock = threading.Lock()
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._run,), name="dofx studio", daemon=True
        )
        self._thread.start()

    # ── what the task reports ────────────────────────────────────────────────────────────────────────────

    def enter(self, phase: str) -> None:
        """Begin a part of the task, named in words."""
        self._go_on()
        self.phase = phase

    def hear(self, event: FitEvent) -> None:
        """Take one step of fitting."""
        self._go_on()
        with self._lock:
            self._count = event.fits
            fit = self._fits.setdefault(event.index, {"fit": event.fit, "scores": []})
            fit |= {"epoch": event.epoch, "epochs": event.epochs, "finished": event.finished}
            fit["reused"] = event.reused
            if event.score is not None:
                fit["scores"].append(round(event.score, 5))
                if len(fit["scores"]) > MOST_SCORES:
                    del fit["scores"][::2]

    def _go_on(self) -> None:
        if self._unwanted:
            raise Cancelled

    # ── what others may do ───────────────────────────────────────────────────────────────────────────────

    def cancel(self) -> None:
        """End the task. Its thread gets an exception at its next step in Python.

        Python drops an exception that reaches a finaliser or a callback of the garbage collector. Then the task ends
        at the next thing that it reports.
        """
        with self._lock:
            if self.state == "working" and self._thread.ident is not None:
                thread = ctypes.c_ulong(self._thread.ident)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(Cancelled))
            self._unwanted = True

    def wait(self, seconds: float | None = None) -> None:
        """Wait until the task has ended, or for some seconds."""
        self._thread.join(seconds)

    def told(self) -> JSON:
        """All that is known of it, as plain data."""
        with self._lock:
            fits = [dict(self._fits[index]) for index in sorted(self._fits)]
            seconds = self._seconds or time.monotonic() - self._began
            return {
                "state": self.state,
                "phase": self.phase,
                "text": self.text,
                "fits": [{**fit, "scores": list(fit["scores"])} for fit in fits],
                "count": self._count,
                "seconds": round(seconds, 2),
                "faults": self.faults,
                "result": self.result,
            }

    # ── the thread ───────────────────────────────────────────────────────────────────────────────────────

    def _run(self) -> None:
        try:
            try:
                self._end("done", self._task(self))
            except DofxError as error:
                self._end("failed", faults=faults_of(error, self.text))
            except Exception as error:  # what is wrong with dofx itself must reach the person who waits
                self._end("failed", faults=[unforeseen(error)])
        except Cancelled:
            self._end("cancelled")

    def _end(self, state: State, result: JSON | None = None, faults: list[JSON] | None = None) -> None:
        with self._lock:
            self.state, self.result, self.faults = state, result, faults or []
            self._seconds = time.monotonic() - self._began


def unforeseen(error: Exception) -> JSON:
    """An error that is no diagnostic, in the form of one. Its traceback is printed."""
    traceback.print_exception(error, file=sys.stderr)
    title = f"{type(error).__name__}: {error}"
    note: Any = "this is a fault of dofx; its traceback is where the studio was started"
    return {"code": "", "severity": "error", "title": title, "labels": [], "notes": [note], "help": []}
