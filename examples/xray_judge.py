"""Judges X-rays by what they show, how they look and how near known ones are, and reports by what they state."""

from __future__ import annotations

from dataclasses import dataclass

import image_measures
import numpy as np
import radiology
import readout
import torch
import ward
from numpy.typing import NDArray
from radiology import Films, Reports
from torch import Tensor
from ward import Ward

Array = NDArray[np.float64]
Texts = NDArray[np.object_]
HEADER = ["", "TV of finding and view", "TV of view", "TV of finding", "Fréchet", "1000 KID"]
DIGITS = (3, 3, 3, 2, 1)


@dataclass(frozen=True)
class Judge:
    """What X-rays are compared with.

    Args:
        reader: Reads finding and view.
        taken_for: How often the archive's X-rays of each finding and view are read as each, ``(4, 4)``.
        real: True samples under ``do(f)``, as many for each f.
    """

    reader: readout.Readout
    taken_for: Array
    real: Tensor

    @classmethod
    def of(cls, world: Ward, real: Tensor, others: Films, read: int, seed: int) -> Judge:
        """One whose reader learned from patients whom the archive does not have.

        It sees equally many X-rays of each finding and view, every other one mirrored, so that it cannot infer one from
        the other.

        Args:
            world: What is judged.
            real: True samples.
            others: X-rays of other patients.
            read: How many the reader is trained on, with repetitions.
            seed: Of the reader.
        """
        known, source = (
            Ward(others, Reports(([], []), ""), world.images.shape[-1]),
            torch.Generator().manual_seed(seed),
        )
        cell = torch.from_numpy(known.cell)
        chosen = torch.multinomial(1 / cell.bincount().double()[cell], read, True, generator=source)
        images = known.images[chosen]
        images[::2] = images[::2].flip(-1)
        reader = readout.trained(images, [cell[chosen] // 2, cell[chosen] % 2], [2, 2], seed)
        cells = reader.cells(world.images)
        shares = [image_measures.frequencies(cells[torch.from_numpy(mine)], 4) for mine in world.films]
        return cls(reader, np.stack(shares), real)

    def as_read(self, law: Array) -> Array:
        """What is read of X-rays that show what a law ``(f, shown, view)`` says, ``(f, 4)``: exact, by counting."""
        return law.reshape(len(law), 4) @ self.taken_for

    def distances(self, x: Tensor) -> Array:
        """Total variation to the truth of finding and view, of the view, and of the finding, for each f: ``(3, f)``.

        Args:
            x: X-rays, as many for each f.
        """
        cells = self.reader.cells(x).reshape(2, -1)
        found = np.stack([image_measures.frequencies(row, 4) for row in cells])
        off = (found - self.as_read(ward.truth())).reshape(2, 2, 2)
        return np.stack([np.abs(part).reshape(2, -1).sum(1) / 2 for part in (off, off.sum(1), off.sum(2))])

    def figures(self, x: Tensor) -> list[float]:
        """What stands under `HEADER`: the distances, as means over f, Fréchet distance and 1000 KID."""
        scale = image_measures.Scale.of(self.reader.features(self.real))
        real, made = (scale(self.reader.features(images)) for images in (self.real, x))
        looks = [image_measures.frechet(real, made), 1_000 * image_measures.kernel_distance(real, made)]
        return [*self.distances(x).mean(1).tolist(), *looks]

    def right(self) -> Array:
        """How often finding and view are read right, where each finding in each view is equally common."""
        joint = self.taken_for.reshape(2, 2, 2, 2)
        return np.array([np.einsum("fvfw->", joint), np.einsum("fvgv->", joint)]) / 4

    def notes(self, tested: int) -> str:
        """What chance leaves, what seeing does, and what the reader misses."""
        truth, seen = self.as_read(ward.truth()), self.as_read(ward.seen())
        floor = np.mean([image_measures.sampling_floor(row, tested) for row in truth])
        finding, view = self.right()
        return (
            f"By chance alone {tested:,} true samples are {floor:.3f} from the truth; `P(x | f)` itself is"
            f" {np.abs(seen - truth).sum(1).mean() / 2:.3f} from it. The reader gets the finding right in"
            f" {100 * finding:.0f} % of X-rays of patients new to it, the view in {100 * view:.0f} %."
        )


def nearest(images: Tensor, known: Tensor) -> float:
    """The median distance to the nearest known image: root mean square over pixels, in grey levels of 255."""
    far = torch.cdist(images.flatten(1), known.flatten(1)).amin(1)
    return float(255 * far.median() / images[0].numel() ** 0.5)


def wording(texts: Texts, reports: Reports) -> str:
    """What written reports, as many for each f, state, and how many of them nobody has written before."""
    says = np.array([-1 if (said := radiology.stated(text)) is None else said for text in texts])
    clear, opacity = 100 * (says == 1).reshape(2, -1).mean(1)
    truth = 100 * ward.STATED[:, 1]
    return (
        f"Written reports state an opacity in {clear:.0f} % and {opacity:.0f} %, f = 0 and 1, where {truth[0]:.0f} %"
        f" and {truth[1]:.0f} % are true; {100 * (says == -1).mean():.0f} % state nothing."
        f" {100 * np.mean(_new(texts, reports)):.0f} % of them occur in no report of a radiologist."
    )


def quoted(texts: Texts, reports: Reports, count: int = 5) -> list[str]:
    """A few written reports for each f that occur in no report of a radiologist."""
    new = _new(texts, reports).reshape(2, -1)
    parts = (list(dict.fromkeys(part[fresh])) for part, fresh in zip(texts.reshape(2, -1), new, strict=True))
    return ["; ".join(f"“{text}”" for text in part[:count]) for part in parts]


def _new(texts: Texts, reports: Reports) -> NDArray[np.bool_]:
    return np.array([text not in reports.words for text in texts])
