"""Generators that kill the process they run in, once, and slow ones, for tests of clusters."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from dofx.runtime.families.spline import SplineGenerator
from dofx.runtime.foreign.filled import ROWS as CHECKED
from dofx.runtime.training.settings import FitReport, FitSettings
from dofx.runtime.training.team import team
from dofx.runtime.variables import VariableType
from stand_ins.stubs import Softmax


class Fatal(Softmax):
    """A generator that dies of training or of drawing more than a check does, until a file says that it has.

    Args:
        states: Of conditions and target.
        marks: A folder: dying leaves the number of the process there, under the name of what it did.
        what: ``fit`` or ``draw``.
    """

    def __init__(self, states: Sequence[int], marks: Path, what: str) -> None:
        super().__init__(states)
        self.mark, self.what = marks / what, what

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        if self.what == "draw" and len(noise) > CHECKED:
            die_once(self.mark)
        return super().forward(noise, *given)

    def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> FitReport:
        if self.what == "fit":
            die_once(self.mark)
        return super().fit(target, given, settings)


class FatalMember(SplineGenerator):
    """A spline whose training kills the second process of a team, once."""

    def __init__(self, target: VariableType, given: Sequence[VariableType], mark: Path) -> None:
        super().__init__(target, given)
        self.mark = mark

    def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> FitReport:
        if team().rank == 1:
            die_once(self.mark)
        return super().fit(target, given, settings)


def die_once(mark: Path) -> None:
    """SIGKILL to this process, the first time that anybody calls this with that mark."""
    try:
        mark.open("x").write(str(os.getpid()))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


class Sluggish(Softmax):
    """A generator that takes its time for each block of rows."""

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        time.sleep(0.1)
        return super().forward(noise, *given)
