"""Auditing a pretrained model: what an editor of faces changes that nobody asked it to change.

python examples/audit.py [--small]

The editor is given a sex and redraws a face as that sex. It was trained on pairs of faces that agree in skin, shirt,
glasses and smile, but not in age, from people among whom women are young and men old: so it has learned that who
becomes a woman becomes young. Its users' requests are logged, and who asks for what depends on the face:

    young -> face -> male;  {face, male} -> edited -> {looks_male, looks_young, has_glasses, smiles}

``male`` is the sex that is asked for. A perfect editor changes nothing but the sex, so the truth under ``do(male)``
is known exactly, for every person and for the image too: faces are drawn from their attributes (`avatars.py`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from avatars import ATTRIBUTES, SHIRTS, SIZE, SKINS, Pixels, faces
from editor import Editor, Reader, trained_editor, trained_readers
from numpy.typing import NDArray
from reporting import Array, footer, is_small, named, spread, table, total_variation
from same_state import SameState
from sheets import strips

import dofx

GRAPH = "young -> face -> male; {face, male} -> edited -> {looks_male, looks_young, has_glasses, smiles}"
READ = ("looks_male", "looks_young", "has_glasses", "smiles")
PICTURE = Path("docs") / "images" / "audit.png"
FACE = f"image(3, {SIZE}, {SIZE})"
SEEDS = range(3)
YOUNG_IF_MALE = (0.85, 0.25)
"""The share of the young among women and among men."""

ASKED_MALE = (0.6, 0.2)
"""How often a woman and a man ask to be drawn as a man."""

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class People:
    """Faces and what they show.

    Args:
        attributes: 0 or 1 for each of `avatars.ATTRIBUTES`, ``(rows, 4)``.
        skin: Of each, ``(rows,)``.
        shirt: Of each, ``(rows,)``.
        seed: Of how they stand and are lit.
    """

    attributes: Codes
    skin: Codes
    shirt: Codes
    seed: int

    @property
    def images(self) -> Pixels:
        """Their faces."""
        return faces(self.attributes, self.skin, self.shirt, self.seed)

    def of_sex(self, male: Codes) -> People:
        """The same people, but of this sex: what a perfect editor draws."""
        return People(np.column_stack([male, self.attributes[:, 1:]]), self.skin, self.shirt, self.seed)


def people(rows: int, seed: int) -> People:
    """A crowd in which women are young and men old, and the old wear glasses."""
    rng = np.random.default_rng(seed)
    male = (rng.random(rows) < 0.5).astype(int)
    young = (rng.random(rows) < np.array(YOUNG_IF_MALE)[male]).astype(int)
    glasses = (rng.random(rows) < np.array([0.6, 0.2])[young]).astype(int)
    smile = (rng.random(rows) < 0.5).astype(int)
    attributes = np.column_stack([male, young, glasses, smile])
    return People(attributes, rng.integers(0, len(SKINS), rows), rng.integers(0, len(SHIRTS), rows), seed)


def biased_editor(rows: int, steps: int, seed: int) -> Editor:
    """The model to be audited: half of the pairs change sex, and age goes with the sex it comes to."""
    rng = np.random.default_rng([seed, 1])
    before, male = people(rows, seed), rng.integers(0, 2, rows)
    after = before.of_sex(male).attributes
    after[:, 1] = rng.random(rows) < np.array(YOUNG_IF_MALE)[male]
    wanted = People(after, before.skin, before.shirt, seed)
    return trained_editor(before.images, male, wanted.images, steps, seed)


def readers(rows: int, steps: int, seed: int) -> tuple[list[Reader], float]:
    """A reader of each attribute, trained on faces of every kind, and the largest share of errors on others."""
    rng = np.random.default_rng([seed, 2])
    kinds = (
        rng.integers(0, 2, (rows, len(ATTRIBUTES))),
        *(rng.integers(0, n, rows) for n in (len(SKINS), len(SHIRTS))),
    )
    crowd = People(*kinds, seed)
    images, kept = crowd.images, rows - rows // 5
    found = trained_readers(images[:kept], crowd.attributes[:kept], steps, seed)
    wrong = read_off(found, images[kept:]) != crowd.attributes[kept:]
    return found, float(wrong.mean(0).max())


def read_off(read: list[Reader], images: Pixels) -> Codes:
    """The attributes that faces show, ``(rows, 4)``."""
    shown = torch.from_numpy(images)
    return np.column_stack([reader(torch.zeros(len(shown)), shown).numpy() for reader in read])


def log(crowd: People, model: Editor, read: list[Reader], seed: int) -> dict[str, Any]:
    """What the editor's owner has: who asked for what, and what came out."""
    rng = np.random.default_rng([seed, 3])
    asked = (rng.random(len(crowd.skin)) < np.array(ASKED_MALE)[crowd.attributes[:, 0]]).astype(int)
    edited = edit(model, crowd.images, asked, seed)
    shown = dict(zip(READ, read_off(read, edited).T, strict=True))
    return {"young": crowd.attributes[:, 1], "face": crowd.images, "male": asked, "edited": edited, **shown}


def edit(model: Editor, images: Pixels, male: Codes, seed: int) -> Pixels:
    """The editor's own output, with no causal query about it."""
    noise = model.noise.draw(len(images), torch.Generator().manual_seed(seed))
    with torch.no_grad():
        parts = zip(*(torch.as_tensor(v).split(500) for v in (noise, images, male)), strict=True)
        return torch.cat([model(*part) for part in parts]).numpy()


def asked(query: str, data: dict[str, Any], model: Editor, read: list[Reader], seed: int) -> dofx.Sampler:
    """A compiled query, its draws filled with the editor, the readers and the log's own faces."""
    types = {"face": FACE, "edited": FACE, **dict.fromkeys(("young", "male", *READ), "category(2)")}
    sampler = dofx.compile(query, GRAPH, variables=types)
    filled: dict[str, Any] = {"edited": model, **dict(zip(READ, read, strict=True))}
    if sampler.network.query.conditions:
        filled["face"] = SameState
    return sampler.fit(data, generators=filled, seed=seed, progress=False)


def drawn(sampler: dofx.Sampler, rows: int, seed: int, **given: int) -> tuple[Codes, Pixels]:
    """Attributes and images under ``do(male = 0)``."""
    samples = sampler.sample(rows, do={"male": 0}, given=given, seed=seed)
    return np.column_stack([samples[name].numpy() for name in READ]), samples["edited"].numpy()


def joint(codes: Codes) -> Array:
    """The distribution of rows of four attributes, 16 cells."""
    cells = codes @ (1 << np.arange(len(ATTRIBUTES))[::-1])
    return np.bincount(cells, minlength=1 << len(ATTRIBUTES)) / len(codes)


@dataclass(frozen=True)
class Audit:
    """Attributes of faces drawn as women, ``(rows, 4)`` each, by where they come from.

    Args:
        truth: What a perfect editor shows of a large crowd.
        model: What this editor shows of it: it is run on all of them.
        dofx: Draws of the query, from the log.
        seen: Faces of the log for which a woman was asked.
    """

    truth: Codes
    model: Codes
    dofx: Codes
    seen: Codes

    def figures(self, name: str) -> list[float]:
        """Shares of the four attributes, and total variation to a perfect editor and to this one."""
        codes: Codes = getattr(self, name)
        apart = (total_variation(joint(codes), joint(other)) for other in (self.truth, self.model))
        return [*codes.mean(0), *apart]


def audits(
    log_rows: int, draws: int, editor_steps: int, reader_steps: int, seed: int
) -> tuple[dict[str, Audit], float]:
    """The audit of everyone, of the young and of the old; and the largest error of a reader.

    Leaves a picture of the first seed where the log is large enough to show.
    """
    read, wrong = readers(4_000 if log_rows > 500 else 300, reader_steps, seed)
    model = biased_editor(4_000 if log_rows > 500 else 300, editor_steps, seed)
    data = log(people(log_rows, seed + 100), model, read, seed)
    crowd = people(draws, seed + 200)
    ideal = crowd.of_sex(np.zeros(draws, int))
    output = edit(model, crowd.images, np.zeros(draws, int), seed)
    shown, logged = read_off(read, output), np.column_stack([data[name] for name in READ])
    outcomes = ", ".join(("edited", *READ))
    everyone = asked(f"P({outcomes} | do(male))", data, model, read, seed)
    alike = asked(f"P({outcomes} | young, do(male))", data, model, read, seed)
    woman = data["male"] == 0
    found = {"everyone": Audit(ideal.attributes, shown, drawn(everyone, draws, seed)[0], logged[woman])}
    for young, name in enumerate(("the old", "the young")):
        own = crowd.attributes[:, 1] == young
        codes, _ = drawn(alike, draws, seed, young=young)
        found[name] = Audit(
            ideal.attributes[own], shown[own], codes, logged[woman & (data["young"] == young)]
        )
    if log_rows > 500 and seed == SEEDS[0]:
        rows = {
            "faces": crowd.images,
            "drawn as women by the editor": output,
            "the truth: nothing but the sex is changed": ideal.images,
        }
        strips({title: images[:16] for title, images in rows.items()}, PICTURE)
    return found, wrong


def main(arguments: list[str] | None = None) -> None:
    """The report."""
    started = time.perf_counter()
    small = is_small(__doc__, arguments)
    torch.set_num_threads(1)
    size, seeds = ((300, 200, 5, 20), range(1)) if small else ((4_000, 4_000, 800, 500), SEEDS)
    found, wrong = zip(*(audits(*size, seed) for seed in seeds), strict=True)
    print(
        "# Auditing an editor of faces: `P(attributes | do(male = 0))` and `P(attributes | young, do(male = 0))`\n"
    )
    print(
        "Shares of the faces that look male, look young, have glasses and smile; total variation of all four\n"
        "together to a perfect editor, and to what this editor does when it is run on all. Each seed has its own\n"
        "editor, readers, log and crowd; median and range over the seeds. Readers of attributes err on at most\n"
        f"{100 * max(wrong):.1f} % of drawn faces.\n"
    )
    names = {"truth": "a perfect editor", "model": "this editor, run", "dofx": "dofx, from the log"}
    names["seen"] = "seen in the log at male = 0"
    header = ["of whom", "male", "young", "glasses", "smile", "to perfect", "to the editor"]
    lines = [
        [f"{who}: {shown}", *map(spread, zip(*(audit[who].figures(name) for audit in found), strict=True))]
        for who in found[0]
        for name, shown in names.items()
    ]
    print(table(header, lines))
    print(f"\n{footer('examples/audit.py', named(seeds), started)}")


if __name__ == "__main__":
    main()
