"""A hospital's archive whose interventions are known exactly: a finding, a report that states it, and an X-ray.

``f -> r -> x; f <-> x``. The ward, of which there are two, is recorded nowhere. In intensive care pneumonia is common
and people are X-rayed in bed. A request says which finding is wanted, f. A real sentence that states it is looked up,
and one time in five the other finding by mistake: the report r. A real X-ray that shows what the report states, taken
from the side that is usual in the ward, is filed with it: x.
"""

from __future__ import annotations

from dataclasses import dataclass

import glyphs
import numpy as np
import torch
from numpy.typing import NDArray
from radiology import Films, Reports
from torch import Tensor

Array = NDArray[np.float64]
GRAPH = "f -> r -> x; f <-> x"
WARDS = np.array([0.5, 0.5])
FINDING = np.array([[0.9, 0.1], [0.1, 0.9]])
"""``P(f | ward)``."""
STATED = np.array([[0.8, 0.2], [0.2, 0.8]])
"""``P(what r states | f)``."""
VIEW = np.array([[0.9, 0.1], [0.1, 0.9]])
"""``P(view of x | ward)``; the second is from the front, in bed."""


def truth() -> Array:
    """``P(what x shows, its view | do(f))``: ``(f, shown, view)``."""
    return np.einsum("w,fs,wv->fsv", WARDS, STATED, VIEW)


def seen() -> Array:
    """``P(what x shows, its view | f)``: ``(f, shown, view)``."""
    joint = np.einsum("w,wf,fs,wv->fsv", WARDS, FINDING, STATED, VIEW)
    return joint / joint.sum((1, 2), keepdims=True)


@dataclass(frozen=True)
class Rows:
    """Rows of the archive.

    Args:
        f: Finding that was asked for, int64 ``(rows,)``.
        r: Sentences.
        x: X-rays ``(rows, 1, size, size)`` in [0, 1].
        shown: What r states and x shows, for the judge alone.
        bedside: View of x, for the judge alone.
    """

    f: Tensor
    r: NDArray[np.object_]
    x: Tensor
    shown: Tensor
    bedside: Tensor


class Ward:
    """Draws rows.

    Args:
        films: X-rays to draw from, of every finding and view.
        reports: To draw sentences from, by what they state.
        size: Pixels along a side.
    """

    def __init__(self, films: Films, reports: Reports, size: int) -> None:
        self.sentences = [np.array(part, dtype=object) for part in reports.stating]
        self.images = glyphs.resized(films.images, size).unsqueeze(1).float() / 255
        self.cell = (2 * films.pneumonia + films.bedside).numpy()
        self.films = [np.flatnonzero(self.cell == cell) for cell in range(4)]

    def observed(self, rows: int, seed: int) -> Rows:
        """What the archive holds."""
        source = np.random.default_rng(seed)
        ward = source.choice(2, rows, p=WARDS)
        return self._filed(_drawn(FINDING[ward], source), ward, source)

    def intervened(self, f: Tensor, seed: int) -> Rows:
        """Rows under ``do(f)``."""
        source = np.random.default_rng(seed)
        return self._filed(f.numpy(), source.choice(2, len(f), p=WARDS), source)

    def _filed(self, f: NDArray[np.int64], ward: NDArray[np.int64], source: np.random.Generator) -> Rows:
        shown, bedside = _drawn(STATED[f], source), _drawn(VIEW[ward], source)
        r = _picked(self.sentences, shown, source)
        x = self.images[torch.from_numpy(_picked(self.films, 2 * shown + bedside, source))]
        return Rows(torch.from_numpy(f), r, x, torch.from_numpy(shown), torch.from_numpy(bedside))


def _drawn(laws: Array, source: np.random.Generator) -> NDArray[np.int64]:
    """0 or 1 from laws ``(rows, 2)``."""
    return (source.random(len(laws)) < laws[:, 1]).astype("int64")


def _picked(pools: list[NDArray], which: NDArray[np.int64], source: np.random.Generator) -> NDArray:
    """One of a pool for each row, all equally likely."""
    found = np.empty(len(which), dtype=pools[0].dtype)
    for number, pool in enumerate(pools):
        mine = which == number
        found[mine] = source.choice(pool, mine.sum())
    return found
